"""The log of what people did: added to and read, and nothing else."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.staff.audit import actions_in, note, read_audit
from bot.storage.database import Database, StorageError
from bot.storage.desk_tables import audit
from bot.storage.migrate import migrate
from tests.conftest import Clock
from tests.support.staffed import Desk

pytestmark = pytest.mark.integration


def test_lines_come_newest_first_page_by_page_with_names(desk: Desk) -> None:
    robin = desk.add()

    def write(connection: sa.Connection) -> None:
        for number in range(5):
            note(connection, now=desk.clock(), action="claim", agent_id=robin.id, conversation_id=f"c{number}")

    desk.database.write_now(write)
    first = desk.database.read_now(lambda connection: read_audit(connection, limit=3))
    second = desk.database.read_now(lambda connection: read_audit(connection, limit=3, before=first[-1].number))
    assert [entry.conversation_id for entry in first + second] == ["c4", "c3", "c2", "c1", "c0"]
    assert {entry.agent_name for entry in first} == {"Robin Hale"}


def test_lines_are_chosen_by_who_what_and_where(desk: Desk) -> None:
    robin, ines = desk.add(), desk.add("Ines Duarte")

    def write(connection: sa.Connection) -> None:
        note(connection, now=desk.clock(), action="claim", agent_id=robin.id, conversation_id="c1")
        note(connection, now=desk.clock(), action="claim", agent_id=ines.id, conversation_id="c2")
        note(connection, now=desk.clock(), action="export", agent_id=ines.id, conversation_id="c2")

    desk.database.write_now(write)

    def count(**wanted: str) -> int:
        return len(desk.database.read_now(lambda connection: read_audit(connection, limit=9, **wanted)))  # type: ignore[arg-type]  # text, all of them

    assert (count(agent_id=robin.id), count(conversation_id="c2"), count(action="export")) == (1, 2, 1)
    assert count(agent_id=robin.id, action="export") == 0


def test_a_subject_of_any_length_is_written_down(desk: Desk) -> None:
    desk.database.write_now(
        lambda connection: note(connection, now=desk.clock(), action="search", subject="x" * 5000, address="y" * 500)
    )
    (entry,) = desk.database.read_now(lambda connection: read_audit(connection, limit=1))
    assert (entry.subject, entry.address) == ("x" * 200, "y" * 64)


def test_a_line_stands_if_what_it_tells_of_stands(desk: Desk) -> None:
    def work(connection: sa.Connection) -> None:
        note(connection, now=desk.clock(), action="claim")
        raise LookupError

    with pytest.raises(LookupError):
        desk.database.write_now(work)
    assert desk.database.read_now(lambda connection: read_audit(connection, limit=9)) == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET action = 'nothing'",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE action = 'claim'",
        "INSERT OR REPLACE INTO audit (number, at, action) VALUES (1, '2026-03-02', 'nothing')",  # SQLite's alone
        "INSERT INTO audit (number, at, action) VALUES (1, '2026-03-02', 'x') "
        "ON CONFLICT (number) DO UPDATE SET action = 'nothing'",
        "TRUNCATE audit",  # PostgreSQL's alone
    ],
)
def test_the_database_refuses_to_change_or_remove_a_line(database_url: str, clock: Clock, change: str) -> None:
    migrate(database_url)
    database = Database(database_url)
    try:
        database.write_now(lambda connection: note(connection, now=clock(), action="claim", subject="as it was"))
        with pytest.raises((sa.exc.DBAPIError, StorageError)):
            database.write_now(lambda connection: connection.execute(sa.text(change)))
        (entry,) = database.read_now(lambda connection: read_audit(connection, limit=9))
        assert (entry.action, entry.subject) == ("claim", "as it was")
        database.write_now(lambda connection: note(connection, now=clock(), action="release"))
        assert database.read_now(lambda connection: connection.execute(sa.select(audit)).all())
    finally:
        database.close()


def test_every_action_is_named_once(desk: Desk) -> None:
    assert desk.database.read_now(actions_in) == []

    def write(connection: sa.Connection) -> None:
        for action in ("sign_in", "claim", "sign_in", "claim", "transfer"):
            note(connection, now=desk.clock(), action=action)

    desk.database.write_now(write)
    assert desk.database.read_now(actions_in) == ["claim", "sign_in", "transfer"]
