"""What is kept to be searched, and how a search is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.insights.facts.words import MOST_ASKED, asked_of, plain_words


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Where is #W4827310?", "where is w4827310"),
        ("Señor MÜLLER’s Straße", "senor muller s strasse"),
        ("jo@mail.example", "jo mail example"),
        ("ﬁne  ½ — \n…", "fine 1 2"),
        ("Ελλάδα снег 雪", "ελλαδα снег 雪"),
        ("under_score", "under score"),
        ("", ""),
    ],
)
def test_texts_become_plain_words(text: str, plain: str) -> None:
    assert plain_words(text) == plain


@given(st.text())
def test_plain_words_stay_what_they_are(text: str) -> None:
    once = plain_words(text)
    assert plain_words(once) == once
    assert all(word.isalnum() for word in once.split())


@pytest.mark.parametrize(
    ("typed", "phrases", "begun"),
    [
        ("late parcel", (("late",), ("parcel",)), True),
        ('"late parcel"', (("late", "parcel"),), False),
        ('refund "late parcel" ber', (("refund",), ("late", "parcel"), ("ber",)), True),
        ('"never closed', (("never", "closed"),), False),
        ("AND OR NOT * ( : ^ -", (("and",), ("or",), ("not",)), True),
        ("'; DROP TABLE", (("drop",), ("table",)), True),
        ("order w", (("order",), ("w",)), False),
        ("?!", (), False),
        ('""', (), False),
    ],
)
def test_a_search_is_read_as_typed(typed: str, phrases: tuple[tuple[str, ...], ...], begun: bool) -> None:
    asked = asked_of(typed)
    assert (asked.phrases, asked.begun) == (phrases, begun)


def test_a_novel_is_no_search() -> None:
    asked = asked_of("word " * 500)
    assert len(asked.phrases) == MOST_ASKED
    assert not asked.begun
