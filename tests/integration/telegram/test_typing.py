"""While an answer is worked on, the customer's chat says so, until it is there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from bot.conversations.models import Change, PendingTurn
from bot.conversations.signals import Signal, SignalKind
from bot.storage.database import Database
from bot.storage.tables import conversations
from channels.telegram.client import TelegramClient
from channels.telegram.pacing import Limits as Pace
from channels.telegram.pacing import Pacing
from channels.telegram.typing import Typing
from tests.support.core import plain_phrases
from tests.support.telegram_out import TOKEN, way_out
from tests.telegram import Ill, Limits, Sandbox
from tests.telegram.user import TelegramUser

pytestmark = pytest.mark.integration

TURN = PendingTurn(
    conversation_id="c",
    customer_id="k",
    identity_id="i",
    message_id="m",
    external_id="",
    channel="telegram",
    locale="en",
    seq=1,
    text="hello",
    payload=None,
    received_at=datetime(2026, 3, 2, tzinfo=UTC),
    number=0,
    history=[],
    owner="bot",
    state="open",
)


@pytest.fixture
def sandbox() -> AsyncIterator[Sandbox]:
    with Sandbox(limits=Limits(scale=0.1)) as sandbox:
        sandbox.add_bot(TOKEN, "shop_bot")
        yield sandbox


@pytest.fixture
def ada(sandbox: Sandbox) -> TelegramUser:
    ada = sandbox.user("Ada")
    ada.start()
    return ada


@pytest.fixture
async def typing(sandbox: Sandbox, database: Database) -> AsyncIterator[Typing]:
    client = TelegramClient(TOKEN, sandbox.root)
    pace = Pacing(time.monotonic, Pace(scale=0.1))
    typing = Typing(client, pace, plain_phrases(), database, again=0.2, longest=0.7)
    yield typing
    typing.stop()
    await client.close()


def turn_of(user: TelegramUser, number: int = 1) -> PendingTurn:
    return replace(TURN, external_id=f"{user.account.id}:7001:{number}")


def answered(turn: PendingTurn) -> Change:
    return Change("c", "k", handled=turn.external_ids)


async def until(user: TelegramUser, count: int) -> None:
    for _ in range(300):
        if user.typing >= count:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"typing was shown {user.typing} times")


async def test_typing_is_shown_again_until_the_answer_is_there(typing: Typing, ada: TelegramUser) -> None:
    turn = turn_of(ada)
    typing.bot_is_busy(turn)
    typing.bot_is_busy(turn)
    await until(ada, 2)
    typing.changed(answered(turn))
    shown = ada.typing
    await asyncio.sleep(0.5)
    assert shown == ada.typing <= 3


async def test_another_answer_ends_nothing(typing: Typing, ada: TelegramUser) -> None:
    typing.bot_is_busy(turn_of(ada))
    typing.changed(answered(turn_of(ada, 2)))
    await until(ada, 2)


async def test_typing_ends_by_itself(typing: Typing, ada: TelegramUser) -> None:
    typing.bot_is_busy(turn_of(ada))
    await asyncio.sleep(1.0)
    shown = ada.typing
    await asyncio.sleep(0.5)
    assert 1 <= shown == ada.typing


@pytest.mark.parametrize("others", [{"channel": "web"}, {"external_id": None}, {"external_id": "visitor:1"}])
async def test_other_channels_are_none_of_its_business(
    typing: Typing, ada: TelegramUser, sandbox: Sandbox, others: dict[str, str]
) -> None:
    typing.bot_is_busy(replace(turn_of(ada), **others))
    typing.answer_is_delayed(replace(turn_of(ada), **others))
    await asyncio.sleep(0.2)
    assert sandbox.calls == []


async def test_telegram_being_away_is_no_trouble(typing: Typing, ada: TelegramUser, sandbox: Sandbox) -> None:
    sandbox.fault(Ill.BROKEN, method="sendChatAction", times=None)
    typing.bot_is_busy(turn_of(ada))
    await asyncio.sleep(0.2)
    assert typing.since_typing(turn_of(ada)) is None


async def test_a_delay_that_cannot_be_stored_is_said_at_once(typing: Typing, ada: TelegramUser) -> None:
    typing.answer_is_delayed(turn_of(ada))
    heard = await ada.hears(lambda message: "utter_app_delay_notice" in message.text)
    assert heard.from_bot


async def test_a_person_who_types_is_shown_where_the_conversation_goes_on(database: Database) -> None:
    async with way_out(database) as out:
        ada, conversation = await out.meets()
        typing = Typing(out.client, out.pace, out.phrases, database)
        signal = Signal(SignalKind.AGENT_TYPING, conversation, "k", "robin", "Robin")
        typing.signalled(replace(signal, kind=SignalKind.CUSTOMER_TYPING))
        for _ in range(3):  # said more often than Telegram needs it
            typing.signalled(signal)
        await until(ada, 1)
        typing.signalled(replace(signal, conversation_id="one that goes on elsewhere"))
        await asyncio.sleep(0.2)
        assert ada.typing == 1


async def test_nobody_who_has_blocked_us_is_shown_anything(database: Database) -> None:
    async with way_out(database) as out:
        ada, conversation = await out.meets()
        blocked = sa.text("UPDATE identities SET blocked_at = :now")
        await database.write(lambda c: c.execute(blocked, {"now": "2026-03-02 09:00:00.000000+00:00"}))
        assert await database.read(lambda c: c.execute(sa.select(conversations.c.id)).scalar()) == conversation
        typing = Typing(out.client, out.pace, out.phrases, database)
        typing.signalled(Signal(SignalKind.AGENT_TYPING, conversation, "k"))
        await asyncio.sleep(0.2)
        assert ada.typing == 0
