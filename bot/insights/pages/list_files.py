"""The list of conversations as the rows of a file: what is counted of each, and its tags; nothing that was said."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.insights.filters import Wanted, conditions
from bot.insights.out.tables import Column
from bot.insights.pages.list_reading import order_of
from bot.storage.desk_tables import conversation_tags
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


def rows_for_file(connection: Connection, wanted: Wanted, sort: str) -> list[dict[str, Any]]:
    """All conversations that are wanted, in the order of the list."""
    chosen = (
        sa.select(*_SHOWN, agents.c.name.label("agent"))
        .select_from(facts.outerjoin(agents, agents.c.id == facts.c.agent_id))
        .where(*conditions(wanted))
        .order_by(*order_of(sort))
    )
    rows = connection.execute(chosen).mappings().all()
    tags: dict[str, list[str]] = {}
    t = conversation_tags.c
    tagged = sa.select(t.conversation_id, t.tag).where(
        t.conversation_id.in_(sa.select(facts.c.conversation_id).where(*conditions(wanted)))
    )
    for row in connection.execute(tagged.order_by(t.tag)):
        tags.setdefault(row.conversation_id, []).append(row.tag)
    return [dict(row) | {"tags": tags.get(row["conversation_id"], [])} for row in rows]
