"""Until when a conversation can be put off."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.cases.hours import BusinessHours
from bot.desk.snoozing import WrongTime, moment_of, presets

HOURS = BusinessHours.parse("Mon-Fri 09:00-17:00", "Europe/London")
LONDON = ZoneInfo("Europe/London")
MONDAY_TEN = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def offered(now: datetime) -> list[tuple[str, str]]:
    return [(preset.label, f"{preset.until:%a %H:%M}") for preset in presets(HOURS, now)]


def test_moments_go_by_when_people_are_there() -> None:
    assert offered(MONDAY_TEN) == [
        ("In one hour", "Mon 11:00"),
        ("In three hours", "Mon 13:00"),
        ("An hour before we close", "Mon 16:00"),
        ("Next working day", "Tue 09:00"),
        ("Next week", "Mon 09:00"),
    ]


def test_on_a_friday_the_next_day_is_the_next_week_and_offered_once() -> None:
    friday = datetime(2026, 3, 6, 15, 30, tzinfo=UTC)
    assert [when for _, when in offered(friday)] == ["Fri 16:30", "Fri 18:30", "Mon 09:00"]


def test_a_time_without_a_zone_is_the_shops() -> None:
    summer = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
    assert moment_of("2026-06-01T12:00", LONDON, summer) == datetime(2026, 6, 1, 11, 0, tzinfo=UTC)
    assert moment_of("2026-06-01T12:00:00Z", LONDON, summer) == datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "typed", ["", "tomorrow", "2026-03-02T09:00", "2027-03-02T09:00", "9999-99-99", "2026-03-02\0"]
)
def test_what_is_no_time_to_come_is_refused_in_words(typed: str) -> None:
    with pytest.raises(WrongTime, match=r"\.$"):
        moment_of(typed, LONDON, MONDAY_TEN)
