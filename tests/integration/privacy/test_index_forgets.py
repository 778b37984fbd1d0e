"""The index of words keeps nothing of what was deleted: not after erasing, not by age, however large the file is."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.conversations.service import Conversations
from bot.insights.facts.words import matching
from bot.privacy.erasing import erase
from bot.privacy.retention import Retention
from bot.privacy.tidying import tidy
from bot.privacy.tombstones import Tombstones
from bot.storage.case_tables import cases
from bot.storage.database import Database
from bot.storage.insight_tables import conversation_words
from bot.storage.search_index import INDEX
from bot.storage.tables import follow_ups
from tests.conftest import Clock
from tests.support.canaries import Canaries

pytestmark = pytest.mark.integration


@pytest.fixture
def of_sqlite(migrated: Database) -> Database:
    if not migrated.is_sqlite:
        pytest.skip("PostgreSQL's index is a column of the row that is removed")
    return migrated


def release(database: Database, clock: Clock) -> Canaries:
    """Somebody, long ago, with nothing to be done for them; and somebody else, so that the index has several parts."""
    going, staying = Canaries("Vogelfrei"), Canaries("Bleibtreu")
    database.write_now(going.release)
    database.write_now(lambda connection: staying.release(connection, shared=going.rows))
    for name, canaries in (("vogelfrei", going), ("bleibtreu", staying)):
        own = conversation_words.c.conversation_id == canaries.conversation_id
        said = sa.update(conversation_words).where(own).values(words=f"{name} asks for lamps", hidden="")
        database.write_now(lambda connection, said=said: connection.execute(said))

    def done(connection: sa.Connection) -> None:
        connection.execute(sa.update(cases).values(status="done", done_at=clock()))
        closed = {"state": "closed", "outcome": "explained", "closed_at": clock()}
        connection.execute(sa.update(follow_ups).values(closed))

    database.write_now(done)
    return going


def in_index(database: Database) -> bytes:
    def work(connection: sa.Connection) -> bytes:
        return b"".join(connection.exec_driver_sql(f"SELECT block FROM {INDEX}_data").scalars())

    return database.read_now(work)


async def test_words_that_went_by_age_are_not_in_the_index(of_sqlite: Database, core: Conversations, clock) -> None:
    release(of_sqlite, clock)
    assert b"vogelfrei" in in_index(of_sqlite)
    clock.forward(days=400)
    assert await Retention(core, timedelta(days=30)).empty_old() == 2
    assert b"vogelfrei" not in in_index(of_sqlite)


async def test_words_of_the_erased_are_not_in_the_index_of_a_file_too_large_to_be_written_anew(
    of_sqlite: Database, core: Conversations, clock, tombstones: Tombstones
) -> None:
    going = release(of_sqlite, clock)
    await erase(core, [going.customer_id], tombstones=tombstones, by=None, compact=False)
    assert not tidy(of_sqlite, largest=0)
    left = in_index(of_sqlite)
    assert b"vogelfrei" not in left
    assert b"bleibtreu" in left
    found = of_sqlite.read_now(lambda connection: connection.execute(matching(connection, "bleibtreu", 5)).all())
    assert len(found) == 1
