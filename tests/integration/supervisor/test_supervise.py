"""The supervisor over real processes: small programs that die, hang or refuse on order."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.supervisor.output import Output
from bot.supervisor.ports import free_inner_port
from bot.supervisor.programs import Patience, Program
from bot.supervisor.run_file import lives
from bot.supervisor.supervise import GivenUp, Supervisor

FAKE = Path(__file__).with_name("fake_program.py")
PATIENCE = Patience(start=3.0, silence=0.6, probe=0.2, between_probes=0.1, before_ready=0.05, stop=2.0)
LONG = 15.0  # seconds; far more than anything here takes, even on a busy machine


@dataclass
class Journal:
    """Remembers starts and deaths."""

    starts: list[tuple[str, int]] = field(default_factory=list)
    deaths: list[str] = field(default_factory=list)

    def child_started(self, name: str, pid: int) -> None:
        self.starts.append((name, pid))

    def child_died(self, name: str) -> None:
        self.deaths.append(name)


@dataclass
class Stage:
    """A supervisor, what it says, and programs for it."""

    folder: Path
    supervisor: Supervisor
    journal: Journal
    said: list[bytes]

    def program(self, name: str, **orders: object) -> Program:
        port = free_inner_port(random.Random())
        return Program(
            name=name,
            command=(sys.executable, str(FAKE)),
            folder=self.folder,
            configuration={"port": port, "notes": str(self.folder / name), **orders},
            health_host="127.0.0.1",
            health_port=port,
        )

    def events(self, name: str) -> list[str]:
        file = self.folder / name
        return [line.split()[0] for line in file.read_text().splitlines()] if file.exists() else []

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(LONG):
            while not condition():  # noqa: ASYNC110 - what is waited for happens in other processes
                await asyncio.sleep(0.02)

    def text(self) -> str:
        return b"".join(self.said).decode()


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    said: list[bytes] = []
    output = Output(said.append, said.append)
    journal = Journal()
    supervisor = Supervisor(output, journal, PATIENCE)
    yield Stage(tmp_path, supervisor, journal, said)
    supervisor.kill_all()
    await supervisor.stop()
    output.close()


async def test_a_program_that_answers_is_ready(stage: Stage) -> None:
    stage.supervisor.start(stage.program("app"))

    async with asyncio.timeout(LONG):
        await stage.supervisor.until_ready("app")

    assert stage.events("app") == ["start"]
    assert stage.journal.deaths == []


async def test_a_killed_program_is_started_again_at_once(stage: Stage) -> None:
    stage.supervisor.start(stage.program("app"))
    await stage.supervisor.until_ready("app")

    os.kill(stage.journal.starts[0][1], signal.SIGKILL)
    await stage.until(lambda: len(stage.journal.starts) == 2)

    assert stage.journal.deaths == ["app"]
    await stage.until(lambda: "The app was killed by SIGKILL; starting it again now." in stage.text())


async def test_a_restarted_program_gets_the_same_orders(stage: Stage) -> None:
    stage.supervisor.start(stage.program("app", say="my orders came\n"))
    await stage.supervisor.until_ready("app")

    os.kill(stage.journal.starts[0][1], signal.SIGKILL)

    await stage.until(lambda: stage.text().count("my orders came\n") == 2)


async def test_a_program_that_keeps_dying_is_slowed_down(stage: Stage) -> None:
    stage.supervisor.start(stage.program("app", die_after=0.0))

    await stage.until(lambda: "starting it again in 0.5 s" in stage.text())

    assert "starting it again in 0.2 s" in stage.text()
    assert stage.text().count("starting it again now") == 3


async def test_exit_code_2_ends_everything_without_a_restart(stage: Stage) -> None:
    stage.supervisor.start(stage.program("app", exit_code=2, say="BELLHOP_PORT: in use\n"))

    with pytest.raises(GivenUp) as given_up:
        async with asyncio.timeout(LONG):
            await stage.supervisor.until_ready("app")

    assert given_up.value.exit_code == 2
    assert stage.events("app") == ["start"]
    await stage.until(lambda: "BELLHOP_PORT: in use\n" in stage.text())  # a thread of its own writes it


async def test_a_program_that_never_comes_up_is_given_up_after_three_tries(stage: Stage) -> None:
    stage.supervisor.start(stage.program("engine", exit_code=1))

    with pytest.raises(GivenUp) as given_up:
        async with asyncio.timeout(LONG):
            await stage.supervisor.until_ready("engine")

    assert given_up.value.exit_code == 1
    assert stage.events("engine") == ["start"] * 3


async def test_a_program_that_does_not_exist_is_said_to_be_missing(stage: Stage) -> None:
    program = stage.program("engine")
    stage.supervisor.start(
        Program("engine", ("/nowhere/python",), program.folder, {}, program.health_host, program.health_port)
    )

    with pytest.raises(GivenUp, match=r"engine cannot be started.*nowhere"):
        await stage.supervisor.until_ready("engine")


async def test_a_program_that_stops_answering_is_killed_and_restarted(stage: Stage) -> None:
    stage.supervisor.start(stage.program("app", deaf_after=0.8))
    await stage.supervisor.until_ready("app")

    await stage.until(lambda: len(stage.journal.starts) == 2)

    await stage.until(lambda: "The app did not answer and was killed" in stage.text())


async def test_a_program_that_never_answers_is_killed_after_the_time_to_start(stage: Stage) -> None:
    stage.supervisor.start(stage.program("app", deaf=True))

    await stage.until(lambda: len(stage.journal.starts) == 2)

    assert stage.journal.deaths == ["app"]


async def test_stopping_asks_the_last_started_first(stage: Stage) -> None:
    for name in ("engine", "app"):
        stage.supervisor.start(stage.program(name))
        await stage.supervisor.until_ready(name)

    await stage.supervisor.stop()

    assert stage.events("app") == ["start", "sigterm"]
    assert stage.events("engine") == ["start", "sigterm"]
    # File times move in steps of some milliseconds, so the two may be equal; never the other way round.
    assert (stage.folder / "app").stat().st_mtime_ns <= (stage.folder / "engine").stat().st_mtime_ns
    assert stage.journal.deaths == []


async def test_a_program_that_ignores_sigterm_is_killed_in_time(stage: Stage) -> None:
    for name in ("engine", "app"):
        stage.supervisor.start(stage.program(name, stubborn=True))
        await stage.supervisor.until_ready(name)

    began = time.monotonic()
    await stage.supervisor.stop()

    assert time.monotonic() - began < PATIENCE.stop + 3.0
    assert not any(lives(pid) for _, pid in stage.journal.starts)
    assert stage.events("engine") == ["start", "sigterm"]


async def test_a_second_interrupt_kills_at_once(stage: Stage) -> None:
    stage.supervisor.start(stage.program("app", stubborn=True))
    await stage.supervisor.until_ready("app")

    stopping = asyncio.create_task(stage.supervisor.stop())
    await stage.until(lambda: "sigterm" in stage.events("app"))
    began = time.monotonic()
    stage.supervisor.kill_all()
    await stopping

    assert time.monotonic() - began < PATIENCE.stop / 2


async def test_lines_of_two_programs_do_not_mix(stage: Stage) -> None:
    half = "x" * 5000
    for name in ("engine", "app"):
        stage.supervisor.start(stage.program(name, say=f"{name} {half}\n" * 40))
    for name in ("engine", "app"):
        await stage.supervisor.until_ready(name)
    await stage.until(lambda: stage.text().count("\n") == 80)

    assert set(stage.text().splitlines()) == {f"engine {half}", f"app {half}"}


def test_programs_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    port = free_inner_port(random.Random())
    script = f"""
import asyncio
from pathlib import Path
from bot.supervisor.output import Output
from bot.supervisor.programs import Patience, Program
from bot.supervisor.supervise import Supervisor
from tests.integration.supervisor.test_supervise import Journal

async def main():
    supervisor = Supervisor(Output(print, print), Journal(), Patience())
    orders = {{"port": {port}, "notes": {str(tmp_path / "app")!r}}}
    supervisor.start(Program("app", ({sys.executable!r}, {str(FAKE)!r}), Path("."), orders, "127.0.0.1", {port}))
    await supervisor.until_ready("app")
    print("up", flush=True)
    await supervisor.until_given_up()

asyncio.run(main())
"""
    supervisor = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=Path.cwd())
    assert supervisor.stdout is not None
    assert supervisor.stdout.readline() == b"up\n"

    supervisor.kill()
    supervisor.wait()

    give_up = time.monotonic() + LONG
    pid = int((tmp_path / "app").read_text().split()[1])
    while lives(pid) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert not lives(pid)
    assert "eof" in (tmp_path / "app").read_text()
    supervisor.stdout.close()
