"""Business hours: read from a setting, counted across nights, weekends, holidays and changes of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cases.hours import DAYS, BusinessHours, HoursError

LONDON = ZoneInfo("Europe/London")
WEEKDAYS = BusinessHours.parse("Mon-Fri 09:00-17:30, Sat 10:00-14:00", "Europe/London")
STEP = timedelta(minutes=15)


def local(text: str, zone: ZoneInfo = LONDON) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("now", "hours", "due"),
    [
        ("2026-11-23T10:00", 2, "2026-11-23T12:00"),
        ("2026-11-23T10:00", 7.5, "2026-11-23T17:30"),  # the end of a day is its end, not the next day's begin
        ("2026-11-23T10:00", 8, "2026-11-24T09:30"),
        ("2026-11-23T06:00", 1, "2026-11-23T10:00"),
        ("2026-11-23T20:00", 1, "2026-11-24T10:00"),
        ("2026-11-23T17:30", 1, "2026-11-24T10:00"),
        ("2026-11-20T16:30", 4, "2026-11-21T13:00"),  # a Friday, and the Saturday after it
        ("2026-11-21T13:00", 2, "2026-11-23T10:00"),
        ("2026-11-22T12:00", 8.5, "2026-11-23T17:30"),
    ],
)
def test_hours_go_on_when_somebody_is_there_again(now: str, hours: float, due: str) -> None:
    assert WEEKDAYS.due(local(now), hours) == local(due)


def test_holidays_do_not_count() -> None:
    closed = [date(2026, 12, 25), date(2026, 12, 26), date(2026, 12, 28)]
    hours = BusinessHours.parse("Mon-Fri 09:00-17:30, Sat 10:00-14:00", "Europe/London", closed)
    assert hours.due(local("2026-12-24T16:30"), 2) == local("2026-12-29T10:00")


def test_several_spans_of_a_day_leave_the_break_out() -> None:
    hours = BusinessHours.parse("Mon-Thu 09:00-12:30 13:30-17:30, Fri 09:00-12:00", "Europe/Berlin")
    berlin = ZoneInfo("Europe/Berlin")
    assert hours.due(local("2026-11-23T12:00", berlin), 1) == local("2026-11-23T14:00", berlin)
    assert hours.due(local("2026-11-23T12:45", berlin), 1) == local("2026-11-23T14:30", berlin)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-03-28T23:00", "2026-03-29T08:00"),  # 02:00 becomes 03:00 that night: eight hours are nine of the clock
        ("2026-10-24T23:00", "2026-10-25T06:00"),  # … and are seven where 03:00 becomes 02:00
        ("2026-03-30T23:00", "2026-03-31T07:00"),
    ],
)
def test_an_hour_is_an_hour_also_when_the_clock_changes(now: str, due: str) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    always = BusinessHours.parse("Mon-Sun 00:00-24:00", "Europe/Berlin")
    assert always.due(local(now, berlin), 8) == local(due, berlin)


def test_a_day_begins_by_the_clock_on_either_side_of_a_change() -> None:
    hours = BusinessHours.parse("Mon-Fri 09:00-17:00", "America/New_York")
    new_york = ZoneInfo("America/New_York")
    assert hours.due(local("2026-03-06T16:00", new_york), 2) == datetime(2026, 3, 9, 14, 0, tzinfo=UTC)
    assert hours.due(local("2026-10-30T16:00", new_york), 2) == datetime(2026, 11, 2, 15, 0, tzinfo=UTC)


def test_a_span_in_the_hour_that_is_left_out_counts_nothing_twice() -> None:
    # 02:00 becomes 03:00, so the first span ends when it is 03:30, in the middle of the second.
    hours = BusinessHours.parse("Sun 01:30-02:30 03:00-04:00", "Europe/Berlin")
    berlin = ZoneInfo("Europe/Berlin")
    assert hours.due(local("2026-03-29T01:00", berlin), 1.5) == local("2026-03-29T04:00", berlin)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "nobody would ever be there"),
        (" , ", "nobody would ever be there"),
        ("9-5", "write them like Mon-Fri"),
        ("Mon-Fri", "write them like Mon-Fri"),
        ("Mon-Fry 09:00-17:00", "write them like Mon-Fri"),
        ("Mon 17:00-09:00", "ends before it begins"),
        ("Mon 09:00-09:00", "ends before it begins"),
        ("Mon 09:00-25:00", "ends at 24:00"),
        ("Mon 09:70-10:00", "ends at 24:00"),
    ],
)
def test_what_are_no_hours_is_said_with_how_they_are_written(text: str, says: str) -> None:
    with pytest.raises(HoursError, match=says):
        BusinessHours.parse(text, "Europe/London")


def test_hours_are_read_as_people_write_them() -> None:
    hours = BusinessHours.parse("sat-mon 08:00-12:00 , WED 10:00 - 11:00 10:30-14:00,", "Europe/London")
    early, wednesday = ((480, 720),), ((600, 840),)
    assert hours.week == (early, (), wednesday, (), (), early, early)


def test_a_year_of_holidays_is_an_error_and_no_endless_search() -> None:
    closed = [date(2026, 1, 1) + timedelta(days=number) for number in range(500)]
    hours = BusinessHours.parse("Mon-Fri 09:00-17:00", "Europe/London", closed)
    with pytest.raises(HoursError, match="too many holidays"):
        hours.due(local("2026-01-05T10:00"), 1)


def test_the_end_of_the_span_somebody_is_in_is_known() -> None:
    assert WEEKDAYS.closing(local("2026-11-23T17:20")) == local("2026-11-23T17:30")
    assert WEEKDAYS.closing(local("2026-11-23T17:30")) == local("2026-11-23T17:30")
    assert WEEKDAYS.closing(local("2026-11-23T18:30")) == local("2026-11-23T18:30")


SPLIT = BusinessHours.parse(
    "Mon-Thu 09:00-12:30 13:30-17:30, Fri 22:00-24:00, Sat 00:00-06:00", "Europe/Berlin", [date(2026, 11, 25)]
)


@pytest.mark.parametrize(
    ("at", "open_", "opens"),
    [
        ("2026-11-23T08:59", False, "2026-11-23T09:00"),
        ("2026-11-23T09:00", True, "2026-11-23T09:00"),
        ("2026-11-23T12:30", False, "2026-11-23T13:30"),  # nobody is there at the end of a span
        ("2026-11-23T13:00", False, "2026-11-23T13:30"),
        ("2026-11-23T17:29", True, "2026-11-23T17:29"),
        ("2026-11-24T18:00", False, "2026-11-26T09:00"),  # the day between is a holiday
        ("2026-11-25T10:00", False, "2026-11-26T09:00"),
        ("2026-11-27T23:59", True, "2026-11-27T23:59"),
        ("2026-11-28T00:00", True, "2026-11-28T00:00"),  # the night goes on
        ("2026-11-28T06:00", False, "2026-11-30T09:00"),
    ],
)
def test_whether_somebody_is_there_and_when_next(at: str, open_: bool, opens: str) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert SPLIT.is_open(local(at, berlin)) is open_
    assert SPLIT.opens_next(local(at, berlin)) == local(opens, berlin)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-11-23T08:00", "2026-11-23T20:00", 7.5),
        ("2026-11-23T12:00", "2026-11-23T14:00", 1),
        ("2026-11-23T12:30", "2026-11-23T13:30", 0),
        ("2026-11-24T17:00", "2026-11-26T09:30", 1),  # over a holiday
        ("2026-11-27T20:00", "2026-11-28T12:00", 8),  # a night
        ("2026-11-23T10:00", "2026-11-23T10:00", 0),
        ("2026-11-23T14:00", "2026-11-23T12:00", -1),
    ],
)
def test_business_time_between_two_moments(start: str, end: str, hours: float) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert SPLIT.business_seconds(local(start, berlin), local(end, berlin)) == hours * 3600


def test_business_time_counts_real_hours_when_the_clock_changes() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    nights = BusinessHours.parse("Sun 00:00-06:00", "Europe/Berlin")
    spring, autumn = local("2026-03-28T12:00", berlin), local("2026-10-24T12:00", berlin)
    assert nights.business_seconds(spring, spring + timedelta(days=1)) == 5 * 3600
    assert nights.business_seconds(autumn, autumn + timedelta(days=1)) == 7 * 3600
    # At three it is 01:00 UTC, whatever the clock shows before.
    assert nights.is_open(datetime(2026, 3, 29, 3, 59, tzinfo=UTC))
    assert not nights.is_open(datetime(2026, 3, 29, 4, 0, tzinfo=UTC))


def test_nobody_ever_there_again_is_said() -> None:
    closed = [date(2026, 1, 1) + timedelta(days=number) for number in range(500)]
    hours = BusinessHours.parse("Mon-Fri 09:00-17:00", "Europe/London", closed)
    assert not hours.is_open(local("2026-01-05T10:00"))
    with pytest.raises(HoursError, match="too many holidays"):
        hours.opens_next(local("2026-01-05T10:00"))
    with pytest.raises(HoursError, match="too many holidays"):
        hours.before(local("2027-05-05T10:00"), 60)


# -- whatever the hours, the moment and the zone ----------------------------------------------------------------

ZONES = ("Europe/London", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")
quarters = st.integers(0, 96)


@st.composite
def weeks(draw: st.DrawFn) -> str:
    """A week with at least one span, in the setting's own writing; all times on a quarter of an hour."""
    entries = []
    for day in draw(st.sets(st.sampled_from(DAYS), min_size=1)):
        for begins, ends in draw(st.lists(st.tuples(quarters, quarters), min_size=1, max_size=3)):
            first, last = sorted((begins, ends)) if begins != ends else (32, 72)
            entries.append(f"{day} {first // 4:02}:{first % 4 * 15:02}-{last // 4:02}:{last % 4 * 15:02}")
    return ", ".join(entries)


