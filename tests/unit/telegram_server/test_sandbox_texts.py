"""Texts and their entities as Telegram puts them right."""

from __future__ import annotations

import pytest

from tests.telegram.entities import Entity, Formatted, fixed, read_entities
from tests.telegram.refusals import Refused
from tests.telegram.strings import utf16_length, utf16_slice

EMPTY = "text must be non-empty"


def kept(text: str, *entities: Entity) -> Formatted:
    return fixed(Formatted(text, entities), empty=EMPTY)


def spans(formatted: Formatted) -> list[tuple[str, str]]:
    """What each entity covers."""
    return [(entity.type, formatted.covered(entity)) for entity in formatted.entities]


@pytest.mark.parametrize(
    ("text", "length"), [("", 0), ("abc", 3), ("ä", 1), ("😀", 2), ("👩\u200d💻", 5), ("a😀b", 4), ("e\u0301", 2)]
)
def test_lengths_count_utf16_code_units(text: str, length: int) -> None:
    assert utf16_length(text) == length
    assert utf16_slice(text, 0, length) == text


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("  a  b \n", "a  b"),
        ("\n\na", "a"),
        ("a\tb", "a b"),
        ("a\r\nb", "a\nb"),
        ("a\u202eb\u2028c", "abc"),
        ("a\x00b", "a b"),
    ],
)
def test_what_telegram_takes_out_of_a_text(sent: str, shown: str) -> None:
    assert kept(sent).text == shown


@pytest.mark.parametrize("text", [" ", "\n \n", "\u200b", "\u2800\u3164", "\u2060 \ufeff", "\t\r"])
def test_a_text_that_shows_nothing_is_refused(text: str) -> None:
    with pytest.raises(Refused, match=EMPTY):
        kept(text)


def test_where_a_text_may_be_empty_it_becomes_so() -> None:
    assert fixed(Formatted(" \u200b "), empty=None) == Formatted("")


@pytest.mark.parametrize("text", ["a\ud83d", "\udcff"])
def test_half_a_pair_is_no_text(text: str) -> None:
    with pytest.raises(Refused, match="strings must be encoded in UTF-8"):
        kept(text)


@pytest.mark.parametrize(
    ("offset", "length", "why"),
    [
        (-1, 2, "receive an entity with incorrect offset -1"),
        (0, -2, "receive an entity with incorrect length -2"),
        (9, 1, "entity begins after the end of the text at UTF-16 offset 9"),
        (1, 9, "entity beginning at UTF-16 offset 1 ends after the end of the text at UTF-16 offset 10"),
        (2, 1, "entity begins in a middle of a UTF-16 symbol at byte offset 5"),
        (0, 2, "entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte offset 5"),
    ],
)
def test_an_entity_must_lie_on_whole_characters_of_the_text(offset: int, length: int, why: str) -> None:
    with pytest.raises(Refused) as refused:
        kept("a😀bc", Entity("bold", offset, length))
    assert refused.value.description == f"Bad Request: {why}"


@pytest.mark.parametrize(
    ("text", "entity", "covered"),
    [
        ("  bold text", Entity("bold", 2, 4), "bold"),
        ("a\r\nbold", Entity("bold", 3, 4), "bold"),
        ("bold  ", Entity("bold", 0, 6), "bold"),
        ("😀😀 bold", Entity("bold", 5, 4), "bold"),
    ],
)
def test_entities_stay_with_their_words_when_blanks_go(text: str, entity: Entity, covered: str) -> None:
    assert spans(kept(text, entity)) == [("bold", covered)]


@pytest.mark.parametrize("entity", [Entity("bold", 1, 0), Entity("bold", 1, 1)])
def test_an_entity_over_nothing_visible_goes(entity: Entity) -> None:
    assert kept("a b", entity).entities == ()


def test_nothing_is_formatted_inside_of_code() -> None:
    found = kept("run /start now", Entity("code", 0, 10), Entity("bold", 4, 6), Entity("italic", 11, 3))
    assert spans(found) == [("code", "run /start"), ("italic", "now")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/start now", [("bot_command", "/start")]),
        ("see /help@shop_bot!", [("bot_command", "/help@shop_bot")]),
        ("and/or 1/2", []),
        ("see https://shop.example/a?b=c.", [("url", "https://shop.example/a?b=c")]),
        ("write to ada@shop.example, please", [("email", "ada@shop.example")]),
        ("ask @shop_bot or #help", [("mention", "@shop_bot"), ("hashtag", "#help")]),
        ("😀 /start", [("bot_command", "/start")]),
        ("order #1042", []),
    ],
)
def test_what_telegram_marks_by_itself(text: str, found: list[tuple[str, str]]) -> None:
    assert spans(kept(text)) == found


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"type": "bold"}, "expected an Array of MessageEntity"),
        (["bold"], "expected an Object"),
        ([{"type": "bold", "offset": 0}], 'Can\'t find field "length"'),
        ([{"type": "bold", "offset": "0", "length": 1}], 'Can\'t find field "offset"'),
        ([{"type": "blink", "offset": 0, "length": 1}], "Unsupported type specified"),
        ([{"type": "text_link", "offset": 0, "length": 1}], 'Can\'t find field "url"'),
        ([{"type": "text_link", "offset": 0, "length": 1, "url": "http://localhost/"}], "Wrong HTTP URL"),
    ],
)
def test_entities_of_another_form_are_refused(given: object, why: str) -> None:
    with pytest.raises(Refused) as refused:
        read_entities(given)
    assert why in refused.value.description


def test_entities_are_read_with_what_belongs_to_them() -> None:
    link = {"type": "text_link", "offset": 0, "length": 1, "url": "https://shop.example"}
    pre = {"type": "pre", "offset": 2, "length": 1, "language": "python"}
    assert [entity.wire() for entity in read_entities([link, pre])] == [link | {"url": "https://shop.example/"}, pre]
