"""Messages in a burst through the worker on a real database: understood together, answered once."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.conversations.bursts import Bursts
from bot.conversations.errors import TurnSuperseded
from bot.conversations.models import Message
from bot.conversations.service import Conversations
from bot.conversations.worker import Patience, TurnWorker, WakesWorker
from bot.storage.tables import messages, turns
from bot.telemetry import Metrics
from tests.conftest import Clock
from tests.support.core import FakeEngine, NobodyWatches, Visitor

QUIET = 0.4
for_ever = pytest.mark.parametrize("quiet", [60.0], ids=["held for ever"])  # what is said all the same was not held


@pytest.fixture
def quiet() -> float:
    return QUIET


@pytest.fixture
async def holding(
    service: Conversations, engine: FakeEngine, clock: Clock, listener: NobodyWatches, quiet: float
) -> AsyncIterator[TurnWorker]:
    """A worker that holds uncertain answers back; "um" and "hi" are uncertain to the engine."""
    engine.intents |= {"um": "nlu_fallback", "hi": "greet"}
    worker = TurnWorker(
        service,
        engine,
        Metrics(),
        listener,
        clock=clock,
        chance=random.Random(7),
        patience=Patience(longest_pause=0.05, scan_every=0.05),
        bursts=Bursts(timedelta(seconds=quiet), timedelta(seconds=max(quiet, 3))),
    )
    service.subscribe(WakesWorker(worker))
    scanning = asyncio.create_task(worker.run())  # it finds what is held as well, and must not disturb it
    yield worker
    scanning.cancel()
    await worker.stop(1)


async def stored(service: Conversations, conversation: str, wanted: Callable[[list[Message]], bool]) -> list[Message]:
    found: list[Message] = []
    for _ in range(100):
        found = await service.messages_after(conversation, 0)
        if wanted(found):
            break
        await asyncio.sleep(0.05)
    return found


async def asked(engine: FakeEngine, times: int = 1) -> None:
    """Until the engine was asked so often: the answer is held from now on, if it is."""
    async with asyncio.timeout(5):
        while len(engine.turns) < times:  # noqa: ASYNC110  # no event for it
            await asyncio.sleep(0.01)


def said(found: list[Message]) -> list[str]:
    return [message.text for message in found if message.author_kind == "bot"]


async def test_what_waits_together_is_one_turn_and_every_message_is_done(service, database, engine, ann, heard) -> None:
    receipt = await ann.types("one")
    await ann.types("two")
    await ann.types("three")
    turn = await service.next_turn(receipt.conversation_id)
    assert turn.text == "one\ntwo\nthree"
    change = await service.commit_turn(turn, await engine.run(turn, turn.history), 1)
    assert change.handled == ("ann:1", "ann:2", "ann:3")
    found = await service.messages_after(receipt.conversation_id, 0)
    assert [(m.text, m.in_reply_to) for m in found if m.author_kind == "bot"] == [("You said one\ntwo\nthree", "ann:3")]
    assert all(message.turn_complete for message in found)
    rows = await database.read(
        lambda connection: connection.execute(sa.select(messages.c.id, messages.c.answered_with)).all()
    )
    with_last = {row.id: row.answered_with for row in rows}
    assert [with_last[message.id] for message in found[:3]] == [found[2].id, found[2].id, None]
    turn_rows = await database.read(lambda connection: connection.execute(sa.select(turns.c.message_id)).all())
    assert [row.message_id for row in turn_rows] == [found[2].id]


async def test_a_turn_that_somebody_else_has_answered_in_part_stores_nothing(service, engine, ann) -> None:
    receipt = await ann.types("one")
    alone = await service.next_turn(receipt.conversation_id)
    await ann.types("two")
    both = await service.next_turn(receipt.conversation_id)
    await service.commit_turn(alone, await engine.run(alone, []), 1)
    with pytest.raises(TurnSuperseded):
        await service.commit_turn(both, await engine.run(both, []), 1)
    left = await service.next_turn(receipt.conversation_id)
    assert left.text == "two"


async def test_messages_for_a_person_are_all_handled_without_the_engine(service, ann) -> None:
    receipt = await ann.types("one")
    await ann.types("two")
    turn = await service.next_turn(receipt.conversation_id)
    change = await service.commit_without_engine(turn)
    assert change.handled == ("ann:1", "ann:2")
    assert await service.next_turn(receipt.conversation_id) is None


async def test_a_waiting_customer_who_writes_on_is_not_told_again(service, ann) -> None:
    receipt = await ann.types("one")
    await service.say_it_takes_a_moment(await service.next_turn(receipt.conversation_id))
    await ann.types("two")
    await service.say_it_takes_a_moment(await service.next_turn(receipt.conversation_id))
    found = await service.messages_after(receipt.conversation_id, 0)
    assert [message.kind for message in found] == ["text", "notice", "text"]


@for_ever
async def test_half_a_sentence_waits_for_the_rest(service, engine, holding, ann) -> None:
    receipt = await ann.types("um")
    await asked(engine)
    await ann.types("where is my order")
    found = await stored(service, receipt.conversation_id, lambda found: len(found) == 3)
    assert said(found) == ["You said um\nwhere is my order"]
    assert [turn.text for turn in engine.turns] == ["um", "um\nwhere is my order"]


async def test_half_a_sentence_after_which_nothing_comes_is_answered(service, engine, holding, ann) -> None:
    receipt = await ann.types("um")
    await asyncio.sleep(QUIET / 2)
    assert said(await service.messages_after(receipt.conversation_id, 0)) == []
    found = await stored(service, receipt.conversation_id, lambda found: len(found) == 2)
    assert said(found) == ["You said um"]
    assert len(engine.turns) == 1


@for_ever
async def test_a_wish_is_answered_at_once_though_more_follows(service, engine, holding, ann) -> None:
    receipt = await ann.types("where is my order")
    found = await stored(service, receipt.conversation_id, lambda found: len(found) == 2)
    assert said(found) == ["You said where is my order"]
    await ann.types("um")
    await asked(engine, times=2)
    assert [turn.text for turn in engine.turns] == ["where is my order", "um"]


@for_ever
async def test_a_greeting_by_a_program_is_answered_at_once(service, holding, ann) -> None:
    receipt = await ann.types("hi")
    found = await stored(service, receipt.conversation_id, lambda found: len(found) == 2)
    assert said(found) == ["You said hi"]


async def test_a_greeting_by_somebody_who_types_on_waits_for_them(service, holding, listener, ann) -> None:
    listener.typing = 0.0
    receipt = await ann.types("hi")
    await asyncio.sleep(QUIET * 2)
    assert said(await service.messages_after(receipt.conversation_id, 0)) == []
    await ann.types("where is my order")
    found = await stored(service, receipt.conversation_id, lambda found: len(found) == 3)
    assert said(found) == ["You said hi\nwhere is my order"]


async def test_somebody_who_stops_typing_is_answered(service, holding, listener, ann) -> None:
    listener.typing = math.inf
    receipt = await ann.types("hi")
    found = await stored(service, receipt.conversation_id, lambda found: len(found) == 2)
    assert said(found) == ["You said hi"]


async def test_a_message_that_another_process_stored_meanwhile_joins(
    service, engine, holding, database, phrases, clock, new_id
) -> None:
    tools = service.unit(None)
    other = Conversations(
        database, phrases, tools.rules, tools.cases, clock=clock, new_id=new_id, effect_handlers={}, instance="other"
    )
    receipt = await Visitor(service, "ann").types("um")
    await asked(engine)
    await other.receive(Visitor(other, "ann").typed("where is my order", number=2))  # nobody here is woken
    found = await stored(service, receipt.conversation_id, lambda found: len(found) == 3)
    assert said(found) == ["You said um\nwhere is my order"]


async def test_killed_while_an_answer_is_held_nothing_is_lost(service, engine, clock, listener, ann, heard) -> None:
    engine.intents["um"] = "nlu_fallback"
    first = TurnWorker(service, engine, Metrics(), listener, clock=clock, chance=random.Random(7), patience=Patience())
    receipt = await ann.types("um")
    first.wake(receipt.conversation_id)
    await asked(engine)
    await first.stop(0)  # no time at all: what is held is dropped
    assert heard.texts("bot") == []
    turn = await service.next_turn(receipt.conversation_id)
    assert turn.text == "um"


@for_ever
async def test_a_stop_does_not_wait_for_what_is_held(service, engine, holding, ann) -> None:
    receipt = await ann.types("um")
    await asked(engine)
    await holding.stop(5)
    assert said(await service.messages_after(receipt.conversation_id, 0)) == ["You said um"]


async def test_typed_in_pieces_a_wish_waits_for_its_end(service, engine, holding, listener, ann) -> None:
    engine.intents |= {"hi\nI return": "return_items", "hi\nI return\nshoes": "return_items"}
    listener.typing = math.inf
    receipt = await ann.types("hi")
    await asked(engine)
    await ann.types("I return")
    await asked(engine, times=2)
    await asyncio.sleep(QUIET / 4)
    await ann.types("shoes")
    found = await stored(service, receipt.conversation_id, lambda found: len(found) == 4)
    assert said(found) == ["You said hi\nI return\nshoes"]


@for_ever
async def test_what_came_while_the_engine_ran_joins_though_nothing_is_held(service, engine, holding, ann) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()
    run = engine.run

    async def slowly(turn, history):
        entered.set()
        await leave.wait()
        return await run(turn, history)

    engine.run = slowly
    receipt = await ann.types("hi")
    await entered.wait()
    await ann.types("where is my order")
    leave.set()
    found = await stored(service, receipt.conversation_id, lambda found: len(found) == 3)
    assert said(found) == ["You said hi\nwhere is my order"]


async def test_who_waits_with_two_messages_is_told_once(service, engine, ann, clock) -> None:
    receipt = await ann.types("one")
    first = await service.next_turn(receipt.conversation_id)
    await ann.types("two")
    await service.say_it_takes_a_moment(first)
    await service.commit_turn(first, await engine.run(first, first.history), 1)
    second = await service.next_turn(receipt.conversation_id)
    assert second.text == "two"
    await service.say_it_takes_a_moment(second)
    found = await service.messages_after(receipt.conversation_id, 0)
    assert [message.kind for message in found].count("notice") == 1
