"""The way out to Telegram, over real HTTP to the sandbox, with a pace that is as quick as the sandbox's."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.conversations.couriers import Couriers
from bot.conversations.models import Change, Draft, Incoming
from bot.conversations.phrases import REQUIRED, Phrases
from bot.conversations.service import Conversations
from bot.conversations.transcript import append
from bot.conversations.unit import Rules, Unit
from bot.storage.channel_tables import telegram_calls
from bot.storage.database import Database
from bot.storage.tables import conversations, deliveries
from channels.telegram.calls import Calls
from channels.telegram.client import TelegramClient
from channels.telegram.pacing import Limits as Pace
from channels.telegram.pacing import Pacing
from channels.telegram.pictures import Pictures
from channels.telegram.transport import Looks, TelegramTransport
from channels.web.files import FileLinks
from tests.support.core import case_book
from tests.telegram import Limits, Sandbox
from tests.telegram.user import TelegramUser

TOKEN = "7001:aaaaaaaaaaaaaaaaaaaaaaaaaaaa"
SHOP = "https://shop.example"


def now() -> datetime:
    return datetime.now(UTC)


class WayOut:
    """Conversations whose messages go to the sandbox."""

    def __init__(
        self,
        database: Database,
        sandbox: Sandbox,
        *,
        scale: float,
        folder: Path | None,
        number: bool,
        files: bool,
        rules: Rules,
    ) -> None:
        def new_id() -> str:
            return uuid.uuid4().hex

        self.database = database
        self.sandbox = sandbox
        self.phrases = Phrases({name: [{"text": name}] for name in REQUIRED})
        self.service = Conversations(
            database,
            self.phrases,
            rules,
            case_book(database, new_id),
            clock=now,
            new_id=new_id,
            effect_handlers={},
            instance="one",
        )
        self.client = TelegramClient(TOKEN, sandbox.root)
        self.pace = Pacing(time.monotonic, Pace(scale=scale))
        address = FileLinks(b"k" * 32, now).address if files else None
        looks = Looks(Pictures(folder, SHOP), SHOP, number_counts=number, file_address=address)
        self.transport = TelegramTransport(self.client, self.pace, database, self.phrases, looks, now)
        self.couriers = Couriers(self.service, {"telegram": self.transport}, random.Random(5))
        self.calls = Calls(self.service, self.client, self.pace, random.Random(5))
        self.service.subscribe(self.couriers)
        self._numbers = itertools.count(1)

    async def meets(self, name: str = "Ada", locale: str = "en") -> tuple[TelegramUser, str]:
        """Somebody who has started the bot and written once: they, and their conversation."""
        user = self.sandbox.user(name)
        user.start()
        received = await self.service.receive(self.incoming(user, "hello", locale=locale))
        return user, received.conversation_id

    def incoming(self, user: TelegramUser, text: str | None, *, locale: str = "en", **others: Any) -> Incoming:
        """A message of that person's."""
        external_id = f"{user.account.id}:7001:{10_000 + next(self._numbers)}"
        fields = {"choice_id": None, "locale": locale, "external_id": external_id, **others}
        return Incoming(channel="telegram", identity=str(user.account.id), text=text, **fields)

    async def say(self, conversation_id: str, *drafts: Draft) -> None:
        """Store messages of ours."""

        def work(unit: Unit) -> Change:
            owner = sa.select(conversations.c.customer_id).where(conversations.c.id == conversation_id)
            stored = append(unit, conversation_id, drafts)
            return Change(conversation_id, unit.connection.execute(owner).scalar_one(), messages=stored)

        await self.service.change(work)

    @asynccontextmanager
    async def carrying(self) -> AsyncIterator[None]:
        """Messages and calls are carried meanwhile."""
        tasks = [asyncio.create_task(part.run()) for part in (self.couriers, self.calls)]
        try:
            yield
        finally:
            while tasks:
                for task in tasks:
                    task.cancel()
                _, still = await asyncio.wait(tasks, timeout=0.5)
                tasks = list(still)

    async def settled(self, seconds: float = 20) -> None:
        """Wait until nothing waits to be carried."""
        until = time.monotonic() + seconds
        while await self._waiting():
            assert time.monotonic() < until, "not all was carried in time"
            await asyncio.sleep(0.02)

    async def carry(self, seconds: float = 20) -> None:
        """Carry all there is."""
        async with self.carrying():
            await self.settled(seconds)

    async def states(self) -> list[str]:
        """Of all deliveries, in order of their messages."""
        query = sa.select(deliveries.c.state).order_by(deliveries.c.conversation_id, deliveries.c.seq)
        return await self._all(query)

    async def states_of_calls(self) -> list[str]:
        return await self._all(sa.select(telegram_calls.c.state).order_by(telegram_calls.c.key))

    async def _waiting(self) -> int:
        under_way = ("waiting", "sending")
        messages = sa.select(sa.func.count()).where(
            deliveries.c.channel == "telegram", deliveries.c.state.in_(under_way)
        )
        calls = sa.select(sa.func.count()).where(telegram_calls.c.state.in_(under_way))
        return sum([*await self._all(messages), *await self._all(calls)])

    async def _all(self, query: sa.Select[Any]) -> list[Any]:
        return await self.database.read(lambda connection: list(connection.execute(query).scalars()))


@asynccontextmanager
async def way_out(
    database: Database,
    *,
    scale: float = 0.1,
    folder: Path | None = None,
    number: bool = False,
    files: bool = False,
    rules: Rules | None = None,
) -> AsyncIterator[WayOut]:
    """A sandbox with a bot and the way out to it, for as long as the block runs."""
    with Sandbox(limits=Limits(scale=scale)) as sandbox:
        sandbox.add_bot(TOKEN, "shop_bot")
        out = WayOut(database, sandbox, scale=scale, folder=folder, number=number, files=files, rules=rules or Rules())
        try:
            yield out
        finally:
            await asyncio.gather(out.couriers.stop(2), out.calls.stop(2))
            await out.client.close()


def texts(user: TelegramUser) -> list[str]:
    """What the bot said to somebody, as it stands now."""
    return [message.text for message in user.heard]


def drafts(count: int, named: Callable[[int], str] = str) -> Sequence[Draft]:
    """So many messages, each with its own words."""
    return [Draft(named(number)) for number in range(count)]
