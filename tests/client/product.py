"""Starts Bellhop as its users do, in a data folder of its own, and knows its processes."""

import asyncio
import json
import os
import signal
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

ROOT = Path(__file__).resolve().parent.parent.parent


class ProductError(Exception):
    """Bellhop did not start, or stopped by itself; the message ends with its last words."""


@dataclass(frozen=True, slots=True)
class RunFile:
    """The process ids in ``run.json``; a part that is being started again may be missing."""

    supervisor: int
    app: int | None
    engine: int | None
    port: int
    # How often each part was started again.
    restarts: Mapping[str, int]

    @classmethod
    def read(cls, data_dir: Path) -> Self | None:
        """What the supervisor wrote, or None where it has not (or not wholly) yet."""
        try:
            body = json.loads((data_dir / "run.json").read_text())
            restarts = {name: int(count) for name, count in body.get("restarts", {}).items()}
            return cls(int(body["supervisor"]), body.get("app"), body.get("engine"), int(body["port"]), restarts)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(data_dir: Path, port: int, settings: Mapping[str, str]) -> dict[str, str]:
    """The demo shop's settings and nothing else that a developer may have set; ``settings`` win."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("BELLHOP_")}
    own = {"BELLHOP_DEMO": "1", "BELLHOP_DATA_DIR": str(data_dir), "BELLHOP_PORT": str(port)}
    return inherited | own | dict(settings)


class Product:
    """One running Bellhop."""

    def __init__(
        self,
        command: list[str],
        data_dir: Path,
        *,
        settings: Mapping[str, str],
        port: int,
        cwd: Path = ROOT,
    ) -> None:
        self.data_dir = data_dir
        self.port = port
        self.base_url = f"http://127.0.0.1:{port}"
        self.log_path = data_dir / "output.log"
        self._command = command
        self._environment = environment(data_dir, port, settings)
        self._cwd = cwd
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    def start(self) -> None:
        """Start it; returns at once."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._log = self.log_path.open("ab")
        # A session of its own: Ctrl-C reaches this process first, which then stops the product in order.
        self._process = subprocess.Popen(
            self._command,
            cwd=self._cwd,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The process that was started."""
        if self._process is None:
            raise ProductError("not started")
        return self._process.pid

    def run_file(self) -> RunFile | None:
        """The processes now, where they are known."""
        return RunFile.read(self.data_dir)

    async def ready(self, seconds: float) -> None:
        """Wait for the line that says so. Raises ProductError."""
        for _ in range(int(seconds / 0.05) + 1):
            if f"ready {self.base_url}".encode() in self._output():
                return
            self.check_alive()
            await asyncio.sleep(0.05)
        raise ProductError(f"not ready within {seconds:g} s\n{self._last_words()}")

    def check_alive(self) -> None:
        """Raises ProductError if it stopped by itself."""
        if self._process is None or self._process.poll() is not None:
            code = None if self._process is None else self._process.returncode
            raise ProductError(f"`{' '.join(self._command)}` ended with {code}\n{self._last_words()}")

    def stop(self, seconds: float = 20.0) -> int | None:
        """Ask it to stop, insist after ``seconds``; its exit code, None if it had to be killed."""
        process, self._process = self._process, None
        if self._log is not None:
            self._log.close()
        if process is None:
            return None
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            # The session is this product's alone.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return None

    def _output(self) -> bytes:
        return self.log_path.read_bytes() if self.log_path.exists() else b""

    def _last_words(self) -> str:
        return self._output()[-3000:].decode(errors="replace")


def bellhop(data_dir: Path, *, settings: Mapping[str, str], port: int | None = None) -> Product:
    """Bellhop from this work tree: ``.venv/bin/bellhop up``."""
    command = [str(ROOT / ".venv/bin/bellhop"), "up"]
    return Product(command, data_dir, settings=settings, port=port or free_port())
