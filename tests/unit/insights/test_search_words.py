"""What is kept to be searched, and how a search is read."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.insights.facts.words import MOST_ASKED, asked_of, plain_words, searchable


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


def test_what_a_survey_asks_is_no_word_of_a_conversation_and_what_is_answered_is() -> None:
    said = [
        ("text", "Where is it?", "Where is my parcel?"),
        ("rating", "How did we do?", None),
        ("comment", "Quick, and kind", None),
        *((kind, "May we show that as Mia?", None) for kind in ("nps", "ces", "review")),
    ]
    rows: list[Any] = [SimpleNamespace(kind=kind, text=text, edited_text=edited) for kind, text, edited in said]
    assert searchable(rows) == "where is it where is my parcel quick and kind"


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
