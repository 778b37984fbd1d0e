"""What customers make of their words after they were told: told as well, in a note."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa
import structlog

from bot.conversations.models import Change
from bot.conversations.service import Conversations
from bot.conversations.unit import Unit
from bot.handoff.models import BOT
from bot.handoff.steps import locked
from bot.helpdesk.chatwoot.links import link_of
from bot.helpdesk.chatwoot.outbox import Kind, enqueue
from bot.storage.database import DatabaseUnavailable
from bot.storage.tables import messages

log = structlog.get_logger(__name__)

CHANGED = "**The customer changed a message.** It reads now:"


class Edits:
    """Hears of changed messages; a subscriber of `Conversations`. One that is missed is still read at our desk."""

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations
        self._telling: set[asyncio.Task[None]] = set()

    def changed(self, change: Change) -> None:
        """See `Subscriber`."""
        if change.edited:
            task = asyncio.get_running_loop().create_task(self._tell(change))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    def look_again(self) -> None:
        """See `Subscriber`."""

    async def told(self) -> None:
        """Wait until what was heard is queued."""
        if self._telling:
            await asyncio.wait(self._telling)

    async def _tell(self, change: Change) -> None:
        try:
            await self._conversations.transact(lambda unit: _queue(unit, change))
        except DatabaseUnavailable as error:
            log.info("edit_not_told", error=str(error))


def _queue(unit: Unit, change: Change) -> None:
    conversation_id = change.conversation_id
    if locked(unit, conversation_id).owner == BOT or link_of(unit.connection, conversation_id) is None:
        return
    found = unit.connection.execute(
        sa.select(messages.c.id, messages.c.edited_text, messages.c.edited_at).where(
            messages.c.conversation_id == conversation_id,
            messages.c.seq.in_(change.edited),
            messages.c.edited_text.is_not(None),
        )
    )
    for row in found.all():
        key = f"edited:{row.id}:{row.edited_at.timestamp():.6f}"
        enqueue(unit, conversation_id, Kind.NOTE, key, {"text": f"{CHANGED}\n\n{row.edited_text}"})
