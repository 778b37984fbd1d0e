"""The way in from Telegram on a real database, without Telegram: what comes is put in, what goes out is remembered."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot.conversations.commands import COMMANDS
from bot.conversations.errors import TransportError
from bot.conversations.models import Message
from bot.conversations.service import Conversations
from bot.conversations.unit import Rules
from bot.storage.channel_tables import telegram_calls, telegram_updates
from bot.storage.database import Database
from bot.storage.tables import messages
from channels.limits import Buckets
from channels.telegram.answers import Answers
from channels.telegram.effects import Acceptance, Effects
from channels.telegram.handling import UpdateHandler
from channels.telegram.inbox import Inbox
from channels.telegram.updates import Reading
from tests.conftest import Clock
from tests.support.core import Heard, case_book, plain_phrases
from tests.support.telegram_updates import BOT_ID, USERNAME

READING = Reading(BOT_ID, USERNAME, tuple(COMMANDS), 4000, "en")


class SilentClient:
    """Takes every call and remembers it; `refuses` makes calls of a method fail."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.refuses: dict[str, TransportError] = {}

    async def call(self, method: str, arguments: Mapping[str, Any], **others: Any) -> Any:
        self.calls.append((method, dict(arguments)))
        if method in self.refuses:
            raise self.refuses[method]
        return True

    def answers(self) -> list[dict[str, Any]]:
        """What taps were answered with."""
        return [arguments for method, arguments in self.calls if method == "answerCallbackQuery"]


@dataclass
class WayIn:
    """One process's parts between stored updates and conversations."""

    conversations: Conversations
    inbox: Inbox
    client: SilentClient
    answers: Answers
    effects: Effects
    handler: UpdateHandler
    heard: Heard = field(default_factory=Heard)

    async def takes(self, *raws: object) -> None:
        """Store updates and handle all that is due."""
        await self.inbox.store(raws)
        await self.handles()

    async def handles(self) -> None:
        """Handle all that is due."""
        await self.handler.handle_due()
        await self.answers.settle()

    async def said(self, identity: str = "42") -> list[Message]:
        """The messages of that customer's newest conversation."""
        status = await self.conversations.status("telegram", identity)
        return await self.conversations.messages_after(status.conversation_id, 0) if status.conversation_id else []

    async def rows(self, statement: sa.Select[Any]) -> list[Any]:
        return list(await self.conversations.database.read(lambda connection: connection.execute(statement).all()))

    async def outcomes(self) -> dict[int, str | None]:
        """What became of each update."""
        found = await self.rows(sa.select(telegram_updates.c.update_id, telegram_updates.c.outcome))
        return {row.update_id: row.outcome for row in found}

    async def outcome(self) -> str | None:
        """What became of the only update."""
        (outcome,) = (await self.outcomes()).values()
        return outcome

    async def queued(self) -> list[Any]:
        """What is to be called beside conversations, in order."""
        return await self.rows(sa.select(telegram_calls).order_by(telegram_calls.c.created_at, telegram_calls.c.id))

    async def told(self) -> list[str]:
        """The app's sentences that are to be sent beside conversations, by name."""
        return [call.arguments["text"].split()[0] for call in await self.queued() if call.method == "sendMessage"]

    async def stored_texts(self) -> list[str]:
        """All texts of customers, in any order."""
        found = await self.rows(sa.select(messages.c.text).where(messages.c.author_kind == "customer"))
        return [row.text for row in found]


def way_in(
    database: Database,
    clock: Clock,
    new_id: Callable[[], str],
    *,
    instance: str = "one",
    most_file_bytes: int = 20_000_000,
    most_at_once: float = 10_000,
    whose_phone: Any = None,
    on_proof: Any = None,
    **service: Any,
) -> WayIn:
    """All of it, built."""
    conversations = Conversations(
        database,
        plain_phrases(),
        Rules(chat_page="https://shop.example/help"),
        case_book(database, new_id),
        clock=clock,
        new_id=new_id,
        effect_handlers={},
        instance=instance,
        on_proof=on_proof,
        **service,
    )
    heard = Heard()
    conversations.subscribe(heard)
    inbox, client = Inbox(database, BOT_ID, clock), SilentClient()
    answers = Answers(client, conversations)  # type: ignore[arg-type]
    messages_taken = Buckets(1, most_at_once, lambda: clock().timestamp())
    acceptance = Acceptance(messages_taken, most_file_bytes, timedelta(minutes=30), whose_phone)
    effects = Effects(conversations, inbox, answers, READING, acceptance, clock)
    handler = UpdateHandler(inbox, effects, clock, random.Random(4))
    return WayIn(conversations, inbox, client, answers, effects, handler, heard)
