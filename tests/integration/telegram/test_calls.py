"""Calls beside conversations are made once each, in a lane of their own, and made again only where that is harmless."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversations.models import Choice, Draft
from bot.storage.channel_tables import telegram_calls
from bot.storage.database import Database
from bot.storage.tables import identities
from channels.telegram.calls import enqueue, forget_old
from tests.support.telegram_out import WayOut, texts, way_out
from tests.telegram import Ill
from tests.telegram.user import TelegramUser

pytestmark = pytest.mark.integration


@pytest.fixture
async def out(database: Database) -> AsyncIterator[WayOut]:
    async with way_out(database) as out:
        yield out


async def queue(out: WayOut, user: TelegramUser, key: str, method: str = "sendMessage", **arguments: Any) -> bool:
    told = arguments or {"text": key}
    return await out.service.transact(lambda unit: enqueue(unit, key, user.account.id, method, told))


async def marks(out: WayOut, user: TelegramUser, key: str, title: str) -> None:
    """The last message's buttons become one."""
    keyboard = {"inline_keyboard": [[{"text": title, "callback_data": "x"}]]}
    await queue(out, user, key, "editMessageReplyMarkup", message_id=user.heard[-1].id, reply_markup=keyboard)


async def asks(out: WayOut, conversation: str) -> None:
    await out.say(conversation, Draft("Sure?", choices=(Choice("a" * 32, "Yes", "/affirm"),)))
    await out.carry()


async def test_a_call_is_made_once_however_often_it_is_asked_for(out: WayOut) -> None:
    user, _ = await out.meets()
    assert await queue(out, user, "told:1")
    assert not await queue(out, user, "told:1")
    await out.carry()
    assert not await queue(out, user, "told:1")
    await out.carry()
    assert texts(user) == ["told:1"]


async def test_a_tick_does_not_wait_for_messages(out: WayOut) -> None:
    user, conversation = await out.meets()
    await asks(out, conversation)
    await out.say(conversation, *(Draft(str(number)) for number in range(20)))
    began = time.monotonic()
    async with out.carrying():
        await marks(out, user, "mark:1", "✓ Yes")
        while user.heard[0].titles != ["✓ Yes"]:
            assert time.monotonic() - began < 1.5
            await asyncio.sleep(0.02)
        await out.settled()
    assert out.sandbox.too_many == 0


async def test_calls_keep_the_limits(out: WayOut) -> None:
    user, conversation = await out.meets()
    await asks(out, conversation)
    for number in range(6):
        await marks(out, user, f"mark:{number}", f"✓ {number}")
        await queue(out, user, f"told:{number}")
    await out.carry()
    assert out.sandbox.too_many == 0
    assert set(await out.states_of_calls()) == {"done"}


async def test_one_chat_with_many_calls_does_not_hold_up_another(out: WayOut) -> None:
    (flooded, _), (quick, _) = await out.meets("Flooded"), await out.meets("Quick")
    for number in range(120):
        await queue(out, flooded, f"told:flooded:{number}")
    await queue(out, quick, "told:quick")
    async with out.carrying():
        await quick.hears("told:quick", seconds=3)
    assert len(flooded.heard) < 60


async def test_calls_and_messages_together_keep_the_limits(out: WayOut) -> None:
    people = [await out.meets(f"Person {number}") for number in range(10)]
    for user, conversation in people:
        await out.say(conversation, *(Draft(f"message {number}") for number in range(4)))
        for number in range(4):
            await queue(out, user, f"told:{user.account.id}:{number}", text=f"call {number}")
    await out.carry()
    assert out.sandbox.too_many == 0
    for user, _ in people:
        assert sorted(texts(user)) == [f"{kind} {number}" for kind in ("call", "message") for number in range(4)]


async def test_a_mark_that_is_there_already_is_done(out: WayOut) -> None:
    user, conversation = await out.meets()
    await asks(out, conversation)
    await marks(out, user, "mark:1", "✓ Yes")
    await marks(out, user, "mark:2", "✓ Yes")
    await out.carry()
    assert await out.states_of_calls() == ["done", "done"]


