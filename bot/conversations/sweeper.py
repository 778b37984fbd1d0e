"""Looks at the clock for conversations: ends what fell silent, closes surveys, reminds of those that are open.

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
        """End what is silent, close what is over, remind of what is open, and tell of what was undone."""
        ended = 0
        while some := await self._conversations.end_idle():
            ended += some
        closed = await self._conversations.close_surveys()
        reminded = await self._conversations.remind()
        counts = {"ended": ended, "expired": closed.expired, "undeliverable": closed.undeliverable}
        counts |= {"further_closed": closed.extras, "reminded": reminded}
        if any(counts.values()):
            log.info("swept", **counts)
        for link_id, change in (await self._conversations.undone_links(UNDONE_OF_LATE)).items():
            if link_id not in self._told_undone:
                self._told_undone.add(link_id)
                self._conversations.publish(change)
