"""Faults on demand, as python-telegram-bot sees them."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from telegram import Bot
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from tests.integration.telegram_server.conftest import client_of
from tests.telegram import Ill, Limits, Sandbox, TelegramUser

pytestmark = [
    pytest.mark.integration,
    pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning"),  # seconds as numbers
]


@pytest.mark.parametrize(
    ("ill", "given", "error", "words", "stored"),
    [
        (Ill.TOO_MANY, {"retry_after": 3}, RetryAfter, "Retry in 3 seconds", False),
        (Ill.FORBIDDEN, {"description": "bot was kicked"}, Forbidden, "bot was kicked", False),
        (Ill.BAD, {"description": "TOPIC_CLOSED"}, BadRequest, "Topic_closed", False),
        (Ill.BROKEN, {"status": 500}, NetworkError, "Internal Server Error", False),
        (Ill.BROKEN, {"status": 502, "html": True}, NetworkError, "Bad Gateway", False),
        (Ill.BROKEN, {"status": 504, "html": True}, NetworkError, "Gateway Timeout", False),
        (Ill.DROP, {}, NetworkError, "Server disconnected", False),
        (Ill.LOST, {}, NetworkError, "Server disconnected", True),
        (Ill.MALFORMED, {}, TelegramError, "Invalid server response", True),
    ],
)
async def test_a_call_fails_once_as_it_is_told(
    ill: Ill,
    given: dict[str, Any],
    error: type[TelegramError],
    words: str,
    stored: bool,
    sandbox: Sandbox,
    ada: TelegramUser,
    bot: Bot,
) -> None:
    sandbox.fault(ill, "sendMessage", **given)
    with pytest.raises(error, match=words):
        await bot.send_message(ada.id, "Hi")
    assert bool(ada.heard) is stored
    sandbox.bot.pacer = type(sandbox.bot.pacer)(Limits.off())  # without the penalty that a 429 leaves
    assert await bot.send_message(ada.id, "Hello")


@pytest.mark.parametrize(("ill", "stored_at_once"), [(Ill.SLOW, False), (Ill.LATE, True)])
async def test_a_client_that_does_not_wait_long_enough_times_out(
    ill: Ill, stored_at_once: bool, sandbox: Sandbox, ada: TelegramUser
) -> None:
    sandbox.fault(ill, "sendMessage", seconds=0.4)
    async with client_of(sandbox, timeout=0.1) as hasty:
        with pytest.raises(TimedOut):
            await hasty.send_message(ada.id, "Hi")
    assert bool(ada.heard) is stored_at_once
    assert await ada.hears("Hi", 2)


async def test_after_429_the_chat_stays_closed_for_so_long(sandbox: Sandbox, ada: TelegramUser, bot: Bot) -> None:
    sandbox.set_limits(Limits(scale=0.1))
    sandbox.fault(Ill.TOO_MANY, "sendMessage", retry_after=3)
    began = time.monotonic()
    for _ in range(2):
        with pytest.raises(RetryAfter):
            await bot.send_message(ada.id, "Hi")
    while True:
        try:
            await bot.send_message(ada.id, "Hi")
            break
        except RetryAfter:
            await asyncio.sleep(0.02)
    assert 0.25 < time.monotonic() - began < 1.5
    assert sandbox.ignored_retry_after > 0


async def test_a_fault_hits_its_method_and_chat_alone(sandbox: Sandbox, ada: TelegramUser, bot: Bot) -> None:
    grace = sandbox.user("Grace")
    grace.start()
    fault = sandbox.fault(Ill.FORBIDDEN, "sendmessage", chat=grace.id, times=None)
    assert await bot.send_message(ada.id, "Hi")
    assert await bot.send_chat_action(grace.id, "typing")
    for _ in range(3):
        with pytest.raises(Forbidden):
            await bot.send_message(grace.id, "Hi")
    fault.lift()
    assert await bot.send_message(grace.id, "Hi")
    assert fault.hits == 3


async def test_a_fault_hits_so_often_and_then_heals(sandbox: Sandbox, ada: TelegramUser, bot: Bot) -> None:
    sandbox.fault("broken", times=2)
    for _ in range(2):
        with pytest.raises(NetworkError):
            await bot.get_me()
    assert await bot.get_me()
    sandbox.fault("broken", times=None)
    sandbox.heals()
    assert await bot.get_me()


async def test_calls_are_recorded_with_what_came_of_them(sandbox: Sandbox, ada: TelegramUser, bot: Bot) -> None:
    sandbox.fault(Ill.LOST, "sendMessage")
    with pytest.raises(NetworkError):
        await bot.send_message(ada.id, "Hi", disable_notification=True)
    with pytest.raises(BadRequest):
        await bot.send_message(ada.id, "")
    lost, bad = sandbox.calls_of("sendMessage")
    assert (lost.status, lost.arguments["text"], lost.description) == (0, "Hi", "")
    assert lost.answer is not None
    assert lost.answer["result"]["message_id"] == ada.last.id
    assert (bad.status, bad.description) == (400, "Bad Request: message text is empty")
    assert sandbox.bad_requests == [bad]


async def test_telegram_can_be_gone_and_come_back() -> None:
    sandbox = Sandbox(limits=Limits.off())
    sandbox.add_bot()
    ada = sandbox.user("Ada")
    sandbox.start()
    async with client_of(sandbox) as bot:
        polling = asyncio.create_task(bot.get_updates(timeout=10))
        await asyncio.sleep(0.05)
        sandbox.stop()
        assert await polling == ()
        with pytest.raises(NetworkError, match="All connection attempts failed"):
            await bot.get_me()
        ada.start()
        sandbox.start(sandbox.port)
        assert len(await bot.get_updates()) == 1
    sandbox.stop()


async def test_a_sandbox_can_forget_everything(sandbox: Sandbox, ada: TelegramUser, bot: Bot) -> None:
    sandbox.fault(Ill.BROKEN, times=None)
    ada.says("Hi")
    sandbox.clear()
    with pytest.raises(InvalidToken):
        await bot.get_me()
    sandbox.add_bot(bot.token)
    assert await bot.get_updates() == ()
    assert [call.method for call in sandbox.calls] == ["getMe", "getUpdates"]
