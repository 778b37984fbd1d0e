"""Hears of changes that other processes on the same PostgreSQL committed; SQLite has no others."""

from __future__ import annotations

import asyncio
import json

import psycopg
import sqlalchemy as sa
import structlog

from bot.conversations.models import Change
from bot.conversations.service import NOTIFY_CHANNEL, Conversations

log = structlog.get_logger(__name__)


class RemoteChanges:
    """Publishes other processes' changes to this one's subscribers."""

    def __init__(self, conversations: Conversations, url: str) -> None:
        self._conversations = conversations
        self._dsn = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)

    async def run(self) -> None:
        """Listen until cancelled; a lost connection is made again."""
        while True:
            try:
                await self._listen()
            except psycopg.Error as error:
                log.warning("changes_not_heard", error=type(error).__name__)
                await asyncio.sleep(1)

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True, keepalives_idle=10)
        async with connection:
            await connection.execute(f"LISTEN {NOTIFY_CHANNEL}")
            self._conversations.look_again()  # whatever was committed while nobody listened
            async for notice in connection.notifies():
                self._publish(notice.payload)

    def _publish(self, payload: str) -> None:
        try:
            content = json.loads(payload)
            if content["from"] == self._conversations.instance:
                return
            change = Change(
                str(content["conversation"]),
                str(content["customer"]),
                handled=tuple(content["handled"]),
                opened=bool(content["opened"]),
                ended=bool(content["ended"]),
                edited=tuple(content.get("edited", ())),  # another process may be of the version before
                moved=bool(content.get("moved", False)),
                owner=content.get("owner"),
                desk=bool(content.get("desk", False)),
            )
        except (ValueError, KeyError, TypeError):
            log.warning("change_not_understood")
            return
        self._conversations.publish(change)
