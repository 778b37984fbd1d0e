"""Answers to taps: Telegram shows a turning button until it has one. As good as can be, and never waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from bot.conversations.errors import TransportError
from bot.conversations.service import Conversations
from bot.storage.database import DatabaseUnavailable
from channels.telegram.asides import say_aside
from channels.telegram.client import TelegramClient

log = structlog.get_logger(__name__)

MOST_SHOWN = 200  # characters that a tap's answer may have
SECONDS = 5.0
AT_ONCE = 16
REMEMBERED = 1000


class Answers:
    """Answers taps in the background."""

    def __init__(self, client: TelegramClient, conversations: Conversations) -> None:
        self._client = client
        self._conversations = conversations
        self._room = asyncio.Semaphore(AT_ONCE)
        self._running: set[asyncio.Task[None]] = set()
        self._answered: dict[str, None] = {}  # of late

    def answer(self, query_id: str) -> None:
        """End the turning, without words."""
        if query_id not in self._answered:
            self._remember(query_id)
            self._start(self._call(query_id, {}))

    def explain(self, query_id: str, chat_id: int, sentence: str) -> None:
        """Say why a tap does nothing: in front of it, or as a message where that cannot be (any more)."""
        shown = len(sentence) <= MOST_SHOWN and query_id not in self._answered
        self._remember(query_id)
        self._start(self._explain(query_id, chat_id, sentence) if shown else self._say(chat_id, sentence))

    async def settle(self) -> None:
        """Wait until all answers under way are out, or have failed."""
        while self._running:
            await asyncio.wait(set(self._running))

    def _remember(self, query_id: str) -> None:
        self._answered[query_id] = None
        if len(self._answered) > REMEMBERED:
            del self._answered[next(iter(self._answered))]

    def _start(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(self._quietly(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _quietly(self, work: Coroutine[Any, Any, object]) -> None:
        try:
            async with self._room:
                await work
        except (TransportError, DatabaseUnavailable) as error:
            log.info("telegram_tap_not_answered", error=str(error))

    async def _call(self, query_id: str, arguments: dict[str, object]) -> None:
        await self._client.call("answerCallbackQuery", {"callback_query_id": query_id, **arguments}, seconds=SECONDS)

    async def _explain(self, query_id: str, chat_id: int, sentence: str) -> None:
        try:
            await self._call(query_id, {"text": sentence, "show_alert": True})
        except TransportError:  # too late, as after a restart
            await self._say(chat_id, sentence)

    async def _say(self, chat_id: int, sentence: str) -> None:
        await self._conversations.transact(lambda unit: say_aside(unit, chat_id, sentence))
