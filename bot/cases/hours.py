"""When the shop's people are there, and when so many of their hours are over; knows no cases and no words."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from bot.settings import Settings

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
END_OF_DAY = 24 * 60
LOOK_AHEAD = 400  # days without any business, one after another, after which there is none to come
_ENTRY = re.compile(r"([a-z]{3})(?:\s*-\s*([a-z]{3}))?((?:\s+\d\d:\d\d\s*-\s*\d\d:\d\d)+)")
_SPAN = re.compile(r"(\d\d):(\d\d)\s*-\s*(\d\d):(\d\d)")

Span = tuple[int, int]  # from and to, in minutes of the clock since midnight


class HoursError(ValueError):
    """Business hours that cannot be: the text says what is wrong and how they are written."""


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """The hours of a week, at the shop's own clock, and the days on which nobody comes.

    `week` has the spans of each day, Monday first, in order and apart from each other.
    """

    week: tuple[tuple[Span, ...], ...]
    zone: ZoneInfo
    holidays: frozenset[date] = frozenset()

    @classmethod
    def parse(cls, text: str, timezone: str, holidays: Collection[date] = ()) -> Self:
        """Read hours like "Mon-Fri 09:00-12:30 13:30-17:30, Sat 10:00-14:00". The end of a day is 24:00.

        Args:
            timezone: IANA name of the zone whose clock the hours are told by.
            holidays: days of that zone.

        Raises:
            HoursError: they cannot be read, a span ends before it begins, or nobody is ever there.
        """
        week: list[list[Span]] = [[] for _ in DAYS]
        for entry in filter(None, (part.strip().lower() for part in text.split(","))):
            days, spans = _read(entry)
            for day in days:
                week[day] += spans
        if not any(week):
            raise HoursError("nobody would ever be there; write them like Mon-Fri 09:00-17:30, Sat 10:00-14:00")
        return cls(tuple(_apart(spans) for spans in week), ZoneInfo(timezone), frozenset(holidays))

    def due(self, now: datetime, promise_hours: float) -> datetime:
        """The moment, in UTC, at which that many business hours since `now` are over; the end of a day stays its end.

        Args:
            now: an aware moment, whether somebody is there then or not.
            promise_hours: more than none.

        Raises:
            HoursError: holidays leave no business hours for more than a year.
        """
        start, left = now.astimezone(UTC), timedelta(hours=promise_hours)
        for opens, closes in self._shifts(start):
            begins = max(opens, start)
            if closes - begins >= left:
                return begins + left
            left -= max(closes - begins, timedelta())
        raise _nobody(now)

    def closing(self, at: datetime) -> datetime:
        """The end, in UTC, of the span that `at` is in or at the end of; `at` itself outside of business hours."""
        moment = at.astimezone(UTC)
        opens, closes = next(self._shifts(moment), (moment, moment))
        return closes if opens < moment else moment

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is there at that moment; at the end of a span nobody is any more."""
        moment = at.astimezone(UTC)
        return self._next(moment)[0] <= moment

    def opens_next(self, at: datetime) -> datetime:
        """When somebody is there next, in UTC: `at` itself within business hours.

        Raises:
            HoursError: holidays leave no business hours for more than a year.
        """
        moment = at.astimezone(UTC)
        opens, closes = self._next(moment)
        if opens == closes:
            raise _nobody(moment)
        return max(opens, moment)

    def business_seconds(self, start: datetime, end: datetime) -> float:
        """The seconds between two moments in which somebody is there; negative where `end` comes first."""
        first, last = start.astimezone(UTC), end.astimezone(UTC)
        if last < first:
            return -self.business_seconds(last, first)
        counted = timedelta()
        for opens, closes in self._shifts(first):
            if opens >= last:
                break
            counted += min(closes, last) - max(opens, first)
        return counted.total_seconds()

    def before(self, end: datetime, seconds: float) -> datetime:
        """The latest moment, in UTC, since which that many business seconds have passed by `end`.

        Raises:
            HoursError: holidays leave no business hours for more than a year before it.
        """
        last, left, back = end.astimezone(UTC), timedelta(seconds=seconds), timedelta(days=1)
        while True:
            shifts = []
            for opens, closes in self._shifts(last - back):
                if opens >= last:
                    break
                shifts.append((max(opens, last - back), min(closes, last)))
            latest = shifts[-1][1] if shifts else last - back
            if last - latest > timedelta(days=LOOK_AHEAD):
                raise _nobody(last)
            needed = left
            for opens, closes in reversed(shifts):
                if closes - opens >= needed:
                    return closes - needed
                needed -= closes - opens
            back *= 3

    def _next(self, moment: datetime) -> tuple[datetime, datetime]:
        """The span that is going on, or the next one; twice the end of time where none comes."""
        never = datetime.max.replace(tzinfo=UTC)
        return next((shift for shift in self._shifts(moment) if shift[1] > moment), (never, never))

    def _shifts(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Spans that end at `start` or later, in UTC and in order, until none comes for too long."""
        # Yesterday's as well: a span that ends at 24:00 ends on the day after.
        day, idle = start.astimezone(self.zone).date() - timedelta(days=1), 0
        told = datetime.min.replace(tzinfo=UTC)
        while idle < LOOK_AHEAD:
            idle += 1
            for begins, ends in () if day in self.holidays else self.week[day.weekday()]:
                # The hour that summer time leaves out can swallow a span, or push its end beyond the next one's begin.
                opens, closes = max(self._moment(day, begins), told), self._moment(day, ends)
                if opens < closes and closes >= start:
                    idle, told = 0, closes
                    yield opens, closes
            day += timedelta(days=1)

    def _moment(self, day: date, minute: int) -> datetime:
        """That minute of the day's clock. One that summer time leaves out is as far after what is left out's begin."""
        days, minute = divmod(minute, END_OF_DAY)
        local = datetime.combine(day + timedelta(days=days), time(minute // 60, minute % 60), self.zone)
        return local.astimezone(UTC)


def _nobody(at: datetime) -> HoursError:
    return HoursError(f"nobody is there for {LOOK_AHEAD} days around {at:%Y-%m-%d}; are there too many holidays?")


def hours_of(settings: Settings) -> BusinessHours:
    """When the shop's people are there, as its settings say."""
    return BusinessHours.parse(settings.people_hours, settings.timezone, settings.holidays)


def _read(entry: str) -> tuple[list[int], list[Span]]:
    found = _ENTRY.fullmatch(entry)
    if found is None or not {found[1], found[2] or found[1]} <= set(DAYS):
        raise HoursError(f"{entry!r} is no business hours; write them like Mon-Fri 09:00-17:30, Sat 10:00-14:00")
    first = DAYS.index(found[1])
    last = DAYS.index(found[2] or found[1])
    days = [(first + step) % 7 for step in range((last - first) % 7 + 1)]
    return days, [_span(*map(int, numbers)) for numbers in _SPAN.findall(found[3])]


def _span(hour: int, minute: int, last_hour: int, last_minute: int) -> Span:
    begins, ends = hour * 60 + minute, last_hour * 60 + last_minute
    written = f"{hour:02}:{minute:02}-{last_hour:02}:{last_minute:02}"
    if max(minute, last_minute) > 59 or ends > END_OF_DAY:
        raise HoursError(f"{written} is no time of a day, which ends at 24:00")
    if begins >= ends:
        raise HoursError(
            f"{written} ends before it begins; a night is two spans, like Mon 22:00-24:00, Tue 00:00-06:00"
        )
    return begins, ends


def _apart(spans: list[Span]) -> tuple[Span, ...]:
    """The same time as spans in order that do not touch."""
    joined: list[Span] = []
    for begins, ends in sorted(spans):
        if joined and begins <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(ends, joined[-1][1]))
        else:
            joined.append((begins, ends))
    return tuple(joined)
