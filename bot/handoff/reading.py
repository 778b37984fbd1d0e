"""Handoffs and what happened to them, as they are stored; changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from bot.conversations.models import Json
from bot.handoff.models import Handoff
from bot.storage.desk_tables import handoff_events, handoffs

_FIELDS = tuple(field.name for field in fields(Handoff))
_SHOWN = sa.select(*(handoffs.c[name] for name in _FIELDS))


@dataclass(frozen=True, slots=True)
class HandoffEvent:
    """One thing that happened to a handoff; nobody (`agent_id` None) is the customer, or we ourselves."""

    id: str
    handoff_id: str
    number: int
    conversation_id: str
    kind: str
    agent_id: str | None
    to_agent_id: str | None
    to_team_id: str | None
    details: Json | None
    at: datetime


def open_handoff(connection: Connection, conversation_id: str) -> Handoff | None:
    """The handoff of a conversation that is queued or held."""
    found = _SHOWN.where(handoffs.c.conversation_id == conversation_id, handoffs.c.state != "closed")
    row = connection.execute(found).mappings().first()
    return None if row is None else handoff_from(row)


def handoff_of(connection: Connection, conversation_id: str) -> Handoff | None:
    """The open handoff of a conversation, or else its last."""
    found = _SHOWN.where(handoffs.c.conversation_id == conversation_id).order_by(
        (handoffs.c.state != "closed").desc(), handoffs.c.requested_at.desc(), handoffs.c.closed_at.desc()
    )
    row = connection.execute(found.limit(1)).mappings().first()
    return None if row is None else handoff_from(row)


def handoffs_of(connection: Connection, conversation_id: str) -> list[Handoff]:
    """All handoffs of a conversation, the first first."""
    found = _SHOWN.where(handoffs.c.conversation_id == conversation_id).order_by(
        handoffs.c.requested_at, (handoffs.c.state == "closed").desc(), handoffs.c.closed_at
    )
    return [handoff_from(row) for row in connection.execute(found).mappings()]


def events_of(connection: Connection, handoff_id: str) -> list[HandoffEvent]:
    """What happened to a handoff, in order."""
    found = sa.select(handoff_events).where(handoff_events.c.handoff_id == handoff_id)
    rows = connection.execute(found.order_by(handoff_events.c.number)).mappings()
    return [HandoffEvent(**row) for row in rows]


def handoff_from(row: RowMapping) -> Handoff:
    """A row of the table `handoffs`, with at least the columns that a `Handoff` has."""
    return Handoff(**{name: row[name] for name in _FIELDS})
