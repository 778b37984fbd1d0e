"""Rows by table, written many at once; knows nothing of what is in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

# Importing them is what makes their tables known.
from bot.storage import article_tables, case_tables, desk_tables, insight_tables, tables

FILLED = (
    *(tables.agents, tables.customers, tables.identities, tables.conversations, tables.messages, tables.turns),
    *(tables.deliveries, tables.surveys, tables.follow_ups, tables.callbacks, tables.verifications),
    *(case_tables.cases, desk_tables.handoffs, desk_tables.handoff_events, desk_tables.notes),
    *(desk_tables.conversation_tags, article_tables.article_showings, article_tables.unanswered_questions),
    *(insight_tables.extra_questions, insight_tables.reviews),
)  # what others refer to first
_BLANK: Mapping[str, dict[str, Any]] = {
    table.name: {column.name: None for column in table.c if column.server_default is None} for table in FILLED
}


class Rows:
    """What is to be written in one transaction."""

    def __init__(self) -> None:
        self._of: dict[str, list[dict[str, Any]]] = {}

    def add(self, table: sa.Table, **values: Any) -> dict[str, Any]:
        """One more row, which may be changed until it is written."""
        row = {**_BLANK[table.name], **values}
        self._of.setdefault(table.name, []).append(row)
        return row

    def of(self, table: sa.Table) -> list[dict[str, Any]]:
        """The rows of a table so far, in order."""
        return self._of.get(table.name, [])

    def write(self, connection: Connection) -> None:
        """Write all of it."""
        for table in FILLED:
            if rows := self._of.get(table.name):
                connection.execute(sa.insert(table), rows)
