"""Who types, told both ways while it is true; kept nowhere, and nothing rests on it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection

from bot.conversations.models import Json
from bot.conversations.signals import Signal, SignalKind, Signals
from bot.helpdesk.chatwoot import events
from bot.helpdesk.chatwoot.agents import shown_name
from bot.helpdesk.chatwoot.client import ChatwootClient
from bot.helpdesk.chatwoot.errors import ChatwootError
from bot.helpdesk.chatwoot.links import Link, link_by_number, link_of
from bot.storage.database import Database, DatabaseUnavailable
from bot.storage.tables import conversations

log = structlog.get_logger(__name__)

TOLD_EVERY_SECONDS = 3.0
OVER_AFTER_SECONDS = 8.0
MOST_UNDER_WAY = 20


class Typing:
    """Passes on who types."""

    def __init__(self, database: Database, client: ChatwootClient, signals: Signals | None) -> None:
        self._database = database
        self._client = client
        self._signals = signals
        self._inbox: str | None = None  # its name in the API for clients; only an administrator's token reads it
        self._told: dict[str, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        if signals is not None:
            signals.subscribe(self)

    def know_inbox(self, inbox: Json) -> None:
        """Remember what the inbox is called in the API for clients."""
        found = inbox.get("inbox_identifier")
        self._inbox = found if isinstance(found, str) and found.isalnum() else None

    def agent_types(self, body: Json, on: bool) -> None:
        """Chatwoot says that an agent types, or no longer does."""
        person = events.person_in(body.get("user"))
        if on and person is not None and not body.get("is_private") and (number := events.number_in(body)):
            self._begin(self._show(number, shown_name(person.name)))

    def signalled(self, signal: Signal) -> None:
        """A customer types. See `SignalListener`."""
        if signal.kind is not SignalKind.CUSTOMER_TYPING or self._inbox is None:
            return
        now = time.monotonic()
        if now - self._told.get(signal.conversation_id, -TOLD_EVERY_SECONDS) >= TOLD_EVERY_SECONDS:
            self._told[signal.conversation_id] = now
            self._begin(self._tell(signal.conversation_id))

    def customer_wrote(self, conversation_id: str) -> None:
        """Their message says that they have typed."""
        self._told.pop(conversation_id, None)

    async def _show(self, number: str, name: str) -> None:
        def read(connection: Connection) -> Signal | None:
            link = link_by_number(connection, number)
            if link is None:
                return None
            whose = sa.select(conversations.c.customer_id, conversations.c.owner).where(
                conversations.c.id == link.conversation_id, conversations.c.state == "open"
            )
            row = connection.execute(whose).first()
            if row is None or row.owner == "bot":
                return None
            return Signal(SignalKind.AGENT_TYPING, link.conversation_id, row.customer_id, name=name)

        with_signal = await self._database.read(read)
        if with_signal is not None and self._signals is not None:
            self._signals.send(with_signal)

    async def _tell(self, conversation_id: str) -> None:
        link: Link | None = await self._database.read(lambda connection: link_of(connection, conversation_id))
        if link is None or link.source_id is None or self._inbox is None or link.status != "open":
            return
        await self._client.contact_types(self._inbox, link.source_id, link.number, on=True)
        await asyncio.sleep(OVER_AFTER_SECONDS)
        told = self._told.get(conversation_id)
        if told is None or time.monotonic() - told >= OVER_AFTER_SECONDS - 0.1:
            self._told.pop(conversation_id, None)
            await self._client.contact_types(self._inbox, link.source_id, link.number, on=False)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        if len(self._tasks) >= MOST_UNDER_WAY:
            work.close()
            return
        task = asyncio.get_running_loop().create_task(_quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _quietly(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except (ChatwootError, DatabaseUnavailable) as error:
        log.debug("typing_not_told", error=str(error))
