"""What was promised and what was to be seen to: cases with their due time, follow-ups of low ratings; done in time?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.insights.figures.counting import Share
from bot.insights.filters import Wanted, conditions
from bot.storage.case_tables import cases
from bot.storage.insight_tables import conversation_facts as facts
from bot.storage.tables import follow_ups

KINDS = ("promises", "follow_ups")
STATES: Mapping[str, str] = {
    "in_time": "Due, and done in time",
    "late": "Done, but late",
    "overdue": "Not done, and overdue",
    "early": "Done, before it was due",
    "waiting": "Not done, still in time",
    "undated": "Without a due time",
}

DUE = ("in_time", "late", "overdue")  # those whose time has come


@dataclass(frozen=True, slots=True)
class Duty:
    """One promise or follow-up."""

    id: str
    conversation_id: str
    kind: str  # of the promise; of a follow-up how it was closed
    state: str  # of STATES
    opened_at: datetime
    due_at: datetime | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Kept:
    """How many of them are in which state."""

    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts.values())

    @property
    def in_time(self) -> Share:
        """Done in time, of those whose time has come.

        What is done before that is on neither side, as what is not: it is known of the quick ones first, and so would
        make every period that has just been look better than it will be.
        """
        return Share(self.counts.get("in_time", 0), sum(self.counts.get(state, 0) for state in DUE))

    @property
    def not_due(self) -> int:
        """Of how many the time is still to come, done or not."""
        return self.counts.get("early", 0) + self.counts.get("waiting", 0)


def state_at(
    now: datetime, due: sa.ColumnElement[datetime | None], done: sa.ColumnElement[datetime | None]
) -> sa.ColumnElement[str]:
    """Which of STATES something is in that was to be done by then: the one definition of "in time"."""
    return sa.case(
        (due.is_(None), "undated"),
        (sa.and_(done.is_not(None), due > now), "early"),
        (sa.and_(done.is_not(None), done <= due), "in_time"),
        (done.is_not(None), "late"),
        (due <= now, "overdue"),
        else_="waiting",
    )


def count_duties(connection: Connection, wanted: Wanted, kind: str, now: datetime) -> Kept:
    """How many promises or follow-ups of these conversations are in which state.

    Args:
        kind: of KINDS.
    """
    _, state, joined = _parts(kind, now)
    query = sa.select(state, sa.func.count()).select_from(joined).where(*conditions(wanted)).group_by(state)
    found = {str(name): int(count) for name, count in connection.execute(query)}
    return Kept({name: found.get(name, 0) for name in STATES})


def read_duties(
    connection: Connection,
    wanted: Wanted,
    kind: str,
    now: datetime,
    *,
    states: Sequence[str] = (),
    most: int | None = None,
) -> list[Duty]:
    """The promises or follow-ups themselves, the newest first.

    Args:
        states: only these; empty: all.
        most: so many at most; None: all of them.
    """
    columns, state, joined = _parts(kind, now)
    query = sa.select(*columns, state.label("state")).select_from(joined).where(*conditions(wanted))
    if states:
        query = query.where(state.in_(states))
    query = query.order_by(columns[3].desc(), columns[0]).limit(most)
    return [
        Duty(row.id, row.conversation_id, row.kind or "", row.state, row.opened_at, row.due_at, row.done_at)
        for row in connection.execute(query)
    ]


def _parts(kind: str, now: datetime) -> tuple[list[sa.ColumnElement[Any]], sa.ColumnElement[str], sa.Join]:
    """Columns, the state, and the tables, the same for both kinds."""
    if kind == "promises":
        c = cases.c
        columns: list[sa.ColumnElement[Any]] = [c.id, c.conversation_id, c.kind, c.opened_at, c.due_at, c.done_at]
    else:
        f = follow_ups.c
        columns = [
            f.id,
            f.conversation_id,
            f.outcome.label("kind"),
            f.created_at.label("opened_at"),
            f.due_at,
            f.closed_at.label("done_at"),
        ]
    table = cases if kind == "promises" else follow_ups
    done = table.c.done_at if kind == "promises" else table.c.closed_at
    state = state_at(now, table.c.due_at, done)
    return columns, state, facts.join(table, table.c.conversation_id == facts.c.conversation_id)
