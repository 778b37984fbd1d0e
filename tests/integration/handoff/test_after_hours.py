"""After business hours: who was with somebody waits on while anybody is there; the others are promised an answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from bot.handoff import owning
from bot.staff.models import Presence
from bot.storage.database import Database
from tests.conftest import Clock
from tests.support.staffed_house import House

pytestmark = pytest.mark.integration


@pytest.fixture
def house(database: Database, clock: Clock, new_id: Callable[[], str]) -> House:
    return House(database, clock, new_id)


async def passes(house: House, *there: str, seconds: int) -> None:
    for _ in range(seconds // 5):
        house.clock.forward(seconds=5)
        house.lives(*there)
        await house.keeper.keep()


async def test_who_was_with_somebody_waits_after_hours_for_as_long_as_anybody_is_there(house: House) -> None:
    house.clock.now = datetime(2026, 3, 2, 17, 59, 40, tzinfo=UTC)
    house.adds("ada", capacity=1)
    await house.asks("taken")
    await house.keeper.keep()
    await house.asks("never taken")
    house.adds("ben", capacity=1)
    house.chooses("ben", Presence.AWAY)
    await passes(house, "ada", "ben", seconds=30)
    await house.service.change(
        lambda unit: owning.release(unit, house.ids["taken"], by=house.agent("ada"), why="released")
    )
    await passes(house, "ada", "ben", seconds=60)
    assert house.owners() == {"taken": "queue", "never taken": "bot"}
    house.chooses("ben", Presence.ONLINE)
    await house.keeper.keep()
    assert house.owner("taken") == "ben"
    house.chooses("ben", Presence.OFFLINE)
    house.chooses("ada", Presence.AWAY)
    await house.service.change(
        lambda unit: owning.release(unit, house.ids["taken"], by=house.agent("ben"), why="released")
    )
    await house.keeper.keep()
    assert house.owner("taken") == "bot", "everybody has gone"
    assert (await house.told("taken"))[-1] == "utter_app_handoff_closed"


async def test_whose_agent_vanishes_after_hours_waits_for_another_who_is_there(house: House) -> None:
    house.clock.now = datetime(2026, 3, 2, 17, 59, tzinfo=UTC)
    house.adds("ada")
    await house.asks("c1")
    await house.keeper.keep()
    house.adds("ben")
    await passes(house, "ben", seconds=120)
    assert house.owner("c1") == "ben"
    assert "utter_app_handoff_waits_again" in await house.told("c1")
