"""The arithmetic of satisfaction."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.insights.csat import SurveyRow, summarize, wilson

AT = datetime(2026, 3, 2, tzinfo=UTC)


def survey(state: str, score: int | None = None, *, asked: bool | None = None) -> SurveyRow:
    was_asked = state in ("asked", "answered", "expired") if asked is None else asked
    return SurveyRow(AT, AT if score else None, "c" * 32, "web", "bot", state, was_asked, score, None)


# The values of R's binom.confint(x, n, methods = "wilson"), to four digits.
@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (0, 10, 0.0000, 0.2775),
        (10, 10, 0.7225, 1.0000),
        (8, 10, 0.4902, 0.9433),
        (81, 263, 0.2553, 0.3662),
        (1, 1, 0.2065, 1.0000),
    ],
)
def test_the_interval_is_wilsons(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


def test_without_answers_there_is_no_interval() -> None:
    assert wilson(0, 0) is None


def test_the_score_is_the_share_of_fours_and_fives() -> None:
    summary = summarize([survey("answered", score) for score in (5, 4, 3, 2, 1)])

    assert summary.score == 0.4
    assert summary.satisfied == 2
    assert summary.mean == 3.0


def test_the_response_rate_counts_only_those_who_were_asked() -> None:
    rows = [
        survey("answered", 5),
        survey("asked"),
        survey("expired"),
        survey("expired"),
        survey("due"),
        survey("undeliverable"),
        survey("exempt", asked=True),
    ]

    summary = summarize(rows)

    assert (summary.answered, summary.asked, summary.response_rate) == (1, 4, 0.25)
    assert summary.states == {"answered": 1, "asked": 1, "due": 1, "exempt": 1, "expired": 2, "undeliverable": 1}


def test_nothing_to_divide_by_gives_no_number() -> None:
    summary = summarize([survey("due")])

    assert (summary.score, summary.mean, summary.response_rate, summary.low) == (None, None, None, None)


@pytest.mark.parametrize(("answers", "few"), [(29, True), (30, False)])
def test_fewer_than_thirty_answers_are_few(answers: int, few: bool) -> None:
    assert summarize([survey("answered", 5)] * answers).too_few is few
