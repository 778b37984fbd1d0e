"""A made-up year in real databases: it keeps every rule, also where making it was broken off."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.demo_data.making import BATCH, HasRealConversations, fill, real_conversations
from bot.demo_data.traffic import Year
from bot.insights.facts.computing import compute
from bot.insights.ledger import verify
from bot.insights.reading import read_consistently
from bot.settings import ROOT, Settings
from bot.storage.database import Database
from bot.storage.insight_tables import conversation_facts, conversation_words
from bot.storage.migrate import migrate
from bot.storage.tables import agents, conversations, messages
from tests.integration.insights.recorded import Recorder

YEAR = Year(400, 2, date(2026, 2, 28), ZoneInfo("Europe/London"))
SMALL = Year(60, 2, YEAR.until, YEAR.zone)


@pytest.fixture
def database(database_url):
    """A database of its own: emptying a shared one row by row would take longer than filling it."""
    migrate(database_url)
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture(scope="module")
def settings():
    return Settings(_env_file=None, smtp_url="smtp://mail.example:25")


def count(database, table):
    return database.read_now(
        lambda connection: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
    )


def made(database, settings, year=YEAR, **more):
    return list(fill(database, year, settings, ROOT, **more))


def test_a_made_year_keeps_every_rule(database, settings) -> None:
    made(database, settings)
    report = read_consistently(database.url, verify)
    assert report.breaches == ()
    assert report.conversations == YEAR.conversations == count(database, conversation_facts)
    assert count(database, conversation_words) == YEAR.conversations
    assert {"answered", "expired", "undeliverable"} <= {state for state, found in report.surveys.items() if found}
    outcomes = database.read_now(
        lambda connection: set(connection.execute(sa.select(conversation_facts.c.outcome).distinct()).scalars())
    )
    assert {"confirmed", "assumed", "abandoned", "handed_off", "reopened"} <= outcomes


def test_one_that_was_broken_off_keeps_every_rule_and_is_gone_on_with(database, settings) -> None:
    year = Year(BATCH + 100, 2, YEAR.until, YEAR.zone)
    first = next(fill(database, year, settings, ROOT))
    assert first.made == BATCH
    assert read_consistently(database.url, verify).breaches == ()
    assert count(database, conversations) == BATCH
    last = made(database, settings, year)[-1]
    assert (last.made, last.were_there) == (year.conversations, BATCH)
    assert read_consistently(database.url, verify).breaches == ()
    assert count(database, conversations) == year.conversations


def test_what_fails_within_a_batch_leaves_nothing_of_it(database, settings) -> None:
    class Fails:
        def digested(self, connection, rows):
            raise RuntimeError("the power is gone")

    with pytest.raises(RuntimeError, match="power"):
        made(database, settings, SMALL, listeners=[Fails()])
    assert count(database, conversations) == count(database, messages) == 0


def test_another_year_comes_beside_the_first_with_the_same_people(database, settings) -> None:
    made(database, settings, SMALL)
    people = count(database, agents)
    made(database, settings, Year(60, 3, YEAR.until, YEAR.zone))
    assert count(database, conversations) == 120
    assert count(database, agents) == people
    assert database.read_now(real_conversations) == 0
    assert read_consistently(database.url, verify).breaches == ()


def test_it_is_not_mixed_with_real_conversations_unless_that_is_wanted(database, settings) -> None:
    database.write_now(lambda connection: Recorder(connection).conversation())
    with pytest.raises(HasRealConversations, match="1 conversations"):
        made(database, settings, SMALL)
    assert count(database, conversations) == 1
    made(database, settings, SMALL, among_real_ones=True)
    assert count(database, conversations) == 61
    assert database.read_now(real_conversations) == 1


def test_facts_are_what_a_later_count_makes_of_them(database, settings) -> None:
    made(database, settings)
    facts = sa.select(conversation_facts)

    def differing(connection):
        stored = {row.conversation_id: untimed(row._mapping) for row in connection.execute(facts)}
        within = timedelta(days=settings.reopened_days)
        again = compute(connection, list(stored), now=datetime.now(UTC), zone=YEAR.zone, reopened_within=within)
        return [one.row for one in again if untimed(one.row) != stored[one.row["conversation_id"]]]

    assert database.read_now(differing) == []


def untimed(row):
    return {name: value for name, value in row.items() if name != "computed_at"}
