"""What is closed costs the keeper nothing: with many handoffs behind it, each of its questions goes by an index."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.handoff.load import read_load
from bot.storage.database import Database
from bot.storage.desk_tables import handoff_events, handoffs
from bot.storage.tables import conversations
from tests.conftest import Clock
from tests.support.plans import plans_of
from tests.support.staffed_house import House

MANY = 4000
WHOLE_TABLE = re.compile(r"(SCAN|Seq Scan on) (handoffs|handoff_events|conversations)(?! USING)")


@pytest.fixture
def house(database: Database, clock: Clock, new_id: Callable[[], str]) -> House:
    return House(database, clock, new_id)


async def test_no_question_of_the_keeper_goes_through_all_there_ever_was(house: House) -> None:
    for name in ("ada", "ben"):
        house.adds(name, capacity=3)
    await house.asks("first")
    house.database.write_now(lambda connection: _closed(connection, house))
    for number in range(9):
        await house.asks(f"c{number}")
    await house.keeper.keep()

    async def load() -> None:
        await house.database.read(lambda connection: read_load(connection, house.clock(), ZoneInfo("Europe/London")))

    for work in (house.keeper.keep, house.keeper.show, load):
        plans = await plans_of(house.database, work)
        assert len(plans) > 3
        assert [plan for plan in plans if WHOLE_TABLE.search(plan)] == []


def _closed(connection: Connection, house: House) -> None:
    """Many conversations of one customer that Ada and Ben have resolved, one a minute."""
    like = connection.execute(sa.select(conversations)).mappings().one()
    rows, requests, events = [], [], []
    for number in range(MANY):
        began = house.clock() - timedelta(minutes=MANY - number)
        of_it = {"id": f"old{number}", "created_at": began, "active_at": began, "ended_at": began}
        rows.append({**like, **of_it, "state": "ended", "owner": "bot", "end_reason": "resolved"})
        requests.append(
            {
                "id": f"old{number}",
                "conversation_id": f"old{number}",
                "reason": "asked",
                "state": "closed",
                "language": "en",
                "packet": {},
                "requested_at": began,
                "queued_at": began,
                "held_at": began,
                "closed_at": began,
                "outcome": "resolved",
            }
        )
        agent_id = ("ada", "ben")[number % 2]
        of_it = {"id": f"old{number}", "handoff_id": f"old{number}", "conversation_id": f"old{number}", "number": 1}
        events.append({**of_it, "kind": "assigned", "agent_id": agent_id, "to_agent_id": agent_id, "at": began})
    connection.execute(sa.insert(conversations), rows)
    connection.execute(sa.insert(handoffs), requests)
    connection.execute(sa.insert(handoff_events), events)
