"""Words: what counts as the same, and how much of a question a text covers."""

from __future__ import annotations

import pytest

from bot.knowledge.lexical import WordIndex, words_of

TEXTS = ["Delivery costs £3.95", "Returns are free within 30 days", "Gift cards never expire"]


def test_courtesies_and_small_words_do_not_count() -> None:
    assert words_of("Hi, can I please get help with RETURNS?", "en") == ["returns"]


def test_accents_and_case_do_not_matter() -> None:
    assert words_of("Rückgabe", "de") == words_of("RUCKGABE", "de")


@pytest.mark.parametrize(
    ("question", "best"),
    [("how much is delivery", 0), ("can i return it", 1), ("do giftcards expire", 2), ("deliveries", 0)],
)
def test_the_text_with_the_words_is_best(question: str, best: int) -> None:
    assert WordIndex(TEXTS, "en").scores(question).argmax() == best


def test_a_text_with_all_the_words_covers_the_question() -> None:
    assert WordIndex(TEXTS, "en").scores("delivery costs")[0] == pytest.approx(1.0)


def test_words_that_no_text_has_count_as_missing() -> None:
    scores = WordIndex(TEXTS, "en").scores("delivery by submarine to Atlantis")
    assert 0 < scores[0] < 0.5


@pytest.mark.parametrize("question", ["", "?!", "the of and", "xyzzy", "a" * 5000])
def test_a_question_without_known_words_finds_nothing(question: str) -> None:
    assert not WordIndex(TEXTS, "en").scores(question).any()


def test_no_texts_are_no_error() -> None:
    assert len(WordIndex([], "en").scores("anything")) == 0
