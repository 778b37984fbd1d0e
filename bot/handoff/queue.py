"""Where everybody stands in the queue, and how long it takes; reads, and changes nothing.

The position counts those before somebody who may go to the same people. The estimate is how many conversations those
people have to finish first, at the pace at which the last ones were finished:

    wait = (position - free places) x mean time of a conversation / places of those people

Each of n places that are in use becomes free after a mean time T, so one of them does after T/n, whatever the
distribution; and the next one after as long again. T is the median of the last conversations divided by ln 2: some lie
open for a day and would spoil a mean, while a median alone is too short, since times of service are skewed. For
exponential times the mean is exactly that; for log-normal ones, as are measured in call centres, it is close to it.
While there are free places, the wait is what the last ones waited. Where no people are there, or too few conversations
were finished of late, nothing is said.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.handoff.models import Outcome, Place
from bot.handoff.routing import NEVER, Room, WaitingFor, takers
from bot.staff.models import Agent
from bot.staff.presence import who_answers
from bot.storage.desk_tables import handoff_events, handoffs, is_open
from bot.storage.tables import agents, conversations

VANISHES_AFTER = timedelta(seconds=60)  # as the setting's default
PATIENCE = timedelta(minutes=2)  # after which anybody may take what was meant for somebody
RECENT, LATELY, FEWEST = 50, timedelta(days=30), 5  # conversations that a pace is read from
LET_GO = ("returned_to_queue", "transferred")  # events by which somebody gave one away


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the last conversations went."""

    conversation_seconds: float  # the mean, from taken to finished
    taken_after_seconds: float  # the median, from the queue to somebody


def places(connection: Connection, now: datetime, *, vanishes_after: timedelta = VANISHES_AFTER) -> Mapping[str, Place]:
    """Everybody's place in the queue by conversation; what is put off has none.

    Args:
        vanishes_after: silence of a desk after which its agent does not count.
    """
    waiting = read_waiting(connection, now)
    if not waiting:
        return {}
    rooms = read_rooms(connection, who_answers(connection, now, vanishes_after), now)
    return estimate(waiting, rooms, read_pace(connection, now))


def place_of(
    connection: Connection, conversation_id: str, now: datetime, *, vanishes_after: timedelta = VANISHES_AFTER
) -> Place | None:
    """One conversation's place; None where it does not wait in the queue."""
    return places(connection, now, vanishes_after=vanishes_after).get(conversation_id)


def estimate(waiting: Sequence[WaitingFor], rooms: Sequence[Room], pace: Pace | None) -> dict[str, Place]:
    """Everybody's place, out of what was read; in the order of the queue."""
    before: dict[frozenset[str], int] = {}  # how many wait for exactly these people
    found = {}
    for one in sorted(waiting, key=lambda one: one.order):
        able = takers(one, rooms)
        people = frozenset(room.agent_id for room in able)
        position = 1 + sum(count for others, count in before.items() if not people or not people.isdisjoint(others))
        before[people] = before.get(people, 0) + 1
        found[one.conversation_id] = Place(position, _wait(position, able, pace))
    return found


def customers_of(connection: Connection, conversation_ids: Collection[str]) -> dict[str, str]:
    """Whose conversations these are."""
    if not conversation_ids:
        return {}
    wanted = sa.select(conversations.c.id, conversations.c.customer_id).where(conversations.c.id.in_(conversation_ids))
    return {row.id: row.customer_id for row in connection.execute(wanted)}


