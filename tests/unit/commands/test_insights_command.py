"""`bellhop insights rebuild`, and `bellhop verify` that counts once more."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from bot.cli import main
from bot.insights.fact_rules import EQUAL
from bot.storage.database import Database
from bot.storage.insight_tables import conversation_facts
from bot.storage.migrate import migrate
from tests.integration.insights.recorded import Recorder


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    database = Database(f"sqlite:///{tmp_path / 'bellhop.db'}")
    monkeypatch.setenv("BELLHOP_DATABASE_URL", database.url)
    migrate(database.url)
    database.write_now(lambda connection: Recorder(connection).conversation(survey="answered", score=5))
    return database


def test_everything_is_counted_anew_and_right(stored: Database) -> None:
    result = CliRunner().invoke(main, ["insights", "rebuild"])

    assert (result.exit_code, result.output) == (0, "1 conversations are counted anew.\n")
    wanted = sa.select(conversation_facts.c.outcome, conversation_facts.c.score)
    assert stored.read_now(lambda connection: connection.execute(wanted).all()) == [("confirmed", 5)]
    checked = CliRunner().invoke(main, ["verify", "--all"])
    assert checked.exit_code == 0, checked.output
    assert f"ok      {EQUAL}" in checked.output


def test_a_wrong_figure_is_told_and_put_right(stored: Database) -> None:
    CliRunner().invoke(main, ["insights", "rebuild"])
    wrong = sa.update(conversation_facts).values(turns=9)
    stored.write_now(lambda connection: connection.execute(wrong))

    checked = CliRunner().invoke(main, ["verify"])
    assert checked.exit_code == 1
    assert "turns 9 instead of 2" in checked.output
    CliRunner().invoke(main, ["insights", "rebuild"])
    assert CliRunner().invoke(main, ["verify"]).exit_code == 0


def test_a_database_that_is_not_there_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLHOP_DATABASE_URL", "postgresql+psycopg://bellhop:hush@127.0.0.1:1/none")
    result = CliRunner().invoke(main, ["insights", "rebuild"])

    assert result.exit_code == 2
    assert "hush" not in result.output
