"""Finding conversations by what was said in them, alike on both databases."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.insights.facts.digest import catch_up_now
from bot.insights.facts.words import matching
from bot.privacy.tidying import forget_words
from bot.storage.database import Database
from bot.storage.insight_tables import conversation_words
from bot.storage.migrate import migrate
from bot.storage.search_index import INDEX
from tests.integration.insights.lived import Life

pytestmark = pytest.mark.integration

TEXTS = {
    "lamp": "My lamp arrived broken, order #W4827310",
    "coat": "¿Dónde está mi abrigo azul? Señora Müller, Straße 5",
    "refund": "the refund for the blue lamp is late; write to jo@mail.example",
    "long": "refund " + "very " * 40_000 + "late",
}


@pytest.fixture
def found(database: Database, clock):
    life = Life(database, clock)
    talks = {life.lived(life.customer("Ada Lovelace"), text=text): name for name, text in TEXTS.items()}
    how = {"zone": ZoneInfo("UTC"), "reopened_within": timedelta(days=7)}
    database.write_now(lambda connection: catch_up_now(connection, now=clock(), **how))

    def find(words: str, most: int = 10) -> list[str]:
        return database.read_now(
            lambda connection: [talks[own] for own in connection.execute(matching(connection, words, most)).scalars()]
        )

    return find


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("lamp", {"lamp", "refund"}),
        ("LAMP broken", {"lamp"}),
        ("broken lamp", {"lamp"}),
        ('"broken lamp"', set()),
        ('"blue lamp"', {"refund"}),
        ('late "blue lamp" ref', {"refund"}),
        ("lam", {"lamp", "refund"}),
        ("lam broken", set()),
        ("w4827310", {"lamp"}),
        ("#W4827310", {"lamp"}),
        ("donde esta", {"coat"}),
        ("MULLER strasse", {"coat"}),
        ("Müller Straße", {"coat"}),
        ("jo@mail.example", {"refund"}),
        ("very late", {"long"}),
        ("lovelace", set()),
        ("nothing like this", set()),
    ],
)
def test_words_phrases_and_beginnings_are_found(found, words: str, names: set[str]) -> None:
    assert set(found(words)) == names


@pytest.mark.parametrize(
    "words",
    [
        *("", " ", '"', '""', "*", "lamp AND", 'NEAR("a" "b")', "words:lamp", "-lamp", "(lamp", "'", "\\", "a" * 5000),
        *("%", "^x", "lamp & | !", ":*", "<->", "lamp\x00", "\ud800", "AND", "OR NOT"),
    ],
)
def test_whatever_is_typed_is_a_search(found, words: str) -> None:
    assert set(found(words)) <= set(TEXTS)


def test_the_newest_come_first_and_no_more_than_wanted(found) -> None:
    assert len(found("late")) == 2
    assert len(found("late", most=1)) == 1


def test_what_changes_is_found_anew_and_what_is_removed_no_longer(database: Database, found) -> None:
    def change(words: str) -> None:
        changed = sa.update(conversation_words).where(conversation_words.c.words.contains("broken"))
        database.write_now(lambda connection: connection.execute(changed.values(words=words)))

    change("a broken chair")
    assert found("chair") == ["lamp"]
    assert found("w4827310") == []
    database.write_now(lambda connection: connection.execute(sa.delete(conversation_words)))
    assert found("chair") == []


def test_nothing_is_left_in_the_index_of_words_that_were_removed(database: Database, found) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL's index is a column of the row that is removed")

    def left(connection: Connection) -> bytes:
        return b"".join(connection.exec_driver_sql(f"SELECT block FROM {INDEX}_data").scalars())

    assert b"w4827310" in database.read_now(left)
    database.write_now(lambda connection: connection.execute(sa.delete(conversation_words)))
    forget_words(database)
    assert b"w4827310" not in database.read_now(left)


def test_a_migrated_database_searches_too(database_url: str) -> None:
    migrate(database_url)
    database = Database(database_url)
    assert database.read_now(lambda connection: connection.execute(matching(connection, "x", 1)).all()) == []
    database.close()
