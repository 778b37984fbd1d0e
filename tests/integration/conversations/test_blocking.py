"""Customers who block us: what waits fails, what can goes on elsewhere, and the ledger stays in balance."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversations import blocking
from bot.conversations.participants import join
from bot.insights.ledger import verify
from bot.storage.tables import conversations, deliveries, identities, surveys
from tests.support.telegram_customer import TelegramCustomer, settled


@pytest.fixture
def tom(service) -> TelegramCustomer:
    return TelegramCustomer(service)


async def is_blocked(service, user: str = "42") -> Any:
    return await service.changes(lambda unit: blocking.blocked(unit, "telegram", user))


def only(database, table: sa.Table) -> Any:
    return database.read_now(lambda connection: connection.execute(sa.select(table)).one())


def states(database) -> list[tuple[str, str | None]]:
    wanted = sa.select(deliveries.c.state, deliveries.c.error).order_by(deliveries.c.seq)
    return [tuple(row) for row in database.read_now(lambda connection: connection.execute(wanted).all())]


def on_the_website_too(service, conversation_id: str):
    """Let a web visitor of the same customer take part."""

    def work(unit) -> str:
        row = unit.connection.execute(sa.select(conversations).where(conversations.c.id == conversation_id)).one()
        visitor = unit.new_id()
        unit.connection.execute(
            sa.insert(identities).values(
                id=visitor, customer_id=row.customer_id, channel="web", external_id="ann", created_at=unit.now
            )
        )
        join(unit, conversation_id, [row.identity_id, visitor])
        return str(visitor)

    return service.transact(work)


async def test_an_open_conversation_has_ended_and_nobody_is_asked(service, worker, tom, database, heard) -> None:
    await tom.types("hello")
    await settled(worker)
    (change,) = await is_blocked(service)
    assert change.ended
    assert change in heard.changes
    assert only(database, conversations).end_reason == "left"
    survey = only(database, surveys)
    assert (survey.state, survey.exempt_reason, survey.message_id) == ("exempt", "blocked", None)
    assert states(database) == [("failed", "blocked")]
    assert database.read_now(verify).breaches == ()


async def test_a_rating_question_that_has_not_gone_out_is_undeliverable_at_once(service, tom, database) -> None:
    await tom.types("hello")
    await tom.commands("end")
    assert await is_blocked(service) == []
    survey = only(database, surveys)
    assert (survey.state, survey.exempt_reason) == ("undeliverable", None)
    assert database.read_now(verify).breaches == ()


@pytest.mark.parametrize(("state", "left"), [("asked", "asked"), ("answered", "answered"), ("expired", "expired")])
async def test_a_survey_that_is_no_longer_due_stays_as_it_is(service, tom, database, clock, state, left) -> None:
    await tom.types("hello")
    await tom.commands("end")
    values = {"state": state, "asked_at": clock.now}
    values |= {"score": 5, "answered_at": clock.now} if state == "answered" else {}
    database.write_now(lambda connection: connection.execute(sa.update(surveys).values(**values)))
    await is_blocked(service)
    assert only(database, surveys).state == left
    assert database.read_now(verify).breaches == ()


async def test_it_goes_on_on_the_website_where_that_takes_part(service, tom, database) -> None:
    received = await tom.types("hello")
    visitor = await on_the_website_too(service, received.conversation_id)
    (change,) = await is_blocked(service)
    row = only(database, conversations)
    assert (row.state, row.channel, row.identity_id) == ("open", "web", visitor)
    assert not change.ended
    assert database.read_now(verify).breaches == ()


async def test_a_rating_question_that_the_website_still_shows_stays_due(service, tom, database) -> None:
    received = await tom.types("hello")
    await on_the_website_too(service, received.conversation_id)
    await tom.commands("end")
    await is_blocked(service)
    assert only(database, surveys).state == "due"
    assert database.read_now(verify).breaches == ()


async def test_told_again_it_finds_only_what_came_since(service, worker, tom, database, clock) -> None:
    await tom.types("hello")
    await is_blocked(service)
    since = only(database, identities).blocked_at
    clock.forward(minutes=1)
    assert await is_blocked(service) == []
    assert only(database, identities).blocked_at == since


async def test_what_was_running_when_they_blocked_us_is_not_answered(service, worker, tom, engine, database) -> None:
    received = await tom.types("hello")
    await is_blocked(service)
    looking = asyncio.create_task(worker.run())
    for _ in range(100):
        if not await service.waiting():
            break
        await asyncio.sleep(0.02)
    looking.cancel()
    authors = {message.author_kind for message in await service.messages_after(received.conversation_id, 0)}
    assert "bot" not in authors
    assert database.read_now(verify).breaches == ()


async def test_who_writes_again_is_answered_again(service, worker, tom, database) -> None:
    first = await tom.types("hello")
    await settled(worker)
    await is_blocked(service)
    second = await tom.types("hello again")
    await settled(worker)
    assert second.conversation_id != first.conversation_id
    assert only(database, identities).blocked_at is None
    assert states(database)[-1] == ("waiting", None)
    assert database.read_now(verify).breaches == ()


async def test_who_unblocks_us_is_reachable_again(service, tom, database) -> None:
    await tom.types("hello")
    await is_blocked(service)
    await service.transact(lambda unit: blocking.unblocked(unit, "telegram", "42"))
    assert only(database, identities).blocked_at is None


async def test_somebody_who_never_wrote_may_block_and_unblock_us(service) -> None:
    assert await is_blocked(service, "4711") == []
    await service.transact(lambda unit: blocking.unblocked(unit, "telegram", "4711"))


async def test_what_others_wait_for_is_not_touched(service, worker, tom, ann, database) -> None:
    await ann.types("hello")
    await settled(worker)
    await tom.types("hello")
    await settled(worker)
    await is_blocked(service)
    assert sorted(states(database), key=str) == [("failed", "blocked"), ("waiting", None)]
