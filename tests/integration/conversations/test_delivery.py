"""What clients that read from us were handed and have confirmed."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.conversations.delivery import Handover
from bot.conversations.models import Reply
from bot.storage import tables


@pytest.fixture
async def conversation(engine, worker, ann) -> str:
    """Two replies wait to be read."""
    engine.scripted["hello"] = [(Reply("one"), Reply("two"))]
    received = await ann.types("hello")
    await worker.stop(2)
    return received.conversation_id


async def states(database) -> list[str]:  # type: ignore[no-untyped-def]
    query = sa.select(tables.deliveries.c.state).order_by(tables.deliveries.c.seq)
    return list(await database.read(lambda connection: connection.execute(query).scalars().all()))


async def test_what_a_reading_client_was_handed_and_confirmed_is_recorded(service, conversation, database) -> None:
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


async def test_a_survey_is_asked_once_its_question_was_handed_over(service, ann, clock, database) -> None:
    received = await ann.types("hello")
    conversation = received.conversation_id
    await service.commit_without_engine(await service.next_turn(conversation))
    clock.forward(hours=1)
    await service.end_idle()

    async def survey() -> str:
        query = sa.select(tables.surveys.c.state)
        return str(await database.read(lambda connection: connection.execute(query).scalar_one()))

    await service.record_handover("web", Handover(sent={conversation: 1}))
    assert await survey() == "due"
    await service.record_handover("web", Handover(seen={conversation: 2}))
    assert await survey() == "asked"
