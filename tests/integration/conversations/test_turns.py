"""Turns through the worker on a real database, with an engine that can fail in every way."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.conversations.errors import EngineError, EngineUnavailable, TurnSuperseded
from bot.conversations.models import Message, Reply
from bot.conversations.service import Conversations
from bot.conversations.unit import Rules
from bot.conversations.worker import Patience, TurnWorker
from bot.storage import tables
from bot.telemetry import Metrics
from tests.support.core import case_book


async def test_replies_follow_their_message_in_order(service, worker, ann) -> None:
    receipt = await ann.types("hello")
    await worker.stop(2)
    stored = await service.messages_after(receipt.conversation_id, 0)
    assert [(m.author_kind, m.text) for m in stored] == [("customer", "hello"), ("bot", "You said hello")]
    assert stored[1].in_reply_to == "ann:1"
    assert stored[1].turn_complete


async def test_messages_of_one_conversation_are_answered_in_their_order(service, engine, worker, ann) -> None:
    texts = [f"message {n}" for n in range(12)]
    receipts = [await ann.types(text) for text in texts]
    await worker.stop(5)
    assert "\n".join(turn.text for turn in engine.turns).split("\n") == texts
    stored = await service.messages_after(receipts[0].conversation_id, 0)
    assert [m.text for m in stored if m.author_kind == "bot"] == [f"You said {turn.text}" for turn in engine.turns]
    assert [m.seq for m in stored] == list(range(1, 13 + len(engine.turns)))


async def test_history_is_carried_from_turn_to_turn(engine, worker, ann) -> None:
    await ann.types("one")
    await ann.types("two")
    await worker.stop(2)
    assert engine.turns[1].history == [{"event": "user", "text": "one"}]


async def test_a_turn_that_can_be_retried_is_run_until_it_succeeds(service, engine, worker, ann) -> None:
    down = EngineUnavailable("down")
    slow = EngineError("action_timeout", "slow", retryable=True)
    engine.scripted["hello"] = [down, slow, slow, (Reply("Here I am"),)]
    receipt = await ann.types("hello")
    await worker.stop(5)
    stored = await service.messages_after(receipt.conversation_id, 0)
    assert [m.text for m in stored if m.author_kind == "bot"] == ["Here I am"]


async def test_a_waiting_customer_hears_of_it_once_and_is_then_offered_a_person(
    service, engine, worker, ann, clock
) -> None:
    engine.up = False
    engine.scripted["hello"] = [EngineUnavailable("down"), (Reply("Back again"),)]
    receipt = await ann.types("hello")
    waiting: list[Message] = []
    for _ in range(100):
        waiting = await service.messages_after(receipt.conversation_id, 1)
        if len(waiting) == 2:
            break
        await asyncio.sleep(0.05)
    assert [m.kind for m in waiting] == ["notice", "offer"]
    assert waiting[1].choices[0]["title"] == "Ask for a call back"
    engine.up = True
    await worker.stop(5)
    stored = await service.messages_after(receipt.conversation_id, 1)
    assert [m.text for m in stored if m.author_kind == "bot"] == ["Back again"]
    assert len(stored) == 3


async def test_a_call_back_can_be_asked_for_while_the_engine_is_down(service, database, engine, worker, ann) -> None:
    engine.up = False
    engine.scripted["hello"] = [EngineUnavailable("down")]
    receipt = await ann.types("hello")
    offer = None
    while offer is None or not offer.choices:
        await asyncio.sleep(0.05)
        offer = ((await service.messages_after(receipt.conversation_id, 1)) or [None])[-1]
    await ann.taps(offer.choices[0]["id"])
    await ann.types("+49 170 1234567 please")
    rows = await database.read(lambda connection: connection.execute(sa.select(tables.callbacks)).all())
    assert [(row.reason, row.contact, row.state) for row in rows] == [("engine_silent", "+49 170 1234567", "open")]
    engine.up = True
    await worker.stop(5)


async def test_a_turn_that_can_never_succeed_ends_in_an_honest_sentence(service, engine, worker, ann) -> None:
    engine.scripted["boom"] = [EngineError("turn_failed", "bug", retryable=False)] * 3
    receipt = await ann.types("boom")
    await worker.stop(5)
    stored = await service.messages_after(receipt.conversation_id, 1)
    assert [m.text.strip() for m in stored] == ["utter_app_turn_failed {score}{contact}"]
    assert await service.next_turn(receipt.conversation_id) is None


async def test_a_message_that_kills_the_engine_again_and_again_is_given_up(service, engine, worker, ann) -> None:
    engine.scripted["poison"] = [EngineUnavailable("gone", code="engine_died")] * 50
    receipt = await ann.types("poison")
    await worker.stop(9)
    assert await service.next_turn(receipt.conversation_id) is None
    assert len(engine.turns) == 12


async def test_an_unknown_effect_stores_nothing_of_the_turn_but_the_apology(service, engine, worker, ann) -> None:
    engine.scripted["hello"] = [(Reply("Done!", custom={"effects": [{"type": "launch"}]}),)]
    receipt = await ann.types("hello")
    await worker.stop(5)
    texts = [m.text for m in await service.messages_after(receipt.conversation_id, 1)]
    assert len(texts) == 1
    assert texts[0].startswith("utter_app_turn_failed")


async def test_the_second_of_two_workers_on_one_turn_stores_nothing(service, engine, ann) -> None:
    receipt = await ann.types("hello")
    turn = await service.next_turn(receipt.conversation_id)
    result = await engine.run(turn, turn.history)
    await service.commit_turn(turn, result, 1)
    with pytest.raises(TurnSuperseded):
        await service.commit_turn(turn, result, 1)
    assert len(await service.messages_after(receipt.conversation_id, 1)) == 1


async def test_a_reply_computed_while_a_person_took_over_is_not_stored(service, database, engine, ann) -> None:
    receipt = await ann.types("hello")
    turn = await service.next_turn(receipt.conversation_id)
    result = await engine.run(turn, turn.history)
    await database.write(lambda connection: connection.execute(sa.update(tables.conversations).values(owner="agent-7")))
    with pytest.raises(TurnSuperseded):
        await service.commit_turn(turn, result, 1)
    assert await service.messages_after(receipt.conversation_id, 1) == []


async def test_the_engine_is_not_called_while_a_person_owns_the_conversation(
    service, database, engine, worker, ann
) -> None:
    receipt = await ann.types("hello")
    await worker.stop(2)
    await database.write(lambda connection: connection.execute(sa.update(tables.conversations).values(owner="queue")))
    await ann.types("anybody there?")
    await worker.stop(2)
    assert [turn.text for turn in engine.turns] == ["hello"]
    assert await service.next_turn(receipt.conversation_id) is None


async def test_messages_left_behind_by_a_killed_process_are_answered_after_the_start(
    service, engine, clock, listener, ann, database, phrases, new_id
) -> None:
    receipt = await ann.types("hello")  # nobody is woken: as if the process had died right after the receipt
    worker = TurnWorker(
        service,
        engine,
        Metrics(),
        listener,
        clock=clock,
        chance=random.Random(7),
        patience=Patience(scan_every=0.05),
    )
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(5):
        while not await service.messages_after(receipt.conversation_id, 1):  # noqa: ASYNC110  # no event for it
            await asyncio.sleep(0.02)
    running.cancel()
    await worker.stop(2)
    assert len(await service.messages_after(receipt.conversation_id, 1)) == 1


async def test_only_one_of_two_processes_holds_a_conversation(service, database, phrases, clock, new_id, ann) -> None:
    receipt = await ann.types("hello")
    cases = case_book(database, new_id)
    other = Conversations(
        database, phrases, Rules(), cases, clock=clock, new_id=new_id, effect_handlers={}, instance="other"
    )
    lease = timedelta(seconds=40)
    assert await service.claim_waiting(lease, 10) == [receipt.conversation_id]
    assert await other.claim_waiting(lease, 10) == []
    assert not await other.claim(receipt.conversation_id, lease)
    clock.forward(seconds=41)
    assert await other.claim(receipt.conversation_id, lease)
    assert not await service.claim(receipt.conversation_id, lease)


async def test_unusable_history_costs_the_thread_but_not_the_answer(service, engine, worker, ann) -> None:
    await ann.types("one")
    await worker.stop(2)
    engine.scripted["two"] = [EngineError("bad_history", "unreadable", retryable=False), (Reply("Still here"),)]
    receipt = await ann.types("two")
    await worker.stop(2)
    assert engine.turns[-1].history == []
    assert (await service.messages_after(receipt.conversation_id, 3))[0].text == "Still here"


async def test_a_reply_that_cannot_be_stored_ends_in_an_apology_not_in_a_loop(service, engine, worker, ann) -> None:
    engine.scripted["hello"] = [(Reply("Choose", buttons=({"payload": "/no_title"},)),)]
    receipt = await ann.types("hello")
    await worker.stop(3)
    texts = [m.text for m in await service.messages_after(receipt.conversation_id, 1)]
    assert [text.split()[0] for text in texts] == ["utter_app_turn_failed"]
    assert len(engine.turns) == 1


async def test_a_shop_that_stays_away_is_said_so_in_the_end(service, engine, worker, ann, clock) -> None:
    engine.scripted["hello"] = [EngineError("action_timeout", "slow", retryable=True)] * 50
    receipt = await ann.types("hello")
    clock.forward(minutes=16)
    await worker.stop(3)
    assert await service.next_turn(receipt.conversation_id) is None


async def test_a_turn_longer_than_the_lease_keeps_its_conversation(
    service, database, phrases, clock, new_id, ann
) -> None:
    receipt = await ann.types("hello")
    cases = case_book(database, new_id)
    other = Conversations(
        database, phrases, Rules(), cases, clock=clock, new_id=new_id, effect_handlers={}, instance="other"
    )
    lease = timedelta(seconds=12)
    assert await service.claim(receipt.conversation_id, lease)
    for _ in range(4):
        clock.forward(seconds=10)
        await service.renew([receipt.conversation_id], lease)
        assert not await other.claim(receipt.conversation_id, lease)
    clock.forward(seconds=13)
    assert await other.claim_waiting(lease, 10) == [receipt.conversation_id]
