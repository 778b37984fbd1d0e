"""How a database finds what is asked of it, in its own words: whether it uses an index, and which."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import sqlalchemy as sa

from bot.storage.database import Database


async def plans_of(database: Database, work: Callable[[], Awaitable[Any]], *, begins: str = "SELECT") -> list[str]:
    """The plan of each query that `work` makes and that begins so, with the tables as full as they are."""
    await database.write(lambda connection: connection.exec_driver_sql("ANALYZE"))
    asked: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, values: Any, *others: Any) -> None:
        if statement.startswith(begins):
            asked.append((statement, values))

    sa.event.listen(database.engine, "before_cursor_execute", note)
    await work()
    sa.event.remove(database.engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "

    def plan(statement: str, values: Any) -> str:
        rows = database.read_now(lambda connection: connection.exec_driver_sql(explain + statement, values).all())
        return "\n".join(str(row[-1]) for row in rows)

    return [plan(*query) for query in asked]
