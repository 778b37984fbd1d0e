"""What the keeper does when a step fails or the database is away."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.conversations.service import Conversations
from bot.storage.database import Database, DatabaseUnavailable
from tests.conftest import Clock
from tests.support.staffed_house import House

WAITS_AGAIN = "utter_app_handoff_waits_again"


@pytest.fixture
def house(database: Database, clock: Clock, new_id: Callable[[], str]) -> House:
    return House(database, clock, new_id)


async def test_a_step_that_fails_stops_no_other(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.adds("ada")
    for customer in ("c1", "c2"):
        await house.asks(customer)
        house.clock.forward(seconds=1)
    change, failed = house.service.change, []

    async def failing(work):
        if not failed:
            failed.append(True)
            raise ValueError("a bug")
        return await change(work)

    monkeypatch.setattr(house.service, "change", failing)
    await house.keeper.keep()
    assert sorted(house.owners().values()) == ["ada", "queue"]
    await house.keeper.keep()
    assert sorted(house.owners().values()) == ["ada", "ada"]


async def test_a_database_that_is_away_ends_the_round_and_not_the_keeper(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.adds("ada", capacity=9)
    for number in range(5):
        await house.asks(f"c{number}")
    tried = []

    async def away(self, work):
        tried.append(work)
        raise DatabaseUnavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr(Conversations, "change", away)
        with pytest.raises(DatabaseUnavailable):
            await house.keeper.keep()
        assert len(tried) == 3
    await house.keeper.keep()
    assert set(house.owners().values()) == {"ada"}
