"""Couriers as they run: woken, hindered, stopped, without their database, and side by side with others."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversations.couriers import Couriers
from bot.conversations.duties import Duty
from bot.conversations.errors import TransportError
from bot.conversations.models import Change, Draft
from bot.conversations.service import Conversations
from bot.conversations.transcript import append
from bot.conversations.unit import Rules
from bot.storage import tables
from bot.storage.database import Database, DatabaseUnavailable
from tests.support.core import case_book
from tests.support.pigeons import CHANNEL, Deliveries, Pigeon, lost

Start = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


class Interrupted:
    """A database that is away whenever the test says so, and counts what it is asked."""

    def __init__(self, service: Conversations) -> None:
        self._service = service
        self.away = False
        self.asked = 0

    async def transact(self, work):  # type: ignore[no-untyped-def]
        self._ask()
        return await self._service.transact(work)

    async def changes(self, work):  # type: ignore[no-untyped-def]
        self._ask()
        return await self._service.changes(work)

    def _ask(self) -> None:
        self.asked += 1
        if self.away:
            raise DatabaseUnavailable("away")


@pytest.fixture
def pigeon() -> Pigeon:
    return Pigeon()


@pytest.fixture
def post(service) -> Deliveries:
    return Deliveries(service)


@pytest.fixture
def interrupted(service) -> Interrupted:
    return Interrupted(service)


@pytest.fixture
async def couriers(service, interrupted, pigeon) -> AsyncIterator[Couriers]:
    couriers = Couriers(interrupted, {CHANNEL: pigeon}, random.Random(3))
    service.subscribe(couriers)
    yield couriers
    await couriers.stop(5)


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts something that runs until the test ends."""
    tasks: list[asyncio.Task[None]] = []

    def begin(running: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        tasks.append(asyncio.create_task(running))
        return tasks[-1]

    yield begin
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(true: Callable[[], bool], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110  # what is waited for has no event
            await asyncio.sleep(0.01)


async def test_a_message_goes_out_as_soon_as_it_is_stored(service, couriers, pigeon, post, start) -> None:
    talk = await post.hears("7")
    start(couriers.run())
    await asyncio.sleep(0.2)
    began = asyncio.get_running_loop().time()
    await service.change(lambda unit: Change(talk, "anybody", messages=append(unit, talk, [Draft("one")])))
    await until(lambda: pigeon.arrived == ["one"])
    assert asyncio.get_running_loop().time() - began < 0.5


async def test_nothing_is_missed_where_nobody_wakes_the_couriers(couriers, pigeon, post, start) -> None:
    start(couriers.run())
    await post.talk("7", "one", "two")
    await until(lambda: pigeon.arrived == ["one", "two"])


async def test_with_nothing_to_do_the_database_is_hardly_asked(couriers, interrupted, start) -> None:
    start(couriers.run())
    await asyncio.sleep(2.2)
    assert interrupted.asked <= 4


async def test_a_slow_chat_holds_up_nobody_else(couriers, pigeon, post, start) -> None:
    pigeon.held["7"] = asyncio.Event()
    start(couriers.run())
    slow = await post.talk("7", "one", "two")
    for number in range(10, 15):
        await post.talk(str(number), "a", "b", "c")
    await until(lambda: len(pigeon.arrived) == 15)
    assert await post.of(slow) == ["sending", "waiting"]
    pigeon.held.pop("7").set()
    await until(lambda: pigeon.arrived[15:] == ["one", "two"])


async def test_couriers_look_again_when_the_pace_allows_it(couriers, pigeon, post, start) -> None:
    pigeon.pace.rests, pigeon.pace.changes_in = {"7"}, 0.1
    start(couriers.run())
    await post.talk("7", "one")
    await asyncio.sleep(1.1)
    pigeon.pace.rests = set()
    await until(lambda: pigeon.arrived == ["one"], seconds=0.5)


async def test_a_call_under_way_ends_and_is_recorded_when_couriers_stop(couriers, pigeon, post, start) -> None:
    pigeon.held["7"] = asyncio.Event()
    running = start(couriers.run())
    talk = await post.talk("7", "one", "two")
    await until(lambda: pigeon.under_way == ["7"])
    running.cancel()
    stopping = start(couriers.stop(5))
    await asyncio.sleep(0.05)
    pigeon.held.pop("7").set()
    await stopping
    assert await post.of(talk) == ["delivered", "waiting"]


async def test_a_call_that_does_not_end_in_time_is_left_in_doubt(couriers, pigeon, post, start) -> None:
    pigeon.held["7"] = asyncio.Event()
    running = start(couriers.run())
    talk = await post.talk("7", "one")
    await until(lambda: pigeon.under_way == ["7"])
    running.cancel()
    await couriers.stop(0.1)
    await until(lambda: pigeon.under_way == [])
    assert await post.of(talk) == ["sending"]


async def test_a_call_without_an_answer_is_cut_off(service, pigeon, post, start) -> None:
    couriers = Couriers(service, {CHANNEL: pigeon}, random.Random(3), call_seconds=0.1)
    pigeon.held["7"] = asyncio.Event()
    talk = await post.talk("7", "one")
    await couriers.carry_once()
    assert (await post.of(talk, "state", "error"))[0] == ("unknown", "no answer within 0.1 s")


async def test_what_was_sent_is_recorded_once_the_database_is_back(couriers, interrupted, pigeon, post, start) -> None:
    start(couriers.run())
    pigeon.held["7"] = asyncio.Event()
    talk = await post.talk("7", "one", "two")
    await until(lambda: pigeon.under_way == ["7"])
    interrupted.away = True
    pigeon.held.pop("7").set()
    await until(lambda: pigeon.arrived == ["one"])
    await asyncio.sleep(1.5)
    assert await post.of(talk) == ["sending", "waiting"]
    interrupted.away = False
    await until(lambda: pigeon.arrived == ["one", "two"])
    assert [call.message.text for call in pigeon.calls] == ["one", "two"]


async def test_a_channel_out_of_reach_is_probed_softly_and_loses_nothing(couriers, pigeon, post, start) -> None:
    pigeon.failures = [TransportError("no route", unreachable=True)] * 8
    talks = [await post.talk(str(number), "one") for number in range(6)]
    start(couriers.run())
    await asyncio.sleep(0.4)
    assert 1 <= len(pigeon.calls) <= 7  # those that began before it was known, and a probe
    pigeon.failures = []
    await until(lambda: len(pigeon.arrived) == 6)
    await couriers.stop(5)
    assert [await post.of(talk, "state", "attempts") for talk in talks] == [[("delivered", 0)]] * 6


async def test_doubts_about_two_customers_in_a_row_stop_whatever_was_not_begun(couriers, pigeon, post, start) -> None:
    pigeon.pace.most = 2
    pigeon.failures = [lost()] * 20
    talks = [await post.talk(str(number), "one") for number in range(8)]
    start(couriers.run())
    await asyncio.sleep(0.4)
    assert len(pigeon.calls) == 2
    pigeon.failures = []
    await until(lambda: len(pigeon.arrived) == 8)
    await couriers.stop(5)
    states = [await post.of(talk) for talk in talks]
    assert sorted(states) == [["delivered"]] * 6 + [["unknown", "delivered"]] * 2


async def test_doubts_about_one_customer_hold_up_nobody_else(couriers, pigeon, post) -> None:
    pigeon.failures = [lost(), lost()]
    await post.talk("7", "one", "two")
    await couriers.carry_once()
    await couriers.carry_once()
    await post.talk("8", "three")
    await couriers.carry_once()
    assert "three" in pigeon.arrived


async def test_couriers_of_several_processes_send_nothing_twice(database_url, phrases, new_id, start) -> None:
    """Even without a duty that lets only one of them carry."""
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite has one process")
    pigeon, services = Pigeon(), []
    others = [Database(database_url) for _ in range(3)]
    tables.metadata.create_all(others[0].engine)
    for number, other in enumerate(others):
        book = case_book(other, new_id)
        made = Conversations(
            other,
            phrases,
            Rules(),
            book,
            clock=lambda: datetime.now(UTC),
            new_id=new_id,
            effect_handlers={},
            instance=str(number),
        )
        services.append(made)
    post = Deliveries(services[0])
    for identity in range(12):
        await post.talk(str(identity), *(f"{identity} {number}|and more" for number in range(5)))
    couriers = [Couriers(service, {CHANNEL: pigeon}, random.Random(number)) for number, service in enumerate(services)]
    for courier in couriers:
        start(courier.run())
    await until(lambda: len(pigeon.arrived) >= 120, seconds=60)
    await asyncio.sleep(0.3)
    assert len(pigeon.arrived) == len(pigeon.calls) == 120
    for identity in range(12):
        own = [call for call in pigeon.calls if call.external_identity == str(identity)]
        assert [call.message.seq for call in own] == sorted(call.message.seq for call in own)
    for courier in couriers:
        await courier.stop(5)
    for other in others:
        other.close()


async def test_with_a_duty_one_process_carries_and_another_takes_over(
    database, service, phrases, clock, new_id, pigeon, post, start
) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has one process")
    duties = [Duty(service, "telegram", name) for name in ("one", "two")]
    couriers = [Couriers(service, {CHANNEL: pigeon}, random.Random(3), may_carry=duty.held) for duty in duties]
    held = start(duties[0].run(couriers[0].run))
    await post.talk("7", "one")
    await until(lambda: pigeon.arrived == ["one"])
    assert await couriers[1].carry_once() == 0
    held.cancel()
    await asyncio.wait([held])
    start(duties[1].run(couriers[1].run))
    await post.talk("8", "two")
    await until(lambda: pigeon.arrived == ["one", "two"])
    for each in couriers:
        await each.stop(5)
    holder = sa.select(tables.metadata.tables["duties"].c.holder)
    assert await database.read(lambda connection: connection.execute(holder).scalar_one()) == "two"
