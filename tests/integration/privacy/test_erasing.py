"""Nothing of an erased customer is left in any table, nor in the file; everybody else keeps all."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversations.service import Conversations
from bot.customers.identities import find_or_create
from bot.insights import ledger
from bot.privacy.erasing import UnknownCustomer, erase
from bot.privacy.fates import FATES, Fate
from bot.privacy.tombstones import Tombstones
from bot.storage.database import Database
from bot.storage.migrate import migrate
from bot.storage.tables import conversations, customers, identities, messages, metadata, surveys
from tests.conftest import Clock
from tests.support.canaries import OURS, Canaries, core_on, found_in

pytestmark = pytest.mark.integration

ERASED, OTHER = "Vogelfrei", "Bleibtreu"


def two_customers(database: Database) -> tuple[Canaries, Canaries]:
    going, staying = Canaries(ERASED), Canaries(OTHER)

    def work(connection: sa.Connection) -> None:
        going.release(connection)
        staying.release(connection, shared=going.rows)

    database.write_now(work)
    return going, staying


def rows_of(database: Database, canaries: Canaries) -> dict[str, list[dict[str, Any]]]:
    """All rows that name the customer's canary or ids, by table."""

    def work(connection: sa.Connection) -> dict[str, list[dict[str, Any]]]:
        found = {}
        for name, table in metadata.tables.items():
            if name in (*OURS, "tombstones"):
                continue
            rows = [dict(row) for row in connection.execute(sa.select(table)).mappings()]
            found[name] = [row for row in rows if canaries.name.lower() in str(row).lower()]
        return found

    return database.read_now(work)


async def test_no_word_of_the_erased_is_left_in_any_table_and_none_of_another_is_missing(
    core: Conversations, migrated: Database, tombstones: Tombstones
) -> None:
    going, staying = two_customers(migrated)
    before = rows_of(migrated, staying)
    assert len(migrated.read_now(lambda connection: found_in(connection, ERASED))) > 60

    done = await erase(core, [going.customer_id], tombstones=tombstones, by=None, shop=True)

    assert migrated.read_now(lambda connection: found_in(connection, ERASED)) == set()
    assert migrated.read_now(lambda connection: found_in(connection, str(going.chat))) == set()
    assert rows_of(migrated, staying) == before
    assert done.counts["messages"] == 1
    assert done.counts["notes"] == 1
    assert done.test_files == (going.texts["kept_tests.path"],)


async def test_the_shop_s_own_record_is_the_shop_s(
    core: Conversations, migrated: Database, tombstones: Tombstones
) -> None:
    going, _ = two_customers(migrated)
    done = await erase(core, [going.customer_id], tombstones=tombstones, by=None)
    left = migrated.read_now(lambda connection: found_in(connection, ERASED))
    assert left
    of_shop = {f"{name}.{column}" for name, fate in FATES.items() for column in fate.named(Fate.SHOP)}
    assert left <= of_shop
    assert going.rows["shop_customers"]["id"] in done.accounts


async def test_numbers_stay_and_the_ledger_balances(
    core: Conversations, migrated: Database, tombstones: Tombstones, clock: Clock
) -> None:
    going, _ = two_customers(migrated)
    talk = migrated.write_now(going.talk)
    await erase(core, [going.customer_id], tombstones=tombstones, by=None)

    def work(connection: sa.Connection) -> tuple[Any, Any, Any, Any]:
        own = conversations.c.id == talk
        survey = surveys.c.conversation_id == talk
        return (
            connection.execute(sa.select(conversations).where(own)).one(),
            connection.execute(sa.select(surveys).where(survey)).one(),
            connection.execute(sa.select(customers).where(customers.c.id == going.customer_id)).one(),
            connection.execute(sa.select(messages).where(messages.c.conversation_id == talk)).one(),
        )

    conversation, survey, customer, message = migrated.read_now(work)
    assert (conversation.state, conversation.end_reason, conversation.emptied_at) == ("ended", "erased", clock())
    assert (survey.state, survey.exempt_reason) == ("exempt", "erased")
    assert (customer.name, customer.shop_customer_id, customer.erased_at) == (None, None, clock())
    assert (message.text, message.handled_at, message.author_kind) == ("", clock(), "customer")
    report = migrated.read_now(ledger.verify)
    broken = [one for breach in report.breaches for one in breach.examples if talk in one]
    assert broken == []


async def test_who_writes_again_is_somebody_new(
    core: Conversations, migrated: Database, tombstones: Tombstones, clock: Clock, new_id: Callable[[], str]
) -> None:
    going, _ = two_customers(migrated)
    await erase(core, [going.customer_id], tombstones=tombstones, by=None)
    known = migrated.write_now(
        lambda connection: find_or_create(
            connection, "telegram", str(going.chat), locale="en", now=clock(), new_id=new_id
        )
    )
    assert known.customer_id != going.customer_id
    assert not known.blocked


async def test_erasing_is_finished_wherever_it_was_interrupted(
    core: Conversations, migrated: Database, tombstones: Tombstones
) -> None:
    going, staying = two_customers(migrated)
    before = rows_of(migrated, staying)

    class Killed(BaseException):
        """As far as what was committed goes, like a kill."""

    for kill_after in itertools.count(1):
        steps = itertools.count(1)

        def dies(steps: Iterator[int] = steps, last: int = kill_after) -> None:
            if next(steps) == last:
                raise Killed

        try:
            await erase(core, [going.customer_id], tombstones=tombstones, by=None, shop=True, after_step=dies)
        except Killed:
            assert tombstones.read() == {going.customer_id}
            continue
        break
    assert kill_after > 2
    assert migrated.read_now(lambda connection: found_in(connection, ERASED)) == set()
    assert rows_of(migrated, staying) == before


async def test_erased_twice_is_erased_once(core: Conversations, migrated: Database, tombstones: Tombstones) -> None:
    going, _ = two_customers(migrated)
    await erase(core, [going.customer_id], tombstones=tombstones, by=None)
    external = migrated.read_now(lambda connection: connection.execute(sa.select(identities.c.external_id)).all())
    await erase(core, [going.customer_id], tombstones=tombstones, by=None)
    again = migrated.read_now(lambda connection: connection.execute(sa.select(identities.c.external_id)).all())
    assert external == again
    assert tombstones.path.read_text().count("\n") == 1


async def test_nobody_is_erased_whom_nobody_knows(
    core: Conversations, migrated: Database, tombstones: Tombstones
) -> None:
    with pytest.raises(UnknownCustomer):
        await erase(core, ["nobody"], tombstones=tombstones, by=None)
    assert not tombstones.path.exists()


def bytes_in(folder: Path) -> bytes:
    """Everything that stands in the files of a folder."""
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_the_file_holds_no_remains(tmp_path: Path, clock: Clock, new_id: Callable[[], str]) -> None:
    file = tmp_path / "bellhop.db"
    migrate(f"sqlite:///{file}")
    database = Database(f"sqlite:///{file}")
    try:
        going, _ = two_customers(database)
        core = core_on(database, clock, new_id)
        assert ERASED.encode() in bytes_in(tmp_path)
        stones = Tombstones(tmp_path / "tombstones.jsonl", clock)
        done = await erase(core, [going.customer_id], tombstones=stones, by=None, shop=True)
        assert done.tidied
        left = bytes_in(tmp_path)
        assert ERASED.lower().encode() not in left.lower()
        assert OTHER.encode() in left
        assert sqlite3.connect(file).execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        database.close()