async def test_a_429_is_waited_for(out: WayOut) -> None:
    user, _ = await out.meets()
    out.sandbox.fault(Ill.TOO_MANY, method="sendMessage", times=1, retry_after=1)
    await queue(out, user, "told:1")
    await out.carry()
    assert texts(user) == ["told:1"]
    assert out.sandbox.ignored_retry_after == 0


@pytest.mark.parametrize(("ill", "heard"), [(Ill.LOST, 1), (Ill.DROP, 0)])
async def test_a_message_of_which_nobody_knows_is_not_sent_again(out: WayOut, ill: Ill, heard: int) -> None:
    user, _ = await out.meets()
    out.sandbox.fault(ill, method="sendMessage", times=1)
    await queue(out, user, "told:1")
    await out.carry()
    assert len(user.heard) == heard
    assert await out.states_of_calls() == ["unknown"]


async def test_an_edit_of_which_nobody_knows_is_made_again(out: WayOut) -> None:
    user, conversation = await out.meets()
    await asks(out, conversation)
    out.sandbox.fault(Ill.DROP, method="editMessageReplyMarkup", times=1)
    await marks(out, user, "mark:1", "✓ Yes")
    await out.carry()
    assert user.heard[-1].titles == ["✓ Yes"]
    assert await out.states_of_calls() == ["done"]


async def test_what_is_refused_is_given_up(out: WayOut) -> None:
    user, _ = await out.meets()
    await queue(out, user, "mark:1", "editMessageReplyMarkup", message_id=4711)
    await out.carry()
    assert await out.states_of_calls() == ["failed"]


async def test_who_has_blocked_us_is_known_to_have(out: WayOut) -> None:
    user, _ = await out.meets()
    user.blocks()
    await queue(out, user, "told:1")
    await out.carry()
    assert await out.states_of_calls() == ["failed"]
    blocked = sa.select(identities.c.blocked_at).where(identities.c.external_id == str(user.account.id))
    assert await out.database.read(lambda connection: connection.execute(blocked).scalar()) is not None


async def test_a_group_that_has_moved_is_told_at_its_new_number(out: WayOut) -> None:
    user, _ = await out.meets()
    group = out.sandbox.group("Family", by=user)
    moved = out.sandbox.upgrades(group, by=user)
    await out.service.transact(lambda unit: enqueue(unit, "group:1", group.id, "sendMessage", {"text": "private"}))
    await out.carry()
    assert out.sandbox.calls_of("sendMessage")[-1].arguments["chat_id"] in (moved.id, str(moved.id))
    assert await out.states_of_calls() == ["done"]


@pytest.mark.parametrize(("method", "state"), [("sendMessage", "unknown"), ("editMessageReplyMarkup", "failed")])
async def test_a_call_that_somebody_died_over_is_made_again_only_where_it_is_harmless(
    out: WayOut, method: str, state: str
) -> None:
    user, _ = await out.meets()
    await queue(out, user, "told:1", method, text="hello", message_id=4711)
    died = sa.update(telegram_calls).values(state="sending", attempts=1)
    await out.database.write(lambda connection: connection.execute(died))
    await out.carry()
    assert texts(user) == []
    assert await out.states_of_calls() == [state]


async def test_calls_that_are_long_over_are_forgotten(out: WayOut) -> None:
    user, _ = await out.meets()
    await queue(out, user, "told:1")
    await out.carry()
    assert await out.service.transact(forget_old) == 0
    ages = await out.database.read(lambda connection: connection.execute(sa.select(telegram_calls)).one())
    old = sa.update(telegram_calls).values(
        next_at=ages.next_at - timedelta(days=8), created_at=ages.created_at - timedelta(days=8)
    )
    await out.database.write(lambda connection: connection.execute(old))
    assert await out.service.transact(forget_old) == 1
