"""A backup that is put back does not bring back whom we have forgotten."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.conversations.service import Conversations
from bot.privacy.erasing import erase, reapply
from bot.privacy.tombstones import Tombstones
from bot.storage.database import Database
from bot.storage.insight_tables import tombstones as tombstone_rows
from bot.storage.migrate import migrate
from bot.storage.tables import metadata
from tests.conftest import Clock
from tests.postgres import new_database
from tests.support.canaries import Canaries, core_on, found_in

pytestmark = pytest.mark.integration


def backed_up(file: Path, copy: Path) -> None:
    """A backup as docs/operations.md tells to make one."""
    source, target = sqlite3.connect(file), sqlite3.connect(copy)
    with target:
        source.backup(target)
    source.close()
    target.close()


async def test_a_backup_that_is_put_back_forgets_again(tmp_path: Path, clock: Clock, new_id: Callable[[], str]) -> None:
    file, copy, stones = tmp_path / "bellhop.db", tmp_path / "backup.db", Tombstones(tmp_path / "t.jsonl", clock)
    url = f"sqlite:///{file}"
    migrate(url)
    database = Database(url)
    going, staying = Canaries("Vogelfrei"), Canaries("Bleibtreu")
    database.write_now(going.release)
    database.write_now(lambda connection: staying.release(connection, shared=going.rows))
    backed_up(file, copy)
    await erase(core_on(database, clock, new_id), [going.customer_id], tombstones=stones, by=None, shop=True)
    database.close()

    for name in ("bellhop.db", "bellhop.db-wal", "bellhop.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    shutil.copyfile(copy, file)
    restored = Database(url)
    try:
        assert restored.read_now(lambda connection: found_in(connection, "Vogelfreimessages"))
        assert await reapply(core_on(restored, clock, new_id), stones) == 1
        left = restored.read_now(lambda connection: found_in(connection, "Vogelfrei"))
        assert all(where.startswith("shop_") for where in left)
        assert restored.read_now(lambda connection: found_in(connection, "Bleibtreumessages"))
        assert await reapply(core_on(restored, clock, new_id), stones) == 0
    finally:
        restored.close()


@pytest.fixture
def fresh(migrated: Database, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Another database of that kind, into which a backup can be put back."""
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'fresh.db'}"
        if not migrated.is_sqlite:
            url = stack.enter_context(new_database(request.getfixturevalue("postgres_url")))
        migrate(url)
        database = Database(url)
        stack.callback(database.close)
        yield database


async def test_rows_that_are_put_back_into_any_database_are_forgotten_again(
    core: Conversations,
    migrated: Database,
    fresh: Database,
    tombstones: Tombstones,
    clock: Clock,
    new_id: Callable[[], str],
) -> None:
    going, staying = Canaries("Vogelfrei"), Canaries("Bleibtreu")
    migrated.write_now(going.release)
    migrated.write_now(lambda connection: staying.release(connection, shared=going.rows))
    backup = migrated.read_now(
        lambda connection: {
            table: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
            for table in metadata.sorted_tables
        }
    )
    await erase(core, [going.customer_id], tombstones=tombstones, by=None, shop=True)
    # A kill while the next was written down.
    with tombstones.path.open("a") as file:
        file.write('{"customer": "' + staying.customer_id[:3])

    def put_back(connection: sa.Connection) -> None:
        for table, rows in backup.items():
            for row in rows:
                if table.name in ("audit", "conversation_words"):
                    row.pop("number")  # by itself, or the next one would have it once more
                connection.execute(sa.insert(table).values(row))

    fresh.write_now(put_back)
    assert fresh.read_now(lambda connection: found_in(connection, "Vogelfreiattachmentcontents"))
    assert await reapply(core_on(fresh, clock, new_id), tombstones) == 1
    left = fresh.read_now(lambda connection: found_in(connection, "Vogelfrei"))
    assert all(where.startswith("shop_") for where in left)
    assert fresh.read_now(lambda connection: found_in(connection, "Bleibtreumessages"))


async def test_the_operator_hears_that_the_file_was_lost(
    core: Conversations, migrated: Database, tombstones: Tombstones
) -> None:
    going = Canaries("Vogelfrei")
    migrated.write_now(going.release)
    await erase(core, [going.customer_id], tombstones=tombstones, by=None)
    with capture_logs() as told:
        await reapply(core, tombstones)
        assert told == []
        tombstones.path.unlink()
        await reapply(core, tombstones)
    assert [line["event"] for line in told] == ["tombstones_lost"]


async def test_nothing_is_erased_of_which_no_backup_would_know(
    core: Conversations, migrated: Database, tombstones: Tombstones
) -> None:
    going = Canaries("Vogelfrei")
    migrated.write_now(going.release)
    tombstones.path.mkdir(parents=True)  # cannot be written, whoever runs this
    with pytest.raises(OSError, match="directory"):
        await erase(core, [going.customer_id], tombstones=tombstones, by=None)
    assert migrated.read_now(lambda connection: found_in(connection, "Vogelfreimessages"))


async def test_the_file_tells_nothing_but_a_random_id(
    core: Conversations, migrated: Database, tombstones: Tombstones
) -> None:
    going = Canaries("Vogelfrei")
    migrated.write_now(going.release)
    await erase(core, [going.customer_id], tombstones=tombstones, by=None)
    (line,) = tombstones.path.read_text().splitlines()
    assert going.customer_id in line
    assert str(going.chat) not in line
    assert "Vogelfrei" not in line
    assert tombstones.path.stat().st_mode & 0o077 == 0


async def test_a_file_that_was_lost_is_made_anew(
    core: Conversations, migrated: Database, tombstones: Tombstones
) -> None:
    going = Canaries("Vogelfrei")
    migrated.write_now(going.release)
    await erase(core, [going.customer_id], tombstones=tombstones, by=None)
    tombstones.path.unlink()
    assert await reapply(core, tombstones) == 0
    assert tombstones.read() == {going.customer_id}


async def test_who_is_in_the_file_and_nowhere_else_is_nobody(
    core: Conversations, migrated: Database, tombstones: Tombstones
) -> None:
    tombstones.add(["of another database"])
    assert await reapply(core, tombstones) == 0
    kept = migrated.read_now(lambda connection: connection.execute(sa.select(tombstone_rows)).all())
    assert kept == []
