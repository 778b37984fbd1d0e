"""Whoever needs a customer and their conversation locks the customer first, as the receipt of a message does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa

from bot.customers.links import lock_customers
from bot.desk import worklists
from bot.handoff import owning
from bot.handoff.models import Reason
from bot.handoff.outbound import open_outbound
from bot.storage.case_tables import cases
from bot.storage.database import Database
from bot.storage.tables import conversations
from tests.chatwoot.server import Chatwoot, serving
from tests.conftest import Clock
from tests.support.bridged import DESK, Bridged
from tests.support.handed_over import House

pytestmark = pytest.mark.integration
_WAITS = sa.text("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


@pytest.fixture(autouse=True)
def several_writers(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has one writer at a time, who locks everything")


@pytest.fixture
async def bridged(database: Database, clock: Clock, new_id: Callable[[], str]) -> AsyncIterator[Bridged]:
    async with serving(Chatwoot()) as chatwoot:
        found = Bridged(House(database, clock, new_id, helpdesk=DESK), chatwoot, clock)
        yield found
        await found.close()


async def while_a_message_comes(house: House, conversation_id: str, work: Awaitable[Any], *also: sa.Select[Any]) -> Any:
    """Do `work` while a message of that customer's is being received, which has not come to their conversation yet.

    Args:
        also: rows that a message may come to as well.
    """
    whose = sa.select(conversations.c.customer_id).where(conversations.c.id == conversation_id)
    own = sa.select(conversations.c.id).where(conversations.c.id == conversation_id)
    with house.database.engine.connect() as receipt:
        lock_customers(receipt, [receipt.execute(whose).scalar_one()])
        task = asyncio.ensure_future(work)
        watch = house.database.engine.execution_options(isolation_level="AUTOCOMMIT")  # else it sees the same for ever
        with watch.connect() as watching:
            while not task.done() and watching.execute(_WAITS).first() is None:  # noqa: ASYNC110  # no event
                await asyncio.sleep(0.01)
        assert not task.done()
        for rows in (own, *also):
            receipt.execute(rows.with_for_update(nowait=True))  # held by who waits for us, both would wait for ever
        receipt.rollback()
    return await task


async def test_an_agent_who_writes_first_waits_for_the_message_with_nothing_locked(house, robin) -> None:
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    await house.does(owning.resolve, waiting, robin)

    async def writes() -> str:
        return await house.service.transact(lambda unit: open_outbound(unit, waiting, robin, Reason.FOLLOW_UP)[0])

    opened = await while_a_message_comes(house, waiting, writes())
    assert house.owner(opened) == robin.id


async def test_an_agent_who_answers_in_chatwoot_after_the_end_waits_with_nothing_locked(bridged) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    ended = await house.waits()
    await bridged.settle()
    chatwoot.reply(chatwoot.robin, "Hi.")
    await bridged.settle()
    chatwoot.set_status("resolved")
    await bridged.settle()
    chatwoot.reply(chatwoot.robin, "One more thing.")
    await while_a_message_comes(house, ended, bridged.told())
    received = await house.wanda.types("and another question")
    assert received.conversation_id != ended
    assert "One more thing." in await house.said(received.conversation_id)


async def test_who_takes_up_a_promise_and_writes_waits_with_nothing_locked(house, robin, clock) -> None:
    talk = await house.talks()
    promised = {"conversation_id": talk, "contact": "jo@mail.example", "words": "call me", "now": clock()}
    case = await house.service.transact(lambda unit: unit.cases.open_call_back(unit.connection, **promised))

    def work(unit: Any) -> str:
        about = worklists.take_promise(unit.connection, case.id, robin.id, None)
        return open_outbound(unit, about, robin, Reason.PROMISED)[0]

    own = sa.select(cases.c.id).where(cases.c.id == case.id)
    assert await while_a_message_comes(house, talk, house.service.transact(work), own) == talk
