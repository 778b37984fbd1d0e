"""What the keeper sees of open handoffs and of our people, and what is due of it; changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.handoff.sla import CLOCKS
from bot.handoff.staffing import Staffing
from bot.staff.accounts import all_agents
from bot.staff.models import Agent
from bot.staff.presence import heard_at
from bot.staff.rights import Right, may
from bot.storage.desk_tables import handoffs, helpdesk_links, is_open
from bot.storage.tables import conversations

Gone = Literal["vanished", "disabled"]
_OPEN = (
    sa.select(
        *(
            handoffs.c[name]
            for name in (
                "id",
                "conversation_id",
                "state",
                "held_by",
                "priority",
                "queued_at",
                "told_position",
                "told_at",
            )
        ),
        *(handoffs.c[name] for name in CLOCKS),
        handoffs.c.snoozed_until,
        conversations.c.customer_id,
        conversations.c.active_at,
        conversations.c.channel,
        sa.exists().where(helpdesk_links.c.conversation_id == conversations.c.id).label("elsewhere"),
    )
    .select_from(handoffs.join(conversations, conversations.c.id == handoffs.c.conversation_id))
    .where(is_open)
    .order_by(handoffs.c.queued_at, handoffs.c.id)
)


@dataclass(frozen=True, slots=True)
class Seen:
    """The open handoffs of one moment, each with its conversation's customer, channel and last word, and our people.

    `elsewhere` is what another helpdesk has, too: where people work in one, that alone knows who is there for it.
    """

    now: datetime
    open: Sequence[Row[Any]]
    agents: Mapping[str, Agent]

    @property
    def queued(self) -> list[Row[Any]]:
        """What is in the queue."""
        return [row for row in self.open if row.state == "queued"]

    @property
    def held(self) -> list[Row[Any]]:
        """What agents have."""
        return [row for row in self.open if row.state == "held"]

    def anybody_answers(self, staffing: Staffing) -> bool:
        """Whether at least one of our people takes conversations."""
        return any(staffing.answers(agent, self.now) for agent in self.agents.values())


def look(connection: Connection, now: datetime) -> Seen:
    """See everything that is open. What is closed costs nothing, however much it is."""
    found: Sequence[Any] = connection.execute(_OPEN).all()
    return Seen(now, found, {agent.id: agent for agent in all_agents(connection, active_only=False)})


def left_alone(seen: Seen, staffing: Staffing, heard_since: datetime) -> Iterator[tuple[Row[Any], Gone]]:
    """What agents have who cannot answer any more: all of those who may not, of those who vanished what waits.

    Args:
        heard_since: silence counts from then on only; before, nobody could have been heard.
    """
    for row in seen.held:
        agent = seen.agents.get(row.held_by)
        if agent is None or not takes_any(agent):
            yield row, "disabled"
        elif row.waiting_since is not None and is_silent(agent, seen.now, staffing.vanishes_after, heard_since):
            yield row, "vanished"


def takes_any(agent: Agent) -> bool:
    """Whether they may have conversations at all."""
    return agent.active and may(agent.role, Right.ANSWER)


def is_silent(agent: Agent, now: datetime, vanishes_after: timedelta, heard_since: datetime) -> bool:
    """Whether their desk has been silent too long, whatever they chose."""
    return now - max(heard_at(agent, now) or heard_since, heard_since) > vanishes_after


def slept_enough(seen: Seen) -> list[Row[Any]]:
    """What agents had put off until now."""
    return [row for row in seen.held if row.snoozed_until is not None and row.snoozed_until <= seen.now]


def silent(seen: Seen, idle_after: timedelta) -> list[Row[Any]]:
    """What agents have and nobody has written in for too long. Where the customer waits, the silence is ours."""
    return [
        row
        for row in seen.held
        if row.waiting_since is None and row.snoozed_until is None and row.active_at <= seen.now - idle_after
    ]
