"""Polling: what Telegram has comes in once, whatever is lost on the way."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import pytest

from bot.storage.database import DatabaseUnavailable
from channels.telegram.client import TelegramClient, TokenRefused
from channels.telegram.inbox import Inbox
from channels.telegram.polling import Polling
from tests.support.telegram_in import READING, SilentClient
from tests.support.telegram_updates import TOKEN, texts_of, thousand_again, typed
from tests.telegram import Ill, Limits, Sandbox

pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")]


@pytest.fixture
def telegram() -> Iterator[Sandbox]:
    with Sandbox(limits=Limits.off()) as sandbox:
        sandbox.add_bot(TOKEN, "shop_bot")
        yield sandbox


@asynccontextmanager
async def polled(telegram: Sandbox, inbox: Inbox) -> AsyncIterator[asyncio.Task[None]]:
    """Poll as long as the block lasts."""
    client = TelegramClient(TOKEN, telegram.root)
    task = asyncio.create_task(Polling(client, inbox, random.Random(1), wait_seconds=2).run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await client.close()


async def until(holds: Callable[[], object], seconds: float = 8) -> None:
    """Wait until `holds()`, which may be a coroutine function."""
    give_up = time.monotonic() + seconds
    while True:
        found = holds()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return
        assert time.monotonic() < give_up, "it did not happen in time"
        await asyncio.sleep(0.02)


async def waiting(inbox: Inbox) -> int:
    return len(await inbox.waiting(most=5000))


async def test_what_was_there_before_and_what_comes_is_stored_in_order(telegram, inward) -> None:
    ada = telegram.user("Ada")
    ada.start()
    async with polled(telegram, inward.inbox):
        await until(lambda: waiting(inward.inbox))
        for n in range(5):
            ada.says(f"{n}")
        await until(lambda: _has(inward.inbox, 6))
    assert [s.body["message"]["text"] for s in await inward.inbox.waiting()] == ["/start", *"01234"]


async def _has(inbox: Inbox, number: int) -> bool:
    return await waiting(inbox) == number


async def test_a_webhook_is_taken_away_and_what_it_did_not_take_is_kept(telegram, inward) -> None:
    client = TelegramClient(TOKEN, telegram.root)
    await client.call("setWebhook", {"url": "http://127.0.0.1:1/"})
    telegram.user("Ada").start()
    async with polled(telegram, inward.inbox):
        await until(lambda: waiting(inward.inbox))
    assert telegram.calls_of("deleteWebhook")[0].arguments.get("drop_pending_updates") != "true"
    await client.close()


async def test_an_update_is_acknowledged_only_once_it_is_stored(telegram, inward, clock) -> None:
    class Locked(Inbox):
        locked = 2

        async def store(self, raws):  # type: ignore[no-untyped-def]
            if raws and self.locked:
                self.locked -= 1
                raise DatabaseUnavailable("locked")
            return await super().store(raws)

    inbox = Locked(inward.conversations.database, READING.bot_id, clock)
    telegram.user("Ada").start()
    async with polled(telegram, inbox):
        await until(lambda: inbox.locked < 2)
        assert telegram.pending
        await until(lambda: waiting(inward.inbox))
    assert await waiting(inward.inbox) == 1


@pytest.mark.parametrize(
    ("ill", "given"),
    [
        (Ill.TOO_MANY, {"retry_after": 1}),
        (Ill.BROKEN, {"status": 502, "html": True}),
        (Ill.DROP, {}),
        (Ill.LOST, {}),
        (Ill.MALFORMED, {}),
        (Ill.BAD, {}),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_trouble_on_the_way_loses_nothing(telegram, inward, ill, given) -> None:
    ada = telegram.user("Ada")
    fault = telegram.fault(ill, "getUpdates", **given)
    ada.start()
    async with polled(telegram, inward.inbox):
        await until(lambda: waiting(inward.inbox))
        ada.says("hello")
        await until(lambda: _has(inward.inbox, 2))
    assert fault.hits == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_another_reader_is_waited_out(telegram, inward) -> None:
    telegram.user("Ada").start()
    async with polled(telegram, inward.inbox):
        await until(lambda: waiting(inward.inbox))
        other = TelegramClient(TOKEN, telegram.root)
        await other.call("setWebhook", {"url": "http://127.0.0.1:1/"})
        telegram.user("Bob").start()
        await until(lambda: _has(inward.inbox, 2))
        await other.close()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_wrong_token_ends_it(telegram, inward) -> None:
    telegram.revokes()
    async with polled(telegram, inward.inbox) as polling:
        with pytest.raises(TokenRefused):
            await asyncio.wait_for(asyncio.shield(polling), 5)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_polling_can_be_stopped_at_once(telegram, inward) -> None:
    async with polled(telegram, inward.inbox):
        await until(lambda: telegram.calls_of("deleteWebhook"))
        began = time.monotonic()
    assert time.monotonic() - began < 1


class Scripted(SilentClient):
    """Hands out batches, and remembers from where on it was asked."""

    def __init__(self, batches: list[list[object]]) -> None:
        super().__init__()
        self.batches = batches
        self.offsets: list[int | None] = []

    async def updates(self, offset: int | None, **others: object) -> list[object]:
        self.offsets.append(offset)
        if not self.batches:
            await asyncio.sleep(3600)
        return self.batches.pop(0)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_after_a_silence_any_number_may_come(inward) -> None:
    """After a week of it Telegram begins anew, perhaps lower: an old number as offset would lose what comes."""
    client = Scripted([[typed(900, "a"), typed(901, "b")], [], [typed(5, "c")], []])
    polling = asyncio.create_task(Polling(client, inward.inbox, random.Random(1)).run())  # type: ignore[arg-type]
    await until(lambda: len(client.offsets) == 5)
    polling.cancel()
    assert client.offsets == [None, 902, None, 6, None]
    assert await waiting(inward.inbox) == 3


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_what_cannot_be_acknowledged_does_not_make_it_spin(inward) -> None:
    client = Scripted([[{"update_id": "x"}, 5], [{"no": 1}], [typed(1, "a")]])
    polling = asyncio.create_task(Polling(client, inward.inbox, random.Random(1)).run())  # type: ignore[arg-type]
    await until(lambda: waiting(inward.inbox))
    polling.cancel()
    assert client.offsets[:3] == [None, None, None]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_two_processes_that_poll_in_turn_store_each_update_once(telegram, inward) -> None:
    ada = telegram.user("Ada")
    ada.start()
    for n in range(3):
        async with polled(telegram, inward.inbox):
            ada.says(f"{n}")
            await until(lambda wanted=n + 2: _has(inward.inbox, wanted))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_thousand_updates_polled_again_and_again_have_one_effect_each(inward) -> None:
    updates, again = thousand_again(random.Random(2))
    client = Scripted([list(again[start : start + 100]) for start in range(0, len(again), 100)])
    polling = asyncio.create_task(Polling(client, inward.inbox, random.Random(1)).run())  # type: ignore[arg-type]
    handling = asyncio.create_task(inward.handler.run())
    await until(lambda: not client.batches, seconds=90)
    await until(lambda: _has(inward.inbox, 0), seconds=90)
    for task in (polling, handling):
        task.cancel()
    await asyncio.gather(polling, handling, return_exceptions=True)
    assert sorted(text for text in await inward.stored_texts() if text.startswith("text ")) == texts_of(updates)
    outcomes = await inward.outcomes()
    assert len(outcomes) == 1000
    assert not {None, "failed"} & set(outcomes.values())
