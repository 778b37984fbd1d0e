"""Which conversations are wanted, as a value, and as an address says it; what that means for rows is in `filters`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode
from zoneinfo import ZoneInfo

from bot.insights.having import HAVING

LONGEST_VALUE, MOST_VALUES, LONGEST_WORDS = 120, 50, 300
LONGEST_STEP = 1000  # "~a~b~c": any but so many of them
FIRST_YEAR, LAST_YEAR = 1990, 2200
DEFAULT_PERIOD, WHENEVER, BETWEEN = "30d", "all", "custom"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

# What a conversation can be, where that is a closed list; everything else is whatever was stored.
CLOSED: Mapping[str, tuple[str, ...]] = {
    "outcomes": ("confirmed", "assumed", "abandoned", "handed_off", "reopened"),
    "owners": ("bot", "agent"),
    "verified": ("anonymous", "matched", "verified"),
    "states": ("open", "ended"),
    "survey_states": ("due", "asked", "answered", "expired", "undeliverable", "exempt", "none"),
    "has": tuple(HAVING),
}
# Fields of `Wanted` and what they are called in an address.
LISTS: Mapping[str, str] = {
    "channels": "channel",
    "languages": "language",
    "topics": "topic",
    "outcomes": "outcome",
    "owners": "owner",
    "agents": "agent",
    "releases": "release",
    "verified": "verified",
    "tags": "tag",
    "articles": "article",
    "states": "state",
    "survey_states": "survey",
    "handoff_reasons": "handoff",
    "has": "with",
}
_ORDERED = {"step": "step"}  # … whose order says something
NUMBERS: Mapping[str, tuple[str, int, int]] = {
    "least_messages": ("least", 0, 100_000),
    "most_messages": ("most", 0, 100_000),
    "weekday": ("weekday", 0, 6),
    "hour": ("hour", 0, 23),
}
SWITCHES: Mapping[str, str] = {"fallback": "fallback", "commented": "commented"}


class FilterError(ValueError):
    """The address asks for something that makes no sense; the text is a sentence for people."""


@dataclass(frozen=True, slots=True)
class _Period:
    """How a period was asked for, so that a link to it goes on meaning "the last 7 days"."""

    zone: ZoneInfo
    name: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which conversations are wanted. Whatever is empty says nothing; several values of one field mean any of them.

    `since` and `until` (which is not part of it) are about `conversation_facts.at`. `step` is a run of consecutive
    steps, anywhere in a conversation; "^" at its beginning ties it to the first step, "$" at its end to the last. Steps
    written as "2:asked for items" say instead what stands at that place, counted from 0 ("3:$": nothing any more;
    "3:~a~b": something, but neither of these).
    """

    since: datetime | None = None
    until: datetime | None = None
    channels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()
    verified: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    survey_states: tuple[str, ...] = ()  # "none": it has no survey
    handoff_reasons: tuple[str, ...] = ()
    has: tuple[str, ...] = ()  # names of `HAVING`: not any of them, but all
    scores: tuple[int, ...] = ()
    least_messages: int | None = None
    most_messages: int | None = None
    fallback: bool | None = None
    commented: bool | None = None
    weekday: int | None = None
    hour: int | None = None
    step: tuple[str, ...] = ()
    words: str = ""
    masked: bool = field(default=False, compare=False)  # whoever asks sees customers masked: so are they searched
    asked: _Period | None = field(default=None, compare=False, repr=False)

    @property
    def period(self) -> str:
        """The name of the period ("7d", "yesterday", …), "all", or "custom" where it is between two days."""
        if self.since is None and self.until is None:
            return WHENEVER
        asked = self.asked
        if asked and asked.name and (asked.since, asked.until) == (self.since, self.until):
            return asked.name
        return BETWEEN

    def of(self, since: datetime, until: datetime) -> Wanted:
        """The same of another period."""
        return replace(self, since=since, until=until)


