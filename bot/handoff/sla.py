"""By when a person is to answer and to be done, in business time, and what is kept of promises that were broken.

Three clocks run for a handoff: to the first reply, to every later one, and to its end. The first two run while the
customer waits for an answer. The third stands still while they do not, and while the conversation is put off; what is
left of it is kept meanwhile. A breach is written down once, with the moment at which it was due, and stays. Of the
replies after the first several may be late: the handoff keeps the first of those, and each is an event (`breached`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Row

from bot.cases.hours import BusinessHours, hours_of
from bot.conversations.unit import Unit
from bot.handoff.events import note_event
from bot.settings import Settings
from bot.storage.desk_tables import handoffs

Kind = Literal["first_reply", "next_reply", "resolution"]
State = Literal["ok", "warning", "breached"]
KINDS: tuple[Kind, ...] = ("first_reply", "next_reply", "resolution")
# The columns that `is_news` reads.
CLOCKS = (
    *("first_reply_at", "waiting_since", "warned_at"),
    *(f"{kind}_due" for kind in KINDS),
    *(f"{kind}_breached_at" for kind in KINDS),
)
REMEMBERED = 4096  # moments of warnings; one for each running clock


class Clocks(Protocol):
    """What the clocks are read from: a `Handoff`, or a row of the table."""

    @property
    def state(self) -> Any: ...

    @property
    def first_reply_at(self) -> Any: ...

    @property
    def waiting_since(self) -> Any: ...

    @property
    def first_reply_due(self) -> Any: ...

    @property
    def next_reply_due(self) -> Any: ...

    @property
    def resolution_due(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class SlaClock:
    """One running clock, as the desk shows it."""

    kind: Kind
    due_at: datetime
    seconds_left: float  # of business time; below zero since the breach
    state: State


class Times:
    """The times that a shop wants to keep, all of them counted in its business hours.

    Args:
        warning_percent: share of such a time after which the breach is near.
        hours: when the shop's people are there.
    """

    def __init__(
        self,
        first_reply: timedelta,
        next_reply: timedelta,
        resolution: timedelta,
        warning_percent: int,
        hours: BusinessHours,
    ) -> None:
        self.hours = hours
        self._spans: dict[Kind, timedelta] = {
            "first_reply": first_reply,
            "next_reply": next_reply,
            "resolution": resolution,
        }
        self._left_at_warning = 1 - warning_percent / 100
        self._warnings = lru_cache(REMEMBERED)(self._warning)

    def due(self, kind: Kind, since: datetime) -> datetime:
        """The moment, in UTC, at which a clock that starts at `since` has run out.

        Raises:
            HoursError: holidays leave no business hours for more than a year.
        """
        return self.hours.due(since, self._spans[kind] / timedelta(hours=1))

    def warns_at(self, kind: Kind, due_at: datetime) -> datetime:
        """The moment, in UTC, from which on the desk warns of what is due then. Also right after the clock stood."""
        return self._warnings(kind, due_at)

    def clock_of(self, handoff: Clocks, now: datetime) -> SlaClock | None:
        """The clock that asks for something first; None where none runs.

        That the end is overdue does not hide the customer who waits for an answer now.
        """
        running = [self._clock(kind, due_at, now) for kind, due_at in running_clocks(handoff)]
        if len(running) > 1:
            running = [one for one in running if one.kind != "resolution" or one.state != "breached"]
        return min(running, key=lambda one: one.seconds_left, default=None)

    def _clock(self, kind: Kind, due_at: datetime, now: datetime) -> SlaClock:
        left = self.hours.business_seconds(now, due_at)
        if due_at <= now:
            return SlaClock(kind, due_at, left, "breached")
        return SlaClock(kind, due_at, left, "warning" if self.warns_at(kind, due_at) <= now else "ok")

    def _warning(self, kind: Kind, due_at: datetime) -> datetime:
        return self.hours.before(due_at, self._spans[kind].total_seconds() * self._left_at_warning)


def times_of(settings: Settings) -> Times:
    """The times that a shop's settings ask for."""
    return Times(
        timedelta(minutes=settings.first_reply_minutes),
        timedelta(minutes=settings.next_reply_minutes),
        timedelta(hours=settings.resolution_hours),
        settings.sla_warning_percent,
        hours_of(settings),
    )


def running_clocks(handoff: Clocks) -> Iterator[tuple[Kind, datetime]]:
    """The clocks of a handoff that run, each with the moment at which it has run out."""
    if handoff.state == "closed":
        return
    if handoff.waiting_since is not None:
        if handoff.first_reply_at is None and handoff.first_reply_due is not None:
            yield "first_reply", handoff.first_reply_due
        elif handoff.first_reply_at is not None and handoff.next_reply_due is not None:
            yield "next_reply", handoff.next_reply_due
    if handoff.resolution_due is not None:
        yield "resolution", handoff.resolution_due


def mark_due(unit: Unit, handoff_id: str, times: Times) -> None:
    """The customer waits for a person: after a request, and when they wrote. Wakes what was put off.

    A customer who writes again while they wait does not begin to wait anew. Nothing where the handoff is over.
    """
    row = _locked(unit, handoff_id)
    if row is None:
        return
    values: dict[str, Any] = {"snoozed_until": None}
    if row.waiting_since is None:
        values["waiting_since"] = unit.now
        values["warned_at"] = None
        if row.first_reply_at is not None:
            values["next_reply_due"] = times.due("next_reply", unit.now)
    if row.first_reply_at is None and row.first_reply_due is None:
        values["first_reply_due"] = times.due("first_reply", unit.now)
    if row.resolution_due is None:
        values["resolution_due"] = _goes_on(row, times, unit.now)
        values["resolution_left"] = None
    _write(unit, handoff_id, values)


