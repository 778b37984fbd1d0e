"""Who is there: what people chose, and whether their desk still gives a sign of life."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.staff.accounts import read_agents
from bot.staff.models import Agent, Presence
from bot.staff.rights import Right, roles_with
from bot.storage.tables import agents

# By which machines' clocks may differ. What was noted for a moment further ahead was noted by a clock that was set back
# since: it says nothing, or whoever left then would be there until that moment.
CLOCKS_DIFFER = timedelta(seconds=30)


def sign_of_life(connection: Connection, agent_id: str, now: datetime) -> None:
    """Note that a desk of theirs is open. A slightly earlier moment than what is known changes nothing."""
    later = agents.c.seen_at.is_(None) | (agents.c.seen_at < now) | (agents.c.seen_at > now + CLOCKS_DIFFER)
    connection.execute(sa.update(agents).where(agents.c.id == agent_id, later).values(seen_at=now))


def choose(connection: Connection, agent_id: str, presence: Presence, now: datetime) -> None:
    """Note whether they take conversations; choosing is a sign of life. Disabled accounts stay offline."""
    connection.execute(
        sa.update(agents)
        .where(agents.c.id == agent_id, agents.c.state == "active")
        .values(presence=presence.value, seen_at=now)
    )


def here(agent: Agent, now: datetime, vanishes_after: timedelta) -> Presence:
    """What they chose, or AWAY where they are online and their desk has been silent too long."""
    if not agent.active:
        return Presence.OFFLINE
    seen_at = heard_at(agent, now)
    silent = seen_at is None or now - seen_at > vanishes_after
    return Presence.AWAY if silent and agent.presence is Presence.ONLINE else agent.presence


def heard_at(agent: Agent, now: datetime) -> datetime | None:
    """When their desk last gave a sign of life; None where it never did, or by a clock that was set back since."""
    return agent.seen_at if agent.seen_at is not None and agent.seen_at <= now + CLOCKS_DIFFER else None


def is_at_desk(agent: Agent, now: datetime, vanishes_after: timedelta) -> bool:
    """Whether something can be left with them: they did not sign off, and their desk is not silent."""
    chosen = agent.presence is not Presence.OFFLINE
    return chosen and here(replace(agent, presence=Presence.ONLINE), now, vanishes_after) is Presence.ONLINE


def who_answers(connection: Connection, now: datetime, vanishes_after: timedelta) -> list[Agent]:
    """Those who take conversations just now: online, there, and of a role that answers; by name."""
    answering = [role.value for role in roles_with(Right.ANSWER)]
    return read_agents(
        connection,
        agents.c.state == "active",
        agents.c.presence == Presence.ONLINE.value,
        agents.c.role.in_(answering),
        agents.c.seen_at.between(now - vanishes_after, now + CLOCKS_DIFFER),
    )
