"""What one customer does on Telegram, as the channel hands it to conversations."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.conversations.edits import record_edit
from bot.conversations.models import Attachment, Change, Incoming, Received
from bot.conversations.service import Conversations
from bot.conversations.worker import TurnWorker

BOT = "777"


class TelegramCustomer:
    """Writes, taps, chooses commands, sends things and edits; messages are numbered like Telegram's."""

    def __init__(self, service: Conversations, user: str = "42", locale: str = "en") -> None:
        self._service = service
        self.user = user
        self._locale = locale
        self._numbers = itertools.count(1000)  # apart from those that a test gives

    def external_id(self, number: int) -> str:
        """The external id of the customer's message with this number."""
        return f"{self.user}:{BOT}:{number}"

    def incoming(self, text: str | None, number: int | None = None, **others: Any) -> Incoming:
        """A message; `others` are fields of `Incoming`."""
        external_id = self.external_id(next(self._numbers) if number is None else number)
        return replace(Incoming("telegram", self.user, external_id, text, None, self._locale), **others)

    async def types(self, text: str, number: int | None = None, **others: Any) -> Received:
        return await self._service.receive(self.incoming(text, number, **others))

    async def taps(self, choice_id: str) -> Received:
        """The first tap and every further one are the same, as for all buttons but those of a rating."""
        external_id = f"{self.user}:choice:{choice_id}"
        return await self._service.receive(self.incoming(None, choice_id=choice_id, external_id=external_id))

    async def rates(self, choice_id: str) -> Received:
        external_id = f"{self.user}:tap:{next(self._numbers)}"
        return await self._service.receive(self.incoming(None, choice_id=choice_id, external_id=external_id))

    async def commands(self, name: str) -> Received:
        return await self._service.receive(self.incoming(None, command=name))

    async def sends(self, *attachments: Attachment, words: str = "", **others: Any) -> Received:
        return await self._service.receive(self.incoming(words, attachments=attachments, **others))

    async def edits(self, number: int, text: str, at: datetime) -> Change | None:
        return await self._service.change(
            lambda unit: record_edit(unit, "telegram", self.external_id(number), text, at)
        )


async def settled(worker: TurnWorker) -> None:
    """Wait until no turn runs."""
    while worker.active:  # noqa: ASYNC110 - a worker tells nobody
        await asyncio.sleep(0.01)
