"""A line of the audit log may forget whom it was about, and nothing else of it changes."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.staff.audit import note, read_audit
from bot.storage.database import Database
from bot.storage.desk_tables import audit
from bot.storage.migrate import migrate
from tests.conftest import Clock

pytestmark = pytest.mark.integration


def with_a_line(url: str, clock: Clock) -> Database:
    migrate(url)
    database = Database(url)
    database.write_now(
        lambda connection: note(
            connection,
            now=clock(),
            action="order_lookup",
            agent_id="robin",
            conversation_id="c1",
            subject="#W2507194",
            details={"by": "email"},
            address="198.51.100.7",
        )
    )
    return database


def test_subject_and_details_may_be_emptied(database_url: str, clock: Clock) -> None:
    database = with_a_line(database_url, clock)
    try:
        database.write_now(lambda connection: connection.execute(sa.update(audit).values(subject=None, details=None)))
        (line,) = database.read_now(lambda connection: read_audit(connection, limit=9))
        assert (line.subject, line.details) == (None, None)
        assert (line.action, line.agent_id, line.conversation_id) == ("order_lookup", "robin", "c1")
        assert (line.at, line.address) == (clock(), "198.51.100.7")
    finally:
        database.close()


@pytest.mark.parametrize(
    "change",
    [
        "subject = 'another'",
        "subject = ''",
        "details = '{}'",
        "subject = NULL, action = 'nothing'",
        "subject = NULL, agent_id = NULL",
        "subject = NULL, address = NULL",
        "details = NULL, conversation_id = NULL",
        "details = NULL, at = '2020-01-01'",
        "subject = NULL, number = number + 1",
        "agent_id = NULL",
    ],
)
def test_anything_else_is_refused(database_url: str, clock: Clock, change: str) -> None:
    database = with_a_line(database_url, clock)
    try:
        with pytest.raises(sa.exc.DBAPIError, match="append-only"):
            database.write_now(lambda connection: connection.execute(sa.text(f"UPDATE audit SET {change}")))
        (line,) = database.read_now(lambda connection: read_audit(connection, limit=9))
        assert (line.subject, line.action) == ("#W2507194", "order_lookup")
    finally:
        database.close()


def test_what_was_emptied_is_not_filled_again(database_url: str, clock: Clock) -> None:
    database = with_a_line(database_url, clock)
    try:
        database.write_now(lambda connection: connection.execute(sa.update(audit).values(subject=None)))
        with pytest.raises(sa.exc.DBAPIError, match="append-only"):
            database.write_now(lambda connection: connection.execute(sa.update(audit).values(subject="somebody")))
    finally:
        database.close()
