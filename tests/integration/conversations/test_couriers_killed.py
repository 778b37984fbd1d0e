"""Couriers that are killed at any moment: nothing is sent twice, nothing is forgotten, nothing overtakes."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest

from bot.conversations.couriers import Couriers
from bot.conversations.repeats import MAYBE_LOST
from bot.storage.database import Database
from tests.support.pigeons import CHANNEL, Deliveries, Pigeon

KILLS = 12
SAID = ["a|b|c", "d", "e|f", "g", *"hijklmnop"]
PARTS = sum(text.count("|") + 1 for text in SAID)


@pytest.fixture
def pigeon() -> Pigeon:
    return Pigeon()


@pytest.fixture
def post(service) -> Deliveries:
    return Deliveries(service)


async def kill() -> None:
    """Nothing runs on; what the database was asked for by then may be done or not."""
    dying = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in dying:
        task.cancel()
    await asyncio.gather(*dying, return_exceptions=True)


async def quiet(database: Database) -> None:
    """Until the last transaction of the dead is over: their threads live on, on a busy machine for longer."""
    idle = 0
    while idle < 3:
        await asyncio.sleep(0.05)
        idle = 0 if database.engine.pool.checkedout() else idle + 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_couriers_killed_at_any_moment(service, pigeon, post, clock, seed) -> None:
    chance = random.Random(seed)
    talks = [await post.talk(str(number), *SAID) for number in range(6)]
    for _ in range(KILLS):
        couriers = Couriers(service, {CHANNEL: pigeon}, chance)
        task = asyncio.create_task(couriers.run())
        await asyncio.sleep(chance.random() * 0.3)
        assert not task.done()
        await kill()
        clock.forward(minutes=1)  # more than a dead process is waited for
    await quiet(service.database)
    clock.forward(minutes=1)
    last = Couriers(service, {CHANNEL: pigeon}, chance)
    while await last.carry_once():
        clock.forward(minutes=1)
    # The notice that something may be lost says nothing wrong twice: it alone is sent until it is confirmed.
    called = Counter((call.message.id, call.part) for call in pigeon.calls if call.message.response != MAYBE_LOST)
    assert max(called.values()) == 1
    assert len(pigeon.arrived) > KILLS
    for number, talk in enumerate(talks):
        own = [(call.message.seq, call.part) for call in pigeon.calls if call.external_identity == str(number)]
        assert own == sorted(own)
        states = await post.of(talk)
        assert set(states) <= {"delivered", "unknown"}
        parts = await post.parts(talk)
        unknown = sum(outcome == "unknown" for _, outcome, _ in parts)
        assert len(parts) == PARTS + len(states) - len(SAID)  # the offers to show it again are in one part each
        assert bool(unknown) == ("unknown" in states)
        assert unknown <= KILLS
