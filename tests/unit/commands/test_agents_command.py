"""What `bellhop agents` prints, and how people are added and changed on the command line."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from sqlalchemy.engine import Connection

from bot.cli import main
from bot.commands.agents import Person, audit_text, people_text
from bot.staff.accounts import agent_by_email
from bot.staff.models import Agent, AuditEntry, Presence, Role
from bot.staff.passwords import Passwords
from bot.staff.presence import choose
from bot.storage.database import Database
from bot.storage.migrate import migrate
from bot.storage.tables import agents, conversations
from tests.integration.insights.recorded import Recorder

NOW = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
GOOD = "umbrellas for everybody"
ROBIN = Agent(
    id="a1",
    email="robin@shop.example",
    name="Robin Hale",
    role=Role.AGENT,
    active=True,
    languages=("en", "de"),
    capacity=4,
    presence=Presence.ONLINE,
    seen_at=NOW,
    must_change_password=True,
    demo=False,
)


def test_people_are_shown_with_what_they_answer_and_whether_they_are_there() -> None:
    text = people_text([Person(ROBIN, ("Returns",), 2)], NOW, timedelta(minutes=1))
    assert text.splitlines() == [
        "Robin Hale  robin@shop.example  agent",
        "  answers  en, de, up to 4 at once",
        "  teams    Returns",
        "  account  has to change their password",
        "  now      online, 2 open",
    ]
    later = people_text([Person(ROBIN, (), 0)], NOW + timedelta(hours=1), timedelta(minutes=1))
    assert "now      away, 0 open" in later
    assert "teams" not in later


def test_a_line_of_the_log_is_one_line_whatever_is_in_it() -> None:
    entry = AuditEntry(7, NOW, None, None, "sign_in_failed", None, "x\ny\x1b[2J", {"a": 1}, "192.0.2.1")
    assert audit_text([entry], ZoneInfo("Europe/London")) == (
        '     7  2026-07-01 10:00:00  somebody  sign in failed  x y[2J  from 192.0.2.1  {"a": 1}'
    )


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database that the command line finds."""
    database = Database(f"sqlite:///{tmp_path / 'bellhop.db'}")
    migrate(database.url)
    monkeypatch.setenv("BELLHOP_DATABASE_URL", database.url)
    return database


def give_a_conversation(connection: Connection, agent_id: str) -> None:
    conversation = Recorder(connection).conversation(survey=None)
    connection.execute(conversations.update().where(conversations.c.id == conversation).values(owner=agent_id))


