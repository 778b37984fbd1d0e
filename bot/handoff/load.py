"""What a supervisor sees at a glance: who has how much, who waits, what was late today. By name, and never ranked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.handoff.queue import VANISHES_AFTER
from bot.handoff.sla import running_clocks
from bot.handoff.watching import takes_any
from bot.staff.accounts import all_agents
from bot.staff.models import Presence
from bot.staff.presence import here
from bot.storage.desk_tables import handoff_events, handoffs, is_open, teams


@dataclass(frozen=True, slots=True)
class AgentLoad:
    """How much one of our people has."""

    agent_id: str
    name: str
    presence: Presence  # as shown: away where their desk is silent
    open: int
    put_off: int
    waiting: int  # of the open ones, those whose customer waits for an answer
    capacity: int
    languages: tuple[str, ...]
    team_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in the queue for a team or in a language."""

    name: str | None  # the team's name, or the language's code; None: for no team
    count: int
    longest_seconds: int  # since the customer asked for a person


@dataclass(frozen=True, slots=True)
class Breaches:
    """What was late today: replies, not conversations, so that one that is late again counts again."""

    first_reply: int
    next_reply: int
    resolution: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.first_reply + self.next_reply + self.resolution


@dataclass(frozen=True, slots=True)
class Load:
    """The figures of one moment."""

    agents: Sequence[AgentLoad]  # by name
    waiting: int
    longest_seconds: int | None
    by_team: Sequence[Waiting]
    by_language: Sequence[Waiting]
    breaches: Breaches
    overdue_now: int  # open ones with a clock that has run out


def read_load(
    connection: Connection, now: datetime, zone: ZoneInfo, *, vanishes_after: timedelta = VANISHES_AFTER
) -> Load:
    """Read the figures.

    Args:
        zone: the shop's; its midnight is when today began.
        vanishes_after: silence of a desk after which its agent is shown as away.
    """
    columns = (column for column in handoffs.c if column.name != "packet")
    wanted = sa.select(*columns).where(is_open)
    rows = connection.execute(wanted).all()
    queued = [row for row in rows if row.state == "queued" and not _put_off(row, now)]
    names = {row.id: row.name for row in connection.execute(sa.select(teams.c.id, teams.c.name))}
    return Load(
        agents=_agents(connection, [row for row in rows if row.state == "held"], now, vanishes_after),
        waiting=len(queued),
        longest_seconds=max((_seconds(row, now) for row in queued), default=None),
        by_team=_grouped(queued, [names.get(row.team_id) for row in queued], now),
        by_language=_grouped(queued, [row.language for row in queued], now),
        breaches=_breaches(connection, datetime.combine(now.astimezone(zone).date(), time(), zone)),
        overdue_now=sum(any(due <= now for _, due in running_clocks(row)) for row in rows),
    )


def _agents(
    connection: Connection, held: Sequence[Row[Any]], now: datetime, vanishes_after: timedelta
) -> list[AgentLoad]:
    """Everybody who takes conversations, or has some still."""
    put_off = Counter(row.held_by for row in held if _put_off(row, now))
    working = Counter(row.held_by for row in held if not _put_off(row, now))
    waiting = Counter(row.held_by for row in held if row.waiting_since is not None)
    return [
        AgentLoad(
            agent.id,
            agent.name,
            here(agent, now, vanishes_after),
            working[agent.id],
            put_off[agent.id],
            waiting[agent.id],
            agent.capacity,
            agent.languages,
            agent.team_ids,
        )
        for agent in all_agents(connection, active_only=False)
        if takes_any(agent) or working[agent.id] or put_off[agent.id]
    ]


def _grouped(queued: Sequence[Row[Any]], names: Sequence[str | None], now: datetime) -> list[Waiting]:
    found: dict[str | None, list[int]] = {}
    for row, name in zip(queued, names, strict=True):
        found.setdefault(name, []).append(_seconds(row, now))
    return [
        Waiting(name, len(waits), max(waits)) for name, waits in sorted(found.items(), key=lambda one: one[0] or "")
    ]


def _breaches(connection: Connection, midnight: datetime) -> Breaches:
    """Counted among what is open, and what was closed since: a breach is never later than the end.

    Of later replies the handoff has the first that was late; the others are events.
    """
    today = sa.union_all(
        *(
            sa.select(
                handoffs.c.first_reply_breached_at, handoffs.c.next_reply_breached_at, handoffs.c.resolution_breached_at
            ).where(which)
            for which in (is_open, handoffs.c.closed_at >= midnight)
        )
    ).subquery()
    counted = [
        sa.func.coalesce(sa.func.sum(sa.case((column >= midnight, 1), else_=0)), 0)
        for column in (
            today.c.first_reply_breached_at,
            today.c.next_reply_breached_at,
            today.c.resolution_breached_at,
        )
    ]
    first, later, ends = connection.execute(sa.select(*counted)).one()
    return Breaches(first, later + _late_again(connection, midnight), ends)


def _late_again(connection: Connection, midnight: datetime) -> int:
    e = handoff_events.c
    again = (
        sa.select(sa.func.count())
        .select_from(handoff_events.join(handoffs, handoffs.c.id == e.handoff_id))
        .where(e.kind == "breached", e.at >= midnight, e.at != handoffs.c.next_reply_breached_at)
        .where(e.details["kind"].as_string() == "next_reply")
    )
    return connection.execute(again).scalar_one()


def _put_off(row: Row[Any], now: datetime) -> bool:
    return row.snoozed_until is not None and row.snoozed_until > now


def _seconds(row: Row[Any], now: datetime) -> int:
    return int((now - row.requested_at).total_seconds())
