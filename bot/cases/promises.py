"""The promise: by when a person answers, as a moment that can be told before anything is stored, and in words."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.cases.hours import BusinessHours, hours_of
from bot.orders.formatting import Formatting
from bot.settings import Settings

HALF_HOUR = timedelta(minutes=30)


class Promises:
    """Says by when a person does something.

    Args:
        hours: when the shop's people are there.
        case_hours: how many of these hours they may take for a case.
        call_back_hours: … for a call back.
        follow_up_hours: … for looking into a low rating.
        formatting: how moments are written, in the shop's own language and zone.
    """

    def __init__(
        self,
        hours: BusinessHours,
        *,
        case_hours: float,
        call_back_hours: float,
        formatting: Formatting,
        follow_up_hours: float = 16.0,
    ) -> None:
        self._hours = hours
        self._case_hours = case_hours
        self._call_back_hours = call_back_hours
        self._follow_up_hours = follow_up_hours
        self.formatting = formatting

    def promise(self, now: datetime) -> datetime:
        """The moment, in UTC, by which a person answers a case that is opened now. Pure: the same for the same `now`.

        Raises:
            HoursError: holidays leave no business hours for more than a year.
        """
        return self._told(self._hours.due(now, self._case_hours))

    def call_back(self, now: datetime) -> datetime:
        """As `promise`, for somebody who asked to be called back."""
        return self._told(self._hours.due(now, self._call_back_hours))

    def follow_up(self, now: datetime) -> datetime:
        """The moment, in UTC, by which somebody follows up a low rating; nobody is told of it."""
        return self._hours.due(now, self._follow_up_hours)

    def words(self, due_at: datetime, now: datetime, language: str) -> str:
        """A promise as the end of a sentence: "by noon on Tuesday", "spätestens heute um 17:30 Uhr".

        Args:
            due_at: what `promise` gave.
            now: the moment at which it is said: what is "today" depends on it.
            language: ISO 639 code.
        """
        formatting = self.formatting.in_language(language)
        return formatting.label("promise", moment=formatting.moment(due_at, now))

    def _told(self, due: datetime) -> datetime:
        """Nobody promises 10:07: the next half hour of the clock, but no later than the people go home."""
        local = due.astimezone(self._hours.zone)
        past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return min(due + -past % HALF_HOUR, self._hours.closing(due))


def promises_of(settings: Settings, formatting: Formatting) -> Promises:
    """The promises that a shop's settings allow, told in its own language and time zone."""
    return Promises(
        hours_of(settings),
        case_hours=settings.case_hours,
        call_back_hours=settings.callback_hours,
        follow_up_hours=settings.follow_up_hours,
        formatting=formatting,
    )
