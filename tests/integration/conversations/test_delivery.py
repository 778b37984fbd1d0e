"""Delivery over a channel we send to, one that fails in every way."""

from __future__ import annotations

import random

import pytest
import sqlalchemy as sa

from bot.conversations.delivery import Couriers, Handover
from bot.conversations.errors import TransportError
from bot.conversations.models import Message, Reply
from bot.storage import tables


class Pigeon:
    """A transport that fails as told and remembers what arrived."""

    def __init__(self) -> None:
        self.failures: list[TransportError] = []
        self.arrived: list[str] = []

    async def send(self, message: Message, external_identity: str) -> str | None:
        if self.failures:
            raise self.failures.pop(0)
        self.arrived.append(message.text)
        return f"p{len(self.arrived)}"


@pytest.fixture
def pigeon() -> Pigeon:
    return Pigeon()


@pytest.fixture
async def couriers(service, engine, worker, ann, pigeon) -> Couriers:
    """Two replies wait to be carried."""
    engine.scripted["hello"] = [(Reply("one"), Reply("two"))]
    await ann.types("hello")
    await worker.stop(2)
    return Couriers(service, {"web": pigeon}, random.Random(3))


async def states(database) -> list[str]:  # type: ignore[no-untyped-def]
    query = sa.select(tables.deliveries.c.state).order_by(tables.deliveries.c.seq)
    return list(await database.read(lambda connection: connection.execute(query).scalars().all()))


async def test_messages_of_a_conversation_are_carried_in_order(couriers, pigeon, database) -> None:
    while await couriers.carry_once():
        continue
    assert pigeon.arrived == ["one", "two"]
    assert await states(database) == ["delivered", "delivered"]


async def test_a_failed_message_is_retried_before_the_next_goes_out(couriers, pigeon, database, clock) -> None:
    pigeon.failures = [TransportError("down")]
    await couriers.carry_once()
    assert await couriers.carry_once() == 0
    assert await states(database) == ["waiting", "waiting"]
    clock.forward(seconds=10)
    while await couriers.carry_once():
        continue
    assert pigeon.arrived == ["one", "two"]


async def test_the_channels_own_pause_is_kept(couriers, pigeon, clock) -> None:
    pigeon.failures = [TransportError("slow down", retry_after=60)]
    await couriers.carry_once()
    clock.forward(seconds=59)
    assert await couriers.carry_once() == 0
    clock.forward(seconds=20)
    assert await couriers.carry_once() == 1


async def test_an_unknown_outcome_is_recorded_and_never_sent_again(couriers, pigeon, database, clock) -> None:
    pigeon.failures = [TransportError("timed out", outcome_unknown=True)]
    while await couriers.carry_once():
        continue
    clock.forward(hours=1)
    await couriers.carry_once()
    assert pigeon.arrived == ["two"]
    assert await states(database) == ["unknown", "delivered"]


async def test_a_message_that_was_being_sent_when_we_died_is_unknown(couriers, pigeon, database, clock) -> None:
    first = sa.select(tables.deliveries.c.message_id).where(tables.deliveries.c.seq == 2).scalar_subquery()
    await database.write(
        lambda connection: connection.execute(
            sa.update(tables.deliveries).where(tables.deliveries.c.message_id == first).values(state="sending")
        )
    )
    assert await couriers.carry_once() == 0
    clock.forward(minutes=2)
    while await couriers.carry_once():
        continue
    assert await states(database) == ["unknown", "delivered"]
    assert pigeon.arrived == ["two"]


async def test_a_permanent_failure_is_final(couriers, pigeon, database) -> None:
    pigeon.failures = [TransportError("blocked", permanent=True)]
    while await couriers.carry_once():
        continue
    assert await states(database) == ["failed", "delivered"]


async def test_what_a_reading_client_was_handed_and_confirmed_is_recorded(service, couriers, database) -> None:
    conversation = await database.read(lambda c: c.execute(sa.select(tables.conversations.c.id)).scalar_one())
    await service.record_handover("web", Handover(sent={conversation: 2}))
    assert await states(database) == ["sent", "waiting"]
    await service.record_handover("web", Handover(sent={conversation: 3}, seen={conversation: 2}))
    assert await states(database) == ["delivered", "sent"]


async def test_handovers_of_many_conversations_are_recorded_at_once(service, worker, ann, bob, database) -> None:
    receipts = [await visitor.types("hello") for visitor in (ann, bob)]
    await worker.stop(2)
    marks = {receipt.conversation_id: 2 for receipt in receipts}
    await service.record_handover("web", Handover(sent=marks))
    assert await states(database) == ["sent", "sent"]
    await service.record_handover("web", Handover(seen=marks))
    assert await states(database) == ["delivered", "delivered"]
