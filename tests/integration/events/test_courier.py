"""Events on their way to a real receiver, which answers, fails, stalls, moves away and dies."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from datetime import UTC, timedelta

import httpx
import pytest
import sqlalchemy as sa

from bot.events import outbox
from bot.events.courier import MOST_ATTEMPTS, Courier
from bot.events.receiver import Receiver
from bot.events.signing import HEADER, signature
from bot.storage.database import DatabaseUnavailable
from bot.storage.insight_tables import event_outbox
from tests.support.event_receiver import DROP, STALL, TRICKLE, EventReceiver, event_receiver

SECRET = "a secret of the receiver's"


class Interrupted:
    """A database that is away for as many writes as a test says."""

    def __init__(self, database) -> None:
        self._database = database
        self.fails_at: Sequence[int] = ()
        self.writes = 0

    async def read(self, work):
        return await self._database.read(work)

    async def write(self, work):
        self.writes += 1
        if self.writes in self.fails_at:
            raise DatabaseUnavailable("away")
        return await self._database.write(work)


@pytest.fixture
async def receiver() -> AsyncIterator[EventReceiver]:
    async with event_receiver() as receiver:
        yield receiver


@pytest.fixture
async def couriers(database, receiver, clock) -> AsyncIterator[Callable[..., Courier]]:
    """Makes couriers; a receiver that stalls is given half a second."""
    clients: list[httpx.AsyncClient] = []

    def courier(url: str | None = None, *, holder: str = "one", store=None, transactions=None) -> Courier:
        clients.append(httpx.AsyncClient(follow_redirects=False, trust_env=False))
        sends = Receiver(clients[-1], url or receiver.url, SECRET, clock=clock, seconds=0.5)
        return Courier(
            store or database,
            sends,
            transactions=transactions,
            holder=holder,
            clock=clock,
            chance=random.Random(1),
            look_every=0.02,
        )

    yield courier
    for client in clients:
        await client.aclose()


def put(database, clock, *names: str, conversation: str | None = None) -> None:
    """Put events in, in this order; each of a conversation of its own unless one is said."""
    rows = [
        {
            "id": f"event-{name}",
            "key": name,
            "kind": "conversation.ended",
            "conversation_id": conversation or f"c-{name}",
            "body": {"id": f"event-{name}", "version": 1, "é": [1.5, None]},
            "state": "waiting",
            "attempts": 0,
            "created_at": clock() + timedelta(microseconds=number),
            "next_at": clock(),
        }
        for number, name in enumerate(names)
    ]
    database.write_now(lambda connection: outbox.put(connection, rows))


def states(database) -> dict[str, str]:
    query = sa.select(event_outbox.c.key, event_outbox.c.state).order_by(event_outbox.c.key)
    return {row.key: row.state for row in database.read_now(lambda connection: connection.execute(query).all())}


def row_of(database, name: str):
    query = sa.select(event_outbox).where(event_outbox.c.key == name)
    return database.read_now(lambda connection: connection.execute(query).one())


async def carry_all(courier: Courier) -> None:
    while await courier.carry():
        continue


async def test_an_event_arrives_signed_with_its_id(database, receiver, couriers, clock) -> None:
    put(database, clock, "a")
    await carry_all(couriers())
    (came,) = receiver.came
    assert came.body == {"id": "event-a", "version": 1, "é": [1.5, None]}
    assert came.key == "event-a"
    assert came.headers["Content-Type"] == "application/json"
    assert came.headers["X-Bellhop-Event"] == "conversation.ended"
    assert came.headers[HEADER] == signature(SECRET, came.content, int(clock().timestamp()))
    assert states(database) == {"a": "done"}


async def test_those_of_one_conversation_arrive_in_order_one_after_the_other(
    database, receiver, couriers, clock
) -> None:
    put(database, clock, *"abcdef", conversation="c1")
    put(database, clock, "other")
    receiver.answers = [500]
    courier = couriers()
    await carry_all(courier)
    assert len(receiver.came) <= 2
    clock.forward(minutes=2)
    await carry_all(courier)
    arrived = [came.key for came in receiver.came if came.key != "event-other"]
    assert list(dict.fromkeys(arrived)) == [f"event-{name}" for name in "abcdef"]
    assert set(states(database).values()) == {"done"}


async def test_several_conversations_are_told_of_side_by_side(database, receiver, couriers, clock) -> None:
    put(database, clock, *map(str, range(20)))
    receiver.answers = [STALL] * 2
    await carry_all(couriers())
    assert 1 < receiver.most_at_once <= 4
    assert sorted(states(database).values()).count("done") >= 2


@pytest.mark.parametrize("answer", [500, 404, 400, 302, STALL, TRICKLE, DROP, (429, {}), (503, {"Retry-After": "?"})])
async def test_what_fails_is_sent_again_later_with_the_same_id(database, receiver, couriers, clock, answer) -> None:
    if answer == 302:
        answer = (302, {"Location": receiver.url})
    put(database, clock, "a")
    receiver.answers = [answer] if answer != TRICKLE else [(500, {}), 500]
    courier = couriers()
    await carry_all(courier)
    row = row_of(database, "a")
    assert (row.state, row.attempts) == ("waiting", 1)
    assert row.error
    assert timedelta(seconds=3) < row.next_at - clock() < timedelta(seconds=10)
    await carry_all(courier)
    assert len(receiver.came) == 1
    clock.forward(seconds=10)
    receiver.answers = []
    await carry_all(courier)
    assert states(database) == {"a": "done"}
    assert {came.key for came in receiver.came} == {"event-a"}


async def test_an_answer_that_never_ends_is_an_answer(database, receiver, couriers, clock) -> None:
    put(database, clock, "a")
    receiver.answers = [TRICKLE]
    await carry_all(couriers())
    assert states(database) == {"a": "done"}


async def test_a_receiver_that_is_not_there_is_asked_by_one_event_at_a_time(database, couriers, clock) -> None:
    put(database, clock, *map(str, range(30)))
    courier = couriers("http://127.0.0.1:9/hooks")
    tried = 0
    for _ in range(5):
        tried += await courier.carry()
        clock.forward(seconds=100)
    assert tried == 4 + 4  # at first several, then one each time
    assert set(states(database).values()) == {"waiting"}


@pytest.mark.parametrize("as_date", [False, True])
async def test_whoever_has_too_much_is_left_alone_as_long_as_they_ask(
    database, receiver, couriers, clock, as_date
) -> None:
    put(database, clock, "a")
    later = clock() + timedelta(seconds=300)
    asked = later.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT") if as_date else "300"
    receiver.answers = [(429, {"Retry-After": asked})]
    courier = couriers()
    await carry_all(courier)
    put(database, clock, "b")  # another one waits as well
    clock.forward(seconds=295)
    await carry_all(courier)
    assert len(receiver.came) == 1
    clock.forward(seconds=6)
    await carry_all(courier)
    assert states(database) == {"a": "done", "b": "done"}


async def test_pauses_grow_and_after_a_day_it_is_given_up(database, receiver, couriers, clock) -> None:
    put(database, clock, "a", "b", conversation="c1")
    receiver.answers = [500] * MOST_ATTEMPTS
    courier, began, pauses = couriers(), clock(), []
    while states(database)["a"] == "waiting":
        await carry_all(courier)
        row = row_of(database, "a")
        pauses.append((row.next_at - clock()).total_seconds())
        clock.now = max(row.next_at, clock() + timedelta(seconds=61))
    assert len(pauses) == MOST_ATTEMPTS
    assert pauses[0] < 7
    assert pauses[5] > 100
    assert 2800 < pauses[20] < 4400
    assert timedelta(hours=20) < clock() - began < timedelta(hours=28)
    assert (row_of(database, "a").state, row_of(database, "a").error) == ("failed", "500")
    clock.forward(minutes=2)
    await carry_all(courier)
    assert states(database)["b"] == "done"  # those after it go on


async def test_gone_is_gone_until_an_operator_says_otherwise(database, receiver, couriers, clock) -> None:
    put(database, clock, "a", "b", conversation="c1")
    receiver.answers = [410]
    courier = couriers()
    await carry_all(courier)
    assert states(database) == {"a": "failed", "b": "failed"}
    put(database, clock, "late")
    clock.forward(hours=2)
    await carry_all(couriers())
    assert len(receiver.came) == 1
    assert database.write_now(lambda connection: outbox.try_again(connection, clock())) == 2
    await carry_all(courier)
    assert set(states(database).values()) == {"done"}


async def test_killed_in_the_middle_it_is_sent_again_with_the_same_id(
    database, receiver, couriers, clock, service
) -> None:
    put(database, clock, "a")
    receiver.answers = [STALL]
    first = asyncio.create_task(couriers().carry())
    await receiver.wait_for(1)
    first.cancel()
    with suppress(asyncio.CancelledError):
        await first
    assert states(database) == {"a": "sending"}  # as a process leaves it that is killed
    second = asyncio.create_task(couriers(transactions=service).run())
    await _until(lambda: states(database) == {"a": "done"})
    await _stopped(second)
    assert [came.key for came in receiver.came] == ["event-a", "event-a"]


async def test_it_is_woken_and_goes_on_after_its_database_was_away(
    database, receiver, couriers, clock, service
) -> None:
    store = Interrupted(database)
    store.fails_at = (1, 3)
    courier = couriers(store=store, transactions=service)
    running = asyncio.create_task(courier.run())
    put(database, clock, "a", "b")
    courier.wake()
    await _until(lambda: set(states(database).values()) == {"done"})
    await _stopped(running)
    assert {came.key for came in receiver.came} == {"event-a", "event-b"}


async def test_a_backlog_of_one_conversation_is_carried_in_order(database, receiver, couriers, clock, service) -> None:
    running = asyncio.create_task(couriers(transactions=service).run())
    put(database, clock, *map(str, range(10)), conversation="c1")
    await _until(lambda: set(states(database).values()) == {"done"})
    await _stopped(running)
    assert [came.key for came in receiver.came] == [f"event-{number}" for number in range(10)]


async def test_of_two_processes_one_sends(database, receiver, couriers, clock, service) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has one process")
    running = [asyncio.create_task(couriers(transactions=service, holder=name).run()) for name in ("one", "two")]
    put(database, clock, *map(str, range(12)), conversation="c1")
    await _until(lambda: set(states(database).values()) == {"done"})
    for task in running:
        await _stopped(task)
    assert [came.key for came in receiver.came] == [f"event-{number}" for number in range(12)]


async def test_what_was_told_is_forgotten_a_week_after_it_could_change(database, couriers, clock) -> None:
    put(database, clock, "a", "b")
    courier = couriers()
    await carry_all(courier)
    clock.forward(days=9)
    put(database, clock, "c")
    await carry_all(courier)
    assert set(states(database)) == {"a", "b", "c"}
    clock.forward(days=1, minutes=1)
    await carry_all(courier)
    assert states(database) == {"c": "done"}


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110  # another task makes it true
            await asyncio.sleep(0.01)


async def _stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
