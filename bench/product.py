"""Our side: Bellhop as `bellhop up` starts it, with the demo shop and SQLite, in a data folder of its own."""

import os
import shutil
import subprocess
from pathlib import Path

from bench.processes import folder_bytes
from tests.client.product import ROOT, Product, bellhop

# The load comes from one address and as fast as it can; nothing else differs from the defaults.
SETTINGS = {
    "BELLHOP_MESSAGES_PER_SECOND": "1000",
    "BELLHOP_SESSIONS_PER_MINUTE": "100000",
}


class BellhopFailed(Exception):
    """Bellhop's environments could not be measured or trained."""


class Bellhop:
    """Bellhop: environments, model and processes."""

    protocol = "web"
    name = "bellhop"

    def __init__(self, build: Path, port: int) -> None:
        self.home = build / "bench"
        self.port = port
        self.base_url = f"http://127.0.0.1:{port}"
        self._data = self.home / "data"
        self._product: Product | None = None

    def prepare(self) -> None:
        """Train if there is no model for what is in the tree. Raises BellhopFailed."""
        self.home.mkdir(parents=True, exist_ok=True)
        self._call([str(ROOT / ".venv/bin/bellhop"), "train"], os.environ.copy())

    def _call(self, command: list[str], environment: dict[str, str]) -> None:
        with (self.home / "prepare.log").open("ab") as log:
            done = subprocess.run(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            raise BellhopFailed(f"`{' '.join(command)}` ended with {done.returncode}; see {log.name}")

    def clear(self) -> None:
        """Forget the database: the next start migrates and fills a new one."""
        shutil.rmtree(self._data, ignore_errors=True)

    def start(self) -> None:
        """Start it; returns at once."""
        self._product = bellhop(self._data, settings=SETTINGS, port=self.port)
        self._product.start()

    @property
    def _running(self) -> Product:
        if self._product is None:
            raise BellhopFailed("not started")
        return self._product

    @property
    def pid(self) -> int:
        """The supervisor."""
        return self._running.pid

    def check_alive(self) -> None:
        """Raises ProductError if it stopped by itself."""
        self._running.check_alive()

    def stop(self) -> None:
        """Stop all of it."""
        product, self._product = self._product, None
        if product is not None:
            product.stop()

    def disk(self) -> dict[str, float]:
        """Gigabytes (10⁹ bytes) on disk; the app without what only tests need. Raises BellhopFailed."""
        lean = self.home / "app-venv"
        # Bytecode too, because the engine's environment and stock Rasa's have theirs by now.
        self._call(
            ["uv", "sync", "--locked", "--no-dev", "--compile-bytecode"],
            os.environ | {"UV_PROJECT_ENVIRONMENT": str(lean)},
        )
        app, engine = folder_bytes(lean), folder_bytes(ROOT / "bot/engine/.venv")
        models = [file.stat() for file in (ROOT / "models").glob("*.tar.gz")]
        newest = max(models, key=lambda stat: stat.st_mtime).st_size if models else 0
        return {
            "environments_gb": round((app + engine) / 1e9, 2),
            "app_gb": round(app / 1e9, 2),
            "engine_gb": round(engine / 1e9, 2),
            "app_with_test_tools_gb": round(folder_bytes(ROOT / ".venv") / 1e9, 2),
            "model_mb": round(newest / 1e6, 1),
        }
