"""What happened to a handoff, written down; rows are only ever added, and read elsewhere."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.conversations.models import Json
from bot.conversations.unit import Unit
from bot.storage.desk_tables import handoff_events


def note_event(
    unit: Unit,
    handoff_id: str,
    conversation_id: str,
    kind: str,
    *,
    agent_id: str | None = None,
    event_id: str | None = None,
    to_agent_id: str | None = None,
    to_team_id: str | None = None,
    details: Json | None = None,
    at: datetime | None = None,
) -> None:
    """Write down what happened.

    Args:
        event_id: where something is to be written down once only.
        at: where it was not now that it happened, but is noticed only now.
    """
    last = sa.select(sa.func.coalesce(sa.func.max(handoff_events.c.number), 0))
    number = unit.connection.execute(last.where(handoff_events.c.handoff_id == handoff_id)).scalar_one() + 1
    unit.connection.execute(
        sa.insert(handoff_events).values(
            id=event_id or unit.new_id(),
            handoff_id=handoff_id,
            number=number,
            conversation_id=conversation_id,
            kind=kind,
            agent_id=agent_id,
            to_agent_id=to_agent_id,
            to_team_id=to_team_id,
            details=details,
            at=at or unit.now,
        )
    )
