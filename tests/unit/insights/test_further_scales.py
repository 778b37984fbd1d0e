"""The arithmetic of NPS, CES and follow-ups; which follow-up is in time is asked of a database elsewhere."""

from __future__ import annotations

import math

import pytest

from bot.insights.csat import ExtraRow, mean_interval, nps_interval, summarize_ces, summarize_nps
from bot.insights.figures.duties import Kept
from bot.insights.follow_ups import summarize_follow_ups


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


@pytest.mark.parametrize("answers", [2, 40])
def test_answers_that_agree_do_not_pass_for_certain(answers: int) -> None:
    assert mean_interval([7] * answers, 1, 7) is None
    assert summarize_ces(ces(*[7] * answers)).mean == 7.0


# Student's t at 97.5 % of printed tables: 31, 40, 60 and 120 degrees of freedom.
@pytest.mark.parametrize(("freedom", "quantile"), [(31, 2.0395), (40, 2.0211), (60, 2.0003), (120, 1.9799)])
def test_beyond_the_table_the_interval_is_no_narrower_than_students(freedom: int, quantile: float) -> None:
    n = freedom + 1
    scores = [3, 5] * (n // 2) + [4] * (n % 2)
    deviation = math.sqrt(sum((score - 4) ** 2 for score in scores) / freedom)
    interval = mean_interval(scores, 1, 7)
    assert interval is not None
    assert (interval[1] - 4) * math.sqrt(n) / deviation == pytest.approx(quantile, abs=2e-4)


def test_nothing_asked_gives_no_number() -> None:
    assert (summarize_nps([]).nps, summarize_nps([]).response_rate, summarize_ces([]).mean) == (None, None, None)


@pytest.mark.parametrize(("answers", "few"), [(29, True), (30, False)])
def test_fewer_than_thirty_of_them_are_few(answers: int, few: bool) -> None:
    assert summarize_nps(nps(*[9] * answers)).too_few is few
    assert summarize_ces(ces(*[5] * answers)).too_few is few


def test_follow_ups_in_time_are_counted_among_what_has_come_due() -> None:
    kept = Kept({"in_time": 2, "late": 1, "overdue": 1, "waiting": 5, "undated": 7})
    figures = summarize_follow_ups(kept, {"put_right": 2, "explained": 1})
    assert (figures.in_time, figures.late, figures.overdue, figures.waiting, figures.undated) == (2, 1, 1, 5, 7)
    assert figures.share == 0.5
    assert list(figures.outcomes) == ["explained", "put_right"]
    assert (figures.all, figures.too_few) == (16, True)


def test_without_follow_ups_there_is_no_share() -> None:
    figures = summarize_follow_ups(Kept({}), {})
    assert (figures.share, figures.low, figures.all) == (None, None, 0)
