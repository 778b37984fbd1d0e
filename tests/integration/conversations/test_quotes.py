"""Replies of customers to particular messages: which one is meant, and never anybody else's."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.storage.channel_tables import delivery_parts
from bot.storage.tables import messages
from tests.support.telegram_customer import TelegramCustomer


@pytest.fixture
def tom(service) -> TelegramCustomer:
    return TelegramCustomer(service, "42")


def quoted_by(database, external_id: str) -> str | None:
    wanted = sa.select(messages.c.quotes_id).where(messages.c.external_id == external_id)
    return database.read_now(lambda connection: connection.execute(wanted).scalar_one())


def sent_as(database, message_id: str, external_id: str, part: int, at) -> None:
    row = {"message_id": message_id, "channel": "telegram", "part": part, "external_id": external_id}
    database.write_now(
        lambda connection: connection.execute(sa.insert(delivery_parts).values(**row, outcome="sent", at=at))
    )


async def test_a_reply_to_ones_own_message_names_it(service, database, tom) -> None:
    received = await tom.types("where is my order?", number=1)
    await tom.types("this one", number=2, quotes=tom.external_id(1))
    (first, _) = await service.messages_after(received.conversation_id, 0)
    assert quoted_by(database, tom.external_id(2)) == first.id


async def test_a_reply_to_any_part_of_ours_names_our_message(service, database, tom, worker, clock) -> None:
    received = await tom.types("hello", number=1)
    await worker.stop(2)
    ours = (await service.messages_after(received.conversation_id, 1))[0]
    for part in (0, 1):
        sent_as(database, ours.id, tom.external_id(50 + part), part, clock.now)
    await tom.types("that", number=2, quotes=tom.external_id(51))
    assert quoted_by(database, tom.external_id(2)) == ours.id


async def test_a_reply_to_what_is_not_known_is_an_ordinary_message(database, tom) -> None:
    received = await tom.types("that", number=2, quotes=tom.external_id(999))
    assert received.needs_turn
    assert quoted_by(database, tom.external_id(2)) is None


async def test_a_reply_never_names_a_message_of_somebody_else(service, database, tom, clock) -> None:
    eve = TelegramCustomer(service, "66")
    theirs = await eve.types("my secret", number=1)
    (first,) = await service.messages_after(theirs.conversation_id, 0)
    sent_as(database, first.id, "66:777:50", 0, clock.now)
    for number, quotes in ((1, eve.external_id(1)), (2, "66:777:50")):
        await tom.types("that", number=number, quotes=quotes)
        assert quoted_by(database, tom.external_id(number)) is None
