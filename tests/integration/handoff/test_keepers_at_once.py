"""Two keepers at once, one that dies in the middle of a round, and one that takes over: everything happens once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversations.models import Change
from bot.storage.case_tables import cases
from bot.storage.database import Database
from tests.conftest import Clock
from tests.support.staffed_house import House

WAITS_AGAIN, PLACE = "utter_app_handoff_waits_again", "utter_app_handoff_queued_unknown"
HAD_TO_LEAVE = "utter_app_handoff_had_to_leave"


@pytest.fixture
def house(database: Database, clock: Clock, new_id: Callable[[], str]) -> House:
    return House(database, clock, new_id)


@pytest.fixture
def other(database: Database, clock: Clock, new_id: Callable[[], str]) -> House:
    """Another process on the same database."""
    return House(database, clock, new_id, instance="two")


async def both(house: House, other: House) -> None:
    await asyncio.gather(house.keeper.keep(), other.keeper.keep())


async def test_two_at_once_give_each_customer_once_and_nobody_too_much(house: House, other: House) -> None:
    capacities = {"ada": 3, "ben": 5, "cleo": 2, "dan": 4}
    for name, capacity in capacities.items():
        house.adds(name, capacity=capacity)
    customers = [f"c{number:02}" for number in range(24)]
    for customer in customers:
        await house.asks(customer)
        house.clock.forward(seconds=0.1)
    for _ in range(3):
        await both(house, other)
    owners = Counter(house.owners().values())
    assert owners == {**capacities, "queue": 10}
    assert {customer for customer in customers if house.owner(customer) == "queue"} == set(customers[14:])
    for customer in customers[:14]:
        assert house.events(customer) == ["requested", "assigned"]
        assert (await house.told(customer)).count("utter_app_handoff_taken") == 1


async def test_customers_who_go_back_at_that_moment_are_not_given_to_anybody(house: House, other: House) -> None:
    house.adds("ada", capacity=50)
    customers = [f"c{number:02}" for number in range(16)]
    for customer in customers:
        await house.asks(customer)

    async def goes_back(customer: str) -> None:
        conversation_id = house.ids[customer]
        await house.service.transact(lambda unit: unit.people.go_back(unit, conversation_id))

    await asyncio.gather(both(house, other), *(goes_back(customer) for customer in customers))
    for customer in customers:
        events = house.events(customer)
        assert events in (["requested", "assigned"], ["requested", "withdrawn"])
        assert house.owner(customer) == ("ada" if "assigned" in events else "bot")


async def test_two_at_once_take_back_and_tell_once(house: House, other: House) -> None:
    house.adds("ada", capacity=9)
    customers = [f"c{number}" for number in range(8)]
    for customer in customers:
        await house.asks(customer)
    await house.keeper.keep()
    for _ in range(16):
        house.clock.forward(seconds=5)
        await both(house, other)
    assert set(house.owners().values()) == {"queue"}
    for customer in customers:  # that they are next, or their place
        assert (await house.told(customer))[2:] in ([WAITS_AGAIN], [HAD_TO_LEAVE, PLACE])
        assert house.events(customer) == ["requested", "assigned", "vanished"]


async def test_two_at_once_give_one_promise(house: House, other: House) -> None:
    house.clock.now = datetime(2026, 3, 2, 17, 59, 50, tzinfo=UTC)
    house.adds("ada", capacity=1)
    customers = [f"c{number}" for number in range(6)]
    for customer in customers:
        await house.asks(customer)
    house.clock.forward(seconds=10)
    await both(house, other)
    assert set(house.owners().values()) == {"bot"}
    count = sa.select(sa.func.count()).select_from(cases)
    assert house.database.read_now(lambda connection: connection.execute(count).scalar_one()) == len(customers)
    for customer in customers:
        assert (await house.told(customer)).count("utter_app_handoff_closed") == 1


class Died(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("steps", range(6))
async def test_a_round_that_dies_in_the_middle_is_finished_by_the_next(
    house: House, other: House, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    house.adds("ada", capacity=2)
    for customer in ("c1", "c2"):
        await house.asks(customer)
    await house.keeper.keep()
    for _ in range(14):  # Ada is gone, Ben comes, and one more waits
        house.clock.forward(seconds=4)
        await other.keeper.keep()
    house.adds("ben", capacity=2)
    await house.asks("c3")
    house.clock.forward(seconds=12)
    house.lives("ben")
    change = other.service.change
    left = iter(range(steps))

    async def dies(work: Callable[..., Any]) -> Change | None:
        if next(left, None) is None:
            raise Died
        return await change(work)

    monkeypatch.setattr(other.service, "change", dies)
    with suppress(Died):  # or less was to do
        await _rounds(other.keeper.keep, 3)
    monkeypatch.undo()
    await _rounds(other.keeper.keep, 2)
    owners = house.owners()
    assert (owners["c1"], owners["c2"], owners["c3"]) == ("ben", "ben", "queue"), "who waited for Ada goes first"
    for customer in ("c1", "c2"):
        assert house.events(customer) == ["requested", "assigned", "vanished", "assigned"]
        told = await house.told(customer)
        gone = [WAITS_AGAIN] if customer == "c1" else [HAD_TO_LEAVE, PLACE]
        assert told[2:] == [*gone, "utter_app_handoff_taken"]


async def _rounds(keep: Callable[[], Awaitable[None]], many: int) -> None:
    for _ in range(many):
        await keep()


async def test_running_keepers_share_the_duty_and_the_other_goes_on(
    database: Database, new_id: Callable[[], str]
) -> None:
    class Running(Clock):
        """Monday's morning goes on, since duties run out by it."""

        def __init__(self) -> None:
            super().__init__()
            self._ahead = self.now - datetime.now(UTC)

        def __call__(self) -> datetime:
            return datetime.now(UTC) + self._ahead

    clock = Running()
    houses = [House(database, clock, new_id, instance=name, every_seconds=0.1) for name in ("one", "two")]
    house = houses[0]
    for each in houses:
        each.service.subscribe(each.keeper)
    house.adds("ada", capacity=50)
    tasks = [asyncio.create_task(each.keeper.run()) for each in houses]
    await house.asks("c1")
    await _until(lambda: house.owner("c1") == "ada")
    tasks[0].cancel()
    await asyncio.wait(tasks[:1])
    await house.asks("c2")
    await _until(lambda: house.owner("c2") == "ada")
    tasks[1].cancel()
    await asyncio.wait(tasks[1:])
    assert [house.events(customer) for customer in ("c1", "c2")] == [["requested", "assigned"]] * 2


async def _until(true: Callable[[], bool], within: timedelta = timedelta(seconds=15)) -> None:
    async with asyncio.timeout(within.total_seconds()):
        while not true():  # noqa: ASYNC110 -- it is asked of the database
            await asyncio.sleep(0.02)