def mark_answered(unit: Unit, handoff_id: str, times: Times) -> None:
    """A person has answered: nobody waits until the customer writes again. What came late is written down."""
    row = _locked(unit, handoff_id)
    if row is None:
        return
    values = {**_broken(row, unit.now), **_stands_still(row, times, unit.now)}
    _note_late_reply(unit, row)
    values |= {"waiting_since": None, "next_reply_due": None, "warned_at": None}
    if row.first_reply_at is None:
        values["first_reply_at"] = unit.now
    _write(unit, handoff_id, values)


def mark_snoozed(unit: Unit, handoff_id: str, times: Times, until: datetime | None) -> None:
    """Put a handoff off until then, or wake it. A customer who waits for an answer goes on waiting for it."""
    row = _locked(unit, handoff_id)
    if row is None:
        return
    values: dict[str, Any] = {"snoozed_until": until}
    if until is not None:
        _note_late_reply(unit, row)
        values |= _noticed(row, unit.now)
        values |= {**_broken(row, unit.now), **_stands_still(row, times, unit.now)}
    elif row.resolution_due is None and row.waiting_since is not None:
        values |= {"resolution_due": _goes_on(row, times, unit.now), "resolution_left": None}
    _write(unit, handoff_id, values)


def mark_over(unit: Unit, handoff_id: str) -> None:
    """The handoff is about to be closed: write down what is overdue, since no clock runs for it afterwards."""
    row = _locked(unit, handoff_id)
    if row is None:
        return
    _note_late_reply(unit, row)
    if broken := _broken(row, unit.now):
        _write(unit, handoff_id, broken)


def mark_near(unit: Unit, handoff_id: str, times: Times) -> bool:
    """Write down what is overdue by now, and that the desk warns of what soon will be; whether that was news."""
    row = _locked(unit, handoff_id)
    if row is None:
        return False
    _note_late_reply(unit, row)
    values: dict[str, Any] = {**_broken(row, unit.now), **_noticed(row, unit.now)}
    if row.warned_at is None and is_near(row, times, unit.now):
        values["warned_at"] = unit.now
    if values:
        _write(unit, handoff_id, values)
    return bool(values)


def is_near(handoff: Clocks, times: Times, now: datetime) -> bool:
    """Whether the warning of a running clock is due."""
    return any(times.warns_at(kind, due_at) <= now for kind, due_at in running_clocks(handoff))


def is_news(handoff: Row[Any], times: Times, now: datetime) -> bool:
    """Whether `mark_near` would write something: cheap, for looking at many."""
    return (
        bool(_broken(handoff, now))
        or is_late_again(handoff, now)
        or (handoff.warned_at is None and is_near(handoff, times, now))
    )


def is_late_again(handoff: Row[Any], now: datetime) -> bool:
    """Whether another reply than the first late one is late, and nobody has noticed it.

    Whoever notices it notes that as a warning; so one of that time or later says that it was.
    """
    due, before = handoff.next_reply_due, handoff.next_reply_breached_at
    if due is None or before is None or ("next_reply", due) not in running_clocks(handoff):
        return False
    return bool(before < due <= now and (handoff.warned_at is None or handoff.warned_at < due))


def _noticed(row: Row[Any], now: datetime) -> dict[str, Any]:
    return {"warned_at": now} if is_late_again(row, now) else {}


def _note_late_reply(unit: Unit, row: Row[Any]) -> None:
    """Write down that a reply after the first is late, where that is news."""
    if "next_reply_breached_at" in _broken(row, unit.now) or is_late_again(row, unit.now):
        kind, at = {"kind": "next_reply"}, row.next_reply_due
        note_event(unit, row.id, row.conversation_id, "breached", details=kind, at=at)


def _broken(row: Row[Any], now: datetime) -> dict[str, Any]:
    """The breaches that are not written down yet, each at the moment it happened; of replies the first late one."""
    return {
        f"{kind}_breached_at": due_at
        for kind, due_at in running_clocks(row)
        if due_at <= now and getattr(row, f"{kind}_breached_at") is None
    }


def _stands_still(row: Row[Any], times: Times, now: datetime) -> dict[str, Any]:
    if row.resolution_due is None:
        return {}
    left = times.hours.business_seconds(now, row.resolution_due)
    return {"resolution_due": None, "resolution_left": left}


def _goes_on(row: Row[Any], times: Times, now: datetime) -> datetime:
    if row.resolution_left is None:
        return times.due("resolution", now)
    if row.resolution_left <= 0:  # it was overdue when it was stopped, and is so still
        return times.hours.before(now, -row.resolution_left)
    return times.hours.due(now, row.resolution_left / 3600)


def _locked(unit: Unit, handoff_id: str) -> Row[Any] | None:
    """An open handoff, held until the transaction ends."""
    columns = (column for column in handoffs.c if column.name != "packet")
    wanted = sa.select(*columns).where(handoffs.c.id == handoff_id, handoffs.c.state != "closed").with_for_update()
    return unit.connection.execute(wanted).first()


def _write(unit: Unit, handoff_id: str, values: dict[str, Any]) -> None:
    unit.connection.execute(sa.update(handoffs).where(handoffs.c.id == handoff_id).values(**values))