def wanted_of(query: Mapping[str, str] | str, zone: ZoneInfo, now: datetime, *, masked: bool = False) -> Wanted:
    """What an address asks for; without a period the last 30 days.

    Args:
        query: of the address; of Starlette's `QueryParams` and of strings several values of one name are read.
        zone: the shop's, in which days begin.
        masked: whoever asks sees customers masked, so nothing is found by what is hidden.

    Raises:
        FilterError: with a sentence that says what cannot be read.
    """
    values = _values_of(query)
    today = now.astimezone(zone).date()
    name, since, until = _period(values, today, zone)
    found: dict[str, Any] = {}
    for field_name, called in LISTS.items():
        found[field_name] = _listed(field_name, values(called))
    for field_name, called in _ORDERED.items():
        found[field_name] = tuple(value[:LONGEST_STEP] for value in values(called) if value)[:MOST_VALUES]
    for field_name, (called, least, most) in NUMBERS.items():
        found[field_name] = _number(called, values(called), least, most)
    for field_name, called in SWITCHES.items():
        found[field_name] = _switch(called, values(called))
    if None not in (found["least_messages"], found["most_messages"]) and (
        found["least_messages"] > found["most_messages"]
    ):
        raise FilterError("The least number of messages is larger than the most.")
    scores = {_whole("score", value, 1, 5) for value in _split(values("score"))}
    words = " ".join(" ".join(values("q")).split())[:LONGEST_WORDS].strip()
    asked = _Period(zone, name, since, until)
    return Wanted(
        since=since, until=until, scores=tuple(sorted(scores)), words=words, masked=masked, asked=asked, **found
    )


def query_of(wanted: Wanted, **changes: Any) -> str:
    """The canonical query of an address that asks for it: a figure links to its rows with it.

    Args:
        changes: fields of `Wanted` that are other than in `wanted`.
    """
    meant = replace(wanted, **changes)
    pairs = _period_pairs(meant)
    for field_name, called in LISTS.items():
        pairs += [(called, value) for value in sorted(set(getattr(meant, field_name)))]
    pairs += [("score", str(score)) for score in sorted(set(meant.scores))]
    for field_name, (called, _, _) in NUMBERS.items():
        if (number := getattr(meant, field_name)) is not None:
            pairs.append((called, str(number)))
    for field_name, called in SWITCHES.items():
        if (switch := getattr(meant, field_name)) is not None:
            pairs.append((called, "yes" if switch else "no"))
    for field_name, called in _ORDERED.items():
        pairs += [(called, value) for value in getattr(meant, field_name)]
    if meant.words:
        pairs.append(("q", meant.words))
    return urlencode(pairs)


def default_period(zone: ZoneInfo, now: datetime) -> Wanted:
    """All of the last 30 days."""
    return wanted_of({}, zone, now)


def days_of(wanted: Wanted) -> tuple[str, str]:
    """The first and the last day of the period, as fields for dates have them; empty where it has no such end."""
    zone = wanted.asked.zone if wanted.asked else None
    first, last = (at.astimezone(zone or at.tzinfo) if at else None for at in (wanted.since, wanted.until))
    if last is not None:
        last -= timedelta(microseconds=1)
    return (first.date().isoformat() if first else "", last.date().isoformat() if last else "")


def is_narrowed(wanted: Wanted) -> bool:
    """Whether anything but the period is asked for."""
    plain = Wanted(since=wanted.since, until=wanted.until)
    return any(getattr(wanted, one.name) != getattr(plain, one.name) for one in fields(Wanted) if one.compare)


# -- periods ------------------------------------------------------------------------------------------------


def span_of(name: str, today: date) -> tuple[date, date]:
    """The first and the last day of a named period. Raises `FilterError` for a name that none has."""
    match name:
        case "today":
            return today, today
        case "yesterday":
            return today - timedelta(days=1), today - timedelta(days=1)
        case "month":
            return today.replace(day=1), today
        case "last_month":
            last = today.replace(day=1) - timedelta(days=1)
            return last.replace(day=1), last
        case "year":
            return today.replace(month=1, day=1), today
        case "7d" | "30d" | "90d" | "365d":
            return today - timedelta(days=int(name[:-1]) - 1), today
    raise FilterError(f"“{name[:40]}” is no period. Choose one of the list, or two days.")


