"""The list of conversations as the rows of a file: what is counted of each, and its tags; nothing that was said."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.insights.filters import Wanted, conditions
from bot.insights.out.tables import Column
from bot.insights.pages.list_reading import beyond, key_of, order_of, parsed_key, tags_of
from bot.storage.insight_tables import conversation_facts as facts
from bot.storage.tables import agents

_LEFT_OUT = {"computed_at", "reopened_by"}
_TYPES: list[tuple[type[sa.types.TypeEngine[Any]], str]] = [
    (sa.Boolean, "boolean"),
    (sa.Integer, "integer"),
    (sa.Float, "number"),
]


def _column(column: sa.Column[Any]) -> Column:
    if column.name == "day":
        return Column("day", "day")
    if column.name == "steps":
        return Column("steps", "json")
    if column.name in ("at", "started_at", "ended_at"):
        return Column(column.name, "moment")
    kind = next((name for known, name in _TYPES if isinstance(column.type, known)), "text")
    return Column(column.name, kind)  # type: ignore[arg-type]  # one of the above


_SHOWN = [column for column in facts.c if column.name not in _LEFT_OUT]
COLUMNS = (*(_column(column) for column in _SHOWN), Column("agent"), Column("tags", "json"))


def batch_for_file(
    connection: Connection, wanted: Wanted, sort: str, after: str | None, *, size: int
) -> tuple[list[dict[str, Any]], str | None]:
    """The next of all conversations that are wanted, in the order of the list.

    Args:
        after: the key of the last one before; None: from the beginning.
        size: so many at most.

    Returns:
        The rows, and the key to go on after; None: that was all.
    """
    key = parsed_key(after, sort) if after else None
    chosen = (
        sa.select(*_SHOWN, agents.c.name.label("agent"))
        .select_from(facts.outerjoin(agents, agents.c.id == facts.c.agent_id))
        .where(*conditions(wanted), *beyond(sort, key, backwards=False))
        .order_by(*order_of(sort))
        .limit(size)
    )
    rows: list[Row[Any]] = list(connection.execute(chosen))
    tags = tags_of(connection, [row.conversation_id for row in rows])
    last = key_of(rows[-1], sort) if len(rows) == size else None
    return [{**row._mapping, "tags": tags.get(row.conversation_id, [])} for row in rows], last
