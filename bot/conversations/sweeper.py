"""Looks at the clock for conversations: ends those that fell silent, closes surveys whose window is over."""

from __future__ import annotations

import asyncio

import structlog

from bot.conversations.service import Conversations
from bot.storage.database import DatabaseUnavailable

log = structlog.get_logger(__name__)


class Sweeper:
    """Sweeps at once after a start, since conversations fell silent while we were down as well, and then regularly."""

    def __init__(self, conversations: Conversations, every_seconds: float) -> None:
        self._conversations = conversations
        self._every = every_seconds

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            try:
                await self.sweep()
            except DatabaseUnavailable as error:
                log.warning("sweep_postponed", error=str(error))
            await asyncio.sleep(self._every)

    async def sweep(self) -> None:
        """End what is silent and close what is over."""
        ended = 0
        while some := await self._conversations.end_idle():
            ended += some
        closed = await self._conversations.close_surveys()
        if ended or closed.expired or closed.undeliverable:
            log.info("swept", ended=ended, expired=closed.expired, undeliverable=closed.undeliverable)
