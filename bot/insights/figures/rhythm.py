"""When customers write: conversations by hour and weekday of their beginning, at the shop's clock."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.insights.filters import Wanted, conditions
from bot.storage.insight_tables import conversation_facts as facts


def read_rhythm(connection: Connection, wanted: Wanted) -> dict[tuple[int, int], int]:
    """How many began on each weekday (0 is Monday) in each hour; those with none are left out."""
    query = (
        sa.select(facts.c.weekday, facts.c.hour, sa.func.count())
        .where(*conditions(wanted))
        .group_by(facts.c.weekday, facts.c.hour)
    )
    return {(int(weekday), int(hour)): int(count) for weekday, hour, count in connection.execute(query)}
