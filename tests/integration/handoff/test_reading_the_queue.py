"""The queue as it is read: who waits, who has room, how fast it went of late."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.handoff import owning
from bot.handoff.models import Place
from bot.handoff.queue import FEWEST, PATIENCE, read_pace, read_rooms, read_waiting
from bot.staff.accounts import add_team, set_members
from bot.storage.database import Database
from tests.conftest import Clock
from tests.support.staffed_house import House


@pytest.fixture
def house(database: Database, clock: Clock, new_id: Callable[[], str]) -> House:
    return House(database, clock, new_id)


async def finished(house: House, many: int, *, waited: float, took: float) -> None:
    """So many conversations that were taken and done with."""
    for number in range(many):
        customer = f"done{number}"
        await house.asks(customer)
        house.clock.forward(seconds=waited)
        house.lives("ada")
        await house.does(owning.claim, customer, "ada")
        house.clock.forward(seconds=took)
        house.lives("ada")
        await house.does(owning.resolve, customer, "ada")
        await house.writes(customer, "5")


async def test_a_pace_is_read_from_what_was_finished_of_late(house: House) -> None:
    house.adds("ada", capacity=1)
    await finished(house, FEWEST - 1, waited=30, took=600)
    assert house.database.read_now(lambda connection: read_pace(connection, house.clock())) is None
    await finished(house, FEWEST, waited=30, took=600)
    pace = house.database.read_now(lambda connection: read_pace(connection, house.clock()))
    assert pace is not None
    assert (pace.conversation_seconds, pace.taken_after_seconds) == (pytest.approx(600 / math.log(2)), 30)
    later = house.clock() + timedelta(days=31)
    assert house.database.read_now(lambda connection: read_pace(connection, later)) is None


async def test_a_customer_is_told_position_and_wait(house: House) -> None:
    house.adds("ada", capacity=1)
    await finished(house, FEWEST, waited=30, took=60 * math.log(2) * 4)
    await house.asks("c1")
    await house.does(owning.claim, "c1", "ada")
    for customer in ("c2", "c3"):
        house.clock.forward(seconds=1)
        await house.asks(customer)
    assert house.places() == {"c2": Place(1, 240), "c3": Place(2, 480)}
    assert house.place("c3") == Place(2, 480)
    assert house.place("c1") is None
    assert (await house.told("c3"))[-1] == "utter_app_handoff_queued"


async def test_a_free_place_is_as_long_away_as_it_was_for_the_last_ones(house: House) -> None:
    house.adds("ada", capacity=3)
    await finished(house, FEWEST, waited=30, took=600)
    await house.asks("c1")
    assert house.places() == {"c1": Place(1, 30)}


async def test_who_gave_one_away_is_known_until_somebody_else_had_it(house: House) -> None:
    house.adds("ada")
    house.adds("ben")
    await house.asks("c1")
    await house.does(owning.claim, "c1", "ada")
    house.clock.forward(seconds=1)
    await house.service.change(
        lambda unit: owning.release(unit, house.ids["c1"], by=house.agent("ada"), why="released")
    )

    def let_go() -> frozenset[str]:
        (one,) = house.database.read_now(lambda connection: read_waiting(connection, house.clock()))
        return one.let_go_by

    assert let_go() == {"ada"}
    house.clock.forward(seconds=1)
    await house.does(owning.claim, "c1", "ben")
    house.clock.forward(seconds=1)
    await house.service.change(
        lambda unit: owning.release(unit, house.ids["c1"], by=house.agent("ben"), why="released")
    )
    assert let_go() == {"ben"}


async def test_a_team_is_waited_for_and_then_anybody(house: House) -> None:
    house.adds("ada")
    house.adds("ben")

    def teams(connection):
        add_team(connection, team_id="t1", name="Refunds", now=house.clock())
        set_members(connection, "t1", ["ben"])

    house.database.write_now(teams)
    await house.asks("c1")
    await house.does(owning.claim, "c1", "ada")
    await house.does(owning.transfer, "c1", "ada", to_team="t1")
    await house.keeper.keep()
    assert house.owner("c1") == "ben"
    (waiting,) = [
        house.database.read_now(lambda connection: read_rooms(connection, [house.agent("ben")], house.clock()))[0]
    ]
    assert (waiting.open, waiting.team_ids, waiting.last_assigned_at) == (1, ("t1",), house.clock())


async def test_patience_is_over_after_a_while(house: House) -> None:
    house.adds("ada")
    await house.asks("c1")
    for moment, by_anybody in ((house.clock(), False), (house.clock() + PATIENCE, True)):
        (one,) = house.database.read_now(lambda connection, moment=moment: read_waiting(connection, moment))
        assert one.by_anybody is by_anybody


async def test_what_is_put_off_takes_no_place_of_its_agent(house: House) -> None:
    house.adds("ada", capacity=1)
    await house.asks("c1")
    await house.keeper.keep()
    await house.answers("c1", "ada")
    await house.does(owning.snooze, "c1", "ada", house.clock() + timedelta(hours=1))
    await house.asks("c2")
    await house.keeper.keep()
    assert house.owners() == {"c1": "ada", "c2": "ada"}
