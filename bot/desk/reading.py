"""What somebody reads at the desk, written into the audit log: once in a while, however often an open page asks."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.desk.pages import DeskCall
from bot.storage.desk_tables import audit

OF_LATE = timedelta(hours=1)  # a page that stays open is a line an hour
CONVERSATION, FILE = "conversation_read", "attachment_read"


async def reads(call: DeskCall, action: str, conversation_id: str, subject: str | None = None) -> None:
    """Note that the agent reads something, unless that was noted of late. To be awaited before it is shown."""
    if not await call.read(lambda connection: is_noted(call, connection, action, conversation_id, subject)):
        # Not to be broken off by a browser that goes away: what it has seen by then is noted.
        await asyncio.shield(
            call.write(
                lambda connection: call.note(connection, action, conversation_id=conversation_id, subject=subject)
            )
        )


def is_noted(
    call: DeskCall, connection: Connection, action: str, conversation_id: str, subject: str | None = None
) -> bool:
    """Whether the log has it since `OF_LATE`, by this agent from where they are now."""
    c = audit.c
    known = sa.select(c.number).where(
        c.conversation_id == conversation_id,
        c.agent_id == call.agent.id,
        c.action == action,
        c.at > call.now - OF_LATE,
        c.address.is_(None) if call.address is None else c.address == call.address[:64],
        *(() if subject is None else (c.subject == subject,)),
    )
    return connection.execute(known.limit(1)).first() is not None
