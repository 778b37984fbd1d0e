"""Until when a conversation can be put off: what is offered, and what somebody types; puts nothing off itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.cases.hours import BusinessHours, HoursError

LONGEST = timedelta(days=60)
_BEFORE_CLOSING = timedelta(hours=1)
_WORTH_IT = timedelta(hours=2)  # away, or "later today" is no later than "in an hour"


@dataclass(frozen=True, slots=True)
class Preset:
    """A moment that is offered."""

    label: str
    until: datetime


class WrongTime(Exception):
    """No moment that something can be put off until; the text is a sentence for the agent."""


def presets(hours: BusinessHours, now: datetime) -> tuple[Preset, ...]:
    """What is offered now: soon, today, and when the shop's people are there again; each moment once, in order."""
    found = sorted(_offers(hours, now), key=lambda preset: preset.until)
    taken: set[datetime] = set()
    kept = []
    for preset in found:
        if preset.until > now and preset.until not in taken:
            taken.add(preset.until)
            kept.append(preset)
    return tuple(kept)


def moment_of(typed: str, zone: ZoneInfo, now: datetime) -> datetime:
    """The moment that was chosen or typed: with a zone, or by the shop's clock.

    Raises:
        WrongTime: it is none, it is over, or too far away.
    """
    try:
        moment = datetime.fromisoformat(typed.strip())
    except ValueError as error:
        raise WrongTime("Choose a day and a time, like 2026-12-01 09:00.") from error
    try:
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise WrongTime("That is no day of any calendar here.") from error
    if moment <= now:
        raise WrongTime("That time is over. Choose one that is still to come.")
    if moment - now > LONGEST:
        raise WrongTime(f"That is too far away: {LONGEST.days} days are possible.")
    return moment


def _offers(hours: BusinessHours, now: datetime) -> Iterator[Preset]:
    yield Preset("In one hour", now + timedelta(hours=1))
    yield Preset("In three hours", now + timedelta(hours=3))
    today = now.astimezone(hours.zone).date()
    later = hours.closing(now) - _BEFORE_CLOSING
    if later - now >= _WORTH_IT:
        yield Preset("An hour before we close", later)
    next_monday = today + timedelta(days=7 - today.weekday())
    for label, day in (("Next working day", today + timedelta(days=1)), ("Next week", next_monday)):
        try:
            yield Preset(label, hours.opens_next(datetime.combine(day, time(), hours.zone)))
        except HoursError:
            continue  # holidays without an end: nothing to offer
