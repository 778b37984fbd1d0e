"""Numbers on other scales as people type them, and which survey is drawn for which further question."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.conversations.extra_questions import CES, NPS, SCALES, sampled
from bot.conversations.rating_words import parse_rating, parse_scale
from bot.languages.languages import shipped_languages

HEARD = shipped_languages().heard


@pytest.mark.parametrize(
    ("typed", "kind", "score"),
    [
        ("0", NPS, 0),
        ("10", NPS, 10),
        ("10/10", NPS, 10),
        (" 7 / 10 ", NPS, 7),
        ("9 out of 10", NPS, 9),
        ("nine out of ten", NPS, 9),
        ("zehn", NPS, 10),
        ("huit sur dix", NPS, 8),
        ("siete de diez", NPS, 7),
        ("11", NPS, None),
        ("4/5", NPS, None),
        ("7.5", NPS, None),
        ("four stars", NPS, None),
        ("8 please", NPS, None),
        ("7/7", CES, 7),
        ("0", CES, None),
        ("8", CES, None),
        ("3/10", CES, None),
    ],
)
def test_a_number_is_taken_where_the_scale_has_it(typed: str, kind: str, score: int | None) -> None:
    assert parse_scale(typed, HEARD, SCALES[kind]) == score


@pytest.mark.parametrize("typed", ["seven", "zero", "neuf", "10", "nueve"])
def test_words_of_longer_scales_are_no_rating(typed: str) -> None:
    assert parse_rating(typed, HEARD) is None


def drawn(nps: float, ces: float) -> Counter[str | None]:
    return Counter(sampled(f"survey-{number}", nps, ces) for number in range(4000))


def test_nobody_is_drawn_where_nobody_wants_it() -> None:
    assert drawn(0, 0) == {None: 4000}


def test_everybody_is_drawn_for_a_hundred_percent() -> None:
    assert drawn(100, 0) == {NPS: 4000}
    assert drawn(0, 100) == {CES: 4000}


def test_shares_are_kept_and_nobody_is_drawn_for_both() -> None:
    found = drawn(30, 20)
    assert found[NPS] / 4000 == pytest.approx(0.3, abs=0.03)
    assert found[CES] / 4000 == pytest.approx(0.2, abs=0.03)


def test_more_than_all_is_shared_out() -> None:
    found = drawn(100, 100)
    assert found[None] == 0
    assert found[NPS] / 4000 == pytest.approx(0.5, abs=0.03)


def test_the_same_survey_is_always_drawn_alike() -> None:
    assert [sampled("s1", 40, 40) for _ in range(5)] == [sampled("s1", 40, 40)] * 5
