"""Receipt of messages on a real database."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.conversations.errors import Refused
from bot.conversations.models import Reply
from bot.conversations.service import Conversations
from bot.conversations.unit import Rules
from tests.support.core import Visitor, case_book


async def test_a_message_is_stored_with_the_next_number(service, ann) -> None:
    first, second = await ann.types("hello"), await ann.types("are you there?")
    assert (first.seq, second.seq) == (1, 2)
    stored = await service.messages_after(first.conversation_id, 0)
    assert [(m.seq, m.text) for m in stored] == [(1, "hello"), (2, "are you there?")]


async def test_what_a_channel_delivers_twice_is_stored_once(service, ann, heard) -> None:
    first = await ann.types("hello", number=1)
    again = await ann.types("hello", number=1)
    assert again.duplicate
    assert again.seq == first.seq
    assert len(await service.messages_after(first.conversation_id, 0)) == 1
    assert len(heard.changes) == 1


async def test_ten_copies_at_once_are_stored_once(service, ann) -> None:
    receipts = await asyncio.gather(*(ann.types("hello", number=1) for _ in range(10)))
    assert sum(not receipt.duplicate for receipt in receipts) == 1
    assert len(await service.messages_after(receipts[0].conversation_id, 0)) == 1


async def test_first_messages_sent_at_once_open_one_conversation(service, ann) -> None:
    receipts = await asyncio.gather(*(ann.types(f"message {n}") for n in range(8)))
    assert len({receipt.conversation_id for receipt in receipts}) == 1
    assert sorted(receipt.seq for receipt in receipts) == list(range(1, 9))


async def test_two_visitors_may_use_the_same_message_id(service, ann, bob) -> None:
    one, other = await ann.types("hello", number=1), await bob.types("hello", number=1)
    assert not other.duplicate
    assert one.conversation_id != other.conversation_id


async def test_a_choice_of_somebody_else_is_unknown(service, engine, worker, ann, bob) -> None:
    engine.scripted["hello"] = [(Reply("Hi", buttons=({"title": "Orders", "payload": "/list_orders"},)),)]
    receipt = await ann.types("hello")
    await worker.stop(2)
    choice = (await service.messages_after(receipt.conversation_id, 1))[0].choices[0]["id"]
    await bob.types("hello")
    with pytest.raises(Refused) as refusal:
        await bob.taps(choice)
    assert refusal.value.code == "unknown_choice"
    tapped = await ann.taps(choice)
    assert tapped.needs_turn
    await worker.stop(2)
    assert ("Orders", "/list_orders") in [(turn.text, turn.payload) for turn in engine.turns]


async def test_too_many_waiting_messages_are_refused_and_not_stored(service, ann) -> None:
    receipt = [await ann.types(f"message {n}") for n in range(100)][-1]
    with pytest.raises(Refused) as refusal:
        await ann.types("one more")
    assert refusal.value.code == "too_many_waiting"
    assert refusal.value.retryable
    assert len(await service.messages_after(receipt.conversation_id, 0)) == 100


@pytest.mark.parametrize(("kind", "minutes", "proofs"), [("phone", 5, 1), ("identity_token", 5, 1), ("phone", -5, 0)])
async def test_what_a_channel_has_proven_is_handed_on_with_its_kind_while_it_holds(
    database, phrases, clock, new_id, kind, minutes, proofs
) -> None:
    heard: list[tuple[object, ...]] = []
    service = Conversations(
        database,
        phrases,
        Rules(),
        case_book(database, new_id),
        clock=clock,
        new_id=new_id,
        effect_handlers={},
        instance="one",
        on_proof=lambda unit, *proof: heard.append(proof),
    )
    until = clock.now + timedelta(minutes=minutes)
    incoming = replace(
        Visitor(service, "ann").typed("hello"), shop_customer_id="jo", proven_until=until, proven_by=kind
    )
    received = await service.receive(incoming)
    await service.receive(incoming)
    assert heard == [(received.conversation_id, "jo", until, kind)] * proofs
