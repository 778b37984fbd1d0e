"""Reads a Bellhop database with plain SQL into records, SQLite or PostgreSQL alike; writes nothing."""

import json
from typing import Any

import sqlalchemy as sa

from tests.chaos.records import Database, StoredConversation, StoredMessage, StoredSurvey, StoredTurn


class NotEmpty(Exception):
    """The database holds conversations of somebody else."""


class Reader:
    """One database."""

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))

    def check_empty(self) -> None:
        """Raises NotEmpty where there are messages: a proof needs a database of its own."""
        if not sa.inspect(self._engine).has_table("messages"):
            return
        if self._count("SELECT count(*) AS n FROM messages"):
            raise NotEmpty(f"{self._engine.url!r} holds messages already; give an empty database")

    def unhandled(self) -> int:
        """How many of the customers' messages wait for their turn."""
        return self._count("SELECT count(*) AS n FROM messages WHERE author_kind = 'customer' AND handled_at IS NULL")

    def read(self) -> Database:
        """All rows that matter."""
        return Database(
            [
                StoredConversation(row["id"], row["state"], row["last_seq"], row["turns"])
                for row in self._rows("SELECT id, state, last_seq, turns FROM conversations")
            ],
            [_message(row) for row in self._rows("SELECT * FROM messages ORDER BY conversation_id, seq")],
            [_turn(row) for row in self._rows("SELECT * FROM turns ORDER BY conversation_id, number")],
            [
                StoredSurvey(row["conversation_id"], row["state"], row["score"])
                for row in self._rows("SELECT conversation_id, state, score FROM surveys")
            ],
        )

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _count(self, query: str) -> int:
        return int(self._rows(query)[0]["n"])

    def _rows(self, query: str) -> list[dict[str, Any]]:
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.exec_driver_sql(query).mappings()]


def _message(row: dict[str, Any]) -> StoredMessage:
    external = row["external_id"]
    return StoredMessage(
        id=row["id"],
        conversation=row["conversation_id"],
        seq=row["seq"],
        author=row["author_kind"],
        kind=row["kind"],
        text=row["text"],
        # The web channel stores visitor:id.
        client_id=external.rpartition(":")[2] if external and row["author_kind"] == "customer" else None,
        in_reply_to=row["in_reply_to"],
        payload=row["payload"],
        moment=str(row["created_at"]),
        handled=row["handled_at"] is not None,
        answered_with=row.get("answered_with"),
    )


def _turn(row: dict[str, Any]) -> StoredTurn:
    understanding = row["understanding"]
    # PostgreSQL hands out JSON parsed, SQLite as text.
    parsed = json.loads(understanding) if isinstance(understanding, str) else understanding
    gave_up = isinstance(parsed, dict) and "error" in parsed
    return StoredTurn(row["message_id"], row["conversation_id"], row["number"], str(row["finished_at"]), gave_up)
