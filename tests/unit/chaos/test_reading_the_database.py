"""The checker's plain SQL reads the tables that the product really makes."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.storage.tables import conversations, customers, identities, messages, metadata, surveys, turns
from tests.chaos.database import NotEmpty, Reader
from tests.chaos.records import StoredConversation, StoredMessage, StoredSurvey, StoredTurn

NOW = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)


def row(table: sa.Table, **values: Any) -> dict[str, Any]:
    """A row with ``values``, and something harmless in every other column that must not be empty."""
    for column in table.columns:
        if column.name not in values and not column.nullable:
            values[column.name] = _harmless(column)
    return values


def _harmless(column: sa.Column[Any]) -> Any:
    if isinstance(column.type, sa.JSON):
        return []
    if isinstance(column.type, sa.types.TypeDecorator):
        return NOW
    return {str: "x", int: 0, float: 0.0, bool: False}[column.type.python_type]


@pytest.fixture
def url(tmp_path: Path) -> str:
    address = f"sqlite:///{tmp_path / 'bellhop.db'}"
    engine = sa.create_engine(address)
    metadata.create_all(engine)
    engine.dispose()
    return address


def fill(url: str) -> None:
    """A conversation with one message, its answer, and a survey."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:

        def add(table: sa.Table, **values: Any) -> None:
            connection.execute(sa.insert(table).values(**row(table, **values)))

        add(customers, id="k1")
        add(identities, id="i1", customer_id="k1", channel="web", external_id="visitor")
        add(
            conversations,
            id="c1",
            customer_id="k1",
            state="ended",
            end_reason="done",
            ended_at=NOW,
            last_seq=2,
            turns=1,
        )
        said = {"conversation_id": "c1", "channel": "web", "created_at": NOW}
        add(
            messages,
            id="m1",
            seq=1,
            author_kind="customer",
            kind="text",
            text="hi",
            external_id="visitor:u1",
            handled_at=NOW,
            **said,
        )
        add(messages, id="m2", seq=2, author_kind="bot", kind="text", text="Hello!", in_reply_to="m1", **said)
        add(
            turns,
            message_id="m1",
            conversation_id="c1",
            number=1,
            understanding={"error": "turn_failed"},
            finished_at=NOW,
        )
        together = {"author_kind": "customer", "kind": "text", "text": "?", "handled_at": NOW}
        add(messages, id="m0", seq=0, external_id="visitor:u0", answered_with="m1", **together, **said)
        add(surveys, id="s1", conversation_id="c1", state="answered", score=4)
    engine.dispose()


def test_rows_become_records(url: str) -> None:
    fill(url)
    reader = Reader(url)
    found = reader.read()
    assert found.conversations == [StoredConversation("c1", "ended", 2, 1)]
    moment = found.turns[0].moment
    assert moment.startswith("2026-01-01 12:00:00.123456")
    assert found.messages == [
        StoredMessage("m0", "c1", 0, "customer", "text", "?", "u0", None, None, moment, True, "m1"),
        StoredMessage("m1", "c1", 1, "customer", "text", "hi", "u1", None, None, moment, True),
        StoredMessage("m2", "c1", 2, "bot", "text", "Hello!", None, "m1", None, moment, False),
    ]
    assert found.turns == [StoredTurn("m1", "c1", 1, moment, True)]
    assert found.surveys == [StoredSurvey("c1", "answered", 4)]
    assert reader.unhandled() == 0
    reader.close()


def test_a_database_in_use_is_refused(url: str) -> None:
    reader = Reader(url)
    reader.check_empty()
    fill(url)
    with pytest.raises(NotEmpty):
        reader.check_empty()
    reader.close()


def test_a_database_without_tables_is_empty(tmp_path: Path) -> None:
    reader = Reader(f"sqlite:///{tmp_path / 'new.db'}")
    reader.check_empty()
    reader.close()
