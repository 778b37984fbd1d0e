"""The recipes of docs/data-out.md do what they say, run by DuckDB over files of ours."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from bot.insights.csat import wilson
from bot.insights.filters import Wanted
from bot.insights.out.exporting import WHATS, Export, columns_of
from bot.insights.out.tables import table_file
from bot.settings import ROOT
from bot.storage.database import Database
from bot.storage.migrate import migrate
from tests.support.insight_rows import plausible

COUNT = 200


def recipe(name: str) -> str:
    """The SQL of that name."""
    page = (ROOT / "docs" / "data-out.md").read_text(encoding="utf-8")
    (found,) = re.findall(rf"```sql\n-- recipe: {name}\n(.+?)```", page, re.DOTALL)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with both files, and the database that they are of."""
    folder = tmp_path_factory.mktemp("recipes")
    (folder / "var").mkdir()
    url = f"sqlite:///{folder / 'data' / 'bellhop.db'}"
    migrate(url)
    database = Database(url)
    database.write_now(lambda connection: plausible(connection, COUNT, datetime.now(UTC), days=90))
    for what in ("conversations", "messages"):
        export = Export(what, Wanted())
        batch = database.read_now(lambda connection, export=export: export.batch(connection))
        (folder / f"{what}.parquet").write_bytes(table_file("parquet", export.columns, batch.rows))
    database.close()
    return folder


@pytest.fixture
def duck(folder, monkeypatch):
    monkeypatch.chdir(folder)
    with duckdb.connect() as connection:
        yield connection


def rows(connection, sql: str) -> list[dict]:
    result = connection.execute(sql)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def test_satisfaction_by_topic_has_the_interval_that_our_pages_have(duck) -> None:
    found = rows(duck, recipe("satisfaction"))
    scores = duck.execute("SELECT topic, score FROM 'conversations.parquet' WHERE score IS NOT NULL").fetchall()
    assert {row["topic"] for row in found} == {topic for topic, _ in scores}
    for row in found:
        own = [score for topic, score in scores if topic == row["topic"]]
        low, high = wilson(sum(score >= 4 for score in own), len(own))
        assert (row["answers"], row["few_answers"]) == (len(own), len(own) < 30)
        assert (row["low"], row["high"]) == (pytest.approx(low, abs=0.001), pytest.approx(high, abs=0.001))
        assert row["answers"] <= row["asked"]


def test_last_answers_come_from_both_files(duck) -> None:
    duck.execute(
        "CREATE TABLE m AS SELECT * REPLACE (CASE WHEN author = 'bot' THEN 'utter_it' END AS response) "
        "FROM 'messages.parquet'"
    )
    found = rows(duck, recipe("last answers").replace("'messages.parquet'", "m"))
    unhappy = duck.execute("SELECT count(*) FROM 'conversations.parquet' WHERE score <= 2").fetchone()[0]
    assert sum(row["conversations"] for row in found) == unhappy > 0


def test_what_is_asked_of_the_views_can_be_asked(duck) -> None:
    """With the files in the place of the views: the extension that attaches databases is not on every machine."""
    duck.execute("ATTACH ':memory:' AS bellhop")
    duck.execute("CREATE TABLE bellhop.conversation_export AS SELECT * FROM 'conversations.parquet'")
    assert sum(row["ended"] for row in rows(duck, recipe("attached"))) == COUNT


def test_the_database_itself_can_be_attached(duck) -> None:
    try:
        duck.execute("LOAD sqlite")
    except duckdb.Error:
        pytest.skip("DuckDB's sqlite extension is not on this machine")
    duck.execute(recipe("attach sqlite"))
    assert sum(row["ended"] for row in rows(duck, recipe("attached"))) == COUNT


def test_the_moments_of_a_file_are_moments_in_utc(duck) -> None:
    kind = duck.execute(
        "SELECT typeof(counted_at), typeof(score), typeof(asked), typeof(day) FROM 'conversations.parquet'"
    )
    assert kind.fetchone() == ("TIMESTAMP WITH TIME ZONE", "BIGINT", "BOOLEAN", "DATE")


@pytest.mark.parametrize("what", WHATS)
def test_no_column_has_to_be_quoted(duck, what) -> None:
    names = ", ".join(column.name for column in columns_of(what))
    duck.execute(f"CREATE TABLE all_of_it AS SELECT {names} FROM '{what}.parquet'")
