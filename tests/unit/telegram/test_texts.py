"""Texts are cleaned, measured and split as Telegram would, and nothing that can be seen is lost."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.telegram.texts import (
    LONGEST_CAPTION,
    LONGEST_TEXT,
    Rich,
    Span,
    cleaned,
    cleaned_line,
    entities,
    joined,
    shows_nothing,
    split,
    styled,
    units,
    web_address,
)
from tests.support.telegram_messages import fuzzed_text

ANY = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cs", "Cc", "Cf", "Mn", "Zs"]),
        st.sampled_from("\n .!?👍🏽\u200d\ufe0f🇬🇧𝔘"),
    )
)
LONG = st.builds(lambda piece, times: cleaned(piece * times), ANY, st.integers(0, 3000))


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("Hello", "Hello"),
        ("  spaces around\n\n", "spaces around"),
        ("one\r\ntwo\rthree\u2028four\u2029five", "one\ntwo\nthree\nfour\nfive"),
        ("bell\x07 null\x00 tab\tend", "bell  null  tab end"),
        ("half \ud83d a pair", "half � a pair"),
        ("a pair in halves \ud83d\udd25", "a pair in halves 🔥"),
        ("a\u030angstrom", "ångstrom"),
        ("under\u0333lined", "underlined"),
        ("turned \u202eround", "turned round"),
        ("marks \u200e\u200f\u200e.", "marks \u200e."),
        ("❤\ufe0f", "❤\ufe0f"),
        ("flag 🏴\U000e0067\U000e0062\U000e007f", "flag 🏴\U000e0067\U000e0062\U000e007f"),
        ("\u200b\u200d \u3164\n", ""),
        ("\ufeff", ""),
        ("", ""),
        (None, ""),
        ("a" + "\u200b" * 5000 + "b", "a" + "\u200b" * 100 + "b"),
    ],
)
def test_what_telegram_would_change_is_changed_before_it_is_measured(given_text: str | None, kept: str) -> None:
    assert cleaned(given_text) == kept


def test_a_line_has_no_line_ends() -> None:
    assert cleaned_line(" two\nlines ") == "two lines"


@given(ANY)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert cleaned(cleaned(text)) == cleaned(text)


@given(ANY)
def test_what_is_cleaned_can_be_encoded_and_ends_in_what_can_be_seen(text: str) -> None:
    kept = cleaned(text)
    kept.encode("utf-8")
    assert not kept or not all(map(shows_nothing, kept))


@given(LONG, st.sampled_from([LONGEST_TEXT, LONGEST_CAPTION]))
@settings(deadline=None, max_examples=60)
def test_parts_joined_are_the_text_and_none_is_too_long(text: str, longest: int) -> None:
    parts = split(Rich(text), longest)
    assert "".join(part.text for part in parts) == text
    assert all(units(part.text) <= longest for part in parts)
    assert not text or not any(all(map(shows_nothing, part.text)) for part in parts)


def test_fuzzed_texts_are_split_without_loss() -> None:
    chance = random.Random(11)
    for _ in range(500):
        text = cleaned(fuzzed_text(chance))
        assert "".join(part.text for part in split(Rich(text), LONGEST_CAPTION)) == text


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("a" * 3000 + "\n\n" + "b" * 500 + ". " + "c" * 900, "\n\n"),
        ("a" * 3000 + "\n" + "b" * 500 + ". " + "c" * 900, "\n"),
        ("a" * 3000 + "! " + "b" * 500 + " " + "c" * 900, "! "),
        ("あ" * 3000 + "。" + "い" * 3000, "。"),
        ("a" * 3000 + " " + "b" * 3000, " "),
        ("a" * 9000, "a"),
    ],
)
def test_a_long_text_ends_where_a_reader_would_pause(text: str, ends: str) -> None:
    first, *_ = split(Rich(text))
    assert first.text.endswith(ends)
    assert len(first.text) >= LONGEST_TEXT // 2


@pytest.mark.parametrize("cluster", ["👨‍👩‍👧‍👦", "👍🏽", "e\u0301\u0323", "❤\ufe0f"])
def test_what_is_drawn_as_one_is_not_cut(cluster: str) -> None:
    for part in split(Rich(cluster * 2000))[:-1]:
        assert part.text.endswith(cluster)


def test_marks_without_an_end_are_cut_all_the_same() -> None:
    text = "z" + "\u0335" * 20000
    assert [units(part.text) for part in split(Rich(text))] == [4096, 4096, 4096, 4096, 3617]


def test_formatting_counts_in_units_of_utf_16() -> None:
    text = Rich("🔥🔥 ") + styled("bold", "bold") + Rich(" é ") + styled("link", "text_link", "https://x.example")
    assert entities(text) == [
        {"type": "bold", "offset": 5, "length": 4},
        {"type": "text_link", "offset": 12, "length": 4, "url": "https://x.example"},
    ]


def test_a_part_ends_before_a_link_rather_than_inside_it() -> None:
    text = Rich("word " * 817) + styled("a link of some words", "text_link", "https://x.example") + Rich(" more" * 9)
    first, second = split(text)
    assert not first.spans
    assert [second.text[span.start : span.end] for span in second.spans] == ["a link of some words"]


def test_formatting_longer_than_a_part_goes_on_in_the_next() -> None:
    parts = split(styled("word " * 2000, "bold"))
    assert [part.spans for part in parts] == [(Span("bold", 0, len(part.text)),) for part in parts]


@given(st.lists(st.tuples(st.text("ab 👍\n.", min_size=1, max_size=900), st.booleans()), max_size=30))
@settings(deadline=None, max_examples=60)
def test_formatting_covers_the_same_words_after_splitting(pieces: list[tuple[str, bool]]) -> None:
    whole = joined((styled(text, "bold") if bold else Rich(text) for text, bold in pieces), "")
    bold = "".join(whole.text[span.start : span.end] for span in whole.spans)
    parts = split(whole, LONGEST_CAPTION)
    again = "".join(part.text[span.start : span.end] for part in parts for span in part.spans)
    assert "".join(again.split()) == "".join(bold.split())
    for part in parts:
        assert all(0 <= span.start < span.end <= len(part.text) for span in part.spans)
        assert all(one.end <= other.start for one, other in pairwise(part.spans))


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://shop.example/a?b=c&d=é", True),
        ("http://127.0.0.1:8080/help", True),
        ("http://localhost:8080/help", False),
        ("https://shop.example:port/", False),
        ("https://shop example/", False),
        ("javascript:alert(1)", False),
        ("//shop.example/x", False),
        ("https://[::1", False),
        ("https://user@shop.example/", False),
        ("https://..", False),
        ("", False),
        (None, False),
    ],
)
def test_only_what_telegram_takes_for_an_address_becomes_a_link(url: str | None, taken: bool) -> None:
    assert (web_address(url) is not None) == taken
