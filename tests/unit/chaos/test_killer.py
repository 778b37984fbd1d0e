"""The killer hits what run.json names, each process once, and nobody else."""

import asyncio
import random
import signal

from tests.chaos.killer import Killer, Manner, manners
from tests.chaos.progress import Progress, count_answered
from tests.client.product import RunFile


class Supervised:
    """Processes that come back under the next number, as a supervisor would have it."""

    def __init__(self) -> None:
        self.pids = {"app": 100, "engine": 200}
        self.killed: list[tuple[int, int]] = []

    def run_file(self) -> RunFile:
        return RunFile(1, self.pids["app"], self.pids["engine"], 8080, {})

    def kill(self, pid: int, number: int) -> None:
        self.killed.append((pid, number))
        for name, current in self.pids.items():
            if current == pid:
                self.pids[name] += 1


async def answers(progress: Progress) -> None:
    """Somebody is answered all the time."""
    while True:
        await progress.change(count_answered)
        await asyncio.sleep(0.001)


async def kill_all(supervised: Supervised, progress: Progress, wanted: list[Manner]) -> Killer:
    killer = Killer(supervised.run_file, progress, random.Random(1), kill=supervised.kill)
    answering = asyncio.create_task(answers(progress))
    try:
        await asyncio.wait_for(killer.work(wanted), 10)
    finally:
        answering.cancel()
    return killer


async def test_every_process_is_killed_once_and_with_sigkill() -> None:
    supervised = Supervised()
    progress = Progress(kills_wanted=5, messages_wanted=0, customers_left=1)
    killer = await kill_all(supervised, progress, [Manner("app", 3, 0.01), Manner("engine", 2, 0.01)])
    assert sorted(supervised.killed) == [(pid, signal.SIGKILL) for pid in (100, 101, 102, 200, 201)]
    assert progress.kills == {"app": 3, "engine": 2}
    assert len(killer.kills) == 5
    assert not progress.killing


async def test_nothing_is_killed_once_the_customers_have_left() -> None:
    supervised = Supervised()
    progress = Progress(kills_wanted=3, messages_wanted=0, customers_left=0)
    await kill_all(supervised, progress, [Manner("app", 3, 0.01)])
    assert supervised.killed == []


async def test_a_process_that_died_by_itself_is_not_counted() -> None:
    supervised = Supervised()

    def kill(pid: int, number: int) -> None:
        if pid == 100:
            supervised.pids["app"] = 101
            raise ProcessLookupError
        supervised.kill(pid, number)

    progress = Progress(kills_wanted=2, messages_wanted=0, customers_left=1)
    killer = Killer(supervised.run_file, progress, random.Random(1), kill=kill)
    answering = asyncio.create_task(answers(progress))
    await asyncio.wait_for(killer.work([Manner("app", 2, 0.01)]), 10)
    answering.cancel()
    assert [kill.pid for kill in killer.kills] == [101, 102]


def test_one_kill_in_four_is_the_engines() -> None:
    assert [(manner.part, manner.count) for manner in manners(40)] == [("app", 30), ("engine", 10)]
    assert sum(manner.count for manner in manners(7)) == 7


async def test_messages_wait_for_kills_and_kills_for_messages() -> None:
    progress = Progress(kills_wanted=10, messages_wanted=100, customers_left=1)
    progress.sent = 21
    assert not progress.may_send()
    progress.kills["app"] = 1
    assert progress.may_send()
    progress.kills["app"] = 5
    assert not progress.may_kill()
    progress.sent = 30
    assert progress.may_kill()
    assert not await progress.wait(lambda: progress.sent > 30, 0.01)
