"""What `bellhop cases` prints, and how a case is named and closed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from bot.cases.cases import Case, CaseItem, CaseKind, NewCase
from bot.cli import main
from bot.commands.cases import NotOneCase, cases_json, cases_text, finish
from bot.storage.database import Database
from bot.storage.migrate import migrate
from tests.integration.insights.recorded import Recorder
from tests.support.core import case_book

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
CASE = Case(
    id="3f2a9c41" + "0" * 24,
    conversation_id="c1",
    kind="damaged",
    level="verified",
    shop_customer_id="mei_halasz",
    order_number="#W1000001",
    items=(CaseItem("1001", "Mug"),),
    words="in two\npieces\x1b[2J",
    contact="jo@mail.example",
    status="open",
    opened_at=NOW,
    due_at=NOW + timedelta(hours=8),
    done_at=None,
)


def test_a_case_is_shown_with_all_that_a_person_needs() -> None:
    assert cases_text([CASE], NOW, LONDON).splitlines() == [
        "1 open, 0 of them overdue",
        "",
        "3f2a9c41  damaged    due Wed 2026-07-01 18:00",
        "  about    #W1000001, Mug",
        "  who      customer verified (mei_halasz)",
        "  contact  jo@mail.example",
        "  says     in two pieces[2J",
        "  chat     c1",
    ]


def test_what_is_not_known_is_left_out() -> None:
    bare = replace(CASE, order_number=None, items=(), contact=None, words="", level="anonymous", shop_customer_id=None)
    assert cases_text([bare], NOW, LONDON).splitlines()[3:] == ["  who      customer not known", "  chat     c1"]


def test_a_broken_promise_is_marked_and_a_done_case_is_not() -> None:
    later = NOW + timedelta(days=1)
    done = replace(CASE, status="done", done_at=later)
    assert "OVERDUE" in cases_text([CASE], later, LONDON)
    assert cases_text([CASE], later, LONDON).startswith("1 open, 1 of them overdue")
    assert "OVERDUE" not in cases_text([done], later, LONDON)
    assert "done 2026-07-02 10:00" in cases_text([done], later, LONDON)


def test_without_cases_the_list_says_so() -> None:
    assert cases_text([], NOW, LONDON) == "Nothing is waiting for a person."


def test_programs_get_the_same() -> None:
    (row,) = json.loads(cases_json([CASE], NOW))
    assert (row["due_at"], row["overdue"]) == ("2026-07-01T17:00:00+00:00", False)
    assert row["items"] == [{"item_id": "1001", "name": "Mug"}]


@pytest.fixture
def opened(tmp_path: Path, new_id: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database with two cases, which the command line finds."""
    database = Database(f"sqlite:///{tmp_path / 'bellhop.db'}")
    migrate(database.url)
    book = case_book(database, new_id)

    def work(connection) -> None:
        conversation = Recorder(connection).conversation(survey=None)
        for key in "ab":
            new = NewCase(CaseKind.OTHER, NOW, "")
            book.open(connection, new, conversation_id=conversation, key=key, now=NOW)

    database.write_now(work)
    monkeypatch.setenv("BELLHOP_DATABASE_URL", database.url)
    return database


def test_enough_of_an_id_names_its_case(opened: Database) -> None:
    first, second = f"{1:032x}", f"{2:032x}"
    with pytest.raises(NotOneCase, match=f"2 IDs begin with '0000': {first}, {second}"):
        opened.write_now(lambda connection: finish(connection, "0000", NOW))
    with pytest.raises(NotOneCase, match="no case's ID begins with 'f'"):
        opened.write_now(lambda connection: finish(connection, "f", NOW))
    assert opened.write_now(lambda connection: finish(connection, first, NOW)) == "Case 00000000 is done."
    assert opened.write_now(lambda connection: finish(connection, first, NOW)) == "Case 00000000 was done already."


def test_a_person_works_through_the_list_on_the_command_line(opened: Database) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["cases", *arguments])
        return result.exit_code, result.output

    assert run("list")[1].startswith("2 open, 2 of them overdue")
    assert run("done", f"{1:032x}") == (0, "Case 00000000 is done.\n")
    assert run("list")[1].startswith("1 open, 1 of them overdue")
    assert [row["status"] for row in json.loads(run("list", "--all", "--json")[1])] == ["open", "done"]
    assert run("done", "f")[0] == 1


def test_without_a_database_the_commands_say_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLHOP_DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")
    for command in (["cases", "list"], ["cases", "done", "a"]):
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 2
        assert "bellhop migrate" in result.output
