"""Keeps programs running: restarts what dies or hangs, gives up where that is useless, stops all in order."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from bot.supervisor.child import Child
from bot.supervisor.output import Output
from bot.supervisor.programs import WRONG_SETUP, Patience, Program, Restarts

# A program that ends by itself this often before it ever came up will not come up.
FAILED_STARTS = 3


class GivenUp(Exception):
    """A program cannot be kept running; the text is for people, `exit_code` for the shell."""

    def __init__(self, text: str, exit_code: int) -> None:
        super().__init__(text)
        self.exit_code = exit_code


class Journal(Protocol):
    """Hears of every start and death; keeps run.json in real life."""

    def child_started(self, name: str, pid: int) -> None: ...

    def child_died(self, name: str) -> None: ...


class Supervisor:
    """Watches over programs that are started one by one and stopped together, the last started first."""

    def __init__(self, output: Output, journal: Journal, patience: Patience) -> None:
        self._output = output
        self._journal = journal
        self._patience = patience
        self._children: dict[str, Child] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._ready: dict[str, asyncio.Event] = {}
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._failed.add_done_callback(lambda failed: failed.exception())  # it may come when nobody waits any more
        self._stopping = False

    def start(self, program: Program) -> None:
        """Start a program and keep it running from now on."""
        self._ready[program.name] = asyncio.Event()
        self._keepers[program.name] = asyncio.create_task(self._keep(program))

    async def until_ready(self, name: str) -> None:
        """Wait until that program has answered for the first time.

        Raises:
            GivenUp: a program cannot be kept running.
        """
        await self.unless_given_up(self._ready[name].wait())

    async def until_given_up(self) -> None:
        """Wait for the end that nobody wants.

        Raises:
            GivenUp: always, in the end.
        """
        await asyncio.shield(self._failed)

    async def unless_given_up(self, work: Awaitable[object]) -> None:
        """Wait for `work`, but not longer than the programs can be kept running.

        Raises:
            GivenUp: a program cannot be kept running.
        """
        task: asyncio.Future[Any] = asyncio.ensure_future(work)
        try:
            await asyncio.wait([task, self._failed], return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not task.done():
                task.cancel()
        if self._failed.done():
            self._failed.result()
        await task

    async def stop(self) -> None:
        """Stop all, the last started first: the app can finish its turns while the engine still answers."""
        self._stopping = True
        for keeper in self._keepers.values():
            keeper.cancel()
        await asyncio.gather(*self._keepers.values(), return_exceptions=True)
        deadline = time.monotonic() + self._patience.stop
        waiting = list(reversed(self._children.values()))
        stops: list[asyncio.Task[None]] = []
        for position, child in enumerate(waiting):
            # A program that does not go by itself must not take all the time of those after it.
            share = (deadline - time.monotonic()) * 0.7 if position + 1 < len(waiting) else deadline - time.monotonic()
            stops.append(asyncio.create_task(child.stop(max(deadline - time.monotonic(), 0.0))))
            await asyncio.wait(stops[-1:], timeout=max(share, 0.0))
        await asyncio.gather(*stops)

    def kill_all(self) -> None:
        """No more waiting."""
        self._stopping = True
        for child in self._children.values():
            child.kill()

    async def _keep(self, program: Program) -> None:
        try:
            restarts = Restarts()
            failed_starts = 0
            while True:
                try:
                    child = await Child.start(program, self._output)
                except OSError as error:
                    raise GivenUp(f"The {program.name} cannot be started: {error}", WRONG_SETUP) from error
                self._children[program.name] = child
                self._journal.child_started(program.name, child.pid)
                code = await child.watch(self._patience, self._ready[program.name].set)
                if self._stopping:
                    return
                self._journal.child_died(program.name)
                if code == WRONG_SETUP:
                    raise GivenUp(f"The {program.name} cannot work as things are (above: why).", WRONG_SETUP)
                ever_ready = self._ready[program.name].is_set()
                failed_starts += not ever_ready and code >= 0
                if failed_starts >= FAILED_STARTS:
                    raise GivenUp(f"The {program.name} ended {failed_starts} times while starting (above: why).", 1)
                pause = restarts.pause_after_death(child.ready_seconds())
                self._output.say(_death_notice(child, code, pause))
                await asyncio.sleep(pause)
        except Exception as error:  # whatever it is must end the whole, not this task alone
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        if not self._failed.done():
            self._failed.set_exception(error)


def _death_notice(child: Child, code: int, pause: float) -> str:
    if child.hung:
        how = "did not answer and was killed"
    elif code < 0:
        how = f"was killed by {_signal_name(-code)}"
    else:
        how = f"ended with exit code {code}"
    when = "now" if pause == 0 else f"in {pause:.1f} s"
    return f"The {child.program.name} {how}; starting it again {when}."


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


class Interrupts:
    """Ctrl-C and its kin: the first asks to stop, the second kills."""

    def __init__(self, on_first: Callable[[], object], on_second: Callable[[], object]) -> None:
        self._on_first = on_first
        self._on_second = on_second
        self.received = 0

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.receive)

    def receive(self) -> None:
        self.received += 1
        (self._on_first if self.received == 1 else self._on_second)()
