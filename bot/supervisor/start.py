"""`bellhop up` from the first look at the settings to the last goodbye."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bot.supervisor.child import status_of
from bot.supervisor.output import Output
from bot.supervisor.ports import PortError, check_port, free_inner_port, in_url, reachable
from bot.supervisor.programs import WRONG_SETUP, Patience, Program
from bot.supervisor.run_file import AlreadyRunning, InstanceLock, RunFile, Running, wait_for_orphans
from bot.supervisor.supervise import GivenUp, Interrupts, Supervisor

ROOT = Path(__file__).resolve().parents[2]
ORPHANS_MAY_TAKE = 12.0  # seconds; they themselves give up after ten
# What people may want to open, where it exists.
PAGES = (
    ("/", "Shop page with the chat"),
    ("/help", "Help centre"),
    ("/desk", "Desk"),
    ("/insights", "Insights"),
    ("/demo/mailbox", "Demo mailbox"),
    ("/health", "Health"),
)


@dataclass(frozen=True)
class Facts:
    """What `prepare` found in the settings."""

    host: str
    port: int
    base_url: str
    internal_port: int
    engine_port: int
    engine_python: str
    engine_python_exists: bool
    data_path: str
    demo: bool
    action_timeout: float
    order_number_pattern: str
    model: str
    model_exists: bool


class CannotStart(Exception):
    """The text says why, and how to mend it; empty where that has been said already."""


def up(overrides: Mapping[str, object], *, may_train: bool, patience: Patience | None = None) -> int:
    """Run Bellhop until it is told to stop, and return the exit code.

    Args:
        overrides: settings given on the command line.
        may_train: whether to train a model when the one needed is missing.
    """
    os.umask(0o077)  # the database holds what customers wrote: nobody else on this machine reads it
    output = Output(_writer(1), _writer(2))
    try:
        return asyncio.run(_up(overrides, may_train, patience or Patience(), output))
    finally:
        output.close()


def _writer(file: int) -> Callable[[bytes], None]:
    def write(line: bytes) -> None:
        while line:
            line = line[os.write(file, line) :]

    return write


async def _up(overrides: Mapping[str, object], may_train: bool, patience: Patience, output: Output) -> int:
    run = Start(overrides, may_train, patience, output)
    task = asyncio.current_task()
    assert task is not None
    interrupts = Interrupts(task.cancel, run.kill)
    interrupts.listen(asyncio.get_running_loop())
    try:
        await run.until_given_up()
    except asyncio.CancelledError:
        output.say("Stopping …")
        code = 0
    except GivenUp as error:
        output.complain(str(error))
        code = error.exit_code
    except (CannotStart, PortError, AlreadyRunning) as error:
        if str(error):
            output.complain(str(error))
        code = WRONG_SETUP
    # The finally of a cancelled task could be cancelled again; from here on a signal only kills.
    interrupts.received = max(interrupts.received, 1)
    await run.close()
    if code == 0:
        output.say("Stopped.")
    return code


def _take_lock(data_path: Path) -> InstanceLock:
    try:
        return InstanceLock(data_path)
    except OSError as error:
        raise CannotStart(
            f"BELLHOP_DATA_DIR: cannot write to {data_path} ({error.strerror}); "
            "make it writable, or choose another folder"
        ) from error


class Start:
    """One run of `bellhop up`."""

    def __init__(self, overrides: Mapping[str, object], may_train: bool, patience: Patience, output: Output) -> None:
        self._overrides = overrides
        self._may_train = may_train
        self._patience = patience
        self._output = output
        self._supervisor: Supervisor | None = None
        self._lock: InstanceLock | None = None
        self._run_file: RunFile | None = None
        self._helpers: list[asyncio.subprocess.Process] = []
        self._demo_desk = ""

    async def until_given_up(self) -> None:
        """Start everything and stay.

        Raises:
            GivenUp: a program cannot be kept running.
            CannotStart, PortError, AlreadyRunning: it did not come to that.
        """
        prepare = await self._helper(sys.executable, "-m", "bot.supervisor.prepare", talk=True)
        facts = await self._read_facts(prepare)
        self._lock = _take_lock(Path(facts.data_path))
        await self._check_ports(facts)
        await self._check_model(facts)
        self._run_file = RunFile(Path(facts.data_path), self._running(facts))
        self._run_file.write()
        self._supervisor = Supervisor(self._output, self._run_file, self._patience)
        engine, app = self._programs(facts, self._run_file.running)
        self._output.say("Starting Bellhop …")
        # The engine takes longest and needs no database, so both get ready at once.
        self._supervisor.start(engine)
        async with self._output.progress("Preparing the database"):
            await self._supervisor.unless_given_up(self._migrate(prepare))
        self._supervisor.start(app)
        async with self._output.progress("Waiting for the engine and the app"):
            await self._supervisor.until_ready("engine")
            await self._supervisor.until_ready("app")
        await self._announce(facts, self._run_file.running)
        await self._supervisor.until_given_up()

    async def close(self) -> None:
        """Stop whatever runs, and remove what says that it runs."""
        for helper in self._helpers:
            if helper.returncode is None:
                helper.terminate()
                await helper.wait()
        if self._supervisor:
            await self._supervisor.stop()
        if self._run_file:
            self._run_file.remove()
        if self._lock:
            self._lock.release()

    def kill(self) -> None:
        """The second Ctrl-C."""
        for helper in self._helpers:
            if helper.returncode is None:
                helper.kill()
        if self._supervisor:
            self._supervisor.kill_all()

    async def _helper(self, *command: str, talk: bool = False) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE if talk else None
        # A session of its own, or Ctrl-C would reach it before us.
        helper = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, stdin=pipe, stdout=pipe, start_new_session=True
        )
        self._helpers.append(helper)
        return helper

    async def _read_facts(self, prepare: asyncio.subprocess.Process) -> Facts:
        assert prepare.stdin is not None
        assert prepare.stdout is not None
        prepare.stdin.write(json.dumps({"overrides": dict(self._overrides)}).encode() + b"\n")
        line = await prepare.stdout.readline()
        if not line:
            await prepare.wait()
            raise CannotStart  # it has said why on standard error, which is ours
        return Facts(**json.loads(line))

    async def _migrate(self, prepare: asyncio.subprocess.Process) -> None:
        assert prepare.stdin is not None
        assert prepare.stdout is not None
        prepare.stdin.write(b"migrate\n")
        told = await prepare.stdout.read()
        if code := await prepare.wait():
            raise CannotStart("" if code == WRONG_SETUP else "The database could not be prepared (above: why).")
        self._demo_desk = str(json.loads(told)["demo_desk"])

    async def _check_ports(self, facts: Facts) -> None:
        try:
            check_port(facts.host, facts.port, "PORT")
        except PortError:
            # Perhaps it is held by what a killed supervisor left behind, on its way out.
            async with self._output.progress("Waiting for an earlier Bellhop to end", after=0.5):
                await wait_for_orphans(Path(facts.data_path), ORPHANS_MAY_TAKE)
            check_port(facts.host, facts.port, "PORT")
        for port, setting in ((facts.internal_port, "INTERNAL_PORT"), (facts.engine_port, "ENGINE_PORT")):
            if port:
                check_port("127.0.0.1", port, setting)

    async def _check_model(self, facts: Facts) -> None:
        if not facts.engine_python_exists:
            raise CannotStart(
                f"BELLHOP_ENGINE_PYTHON: {facts.engine_python} does not exist; "
                "run `make setup`, which installs the engine, or correct the setting"
            )
        if facts.model_exists:
            return
        if not self._may_train:
            raise CannotStart(f"The model {facts.model} is missing; run `bellhop train`, or leave out --no-train")
        self._output.say("What the assistant is trained from has changed: training (about half a minute) …")
        checker = await self._helper(sys.executable, "-m", "bot.knowledge.check")
        if await checker.wait() != 0:
            raise CannotStart("The help articles cannot be used as they are (above: why); mend that and start again")
        trainer = await self._helper(facts.engine_python, "-m", "bot.engine.train")
        if await trainer.wait() != 0:
            raise CannotStart("Training failed (above: why); mend that and run `bellhop train`")

    def _running(self, facts: Facts) -> Running:
        choose = random.Random(os.urandom(8))
        internal = facts.internal_port or free_inner_port(choose, frozenset({facts.port, facts.engine_port}))
        engine = facts.engine_port or free_inner_port(choose, frozenset({facts.port, internal}))
        return Running(
            supervisor=os.getpid(),
            host=reachable(facts.host),
            port=facts.port,
            internal_port=internal,
            engine_port=engine,
            started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    def _programs(self, facts: Facts, running: Running) -> tuple[Program, Program]:
        engine_secret, actions_secret = os.urandom(32).hex(), os.urandom(32).hex()
        engine = Program(
            name="engine",
            command=(facts.engine_python, "-m", "bot.engine.server"),
            folder=ROOT,
            configuration={
                "port": running.engine_port,
                "secret": engine_secret,
                "model": facts.model,
                "actions_url": f"http://127.0.0.1:{running.internal_port}/actions",
                "actions_secret": actions_secret,
                "action_timeout": facts.action_timeout,
                "order_number_pattern": facts.order_number_pattern,
                "languages": str(ROOT / "data" / "languages"),
            },
            health_host="127.0.0.1",
            health_port=running.engine_port,
        )
        app = replace(
            engine,
            name="app",
            command=(sys.executable, "-m", "bot.app"),
            configuration={
                # Pinned, so that an edit of .env cannot move a restarted app away from where it is watched.
                "settings": {**self._overrides, "host": facts.host, "port": facts.port, "demo": facts.demo},
                "engine_url": f"http://127.0.0.1:{running.engine_port}",
                "engine_secret": engine_secret,
                "actions_secret": actions_secret,
                "internal_port": running.internal_port,
            },
            health_host=running.host,
            health_port=running.port,
        )
        return engine, app

    async def _announce(self, facts: Facts, running: Running) -> None:
        base = f"http://{in_url(running.host)}:{running.port}"
        statuses = await asyncio.gather(*(status_of(running.host, running.port, path, 5.0) for path, _ in PAGES))
        rows = [
            (label, (facts.base_url if path != "/health" else base) + path)
            for (path, label), status in zip(PAGES, statuses, strict=True)
            if status is not None and status != 404
        ]
        rows.append(("Metrics", f"http://127.0.0.1:{running.internal_port}/metrics"))
        width = max(len(label) for label, _ in rows)
        self._output.say("")
        for label, address in rows:
            self._output.say(f"  {label:<{width}}  {address}")
        if self._demo_desk and any(label == "Desk" for label, _ in rows):
            self._output.say(f"\n{self._demo_desk}")
        self._output.say("\nCtrl-C stops it.")
        self._output.say(f"ready {base}")