def read_waiting(connection: Connection, now: datetime) -> list[WaitingFor]:
    """What is in the queue and not put off, in its order."""
    rows = connection.execute(
        sa.select(
            handoffs.c.id,
            handoffs.c.conversation_id,
            handoffs.c.language,
            handoffs.c.requested_at,
            handoffs.c.priority,
            handoffs.c.team_id,
            handoffs.c.queued_at,
        ).where(is_open, handoffs.c.state == "queued", _awake(now))
    ).all()
    if not rows:
        return []
    let_go = _let_go(connection, {row.id: row.queued_at for row in rows})
    found = [
        WaitingFor(
            row.conversation_id,
            row.language,
            row.requested_at,
            row.priority,
            row.team_id,
            let_go.get(row.id, frozenset()),
            by_anybody=now - row.queued_at >= PATIENCE,
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: one.order)


def read_rooms(connection: Connection, agents: Collection[Agent], now: datetime) -> list[Room]:
    """How much room each of these people has."""
    open_by = open_conversations(connection, now)
    last = last_assigned(connection, [agent.id for agent in agents])
    return [
        Room(
            agent.id,
            agent.capacity,
            open_by.get(agent.id, 0),
            agent.languages,
            agent.team_ids,
            last.get(agent.id, NEVER),
        )
        for agent in agents
    ]


def open_conversations(connection: Connection, now: datetime, *, agent_id: str | None = None) -> dict[str, int]:
    """How many conversations each agent has, without what is put off.

    Args:
        agent_id: of one of them only.
    """
    held = (
        sa.select(handoffs.c.held_by, sa.func.count())
        .where(is_open, handoffs.c.state == "held", _awake(now))
        .group_by(handoffs.c.held_by)
    )
    if agent_id is not None:
        held = held.where(handoffs.c.held_by == agent_id)
    return {row[0]: row[1] for row in connection.execute(held)}


def last_assigned(connection: Connection, agent_ids: Collection[str]) -> dict[str, datetime]:
    """When each of these people got their last conversation."""
    if not agent_ids:
        return {}
    # One look into the index for each of them, not through all that they ever got.
    latest = sa.select(sa.func.max(handoff_events.c.at)).where(handoff_events.c.to_agent_id == agents.c.id)
    got = sa.select(agents.c.id, latest.scalar_subquery()).where(agents.c.id.in_(agent_ids))
    return {row[0]: row[1] for row in connection.execute(got) if row[1] is not None}


def read_pace(connection: Connection, now: datetime) -> Pace | None:
    """How fast the last conversations went; None where too few were finished of late to say so."""
    rows = connection.execute(
        sa.select(handoffs.c.queued_at, handoffs.c.held_at, handoffs.c.closed_at)
        .where(
            handoffs.c.closed_at > now - LATELY,
            handoffs.c.held_at.is_not(None),
            handoffs.c.outcome != Outcome.IDLE.value,  # nobody was busy with them
        )
        .order_by(handoffs.c.closed_at.desc())
        .limit(RECENT)
    ).all()
    if len(rows) < FEWEST:
        return None
    held = median((row.closed_at - row.held_at).total_seconds() for row in rows)
    taken = median(max(0.0, (row.held_at - row.queued_at).total_seconds()) for row in rows)
    return Pace(held / math.log(2), taken)


def _wait(position: int, able: Sequence[Room], pace: Pace | None) -> int | None:
    used = sum(max(room.capacity, room.open) for room in able)
    if pace is None or not used:
        return None
    behind = position - sum(room.capacity - room.open for room in able)
    if behind <= 0:
        return round(pace.taken_after_seconds)
    return round(behind * pace.conversation_seconds / used)


def _let_go(connection: Connection, queued_at: Mapping[str, datetime]) -> dict[str, frozenset[str]]:
    """Who gave a conversation away when it came into the queue, by handoff."""
    rows = connection.execute(
        sa.select(handoff_events.c.handoff_id, handoff_events.c.agent_id, handoff_events.c.at).where(
            handoff_events.c.handoff_id.in_(queued_at),
            handoff_events.c.kind.in_(LET_GO),
            handoff_events.c.agent_id.is_not(None),
        )
    )
    found: dict[str, frozenset[str]] = {}
    for row in rows:
        if row.at >= queued_at[row.handoff_id]:
            found[row.handoff_id] = found.get(row.handoff_id, frozenset()) | {row.agent_id}
    return found


def _awake(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(handoffs.c.snoozed_until.is_(None), handoffs.c.snoozed_until <= now)
