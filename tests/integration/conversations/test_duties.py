"""One of several processes has a duty; another has it soon after that one is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.conversations.duties import Duty
from bot.conversations.service import Conversations
from bot.conversations.unit import Rules, Unit
from bot.storage.database import DatabaseUnavailable
from tests.support.core import case_book

LIVES = timedelta(seconds=1)
Start = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


class CutOff:
    """A process's way to the database, which may be gone."""

    def __init__(self, service: Conversations) -> None:
        self._service = service
        self.away = False

    async def transact(self, work: Callable[[Unit], Any]) -> Any:
        if self.away:
            raise DatabaseUnavailable("away")
        return await self._service.transact(work)


class Work:
    """What the duty is about: says whether somebody does it, and who was last."""

    def __init__(self) -> None:
        self.by: list[str] = []
        self.now: set[str] = set()

    def of(self, name: str) -> Callable[[], Coroutine[Any, Any, None]]:
        async def work() -> None:
            self.by.append(name)
            self.now.add(name)
            try:
                await asyncio.sleep(60)
            finally:
                self.now.discard(name)

        return work


@pytest.fixture
def running(database, phrases, new_id) -> Conversations:
    """Conversations on a clock that runs."""
    return Conversations(
        database,
        phrases,
        Rules(),
        case_book(database, new_id),
        clock=lambda: datetime.now(UTC),
        new_id=new_id,
        effect_handlers={},
        instance="one",
    )


@pytest.fixture
def several(running) -> Conversations:
    if running.database.is_sqlite:
        pytest.skip("SQLite has one process")
    return running


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
async def starting() -> AsyncIterator[Start]:
    """Starts something that runs until the test ends."""
    tasks: list[asyncio.Task[None]] = []

    def begin(coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        tasks.append(asyncio.create_task(coroutine))
        return tasks[-1]

    yield begin
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def begun(work: Work, name: str, seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while name not in work.now:  # noqa: ASYNC110  # what is waited for has no event
            await asyncio.sleep(0.01)


async def test_a_process_alone_has_every_duty(running, work, starting) -> None:
    duty = Duty(running, "telegram", "one", lives=LIVES)
    starting(duty.run(work.of("one")))
    await begun(work, "one")
    assert await running.transact(duty.held)


async def test_on_sqlite_nothing_is_prolonged_and_nothing_lost(running, work, starting) -> None:
    if not running.database.is_sqlite:
        pytest.skip("on PostgreSQL a hold that cannot be prolonged is lost")
    cut = CutOff(running)
    starting(Duty(cut, "telegram", "one", lives=LIVES).run(work.of("one")))
    await begun(work, "one")
    cut.away = True
    await asyncio.sleep(1.2)
    assert work.now == {"one"}


async def test_two_have_two_duties(running, work, starting) -> None:
    starting(Duty(running, "telegram", "one", lives=LIVES).run(work.of("one")))
    starting(Duty(running, "another", "two", lives=LIVES).run(work.of("two")))
    await begun(work, "one")
    await begun(work, "two")


async def test_a_duty_is_kept_for_longer_than_one_hold(several, work, starting) -> None:
    starting(Duty(several, "telegram", "one", lives=LIVES).run(work.of("one")))
    await begun(work, "one")
    starting(Duty(several, "telegram", "two", lives=LIVES).run(work.of("two")))
    await asyncio.sleep(2.5)
    assert work.by == ["one"]


async def test_a_duty_outlives_no_hold_though_the_clock_was_set_back(several, work, starting, new_id) -> None:
    ahead = Conversations(
        several.database,
        several.phrases,
        Rules(),
        case_book(several.database, new_id),
        clock=lambda: datetime.now(UTC) + timedelta(hours=1),
        new_id=new_id,
        effect_handlers={},
        instance="one",
    )
    cut = CutOff(ahead)
    starting(Duty(cut, "telegram", "one", lives=LIVES).run(work.of("one")))
    await begun(work, "one")
    cut.away = True  # killed, before its clock was set right
    starting(Duty(several, "telegram", "two", lives=LIVES).run(work.of("two")))
    await begun(work, "two")


async def test_of_many_that_want_a_duty_at_once_one_has_it(several, work, starting) -> None:
    for number in range(5):
        starting(Duty(several, "telegram", str(number), lives=LIVES).run(work.of(str(number))))
    await asyncio.sleep(1.5)
    assert len(work.by) == len(work.now) == 1


async def test_who_stops_gives_the_duty_back_at_once(several, work, starting) -> None:
    lives = timedelta(seconds=10)
    first = starting(Duty(several, "telegram", "one", lives=lives).run(work.of("one")))
    await begun(work, "one")
    first.cancel()
    await asyncio.wait([first])
    starting(Duty(several, "telegram", "two", lives=lives).run(work.of("two")))
    await begun(work, "two", seconds=2)


async def test_who_is_killed_is_followed_when_the_hold_runs_out(several, work, starting) -> None:
    gone = Duty(several, "telegram", "gone", lives=LIVES)
    assert await gone._claimed(within=5) is not None
    starting(Duty(several, "telegram", "two", lives=LIVES).run(work.of("two")))
    await asyncio.sleep(0.5)
    assert work.by == []
    await begun(work, "two", seconds=3)
    assert not await several.transact(gone.held)


async def test_who_loses_the_database_puts_the_work_down_before_another_takes_it_up(several, work, starting) -> None:
    cut = CutOff(several)
    starting(Duty(cut, "telegram", "one", lives=LIVES).run(work.of("one")))
    await begun(work, "one")
    cut.away = True
    starting(Duty(several, "telegram", "two", lives=LIVES).run(work.of("two")))
    both = False
    async with asyncio.timeout(5):
        while "two" not in work.now:
            both = both or work.now == {"one", "two"}
            await asyncio.sleep(0.005)
    assert not both
    assert work.now == {"two"}


async def test_a_short_absence_of_the_database_costs_nothing(several, work, starting) -> None:
    cut = CutOff(several)
    starting(Duty(cut, "telegram", "one", lives=LIVES).run(work.of("one")))
    await begun(work, "one")
    cut.away = True
    await asyncio.sleep(0.3)
    cut.away = False
    await asyncio.sleep(1.5)
    assert work.by == ["one"]
    assert work.now == {"one"}


async def test_who_lost_a_duty_takes_it_up_again_when_it_is_free(several, work, starting) -> None:
    cut = CutOff(several)
    starting(Duty(cut, "telegram", "one", lives=LIVES).run(work.of("one")))
    await begun(work, "one")
    cut.away = True
    await asyncio.sleep(1.5)
    assert work.now == set()
    cut.away = False
    await begun(work, "one")
    assert work.by == ["one", "one"]


async def test_a_duty_that_is_done_ends(running, starting) -> None:
    async def little() -> None:
        await asyncio.sleep(0)

    await asyncio.wait_for(Duty(running, "telegram", "one", lives=LIVES).run(little), 5)


async def test_what_goes_wrong_in_a_duty_is_heard(running) -> None:
    async def wrong() -> None:
        raise ValueError("nothing for a duty to hide")

    with pytest.raises(ValueError, match="nothing for a duty to hide"):
        await asyncio.wait_for(Duty(running, "telegram", "one", lives=LIVES).run(wrong), 5)