def run(*arguments: str, typed: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(main, ["agents", *arguments], input=typed)
    return result.exit_code, result.output


def test_somebody_is_added_with_the_password_that_is_given(database: Database) -> None:
    arguments = ("add", "Robin@Shop.example", "--name", "Robin Hale", "--language", "en", "--team", "Returns")
    code, said = run(*arguments, "--team", "Delivery", "--capacity", "6", typed=f"{GOOD}\n")

    assert (code, said) == (0, "Robin Hale (agent) can sign in at /desk with robin@shop.example.\n")
    (row,) = json.loads(run("list", "--json")[1])
    assert sorted(row["teams"]) == ["Delivery", "Returns"]
    assert (row["languages"], row["capacity"], row["must_change_password"]) == (["en"], 6, False)
    assert Passwords().matches(stored_hash(database), GOOD)


def stored_hash(database: Database) -> str:
    return database.read_now(
        lambda connection: str(connection.execute(agents.select().with_only_columns(agents.c.password_hash)).scalar())
    )


def test_a_password_that_is_made_is_shown_once_and_has_to_be_changed(database: Database) -> None:
    code, said = run("add", "robin@shop.example", "--name", "Robin Hale", "--make-password")
    assert code == 0
    made = re.search(r"Password: (\S+)\n", said)
    assert made is not None
    assert Passwords().matches(stored_hash(database), made[1])
    assert "has to change their password" in run("list")[1]

    assert run("password", "robin@shop.example", typed=f"{GOOD}\n")[0] == 0
    assert "has to change" not in run("list")[1]


@pytest.mark.parametrize(
    ("arguments", "typed", "said"),
    [
        (("add", "robin@shop.example", "--name", "X"), GOOD, "There is an account for robin@shop.example already"),
        (("add", "nonsense", "--name", "X"), GOOD, "That is no e-mail address"),
        (("add", "new@shop.example", "--name", "X"), "short", "at least 10 characters"),
        (("add", "new@shop.example", "--name", "X"), "", "at least 10 characters"),
        (("add", "new@shop.example", "--name", "X", "--language", "german"), GOOD, "no language's code"),
        (("disable", "nobody@shop.example"), "", "There is no account for nobody@shop.example"),
        (("password", "nobody@shop.example"), GOOD, "There is no account"),
        (("audit", "--agent", "nobody@shop.example"), "", "There is no account"),
        (("disable", "sam@shop.example"), "", "This is the only admin"),
        (("role", "sam@shop.example", "agent"), "", "This is the only admin"),
        (("change", "robin@shop.example", "--email", "sam@shop.example"), "", "There is an account for sam@"),
    ],
)
def test_what_cannot_be_done_is_said_and_is_exit_code_1(
    database: Database, arguments: tuple[str, ...], typed: str, said: str
) -> None:
    run("add", "robin@shop.example", "--name", "Robin Hale", "--make-password")
    run("add", "sam@shop.example", "--name", "Sam Okafor", "--role", "admin", "--make-password")
    before = run("list", "--all", "--json")[1]

    code, output = run(*arguments, typed=typed and f"{typed}\n")

    assert code == 1
    assert said in output
    assert run("list", "--all", "--json")[1] == before


def test_disabling_says_what_becomes_of_the_conversations(database: Database) -> None:
    run("add", "robin@shop.example", "--name", "Robin Hale", "--make-password")

    def hold(connection: Connection) -> None:
        robin = agent_by_email(connection, "robin@shop.example")
        assert robin
        choose(connection, robin.id, Presence.ONLINE, NOW)
        give_a_conversation(connection, robin.id)

    database.write_now(hold)
    code, said = run("disable", "robin@shop.example")
    assert code == 0
    assert "The conversation they hold goes back to the queue" in said
    assert run("disable", "robin@shop.example") == (0, "Robin Hale was disabled already.\n")
    assert run("list")[1].startswith("Nobody can sign in")
    assert "account  disabled" in run("list", "--all")[1]
    assert run("enable", "robin@shop.example")[0] == 0
    assert run("enable", "robin@shop.example") == (0, "Robin Hale was active already.\n")


def test_an_account_is_changed_and_the_log_tells_it(database: Database) -> None:
    run("add", "robin@shop.example", "--name", "Robin Hale", "--language", "en", "--make-password")
    code, said = run("change", "robin@shop.example", "--team", "Returns", "--any-language", "--capacity", "9")
    assert code == 0
    assert "answers  any language, up to 9 at once" in said
    assert run("role", "robin@shop.example", "supervisor")[0] == 0
    assert run("change", "robin@shop.example")[0] == 2
    assert run("change", "robin@shop.example", "--team", "A", "--no-team")[0] == 2
    assert "teams" not in run("change", "robin@shop.example", "--no-team")[1]

    entries = json.loads(run("audit", "--json")[1])
    assert [entry["action"] for entry in entries] == ["agent_changed"] * 3 + ["agent_added"]
    assert "a command  agent added  robin@shop.example" in run("audit", "--limit", "1", "--before", "2")[1]
    assert run("audit", "--action", "export") == (0, "Nothing is written there.\n")


def test_without_a_database_the_commands_for_people_say_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BELLHOP_DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")
    for arguments in (("list",), ("audit",), ("disable", "a@b.c"), ("add", "a@b.c", "--name", "A")):
        code, said = run(*arguments)
        assert code == 2
        assert "bellhop migrate" in said
