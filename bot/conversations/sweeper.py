"""Looks at the clock for conversations: ends those that fell silent, closes surveys whose window is over.

And tells of links that an operator has undone with a program of its own, which on SQLite nobody hears of otherwise.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from bot.conversations.service import Conversations
from bot.storage.database import DatabaseUnavailable

log = structlog.get_logger(__name__)

UNDONE_OF_LATE = timedelta(minutes=5)  # longer than from one sweep to the next, with a database away between them


class Sweeper:
    """Sweeps at once after a start, since conversations fell silent while we were down as well, and then regularly."""

    def __init__(self, conversations: Conversations, every_seconds: float) -> None:
        self._conversations = conversations
        self._every = every_seconds
        self._told_undone: set[str] = set()

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            try:
                await self.sweep()
            except DatabaseUnavailable as error:
                log.warning("sweep_postponed", error=str(error))
            await asyncio.sleep(self._every)

    async def sweep(self) -> None:
        """End what is silent, close what is over, and tell of what was undone."""
        ended = 0
        while some := await self._conversations.end_idle():
            ended += some
        closed = await self._conversations.close_surveys()
        if ended or closed.expired or closed.undeliverable:
            log.info("swept", ended=ended, expired=closed.expired, undeliverable=closed.undeliverable)
        for link_id, change in (await self._conversations.undone_links(UNDONE_OF_LATE)).items():
            if link_id not in self._told_undone:
                self._told_undone.add(link_id)
                self._conversations.publish(change)
