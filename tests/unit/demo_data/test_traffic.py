"""When made-up customers come, and about what."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.demo_data.traffic import WISHES, Year, black_friday, days_of, visits_of
from bot.insights.learning.training_files import TrainingFiles
from bot.settings import ROOT

LONDON = ZoneInfo("Europe/London")
YEAR = Year(6000, 3, date(2026, 6, 30), LONDON)


@pytest.fixture(scope="module")
def visits():
    return visits_of(YEAR)


def test_equal_years_bring_equal_visits_and_other_seeds_others(visits) -> None:
    assert visits_of(YEAR) == visits
    assert visits_of(Year(6000, 4, YEAR.until, LONDON)) != visits


def test_there_are_as_many_as_were_asked_for_in_order_and_within_the_year(visits) -> None:
    assert len(visits) == YEAR.conversations
    assert [visit.number for visit in visits] == list(range(len(visits)))
    assert visits == sorted(visits, key=lambda visit: visit.at)
    assert YEAR.begin <= visits[0].at
    assert visits[-1].at < YEAR.end - timedelta(hours=3)


def test_most_come_within_office_hours_and_few_at_night(visits) -> None:
    hours = Counter(visit.at.astimezone(LONDON).hour for visit in visits)
    assert sum(hours[hour] for hour in range(9, 18)) > 0.55 * len(visits)
    assert sum(hours[hour] for hour in range(6)) < 0.03 * len(visits)
    assert hours[20] > hours[22] > hours[3]


def test_mondays_are_busier_than_sundays(visits) -> None:
    days = Counter(visit.at.astimezone(LONDON).weekday() for visit in visits)
    assert days[0] > 1.4 * days[6]


def test_black_friday_and_christmas_are_seasons() -> None:
    assert black_friday(2025) == date(2025, 11, 28)
    assert black_friday(2026) == date(2026, 11, 27)
    shares = days_of(YEAR)
    assert shares[date(2025, 11, 28)] > 1.6 * shares[date(2025, 10, 31)]
    assert shares[date(2025, 12, 25)] < 0.7 * shares[date(2025, 12, 18)]
    assert abs(sum(shares.values()) - 1) < 1e-9


def test_returns_come_in_january(visits) -> None:
    def share_of_returns(first: date, last: date) -> float:
        then = [visit for visit in visits if first <= visit.at.astimezone(LONDON).date() <= last]
        return sum(visit.wish in ("return_items", "exchange_items") for visit in then) / len(then)

    assert share_of_returns(date(2026, 1, 1), date(2026, 1, 24)) > 1.5 * share_of_returns(
        date(2026, 4, 1), date(2026, 5, 30)
    )


def test_the_shop_grows() -> None:
    shares = days_of(YEAR)
    april, last_july = (
        sum(share for day, share in shares.items() if (day.year, day.month) == month)
        for month in ((2026, 4), (2025, 7))
    )
    assert april > 1.2 * last_july


def test_all_channels_and_languages_are_there(visits) -> None:
    assert set(Counter(visit.channel for visit in visits)) == {"web", "telegram"}
    languages = Counter(visit.language for visit in visits)
    assert languages["en"] > languages["de"] > languages["es"] > 0 < languages["fr"]


def test_who_comes_back_comes_after_their_last_visit_and_as_themselves(visits) -> None:
    again = [visit for visit in visits if visit.again]
    assert 0.02 * len(visits) < len(again) < 0.15 * len(visits)
    for visit in visits:
        if visit.previous is not None:
            before = visits[visit.previous]
            assert (before.customer, before.channel, before.language) == (visit.customer, visit.channel, visit.language)
            assert visit.at - before.at >= timedelta(hours=6)
            assert not before.last
            assert not visit.again or before.wish == visit.wish


def test_every_wish_is_an_intent_that_customers_are_known_to_have() -> None:
    known = {block.intent for block in TrainingFiles(ROOT).read().blocks}
    assert set(WISHES) - {"nothing"} <= known
