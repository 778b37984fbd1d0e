"""Kills the app and the engine with SIGKILL at seeded random moments, and keeps a list of what it hit."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from tests.chaos.progress import Progress
from tests.client.product import RunFile

Part = Literal["app", "engine"]


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill: when (seconds since the beginning), what, and whether it was still starting."""

    at: float
    part: Part
    pid: int
    starting: bool


@dataclass(frozen=True, slots=True)
class Manner:
    """How one part is killed: how often, how long it may work before that (seconds, at most)."""

    part: Part
    count: int
    longest_life: float
    # Share of the kills that do not wait until it answers again.
    while_starting: float = 0.15


# Longer than any part needs to come back; then it is killed all the same, or counted as gone.
COME_BACK_SECONDS = 60.0


@dataclass(slots=True)
class Killer:
    """Kills by what run.json says, each process once."""

    run_file: Callable[[], RunFile | None]
    progress: Progress
    rng: random.Random
    kill: Callable[[int, int], None] = os.kill
    clock: Callable[[], float] = time.monotonic
    kills: list[Kill] = field(default_factory=list)
    started: float = 0.0

    async def work(self, manners: list[Manner]) -> None:
        """Carry out all ``manners`` side by side: one part may die while the other one starts."""
        self.started = self.clock()
        streams = [(manner, random.Random(self.rng.random())) for manner in manners]
        try:
            await asyncio.gather(*(self._stream(manner, rng) for manner, rng in streams))
        finally:
            await self.progress.change(_no_more_kills)

    async def _stream(self, manner: Manner, rng: random.Random) -> None:
        last: int | None = None
        while self.progress.kills[manner.part] < manner.count:
            await self.progress.wait(self.progress.may_kill, COME_BACK_SECONDS)
            pid = await self._next_pid(manner.part, last)
            if pid is None or self.progress.customers_left == 0:
                return
            starting = last is not None and rng.random() < manner.while_starting
            if not starting:
                await self._wait_for_an_answer()
            await asyncio.sleep(rng.uniform(0, manner.longest_life))
            if await self._strike(manner.part, pid, starting):
                last = pid

    async def _wait_for_an_answer(self) -> None:
        progress, before = self.progress, self.progress.answered

        def answered_or_idle() -> bool:
            return progress.answered > before or progress.customers_left == 0 or progress.answered == progress.sent

        await progress.wait(answered_or_idle, COME_BACK_SECONDS)

    async def _next_pid(self, part: Part, last: int | None) -> int | None:
        """The part's process once it is another one than ``last``."""
        give_up = self.clock() + COME_BACK_SECONDS
        while self.clock() < give_up:
            pid = self._pid(part)
            if pid is not None and pid != last:
                return pid
            await asyncio.sleep(0.05)
        return None

    async def _strike(self, part: Part, pid: int, starting: bool) -> bool:
        # Read again: it may have been restarted meanwhile, and a number of somebody else's must not be hit.
        if self._pid(part) != pid:
            return False
        try:
            self.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        self.kills.append(Kill(round(self.clock() - self.started, 2), part, pid, starting))

        def count(progress: Progress) -> None:
            progress.kills[part] += 1

        await self.progress.change(count)
        return True

    def _pid(self, part: Part) -> int | None:
        run = self.run_file()
        return None if run is None else (run.app if part == "app" else run.engine)


def _no_more_kills(progress: Progress) -> None:
    progress.killing = False


def manners(kills: int) -> list[Manner]:
    """Three of the app for one of the engine, which takes about three times as long to come back."""
    engine = round(kills / 4)
    return [Manner("app", kills - engine, longest_life=2.0), Manner("engine", engine, longest_life=4.0)]
