"""Shows customers on Telegram that an answer is being worked on, by the bot or a person; nothing waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection

from bot.conversations.errors import TransportError
from bot.conversations.models import Change, PendingTurn
from bot.conversations.phrases import Phrases
from bot.conversations.signals import Signal, SignalKind
from bot.storage.database import Database, DatabaseUnavailable
from bot.storage.tables import conversations, identities
from channels.telegram import CHANNEL
from channels.telegram.client import TelegramClient
from channels.telegram.pacing import Pacing

log = structlog.get_logger(__name__)

AGAIN_SECONDS = 4.5  # Telegram shows it for five
AGENTS_AGAIN_SECONDS = 2.5  # the desk says so every three
LONGEST_SECONDS = 60.0
CALL_SECONDS = 4.0
MOST_AT_ONCE = 50
RESTS_AT_MOST = 3.0  # seconds that a word about a delay waits for its chat


class Typing:
    """A `Listener` of the worker and a `SignalListener`, and a `Subscriber` of changes: they say when it is there.

    Args:
        database: knows in which chat a conversation is.
        again: seconds after which it is shown anew …
        longest: … and after which no more.
    """

    def __init__(
        self,
        client: TelegramClient,
        pace: Pacing,
        phrases: Phrases,
        database: Database,
        *,
        again: float = AGAIN_SECONDS,
        longest: float = LONGEST_SECONDS,
    ) -> None:
        self._client = client
        self._pace = pace
        self._phrases = phrases
        self._database = database
        self._again = again
        self._longest = longest
        self._shown: dict[str, asyncio.Task[None]] = {}  # by what is being answered
        self._telling: set[asyncio.Task[None]] = set()
        self._agents: dict[str, float] = {}  # conversations in which a person types, and when that was shown

    def bot_is_busy(self, turn: PendingTurn) -> None:
        """Show it until the turn is over, for a minute at most."""
        chat, key = _chat_of(turn), turn.external_id
        if chat is None or key is None or key in self._shown or len(self._shown) >= MOST_AT_ONCE:
            return
        task = self._shown[key] = asyncio.create_task(_quietly(self._show, chat))
        task.add_done_callback(lambda _: self._shown.pop(key, None))

    def answer_is_delayed(self, turn: PendingTurn) -> None:
        """Say it, though it cannot be stored."""
        chat = _chat_of(turn)
        if chat is None or len(self._telling) >= MOST_AT_ONCE:
            return
        sentence = self._phrases.say("utter_app_delay_notice", locale=turn.locale).text
        task = asyncio.create_task(_quietly(self._tell, chat, sentence))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    def signalled(self, signal: Signal) -> None:
        """A person types; shown anew as long as they do."""
        now = asyncio.get_running_loop().time()
        if signal.kind is not SignalKind.AGENT_TYPING or len(self._telling) >= MOST_AT_ONCE:
            return
        self._agents = {key: at for key, at in self._agents.items() if now - at < AGENTS_AGAIN_SECONDS}
        if signal.conversation_id in self._agents:
            return
        self._agents[signal.conversation_id] = now
        task = asyncio.create_task(_quietly(self._show_agent, signal.conversation_id))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    def since_typing(self, turn: PendingTurn) -> float | None:
        """Telegram does not tell bots who is typing."""
        return None

    def changed(self, change: Change) -> None:
        """What is answered needs it no more."""
        for external_id in change.handled:
            if task := self._shown.get(external_id):
                task.cancel()

    def look_again(self) -> None:
        """It ends by itself."""

    def stop(self) -> None:
        """End all of it."""
        for task in (*self._shown.values(), *self._telling):
            task.cancel()

    async def _show(self, chat: int) -> None:
        async with asyncio.timeout(self._longest):
            while True:
                arguments = {"chat_id": chat, "action": "typing"}
                await self._client.call("sendChatAction", arguments, seconds=CALL_SECONDS)
                await asyncio.sleep(self._again)

    async def _show_agent(self, conversation_id: str) -> None:
        chat = await self._database.read(lambda connection: _chat_in(connection, conversation_id))
        if chat is not None:
            arguments = {"chat_id": chat, "action": "typing"}
            await self._client.call("sendChatAction", arguments, seconds=CALL_SECONDS)

    async def _tell(self, chat: int, sentence: str) -> None:
        identity, loop = str(chat), asyncio.get_running_loop()
        until = loop.time() + RESTS_AT_MOST
        while not (self._pace.reserve(1) and self._pace.begin(identity)):
            if loop.time() > until:
                return
            await asyncio.sleep(0.1)
        try:
            await self._client.call("sendMessage", {"chat_id": chat, "text": sentence}, seconds=CALL_SECONDS)
        finally:
            self._pace.ended(identity)


def _chat_in(connection: Connection, conversation_id: str) -> int | None:
    """The chat in which a conversation goes on; None where it does so elsewhere."""
    found: str | None = connection.execute(
        sa.select(identities.c.external_id)
        .select_from(conversations.join(identities, identities.c.id == conversations.c.identity_id))
        .where(
            conversations.c.id == conversation_id,
            identities.c.channel == CHANNEL,
            identities.c.blocked_at.is_(None),
        )
    ).scalar()
    return int(found) if found and found.isdecimal() else None


def _chat_of(turn: PendingTurn) -> int | None:
    chat = (turn.external_id or "").partition(":")[0]
    return int(chat) if turn.channel == CHANNEL and chat.isdecimal() else None


async def _quietly(work: Callable[..., Coroutine[Any, Any, None]], *given: object) -> None:
    """Do it. Not a coroutine that was made before: cancelled at once, that would never be awaited."""
    try:
        await work(*given)
    except (TransportError, TimeoutError, DatabaseUnavailable) as error:
        log.debug("telegram_not_shown", error=str(error))
