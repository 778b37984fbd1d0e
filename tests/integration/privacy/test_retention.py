"""Conversations that are older than they are kept lose their words, and nothing that is counted."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.conversations.service import Conversations
from bot.insights import ledger
from bot.privacy.fates import FATES, Fate
from bot.privacy.retention import Retention
from bot.storage.case_tables import cases
from bot.storage.database import Database
from bot.storage.tables import conversations, follow_ups, metadata
from tests.conftest import Clock
from tests.support.canaries import Canaries, found_in

pytestmark = pytest.mark.integration


def nothing_to_do(database: Database, clock: Clock) -> None:
    def work(connection: sa.Connection) -> None:
        connection.execute(sa.update(cases).values(status="done", done_at=clock()))
        closed = {"state": "closed", "outcome": "explained", "closed_at": clock()}
        connection.execute(sa.update(follow_ups).values(closed))

    database.write_now(work)


async def test_old_words_go_and_numbers_stay(core: Conversations, migrated: Database, clock: Clock) -> None:
    old = Canaries("Vogelfrei")
    migrated.write_now(old.release)
    nothing_to_do(migrated, clock)
    facts = migrated.read_now(
        lambda connection: connection.execute(sa.select(metadata.tables["conversation_facts"])).all()
    )
    keeps = Retention(core, timedelta(days=30))
    clock.forward(days=29)
    assert await keeps.empty_old() == 0
    clock.forward(days=2)
    assert await keeps.empty_old() == 1
    assert await keeps.empty_old() == 0
    left = migrated.read_now(lambda connection: found_in(connection, "Vogelfrei"))
    emptied = {
        f"{name}.{column}"
        for name, fate in FATES.items()
        if fate.with_age
        for column in fate.columns
        if fate.columns[column] in (Fate.EMPTIED, Fate.DELETED)
    } - {f"mails.{column}" for column in FATES["mails"].columns}
    assert left & emptied == set()
    assert not any(where.startswith("conversation_words") for where in left)
    assert {"customers.name", "reviews.text", "kept_tests.content", "nlu_annotations.text"} <= left
    again = migrated.read_now(
        lambda connection: connection.execute(sa.select(metadata.tables["conversation_facts"])).all()
    )
    assert again == facts
    row = migrated.read_now(lambda connection: connection.execute(sa.select(conversations)).one())
    assert row.emptied_at == clock()
    broken = migrated.read_now(ledger.verify).breaches
    assert not any("survey" in breach.rule for breach in broken)


async def test_what_is_still_to_be_done_is_kept_until_it_is(
    core: Conversations, migrated: Database, clock: Clock
) -> None:
    migrated.write_now(Canaries("Vogelfrei").release)
    clock.forward(days=400)
    keeps = Retention(core, timedelta(days=30))
    assert await keeps.empty_old() == 0
    nothing_to_do(migrated, clock)
    assert await keeps.empty_old() == 1