def _period(
    values: Callable[[str], list[str]], today: date, zone: ZoneInfo
) -> tuple[str, datetime | None, datetime | None]:
    name = next(iter(values("period")), "")
    first, last = (next((value for value in values(key) if value.strip()), "") for key in ("since", "until"))
    if name in ("", BETWEEN):
        if not (first or last):
            name = DEFAULT_PERIOD if name == "" else WHENEVER
        else:
            since, until = _moment(first, zone), _moment(last, zone, end=True)
            if since is not None and until is not None and since >= until:
                raise FilterError("The period ends before it begins. Put the earlier day first.")
            return "", since, until
    if name == WHENEVER:
        return name, None, None
    begins, ends = span_of(name, today)
    return name, _midnight(begins, zone), _midnight(ends + timedelta(days=1), zone)


def _moment(typed: str, zone: ZoneInfo, *, end: bool = False) -> datetime | None:
    """A day or a moment that was typed; as an end, a day is over when the next begins."""
    typed = typed.strip()
    if not typed:
        return None
    sentence = f"“{typed[:40]}” is no day. Write it as 2026-03-31."
    try:
        if _DAY.fullmatch(typed):
            day = date.fromisoformat(typed)
            found = _midnight(day + timedelta(days=1) if end and day < date.max else day, zone)
        else:
            found = datetime.fromisoformat(typed)
            found = found.replace(tzinfo=zone) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise FilterError(sentence) from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise FilterError(f"Choose days between the years {FIRST_YEAR} and {LAST_YEAR}; “{typed[:40]}” is not.")
    return found


def _period_pairs(meant: Wanted) -> list[tuple[str, str]]:
    if meant.period != BETWEEN:
        return [] if meant.period == DEFAULT_PERIOD else [("period", meant.period)]
    zone = meant.asked.zone if meant.asked else None
    ends = (("since", meant.since, False), ("until", meant.until, True))
    return [(key, _day_words(at, zone, end=end)) for key, at, end in ends if at is not None]


def _day_words(at: datetime, zone: ZoneInfo | None, *, end: bool) -> str:
    """A moment as an address has it: as its day, where it is one's beginning (or, as an end, the day before)."""
    if zone is not None:
        local = at.astimezone(zone)
        if local == _midnight(local.date(), zone) and not local.fold:
            return (local.date() - timedelta(days=1) if end else local.date()).isoformat()
    return at.isoformat()


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


# -- values -------------------------------------------------------------------------------------------------


def _values_of(query: Mapping[str, Any] | str) -> Callable[[str], list[str]]:
    if isinstance(query, str):
        query = parse_qs(query.lstrip("?"), max_num_fields=1000)
    several = getattr(query, "getlist", None)

    def values(name: str) -> list[str]:
        found = several(name) if several else query.get(name, ())
        given: Sequence[Any] = (found,) if isinstance(found, str) else found
        return [str(one).replace("\0", "") for one in given]  # no database knows that sign

    return values


def _listed(field_name: str, values: list[str]) -> tuple[str, ...]:
    allowed = CLOSED.get(field_name)
    given = _split(values) if allowed else [value.strip() for value in values]
    found = {_cut(value) for value in given if value}
    for value in found:
        if allowed and value not in allowed:
            raise FilterError(f"“{value[:40]}” is none of {', '.join(allowed)}.")
    return tuple(sorted(found))[:MOST_VALUES]


def _split(values: list[str]) -> list[str]:
    return [part.strip() for value in values for part in value.split(",") if part.strip()]


def _cut(value: str) -> str:
    return value[:LONGEST_VALUE]


def _number(called: str, values: list[str], least: int, most: int) -> int | None:
    typed = next((value for value in values if value.strip()), None)
    return None if typed is None else _whole(called, typed, least, most)


def _whole(called: str, typed: str, least: int, most: int) -> int:
    if re.fullmatch(r"[0-9]{1,9}", typed.strip()) and least <= int(typed) <= most:
        return int(typed)
    names = {"least": "The least number of messages", "most": "The most messages"}
    raise FilterError(f"{names.get(called, called.capitalize())} is a number from {least} to {most}.")


def _switch(called: str, values: list[str]) -> bool | None:
    typed = next((value.strip() for value in values if value.strip()), "")
    if typed not in ("", "yes", "no"):
        raise FilterError(f"“{called}” is yes or no.")
    return {"yes": True, "no": False}.get(typed)
