"""The other side: a stock `rasa init` bot in an environment of its own, made once and kept in build/."""

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import IO

from bench.processes import folder_bytes

HERE = Path(__file__).resolve().parent
ENDPOINTS = """\
# Written by the benchmark: what `rasa init` made, with its SQL tracker store on SQLite.
tracker_store:
  type: SQL
  dialect: sqlite
  db: "tracker.db"
"""


class StockFailed(Exception):
    """The stock environment could not be made, or its server did not start."""


class Stock:
    """A stock Rasa: environment, bot and server."""

    protocol = "rest"
    name = "stock"

    def __init__(self, build: Path, port: int, python: str) -> None:
        self.home = build / "stock"
        self.port = port
        self.base_url = f"http://127.0.0.1:{port}"
        self._python = python
        self._bot = self.home / "bot"
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    @property
    def _environment(self) -> dict[str, str]:
        # Telemetry would measure somebody's network.
        quiet = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "2"}
        return os.environ | quiet | {"UV_PROJECT_ENVIRONMENT": str(self.home / "venv")}

    def prepare(self) -> None:
        """Install and train what is not there yet. Minutes the first time. Raises StockFailed."""
        self.home.mkdir(parents=True, exist_ok=True)
        self._call(["uv", "sync", "--locked", "--no-dev", "--python", self._python], HERE / "stock")
        if not list((self._bot / "models").glob("*.tar.gz")):
            shutil.rmtree(self._bot, ignore_errors=True)
            self._bot.mkdir()
            self._call([self._rasa, "init", "--no-prompt", "--init-dir", "."], self._bot)
        (self._bot / "endpoints.yml").write_text(ENDPOINTS)

    @property
    def _rasa(self) -> str:
        return str(self.home / "venv/bin/rasa")

    def _call(self, command: list[str], folder: Path) -> None:
        with (self.home / "prepare.log").open("ab") as log:
            done = subprocess.run(
                command, cwd=folder, env=self._environment, stdout=log, stderr=subprocess.STDOUT, check=False
            )
        if done.returncode:
            raise StockFailed(f"`{' '.join(command)}` ended with {done.returncode}; see {log.name}")

    def clear(self) -> None:
        """Forget all conversations."""
        for file in self._bot.glob("tracker.db*"):
            file.unlink()

    def start(self) -> None:
        """Start the server; returns at once."""
        self._log = (self.home / "server.log").open("wb")
        self._process = subprocess.Popen(
            [self._rasa, "run", "--interface", "127.0.0.1", "--port", str(self.port)],
            cwd=self._bot,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The server's process."""
        if self._process is None:
            raise StockFailed("not started")
        return self._process.pid

    def check_alive(self) -> None:
        """Raises StockFailed if the server stopped by itself."""
        if self._process is None or self._process.poll() is not None:
            raise StockFailed(f"the server stopped; see {self.home / 'server.log'}")

    def stop(self) -> None:
        """Stop the server and wait until it is gone."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._log is not None:
            self._log.close()
        # Its port is taken a moment longer.
        time.sleep(0.2)

    def disk(self) -> dict[str, float]:
        """Gigabytes (10⁹ bytes) on disk."""
        venv = folder_bytes(self.home / "venv")
        models = sum(f.stat().st_size for f in (self._bot / "models").glob("*.tar.gz"))
        return {"environments_gb": round(venv / 1e9, 2), "model_mb": round(models / 1e6, 1)}
