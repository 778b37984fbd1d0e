"""`parse_mode=MarkdownV2` as Telegram reads it."""

from __future__ import annotations

import pytest

from tests.telegram.markdown_mode import parse_markdown
from tests.telegram.refusals import Refused

RESERVED = "]()>#+-=|{}.!"


@pytest.mark.parametrize(
    ("source", "text", "found"),
    [
        ("plain, text", "plain, text", []),
        ("*bold*", "bold", [("bold", 0, 4)]),
        ("_a_ __b__", "a b", [("italic", 0, 1), ("underline", 2, 1)]),
        ("~a~ ||b||", "a b", [("strikethrough", 0, 1), ("spoiler", 2, 1)]),
        ("*a _b_*", "a b", [("bold", 0, 3), ("italic", 2, 1)]),
        ("_a __b___", "a b", [("italic", 0, 3), ("underline", 2, 1)]),
        (r"1\.5 \- 2\!", "1.5 - 2!", []),
        ("😀*x*", "😀x", [("bold", 2, 1)]),
        ("`a * b`", "a * b", [("code", 0, 5)]),
        (r"`a \` b`", "a ` b", [("code", 0, 5)]),
        ("```\na\nb```", "a\nb", [("pre", 0, 3)]),
        ("```py\nx = 1```", "x = 1", [("pre", 0, 5, "py")]),
        ("[link](shop.example)", "link", [("text_link", 0, 4, "http://shop.example/")]),
        (r"[link](https://shop.example/\)x)", "link", [("text_link", 0, 4, "https://shop.example/)x")]),
        ("[link](localhost)", "link", []),
        (r"[shop\.example]", "shop.example", [("text_link", 0, 12, "http://shop.example/")]),
        ("![👍](tg://emoji?id=5368)", "👍", [("custom_emoji", 0, 2, "5368")]),
        (">a\n>b\nc", "a\nb\nc", [("blockquote", 0, 4)]),
        ("a\n>*b*", "a\nb", [("blockquote", 2, 1), ("bold", 2, 1)]),
        ("**", "", []),
    ],
)
def test_signs_become_entities(source: str, text: str, found: list[tuple[object, ...]]) -> None:
    parsed = parse_markdown(source)
    assert parsed.text == text
    assert [(entity.type, entity.offset, entity.length, *entity.more.values()) for entity in parsed.entities] == found


def test_a_markdown_link_to_a_user_is_a_mention() -> None:
    (entity,) = parse_markdown("[Ada](tg://user?id=42)").entities
    assert (entity.type, entity.more["user"]["id"]) == ("text_mention", 42)


@pytest.mark.parametrize("sign", RESERVED)
def test_a_reserved_sign_must_be_escaped(sign: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_markdown(f"a{sign}b")
    assert f"Character '{sign}' is reserved and must be escaped with the preceding '\\'" in refused.value.description
    assert parse_markdown(f"a\\{sign}b").text == f"a{sign}b"


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("ä*a", "Can't find end of Bold entity at byte offset 2"),
        ("_a", "Can't find end of Italic entity at byte offset 0"),
        ("__a_", "Can't find end of Italic entity at byte offset 3"),
        ("`a", "Can't find end of Code entity at byte offset 0"),
        ("```py\na", "Can't find end of PreCode entity at byte offset 0"),
        ("||a|", "Character '|' is reserved and must be escaped with the preceding '\\'"),
        ("[a](b", "Can't find end of a URL at byte offset 4"),
        ("![a]", "Custom emoji entity must contain a tg://emoji URL"),
        (">*a\nb*", "Can't find end of Bold entity at byte offset 1"),
    ],
)
def test_what_is_wrong_with_signs_is_said_in_telegrams_words(source: str, why: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_markdown(source)
    assert refused.value.description == f"Bad Request: can't parse entities: {why}"
