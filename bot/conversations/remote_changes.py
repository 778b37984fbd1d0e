"""Hears of changes that other processes on the same PostgreSQL committed, and of signals; SQLite has no others."""

from __future__ import annotations

import asyncio
import json

import psycopg
import sqlalchemy as sa
import structlog

from bot.conversations.models import Change
from bot.conversations.service import NOTIFY_CHANNEL, Conversations
from bot.conversations.signals import SIGNAL_CHANNEL, Signals

log = structlog.get_logger(__name__)


class RemoteChanges:
    """Publishes other processes' changes to this one's subscribers, and their signals where there are `signals`."""

    def __init__(self, conversations: Conversations, url: str, signals: Signals | None = None) -> None:
        self._conversations = conversations
        self._signals = signals
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
            if self._signals is not None:
                await connection.execute(f"LISTEN {SIGNAL_CHANNEL}")
            self._conversations.look_again()  # whatever was committed while nobody listened
            async for notice in connection.notifies():
                if notice.channel == NOTIFY_CHANNEL:
                    self._publish(notice.payload)
                elif self._signals is not None:
                    self._signals.heard(notice.payload)

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
