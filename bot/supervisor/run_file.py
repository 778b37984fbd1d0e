"""The data folder's signs of life: a lock held by one supervisor, and run.json that says what runs where."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path


class AlreadyRunning(Exception):
    """Another supervisor works in this data folder; the text says which, and what to do."""


class InstanceLock:
    """Held from its making until `release`, or until the process ends: even `kill -9` lets go of it.

    Raises:
        AlreadyRunning: somebody else holds it.
        OSError: the folder cannot be written to.
    """

    def __init__(self, data_path: Path) -> None:
        data_path.mkdir(parents=True, exist_ok=True)
        self._file = os.open(data_path / "supervisor.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise AlreadyRunning(_already_running(data_path)) from None

    def release(self) -> None:
        os.close(self._file)


def _already_running(data_path: Path) -> str:
    running = read_run_file(data_path)
    where = f" (process {running.supervisor}, port {running.port})" if running else ""
    return (
        f"Bellhop is already running on {data_path}{where}: "
        "stop it with Ctrl-C where it was started, or set BELLHOP_DATA_DIR to another folder"
    )


@dataclass
class Running:
    """The contents of run.json."""

    supervisor: int
    port: int
    internal_port: int
    engine_port: int
    started_at: str  # ISO 8601, UTC
    app: int | None = None  # process ids
    engine: int | None = None
    host: str = "127.0.0.1"
    restarts: dict[str, int] = field(default_factory=lambda: {"app": 0, "engine": 0})


class RunFile:
    """Keeps run.json up to date; readers see the old one or the new one, never half of it."""

    def __init__(self, data_path: Path, running: Running) -> None:
        self.path = data_path / "run.json"
        self.running = running

    def child_started(self, name: str, pid: int) -> None:
        setattr(self.running, name, pid)
        self._write_if_possible()

    def child_died(self, name: str) -> None:
        setattr(self.running, name, None)
        self.running.restarts[name] = self.running.restarts.get(name, 0) + 1
        self._write_if_possible()

    def write(self) -> None:
        fresh = self.path.with_name(f"run.json.{os.getpid()}")
        fresh.write_text(json.dumps(asdict(self.running)) + "\n", encoding="utf-8")
        fresh.replace(self.path)

    def _write_if_possible(self) -> None:
        # A full disk must not keep a program from being restarted.
        with contextlib.suppress(OSError):
            self.write()

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)


def read_run_file(data_path: Path) -> Running | None:
    """What runs there according to run.json, or None without a readable one."""
    try:
        return Running(**json.loads((data_path / "run.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def lives(pid: int | None) -> bool:
    """Whether there is a process with that number."""
    if not pid:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:  # dead, but nobody has asked how it ended: orphans in a container may stay like that
        return b") Z " not in Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return True


async def wait_for_orphans(data_path: Path, seconds: float, pause: float = 0.1) -> list[int]:
    """Wait until the children of a supervisor that was killed have gone, too; returns those still there.

    They go by themselves when their standard input ends, after finishing what they do.
    """
    left_by = read_run_file(data_path)
    give_up = time.monotonic() + seconds
    orphans = [pid for pid in (left_by.app, left_by.engine) if pid] if left_by else []
    # Not children of ours any more, so there is nothing to wait on but their absence.
    while (alive := [pid for pid in orphans if lives(pid)]) and time.monotonic() < give_up:  # noqa: ASYNC110  # no event
        await asyncio.sleep(pause)
    return alive