moments = st.builds(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * minutes), st.integers(0, 4 * 24 * 365)
)
holidays = st.sets(st.builds(lambda days: date(2026, 1, 1) + timedelta(days=days), st.integers(0, 400)), max_size=30)


def business_time(hours: BusinessHours, start: datetime, end: datetime) -> timedelta:
    """Counted the slow way: every quarter of an hour by what the shop's clock shows in its middle."""
    counted = timedelta()
    while start < end:
        shown = (start + STEP / 2).astimezone(hours.zone)
        minute = shown.hour * 60 + shown.minute
        if shown.date() not in hours.holidays and any(
            begins <= minute < ends for begins, ends in hours.week[shown.weekday()]
        ):
            counted += STEP
        start += STEP
    return counted


@settings(max_examples=150, deadline=None)
@given(weeks(), st.sampled_from(ZONES), holidays, moments, st.integers(1, 40))
def test_exactly_the_promised_hours_lie_between_now_and_then(
    week: str, zone: str, closed: set[date], now: datetime, quarters_promised: int
) -> None:
    hours = BusinessHours.parse(week, zone, closed)
    due = hours.due(now, quarters_promised / 4)
    if _changes_the_clock(hours.zone, now, due):
        return  # spans with an end in the hour that is left out, or comes twice, have tests of their own
    assert business_time(hours, now, due) == quarters_promised * STEP
    assert business_time(hours, due - STEP, due) == STEP, "it is due while somebody is there, or at the end of that"


