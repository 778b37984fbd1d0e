"""The channel as a whole: it comes up, goes down, and comes back, and whatever happens loses no message."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
import structlog

from bot.conversations.errors import TransportError
from bot.conversations.models import Change, Draft, Incoming
from bot.conversations.service import Conversations
from bot.conversations.transcript import append
from bot.conversations.unit import Rules, Unit
from bot.conversations.worker import Patience, TurnWorker, WakesWorker
from bot.settings import Settings
from bot.storage.database import Database
from bot.telemetry import Metrics
from channels.telegram.channel import TelegramChannel, Tempo
from channels.telegram.client import TelegramClient
from channels.telegram.pacing import Limits as Pace
from channels.telegram.pacing import Pacing
from tests.support.core import FakeEngine, case_book, plain_phrases
from tests.support.small_shop import small_shop
from tests.support.telegram_out import TOKEN, now, texts
from tests.telegram import Ill, Limits, Sandbox

pytestmark = pytest.mark.integration

QUICK = Tempo(check=0.1, after_refusal=0.3, first_pause=0.1, longest_pause=0.2, deaf=0.3)
LINK = "https://t.me/shop_bot?start=token"


def new_id() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def sandbox() -> AsyncIterator[Sandbox]:
    with Sandbox(limits=Limits(scale=0.1)) as sandbox:
        sandbox.add_bot(TOKEN, "shop_bot")
        yield sandbox


@pytest.fixture
def service(database: Database) -> Conversations:
    return Conversations(
        database,
        plain_phrases(),
        Rules(),
        case_book(database, new_id),
        clock=now,
        new_id=new_id,
        effect_handlers={},
        instance="one",
    )


def channel_of(service: Conversations, api_url: str, **others: Any) -> TelegramChannel:
    settings = Settings(
        _env_file=None, smtp_url="smtp://mail.example:587", telegram_token=TOKEN, telegram_api_url=api_url, **others
    )
    channel = TelegramChannel(
        settings,
        service,
        small_shop(),
        None,
        "a signing secret",
        pace=Pacing(time.monotonic, Pace(scale=0.1)),
        clock=now,
        chance=random.Random(3),
        tempo=QUICK,
    )
    service.subscribe(channel)
    return channel


@asynccontextmanager
async def running(channel: TelegramChannel) -> AsyncIterator[None]:
    task = asyncio.create_task(channel.run())
    try:
        yield
    finally:
        await channel.stop(2)
        task.cancel()
        await asyncio.wait([task], timeout=10)
        assert task.done()
        await channel.close()


@pytest.fixture
async def channel(service: Conversations, sandbox: Sandbox) -> TelegramChannel:
    return channel_of(service, sandbox.root)


@asynccontextmanager
async def answering(service: Conversations, channel: TelegramChannel) -> AsyncIterator[None]:
    """An assistant that quotes what it is told."""
    worker = TurnWorker(
        service,
        FakeEngine(),
        Metrics(),
        channel.listener,
        clock=now,
        chance=random.Random(3),
        patience=Patience(timedelta(seconds=6), timedelta(seconds=60)),
    )
    service.subscribe(WakesWorker(worker))
    try:
        yield
    finally:
        await worker.stop(1)


async def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds
        await asyncio.sleep(0.02)


async def test_who_writes_is_answered(service: Conversations, sandbox: Sandbox, channel: TelegramChannel) -> None:
    ada = sandbox.user("Ada")
    async with answering(service, channel), running(channel):
        assert channel.link("token") is None
        ada.start()
        await ada.hears("You said /start")
        ada.says("Where is my order?")
        await ada.hears("You said Where is my order?")
        assert channel.state == "up"
        assert channel.link("token") == LINK
        assert sandbox.calls_of("setMyCommands")
    assert texts(ada) == ["You said /start", "You said Where is my order?"]
    assert sandbox.too_many == 0
    assert sandbox.bad_requests == []


async def test_a_text_as_long_as_telegram_allows_is_always_taken(service: Conversations, sandbox: Sandbox) -> None:
    channel, ada = channel_of(service, sandbox.root, message_max_chars=100), sandbox.user("Ada")
    async with answering(service, channel), running(channel):
        ada.start()
        await ada.hears("You said /start")
        ada.says("x" * 4096)
        await until(lambda: ada.last.from_bot and "x" in ada.last.text)


async def test_a_refused_token_is_said_once_and_messages_wait_for_a_better_one(
    service: Conversations, sandbox: Sandbox, channel: TelegramChannel
) -> None:
    ada = sandbox.user("Ada")
    ada.start()
    sandbox.revokes()
    received = await service.receive(Incoming("telegram", str(ada.account.id), "x", "hello", None, "en"))
    await say(service, received.conversation_id, "I waited.")
    with structlog.testing.capture_logs() as logs:
        async with running(channel):
            await until(lambda: channel.state == "refused")
            await asyncio.sleep(1)
            assert channel.state == "refused"
            assert channel.link("token") is None
            sandbox.restores()
            await ada.hears("I waited.")
            await until(lambda: channel.state == "up")
    assert [entry["log_level"] for entry in logs if entry["event"] == "telegram_token_refused"] == ["error"]
    assert len([entry for entry in logs if entry["event"] == "telegram_up"]) == 1
    assert TOKEN not in str(logs)


async def test_a_token_revoked_meanwhile_is_noticed(sandbox: Sandbox, channel: TelegramChannel) -> None:
    async with running(channel):
        await until(lambda: channel.state == "up")
        sandbox.revokes()
        await until(lambda: channel.state == "refused")
        sandbox.restores()
        await until(lambda: channel.state == "up")


async def test_telegram_being_away_is_said_once_and_nothing_is_lost(
    service: Conversations, sandbox: Sandbox, channel: TelegramChannel
) -> None:
    ada = sandbox.user("Ada")
    with structlog.testing.capture_logs() as logs:
        async with answering(service, channel), running(channel):
            await until(lambda: channel.state == "up")
            fault = sandbox.fault(Ill.BROKEN, times=None, status=500)
            await until(lambda: channel.state == "unreachable")
            assert channel.link("token") is None
            ada.start()
            await asyncio.sleep(0.5)
            fault.lift()
            await ada.hears("You said /start", seconds=20)
            await until(lambda: channel.state == "up")
    assert len([entry for entry in logs if entry["event"] == "telegram_unreachable"]) == 1


async def test_no_telegram_at_all_leaves_the_channel_trying(service: Conversations) -> None:
    channel = channel_of(service, "http://127.0.0.1:9")
    async with running(channel):
        await until(lambda: channel.state == "unreachable")
        assert channel.routes() == []


async def test_a_webhook_is_set_and_has_a_route(service: Conversations, sandbox: Sandbox) -> None:
    channel = channel_of(
        service, sandbox.root, telegram_mode="webhook", public_url="https://shop.example", host="127.0.0.1"
    )
    async with running(channel):
        await until(lambda: bool(sandbox.calls_of("setWebhook")))
        (call, *_) = sandbox.calls_of("setWebhook")
        (route,) = channel.routes()
        assert call.arguments["url"] == "https://shop.example" + getattr(route, "path", "")
        assert sandbox.calls_of("getUpdates") == []


async def test_who_hears_nothing_does_not_say_that_all_is_well(sandbox: Sandbox, channel: TelegramChannel) -> None:
    async with running(channel):
        await until(lambda: channel.state == "up")
        fault = sandbox.fault(Ill.BROKEN, method="getUpdates", times=None, status=502)
        await until(lambda: channel.state == "deaf")
        assert channel.link("token") is None
        fault.lift()
        sandbox.user("Ada").start()  # until then Telegram has nothing to tell
        await until(lambda: channel.state == "up")


async def test_a_bot_that_somebody_else_reads_is_deaf_until_they_stop(
    sandbox: Sandbox, channel: TelegramChannel
) -> None:
    other = TelegramClient(TOKEN, sandbox.root)

    async def read() -> None:
        while True:
            with contextlib.suppress(TransportError):
                await other.updates(None, wait_seconds=1, kinds=["message"])

    reading = asyncio.create_task(read())
    async with running(channel):
        await until(lambda: channel.state == "deaf")
        assert channel.link("token") is None
        reading.cancel()
        await asyncio.wait([reading])
        sandbox.user("Ada").start()
        await until(lambda: channel.state == "up", seconds=30)
    await other.close()


async def test_a_webhook_whose_pushes_fail_is_deaf(service: Conversations, sandbox: Sandbox) -> None:
    channel = channel_of(service, sandbox.root, telegram_mode="webhook", public_url="https://127.0.0.1:9")
    async with running(channel):
        await until(lambda: sandbox.bot.webhook is not None)
        assert channel.state == "up"
        sandbox.user("Ada").start()
        await until(lambda: channel.state == "deaf")


async def test_a_webhook_that_telegram_does_not_take_is_said_and_tried_again(
    service: Conversations, sandbox: Sandbox
) -> None:
    sandbox.fault(Ill.BAD, method="setWebhook", times=4, description="Bad Request: bad webhook: HTTPS url must be set")
    channel = channel_of(service, sandbox.root, telegram_mode="webhook", public_url="https://shop.example")
    with structlog.testing.capture_logs() as logs:
        async with running(channel):
            await until(lambda: channel.state == "deaf")
            await until(lambda: channel.state == "up")
    assert [entry["log_level"] for entry in logs if entry["event"] == "telegram_webhook_trouble"] == ["error"]


async def test_a_webhook_that_somebody_removed_is_set_again(service: Conversations, sandbox: Sandbox) -> None:
    channel = channel_of(service, sandbox.root, telegram_mode="webhook", public_url="https://shop.example")
    async with running(channel):
        await until(lambda: sandbox.bot.webhook is not None)
        sandbox.bot.webhook = None
        await until(lambda: sandbox.bot.webhook is not None)


async def test_an_update_of_any_shape_breaks_nothing(
    service: Conversations, sandbox: Sandbox, channel: TelegramChannel
) -> None:
    ada = sandbox.user("Ada")
    async with answering(service, channel), running(channel):
        sandbox.update({"message": {"chat": 7}})
        sandbox.update({"something_new": [None]})
        ada.start()
        await ada.hears("You said /start")


async def test_stopping_lets_a_call_under_way_end(
    service: Conversations, sandbox: Sandbox, channel: TelegramChannel
) -> None:
    ada = sandbox.user("Ada")
    ada.start()
    received = await service.receive(Incoming("telegram", str(ada.account.id), "x", "hello", None, "en"))
    sandbox.fault(Ill.SLOW, method="sendMessage", seconds=0.5)
    async with running(channel):
        await say(service, received.conversation_id, "slowly")
        await until(lambda: channel.state == "up")
        await asyncio.sleep(0.3)
    assert texts(ada) == ["slowly"]


async def say(service: Conversations, conversation_id: str, text: str) -> None:
    """Store a message of ours."""

    def work(unit: Unit) -> Change:
        return Change(conversation_id, "k", messages=append(unit, conversation_id, [Draft(text)]))

    await service.change(work)
