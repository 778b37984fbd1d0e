"""A customer who writes to one conversation from two channels: replies follow, and the other side is kept informed."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from bot.insights.ledger import verify
from bot.storage.channel_tables import participants
from bot.storage.tables import conversations, deliveries, identities
from tests.support.telegram_customer import TelegramCustomer, settled


@pytest.fixture
def tom(service) -> TelegramCustomer:
    return TelegramCustomer(service)


async def same_customer(service, external_id: str = "ann", channel: str = "web") -> None:
    """Let a second identity belong to the only customer there is."""

    def work(unit) -> None:
        customer = unit.connection.execute(sa.select(identities.c.customer_id)).scalar_one()
        row = {"id": unit.new_id(), "customer_id": customer, "created_at": unit.now}
        unit.connection.execute(sa.insert(identities).values(**row, channel=channel, external_id=external_id))

    await service.transact(work)


def conversation(database):
    return database.read_now(lambda connection: connection.execute(sa.select(conversations)).one())


def who_takes_part(database) -> list[tuple[str, bool]]:
    wanted = (
        sa.select(identities.c.channel, participants.c.left_at)
        .select_from(participants.join(identities, identities.c.id == participants.c.identity_id))
        .order_by(identities.c.channel)
    )
    return [(row.channel, row.left_at is None) for row in database.read_now(lambda c: c.execute(wanted).all())]


def sent_to(database) -> list[tuple[int, str, bool]]:
    wanted = sa.select(deliveries.c.seq, deliveries.c.channel, deliveries.c.copy).order_by(
        deliveries.c.seq, deliveries.c.channel
    )
    return [tuple(row) for row in database.read_now(lambda connection: connection.execute(wanted).all())]


async def test_a_conversation_of_one_identity_is_not_shared(tom, database) -> None:
    await tom.types("hello")
    await tom.types("are you there?")
    assert not conversation(database).shared
    assert who_takes_part(database) == []


async def test_who_writes_from_elsewhere_makes_it_shared_and_is_answered_there(
    service, tom, ann, database, worker
) -> None:
    first = await tom.types("hello")
    await settled(worker)
    await same_customer(service)
    second = await ann.types("here I am now")
    await settled(worker)
    assert second.conversation_id == first.conversation_id
    row = conversation(database)
    assert (row.shared, row.channel) == (True, "web")
    assert who_takes_part(database) == [("telegram", True), ("web", True)]
    # The customer's own words and the answer to them are shown on Telegram as well.
    assert sent_to(database) == [
        (2, "telegram", False),
        (3, "telegram", True),
        (4, "telegram", True),
        (4, "web", False),
    ]


async def test_back_on_the_first_channel_nothing_is_sent_to_the_website(service, tom, ann, database, worker) -> None:
    await tom.types("hello")
    await settled(worker)
    await same_customer(service)
    await ann.types("here I am now")
    await settled(worker)
    await tom.types("and back")
    await settled(worker)
    assert conversation(database).channel == "telegram"
    assert [row for row in sent_to(database) if row[0] > 4] == [(6, "telegram", False)]
    assert database.read_now(verify).breaches == ()


async def test_who_left_and_writes_again_takes_part_again(service, tom, ann, database) -> None:
    await tom.types("hello")
    await same_customer(service)
    await ann.types("here I am now")

    def leave(unit) -> None:
        telegram = sa.select(identities.c.id).where(identities.c.channel == "telegram").scalar_subquery()
        gone = sa.update(participants).where(participants.c.identity_id == telegram)
        unit.connection.execute(gone.values(left_at=unit.now))

    await service.transact(leave)
    assert who_takes_part(database) == [("telegram", False), ("web", True)]
    await tom.types("here again")
    assert who_takes_part(database) == [("telegram", True), ("web", True)]


async def test_a_plain_text_on_the_website_takes_no_statement_more_than_it_must(service, ann, database) -> None:
    await ann.types("hello")
    statements: list[str] = []

    def count(connection, cursor, statement, *others) -> None:
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", count)
    await ann.types("are you there?")
    event.remove(database.engine, "before_cursor_execute", count)
    work = [statement for statement in statements if not statement.startswith(("BEGIN", "SELECT pg_notify"))]
    # Found before? Who is it? Which conversation? How many wait? Its number, and the message.
    assert len(work) == 6