@settings(max_examples=150, deadline=None)
@given(weeks(), st.sampled_from(ZONES), holidays, moments, moments, st.floats(0.1, 60), st.floats(0.1, 60))
def test_asked_later_or_for_longer_it_is_never_due_earlier(
    week: str, zone: str, closed: set[date], one: datetime, other: datetime, few: float, more: float
) -> None:
    hours = BusinessHours.parse(week, zone, closed)
    now, later = sorted((one, other))
    assert now < hours.due(now, few) <= hours.due(later, few)
    assert hours.due(now, min(few, more)) <= hours.due(now, max(few, more))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(weeks(), st.sampled_from(ZONES), holidays, moments, st.integers(0, 80))
def test_business_time_between_two_moments_is_what_the_clock_shows(
    week: str, zone: str, closed: set[date], start: datetime, steps: int
) -> None:
    hours = BusinessHours.parse(week, zone, closed)
    end = start + steps * STEP
    if _changes_the_clock(hours.zone, start, end):
        return
    assert hours.business_seconds(start, end) == business_time(hours, start, end).total_seconds()
    assert hours.is_open(start) is bool(business_time(hours, start, start + STEP))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(weeks(), st.sampled_from(ZONES), holidays, moments, st.floats(0.1, 60))
def test_from_the_begin_of_a_time_to_its_end_and_back(
    week: str, zone: str, closed: set[date], now: datetime, promised: float
) -> None:
    hours = BusinessHours.parse(week, zone, closed)
    begins, due = hours.opens_next(now), hours.due(now, promised)
    assert hours.business_seconds(now, due) == pytest.approx(promised * 3600, abs=0.001)
    back = hours.before(due, promised * 3600)
    assert hours.business_seconds(back, due) == pytest.approx(promised * 3600, abs=0.001)
    assert back >= begins - timedelta(seconds=0.001), "the latest such moment"


def _changes_the_clock(zone: ZoneInfo, start: datetime, end: datetime) -> bool:
    day, last = start.astimezone(zone).date() - timedelta(days=1), end.astimezone(zone).date() + timedelta(days=1)
    offsets = set()
    while day <= last:
        offsets.add(datetime.combine(day, time(12), zone).utcoffset())
        day += timedelta(days=1)
    return len(offsets) > 1


def test_a_quarter_of_an_hour_a_week_is_found_more_than_half_a_year_back() -> None:
    hours = BusinessHours.parse("mon 00:00-00:15", "Europe/London")
    assert hours.before(datetime(2026, 9, 7, tzinfo=UTC), 9 * 3600) == datetime(2026, 1, 5, tzinfo=UTC)
