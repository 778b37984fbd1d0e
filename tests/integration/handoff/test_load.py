"""The supervisor's figures, of a small shop on a busy morning."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.handoff import owning
from bot.handoff.load import AgentLoad, Breaches, Load, Waiting, read_load
from bot.staff.accounts import add_team, set_members
from bot.staff.models import Presence, Role
from bot.storage.database import Database
from tests.conftest import Clock
from tests.support.staffed_house import House

LONDON = ZoneInfo("Europe/London")


@pytest.fixture
def house(database: Database, clock: Clock, new_id: Callable[[], str]) -> House:
    clock.now = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    return House(database, clock, new_id)


def figures(house: House) -> Load:
    return house.database.read_now(lambda connection: read_load(connection, house.clock(), LONDON))


async def test_who_has_how_much_and_who_waits(house: House) -> None:
    house.adds("zoe", capacity=2, languages=("de",))
    house.adds("ada", capacity=4)
    house.adds("cleo", role=Role.ANALYST)

    def teams(connection):
        add_team(connection, team_id="t1", name="Refunds", now=house.clock())
        set_members(connection, "t1", ["ada"])

    house.database.write_now(teams)
    for customer in ("c1", "c2", "c3", "c4", "c5"):
        await house.asks(customer)
    for customer in ("c1", "c2"):
        await house.does(owning.claim, customer, "ada")
    await house.does(owning.claim, "c3", "zoe")
    await house.answers("c1", "ada")
    await house.does(owning.snooze, "c3", "zoe", house.clock() + timedelta(hours=3))
    house.sets("c4", team_id="t1", language="de")
    house.clock.forward(seconds=90)
    house.lives("ada")
    load = figures(house)
    assert load.agents == [
        AgentLoad("ada", "Ada", Presence.ONLINE, 2, 0, 1, 4, (), ("t1",)),
        AgentLoad("zoe", "Zoe", Presence.AWAY, 0, 1, 1, 2, ("de",), ()),
    ]
    assert (load.waiting, load.longest_seconds) == (2, 90)
    assert load.by_team == [Waiting(None, 1, 90), Waiting("Refunds", 1, 90)]
    assert load.by_language == [Waiting("de", 1, 90), Waiting("en", 1, 90)]
    assert load.overdue_now == 0


async def test_what_was_late_today_counts_and_yesterdays_does_not(house: House) -> None:
    house.adds("ada")
    await house.asks("c1")
    await house.does(owning.claim, "c1", "ada")
    house.clock.forward(minutes=30)
    assert figures(house).overdue_now == 1
    await house.answers("c1", "ada")
    assert figures(house).breaches == Breaches(1, 0, 0)
    await house.does(owning.resolve, "c1", "ada")
    assert figures(house).breaches == Breaches(1, 0, 0)
    house.clock.forward(days=1)
    await house.asks("c2")
    assert figures(house).breaches.total == 0
    assert figures(house).overdue_now == 0


async def test_a_reply_that_is_late_again_counts_again(house: House) -> None:
    house.adds("ada")
    await house.asks("c1")
    await house.does(owning.claim, "c1", "ada")
    await house.answers("c1", "ada")
    for late in (1, 2, 3):
        await house.writes("c1")
        house.clock.forward(minutes=30)
        await house.answers("c1", "ada")
        assert figures(house).breaches == Breaches(0, late, 0)
    house.clock.forward(days=1)
    await house.writes("c1")
    assert figures(house).breaches.total == 0
    house.clock.forward(minutes=30)
    await house.keeper.keep()
    assert figures(house).breaches == Breaches(0, 1, 0)


async def test_without_anything_there_are_no_figures(house: House) -> None:
    assert figures(house) == Load([], 0, None, [], [], Breaches(0, 0, 0), 0)
