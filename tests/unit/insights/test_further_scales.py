"""The arithmetic of NPS, CES and follow-ups."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.insights.csat import ExtraRow, mean_interval, nps_interval, summarize_ces, summarize_nps
from bot.insights.follow_ups import FollowUpRow, summarize_follow_ups

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def nps(*scores: int) -> list[ExtraRow]:
    return [ExtraRow("nps", "answered", score) for score in scores]


def ces(*scores: int) -> list[ExtraRow]:
    return [ExtraRow("ces", "answered", score) for score in scores]


def test_promoters_less_detractors() -> None:
    summary = summarize_nps([*nps(10, 9, 8, 7, 6, 0, 10), *ces(1)])
    assert (summary.promoters, summary.passives, summary.detractors) == (3, 2, 2)
    assert summary.nps == pytest.approx(100 / 7)


@pytest.mark.parametrize(("score", "points"), [(10, 100), (9, 100), (8, 0), (7, 0), (6, -100), (0, -100)])
def test_where_the_groups_begin(score: int, points: float) -> None:
    assert summarize_nps(nps(score)).nps == points


def test_only_those_it_reached_were_asked() -> None:
    rows = [*nps(10), ExtraRow("nps", "asked", None), ExtraRow("nps", "expired", None)]
    summary = summarize_nps([*rows, ExtraRow("nps", "undeliverable", None)])
    assert (summary.asked, summary.answered, summary.response_rate) == (3, 1, pytest.approx(1 / 3))


# Worked out anew from the variance of -1, 0 and 1 over n + 3 answers, 0.75 more of either kind.
@pytest.mark.parametrize(
    ("promoters", "detractors", "n", "low", "high"),
    [
        (50, 20, 100, 14.05, 44.20),
        (10, 0, 10, 47.50, 100.0),
        (0, 0, 1, -60.01, 60.01),
    ],
)
def test_the_interval_of_nps(promoters: int, detractors: int, n: int, low: float, high: float) -> None:
    assert nps_interval(promoters, detractors, n) == pytest.approx((low, high), abs=0.02)


def test_the_mean_of_ces_with_its_interval() -> None:
    summary = summarize_ces([*ces(7, 6, 5, 6, 6), *nps(0)])
    assert summary.mean == 6.0
    # t(0.975, 4) · s / √n = 2.776 · 0.70711 / 2.23607
    assert (summary.low, summary.high) == (pytest.approx(5.122, abs=1e-3), pytest.approx(6.878, abs=1e-3))


def test_the_interval_stays_on_the_scale_and_one_answer_has_none() -> None:
    assert mean_interval([1, 7], 1, 7) == (1, 7)
    assert mean_interval([7], 1, 7) is None
    assert mean_interval([4] * 200 + [5] * 200, 1, 7) == pytest.approx((4.451, 4.549), abs=1e-3)


def test_nothing_asked_gives_no_number() -> None:
    assert (summarize_nps([]).nps, summarize_nps([]).response_rate, summarize_ces([]).mean) == (None, None, None)


@pytest.mark.parametrize(("answers", "few"), [(29, True), (30, False)])
def test_fewer_than_thirty_of_them_are_few(answers: int, few: bool) -> None:
    assert summarize_nps(nps(*[9] * answers)).too_few is few
    assert summarize_ces(ces(*[5] * answers)).too_few is few


def closed(hours: float, outcome: str = "put_right") -> FollowUpRow:
    """Due an hour before now."""
    due = NOW - timedelta(hours=1)
    return FollowUpRow(due, due + timedelta(hours=hours), outcome)


def test_follow_ups_in_time_are_counted_among_what_has_come_due() -> None:
    rows = [
        closed(0),
        closed(-5, "explained"),
        closed(0.1),
        FollowUpRow(NOW - timedelta(minutes=1), None, None),
        FollowUpRow(NOW + timedelta(minutes=1), None, None),
        FollowUpRow(None, None, None),
    ]
    figures = summarize_follow_ups(rows, NOW)
    assert (figures.in_time, figures.late, figures.overdue, figures.open, figures.undated) == (2, 1, 1, 1, 1)
    assert figures.share == 0.5
    assert figures.outcomes == {"explained": 1, "put_right": 2}
    assert (figures.all, figures.too_few) == (6, True)


def test_closed_before_it_was_due_counts_though_its_time_is_still_to_come() -> None:
    figures = summarize_follow_ups([FollowUpRow(NOW + timedelta(hours=5), NOW, "explained")], NOW)
    assert (figures.in_time, figures.share) == (1, 1.0)


def test_without_follow_ups_there_is_no_share() -> None:
    figures = summarize_follow_ups([], NOW)
    assert (figures.share, figures.low, figures.all) == (None, None, 0)
