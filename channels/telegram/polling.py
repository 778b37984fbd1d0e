"""Updates that we ask Telegram for: stored, and then acknowledged by asking for later ones."""

from __future__ import annotations

import asyncio
import random

import structlog

from bot.conversations.errors import TransportError
from bot.storage.database import DatabaseUnavailable
from channels.telegram.client import OtherReader, TelegramClient, TokenRefused
from channels.telegram.inbox import Inbox, number_of
from channels.telegram.updates import KINDS

log = structlog.get_logger(__name__)

WAIT_SECONDS = 30
LONGEST_PAUSE_SECONDS = 15.0


class Polling:
    """Asks for updates for as long as it runs.

    Args:
        chance: spreads the tries of several that lost their connection at once.
        wait_seconds: how long Telegram holds a question that it has no answer to.
    """

    def __init__(
        self, client: TelegramClient, inbox: Inbox, chance: random.Random, *, wait_seconds: int = WAIT_SECONDS
    ) -> None:
        self._client = client
        self._inbox = inbox
        self._chance = chance
        self._wait_seconds = wait_seconds
        self._offset: int | None = None
        self._failures = 0
        self._trouble: str | None = None

    @property
    def trouble(self) -> str | None:
        """What keeps updates from coming just now, in a word."""
        return self._trouble

    async def run(self) -> None:
        """Poll until cancelled.

        Raises:
            TokenRefused: Telegram does not know the token.
        """
        removed = False
        while True:
            try:
                if not removed:
                    # What a webhook has not taken yet is kept, and asked for.
                    await self._client.call("deleteWebhook", {"drop_pending_updates": False})
                    removed = True
                await self._take()
            except TokenRefused:
                raise
            except OtherReader as error:
                removed = False  # it may be a webhook, set by another installation with the same token
                await self._pause("another_reader", str(error), None)
            except TransportError as error:
                await self._pause("unreachable", str(error), error.retry_after)
            except DatabaseUnavailable as error:
                await self._pause("database", str(error), None)
            else:
                self._went_well()

    async def _take(self) -> None:
        raws = await self._client.updates(self._offset, wait_seconds=self._wait_seconds, kinds=KINDS)
        await self._inbox.store(raws)
        numbers = [number for raw in raws if (number := number_of(raw)) is not None]
        if numbers:
            self._offset = max(numbers) + 1
        elif raws:
            await asyncio.sleep(1)  # nothing that could be acknowledged: asking at once would bring the same
        else:
            # All is acknowledged. From here on without a number: those of the past say nothing of the next one, which
            # may be lower after a week of silence, or one that a webhook could not be given before.
            self._offset = None

    async def _pause(self, trouble: str, error: str, asked: float | None) -> None:
        if trouble != self._trouble:  # once per change, however long it lasts
            log.warning("telegram_polling_trouble", trouble=trouble, error=error)
        self._trouble = trouble
        self._failures += 1
        pause = asked if asked is not None else min(0.25 * 2.0 ** min(self._failures, 10), LONGEST_PAUSE_SECONDS)
        await asyncio.sleep(pause * (1 + self._chance.random() / 4))

    def _went_well(self) -> None:
        if self._trouble is not None:
            log.info("telegram_polling_well_again", after_failures=self._failures)
        self._failures, self._trouble = 0, None
