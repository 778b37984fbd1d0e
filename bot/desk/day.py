"""What a day of handing over came to, with how many it rests on; and how it was for our people, never by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import mean, median
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.desk_tables import handoff_events, handoffs, team_members, teams

FEWEST_ANSWERS, FEWEST_PEOPLE = 5, 2  # below that, somebody could tell whose answers they are
MOOD_DAYS = 7


@dataclass(frozen=True, slots=True)
class Day:
    """The conversations that were handed over on one day, at the shop's clock."""

    day: date
    handed_over: int
    answered: int  # by a person
    waiting_still: int
    outcomes: Mapping[str, int]  # of those that are over
    median_wait: float | None  # seconds from the request to a person's first reply, of those answered
    longest_wait: float | None
    breaches: Mapping[str, int]  # first_reply, next_reply, resolution: how many of them were late


@dataclass(frozen=True, slots=True)
class Mood:
    """How conversations were for a team, from 1 (hard) to 3 (easy)."""

    team: str | None  # None: everybody together
    answers: int
    average: float
    easy: int
    hard: int


def read_day(connection: Connection, day: date, zone: ZoneInfo) -> Day:
    """The figures of a day.

    Args:
        zone: the shop's: its midnights begin and end the day.
    """
    begins, ends = span_of(day, zone)
    h = handoffs.c
    rows = connection.execute(
        sa.select(
            h.state,
            h.outcome,
            h.requested_at,
            h.first_reply_at,
            h.first_reply_breached_at,
            h.next_reply_breached_at,
            h.resolution_breached_at,
        ).where(h.requested_at >= begins, h.requested_at < ends)
    ).all()
    waits = [(row.first_reply_at - row.requested_at).total_seconds() for row in rows if row.first_reply_at is not None]
    return Day(
        day,
        handed_over=len(rows),
        answered=len(waits),
        waiting_still=sum(row.state != "closed" and row.first_reply_at is None for row in rows),
        outcomes=dict(sorted(Counter(row.outcome for row in rows if row.outcome is not None).items())),
        median_wait=median(waits) if waits else None,
        longest_wait=max(waits, default=None),
        breaches={
            "first_reply": sum(row.first_reply_breached_at is not None for row in rows),
            "next_reply": sum(row.next_reply_breached_at is not None for row in rows),
            "resolution": sum(row.resolution_breached_at is not None for row in rows),
        },
    )


def read_moods(connection: Connection, day: date, zone: ZoneInfo) -> tuple[Mood, ...]:
    """How it was in the week that ends with `day`: for everybody together, then by team, where there is enough to tell.

    A team of whose answers there are too few is not told of, nor one where they all come from one person.
    """
    begins = span_of(day - timedelta(days=MOOD_DAYS - 1), zone)[0]
    ends = span_of(day, zone)[1]
    resolved = (
        sa.select(handoff_events.c.handoff_id, sa.func.max(handoff_events.c.agent_id).label("agent_id"))
        .where(handoff_events.c.kind.in_(("resolved", "handed_back")), handoff_events.c.agent_id.is_not(None))
        .group_by(handoff_events.c.handoff_id)
        .subquery()
    )
    given = connection.execute(
        sa.select(handoffs.c.wrap_up, resolved.c.agent_id)
        .select_from(handoffs.join(resolved, resolved.c.handoff_id == handoffs.c.id))
        .where(handoffs.c.wrap_up.is_not(None), handoffs.c.closed_at >= begins, handoffs.c.closed_at < ends)
    ).all()
    answers = [(str(row.agent_id), int(row.wrap_up)) for row in given]
    members = connection.execute(
        sa.select(teams.c.name, team_members.c.agent_id)
        .select_from(teams.join(team_members, team_members.c.team_id == teams.c.id))
        .order_by(sa.func.lower(teams.c.name))
    ).all()
    found = [_mood(None, answers)]
    for name in dict.fromkeys(row.name for row in members):
        theirs = {row.agent_id for row in members if row.name == name}
        found.append(_mood(name, [answer for answer in answers if answer[0] in theirs]))
    return tuple(mood for mood in found if mood is not None)


def span_of(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """A day's two midnights."""
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def _mood(team: str | None, answers: Sequence[tuple[str, int]]) -> Mood | None:
    people, given = {agent_id for agent_id, _ in answers}, [how for _, how in answers]
    if len(given) < FEWEST_ANSWERS or len(people) < FEWEST_PEOPLE:
        return None
    return Mood(team, len(given), mean(given), given.count(3), given.count(1))
