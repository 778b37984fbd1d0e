"""Erasing beside others who write at the same moment: nothing slips through, and nobody is in its way."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.privacy.erasing import erase
from bot.privacy.tombstones import Tombstones
from bot.storage.database import Database, DatabaseUnavailable
from bot.storage.insight_tables import tombstones as tombstone_rows
from bot.storage.tables import conversations, customers
from tests.conftest import Clock
from tests.support.beside import Other, until_somebody_waits
from tests.support.canaries import Canaries, core_on, found_in

pytestmark = pytest.mark.integration

Result = TypeVar("Result")
CANARY = "Vogelfrei"


@pytest.fixture
def on_postgres(migrated: Database) -> Database:
    if migrated.is_sqlite:
        pytest.skip("SQLite has one writer: nobody writes at the same moment")
    return migrated


@pytest.fixture
def going(migrated: Database) -> Canaries:
    canaries = Canaries(CANARY)
    migrated.write_now(canaries.release)
    return canaries


async def test_a_conversation_that_begins_while_its_customer_is_erased_goes_too(
    on_postgres: Database, going: Canaries, clock: Clock, new_id: Callable[[], str], tombstones: Tombstones
) -> None:
    core = core_on(on_postgres, clock, new_id)

    def begins(connection: Connection) -> None:
        """As a message that comes in does: it holds its customer, and begins a conversation."""
        own = sa.select(customers.c.id).where(customers.c.id == going.customer_id)
        connection.execute(own.with_for_update(key_share=True))
        going.talk(connection)

    writing = Other(on_postgres, begins)
    erasing = asyncio.create_task(erase(core, [going.customer_id], tombstones=tombstones, by=None, shop=True))
    await until_somebody_waits(on_postgres, erasing)
    await asyncio.to_thread(writing.finish)
    assert writing.failed is None
    await erasing
    assert on_postgres.read_now(lambda connection: found_in(connection, CANARY)) == set()


async def test_an_erase_that_meets_a_deadlock_is_done_all_the_same_and_counted_once(
    on_postgres: Database, going: Canaries, clock: Clock, new_id: Callable[[], str], tombstones: Tombstones
) -> None:
    talk = on_postgres.write_now(going.talk)
    core = core_on(on_postgres, clock, new_id)

    def holds_the_talk(connection: Connection) -> None:
        connection.execute(sa.select(conversations.c.id).where(conversations.c.id == talk).with_for_update())

    def wants_the_customer(connection: Connection) -> None:
        # PostgreSQL ends the one that finds the deadlock: long enough that it is the erase, which waits already.
        connection.execute(sa.text("SET LOCAL deadlock_timeout = '60s'"))
        own = sa.select(customers.c.id).where(customers.c.id == going.customer_id)
        connection.execute(own.with_for_update())

    writing = Other(on_postgres, holds_the_talk)
    writing.then = wants_the_customer
    erasing = asyncio.create_task(erase(core, [going.customer_id], tombstones=tombstones, by=None, shop=True))
    await until_somebody_waits(on_postgres, erasing)
    await asyncio.to_thread(writing.finish)
    done = await erasing
    assert writing.failed is None
    assert on_postgres.read_now(lambda connection: found_in(connection, CANARY)) == set()
    told = on_postgres.read_now(lambda connection: connection.execute(sa.select(tombstone_rows.c.counts)).scalar_one())
    assert (told, dict(done.counts)["customers"]) == (dict(done.counts), 1)


async def test_a_turn_that_is_being_stored_does_not_wait_for_an_erase(
    on_postgres: Database, going: Canaries, clock: Clock, new_id: Callable[[], str], tombstones: Tombstones
) -> None:
    talk = on_postgres.write_now(going.talk)
    core = core_on(on_postgres, clock, new_id)

    def holds_the_talk(connection: Connection) -> None:
        connection.execute(sa.select(conversations.c.id).where(conversations.c.id == talk).with_for_update())

    def refers_to_the_customer(connection: Connection) -> None:
        connection.execute(sa.text("SET LOCAL lock_timeout = '50ms'"))
        own = sa.select(customers.c.id).where(customers.c.id == going.customer_id)
        connection.execute(own.with_for_update(read=True, key_share=True))

    writing = Other(on_postgres, holds_the_talk)
    writing.then = refers_to_the_customer
    erasing = asyncio.create_task(erase(core, [going.customer_id], tombstones=tombstones, by=None, shop=True))
    await until_somebody_waits(on_postgres, erasing)
    await asyncio.to_thread(writing.finish)
    assert writing.failed is None
    await erasing


class Contended(Database):
    """Every other transaction is undone at its very end, as one that meets a deadlock is."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.undone = 0
        self._turn = 0

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        self._turn += 1
        if self._turn % 2 == 0:
            return await super().write(work)
        with contextlib.suppress(Undone):
            await super().write(lambda connection: undo(work(connection)))
        self.undone += 1
        raise DatabaseUnavailable("deadlock detected")


class Undone(Exception):
    """On purpose."""


def undo(_: object) -> None:
    raise Undone


async def test_steps_that_had_to_be_done_twice_are_counted_once(
    migrated: Database, going: Canaries, clock: Clock, new_id: Callable[[], str], tombstones: Tombstones
) -> None:
    migrated.write_now(going.talk)
    contended = Contended(migrated.url)
    try:
        core = core_on(contended, clock, new_id)
        done = await erase(core, [going.customer_id], tombstones=tombstones, by=None, shop=True)
    finally:
        contended.close()
    assert contended.undone >= 4
    assert migrated.read_now(lambda connection: found_in(connection, CANARY)) == set()
    assert (done.conversations, done.counts["messages"], done.counts["customers"]) == (2, 2, 1)
    assert done.test_files == (going.texts["kept_tests.path"],)
    told = migrated.read_now(lambda connection: connection.execute(sa.select(tombstone_rows.c.counts)).scalar_one())
    assert told == dict(done.counts)
