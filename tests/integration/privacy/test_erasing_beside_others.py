"""Erasing beside others who write at the same moment: nothing slips through, and who was in the way is only waited for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.service import Conversations
from bot.privacy.erasing import erase
from bot.privacy.tombstones import Tombstones
from bot.storage.database import Database
from bot.storage.desk_tables import notes
from bot.storage.insight_tables import tombstones as tombstone_rows
from bot.storage.tables import conversations, customers, messages
from tests.conftest import Clock
from tests.support.canaries import AT, Canaries, core_on, found_in

pytestmark = pytest.mark.integration

CANARY = "Vogelfrei"
SECONDS = 20.0


class Other:
    """Somebody else's transaction, in a thread: `first` is done at once, `then` when somebody waits for its rows."""

    def __init__(self, database: Database, first: Callable[[Connection], object]) -> None:
        self._database = database
        self._first = first
        self.holds = threading.Event()
        self.go_on = threading.Event()
        self.then: Callable[[Connection], object] = lambda connection: None
        self.failed: Exception | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self.holds.wait(SECONDS)

    def _run(self) -> None:
        def work(connection: Connection) -> None:
            self._first(connection)
            self.holds.set()
            assert self.go_on.wait(SECONDS)
            self.then(connection)

        try:
            self._database.write_now(work)
        except Exception as error:  # told to the test
            self.failed = error

    def finish(self) -> None:
        self.go_on.set()
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()


async def until_somebody_waits(database: Database, erasing: asyncio.Task[object]) -> None:
    """Until PostgreSQL says that a transaction waits for another one's lock."""
    waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    for _ in range(2_000):
        if erasing.done():
            await erasing
        if await database.read(lambda connection: connection.execute(waiting).scalar_one()):
            return
        await asyncio.sleep(0.005)
    raise AssertionError("nobody waits")


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


def begins(customer_id: str, identity_id: str) -> Callable[[Connection], None]:
    """What a message that comes in does: it holds the customer, and begins a conversation."""

    def work(connection: Connection) -> None:
        own = sa.select(customers.c.id).where(customers.c.id == customer_id)
        connection.execute(own.with_for_update(key_share=True))
        connection.execute(
            sa.insert(conversations).values(
                id="fresh",
                customer_id=customer_id,
                identity_id=identity_id,
                channel="telegram",
                locale="en",
                state="open",
                owner="bot",
                created_at=AT,
                active_at=AT,
                last_seq=1,
                turns=0,
            )
        )
        connection.execute(
            sa.insert(messages).values(
                id="fresh1",
                conversation_id="fresh",
                seq=1,
                channel="telegram",
                author_kind="customer",
                kind="text",
                text=f"{CANARY} writes once more",
                created_at=AT,
            )
        )

    return work


async def test_a_conversation_that_begins_while_its_customer_is_erased_goes_too(
    on_postgres: Database, going: Canaries, clock: Clock, new_id: Callable[[], str], tombstones: Tombstones
) -> None:
    core = core_on(on_postgres, clock, new_id)
    writing = Other(on_postgres, begins(going.customer_id, going.rows["identities"]["id"]))
    erasing = asyncio.create_task(erase(core, [going.customer_id], tombstones=tombstones, by=None, shop=True))
    await until_somebody_waits(on_postgres, erasing)
    await asyncio.to_thread(writing.finish)
    assert writing.failed is None
    await erasing
    assert on_postgres.read_now(lambda connection: found_in(connection, CANARY)) == set()


async def test_an_erase_that_meets_a_deadlock_is_done_all_the_same_and_counted_once(
    on_postgres: Database, going: Canaries, clock: Clock, new_id: Callable[[], str], tombstones: Tombstones
) -> None:
    on_postgres.write_now(lambda connection: connection.execute(sa.update(conversations).values(state="open")))
    core = core_on(on_postgres, clock, new_id)
    talk = going.rows["conversations"]["id"]

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
    on_postgres.write_now(lambda connection: connection.execute(sa.update(conversations).values(state="open")))
    core = core_on(on_postgres, clock, new_id)
    talk = going.rows["conversations"]["id"]

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


async def test_an_erase_waits_for_who_writes_longer_than_one_try(
    core: Conversations, migrated: Database, going: Canaries, tombstones: Tombstones
) -> None:
    """On SQLite a write waits one second for the other process's; an erase for longer."""
    other = Database(migrated.url)
    try:
        told = {"id": "n1", "conversation_id": going.talk_id, "agent_id": None, "text": CANARY, "created_at": AT}
        writing = Other(other, lambda connection: connection.execute(sa.insert(notes).values(told)))
        erasing = asyncio.create_task(erase(core, [going.customer_id], tombstones=tombstones, by=None, shop=True))
        await asyncio.wait([erasing], timeout=1.5)
        assert not erasing.done()
        await asyncio.to_thread(writing.finish)
        assert writing.failed is None
        await erasing
        assert migrated.read_now(lambda connection: found_in(connection, CANARY)) == set()
    finally:
        other.close()
