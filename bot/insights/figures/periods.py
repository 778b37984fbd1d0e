"""Periods of figures: the steps of an axis (days, weeks, months, years), and the period before; no queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.insights.figures.counting import Counts, together
from bot.insights.filters import Wanted

MOST_DAYS, MOST_WEEKS, MOST_MONTHS = 45, 53, 125  # points that one can still tell apart: ten years are months


@dataclass(frozen=True, slots=True)
class Span:
    """One step of an axis: its first day, and the first after it."""

    first: date
    after: date
    label: str

    def of(self, wanted: Wanted, zone: ZoneInfo) -> Wanted:
        """The same filter for this step alone; never more than it lets through itself."""
        begins, ends = (datetime.combine(day, time(), zone) for day in (self.first, self.after))
        since = begins if wanted.since is None else max(wanted.since, begins)
        until = ends if wanted.until is None else min(wanted.until, ends)
        return replace(wanted, since=since, until=until)


def grain_of(first: date, last: date) -> str:
    """How long a step is so that the axis stays readable: day, week, month or year."""
    days = (last - first).days + 1
    if days <= MOST_DAYS:
        return "day"
    if days <= MOST_WEEKS * 7:
        return "week"
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    return "month" if months <= MOST_MONTHS else "year"


def axis_of(wanted: Wanted, days: Iterable[str], today: date, zone: ZoneInfo) -> tuple[str, list[Span]]:
    """The steps of a period, without a gap, and how long each is.

    A period without an end begins with the first day on which there was something; none goes on beyond today.

    Args:
        days: on which there was something, in order: 2026-03-31.
    """
    known = [date.fromisoformat(day) for day in days]
    begins = wanted.since.astimezone(zone).date() if wanted.since is not None else min(known, default=today)
    ends = (wanted.until.astimezone(zone) - timedelta(microseconds=1)).date() if wanted.until is not None else today
    ends = max(min(ends, max([today, *known])), begins)
    grain = grain_of(begins, ends)
    spans: list[Span] = []
    day = _start_of(begins, grain)
    while day <= ends:
        after = _next(day, grain)
        spans.append(Span(max(day, begins), min(after, ends + timedelta(days=1)), _label(day, grain)))
        day = after
    return grain, spans


def folded(spans: Iterable[Span], by_day: Mapping[str, Counts]) -> list[Counts]:
    """What is counted in each step; nothing where there was nothing."""
    days = {date.fromisoformat(day): counts for day, counts in by_day.items()}
    return [together(counts for day, counts in days.items() if span.first <= day < span.after) for span in spans]


def before(wanted: Wanted, zone: ZoneInfo, now: datetime) -> Wanted | None:
    """The period of equal length that ends where this one begins; None where it has no beginning or no end.

    Whole days stay whole days, also where the clocks were changed in between. Where this one is not over, the one
    before is as far as this one has come: half of a day compared with a whole one would always be a decline.
    """
    if wanted.since is None or wanted.until is None or wanted.since >= now:
        return None
    begins, ends = wanted.since.astimezone(zone), wanted.until.astimezone(zone)
    if begins.time() == ends.time() == time():
        days = ends.date() - begins.date()
        since = datetime.combine(begins.date() - days, time(), zone)
        reached = now.astimezone(zone)
        so_far = datetime.combine(reached.date() - days, reached.time(), zone)
    else:
        length = wanted.until - wanted.since
        since, so_far = wanted.since - length, now - length
    return replace(wanted, since=since, until=min(wanted.since, so_far))


def _start_of(day: date, grain: str) -> date:
    match grain:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "year":
            return day.replace(month=1, day=1)
    return day


def _next(day: date, grain: str) -> date:
    match grain:
        case "week":
            return day + timedelta(days=7)
        case "month":
            return (day + timedelta(days=31)).replace(day=1)
        case "year":
            return day.replace(year=day.year + 1)
    return day + timedelta(days=1)


def _label(day: date, grain: str) -> str:
    match grain:
        case "month":
            return f"{day:%b %Y}"
        case "year":
            return f"{day:%Y}"
    return f"{day:%-d %b}"
