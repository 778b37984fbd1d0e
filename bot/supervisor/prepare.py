"""A short-lived child: reads the settings, migrates, seeds the demo shop, so that the supervisor stays light.

`python -m bot.supervisor.prepare`: one JSON line in ({"overrides": …}), one out (what the supervisor needs,
without secrets), then the word `migrate` in; it does that and ends. Exit code 2: wrong settings, a line each.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

from bot.settings import ROOT, Settings, SettingsError, load_settings
from bot.supervisor.programs import WRONG_SETUP

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


def main(stdin: IO[str] = sys.stdin, stdout: IO[str] = sys.stdout, stderr: IO[str] = sys.stderr) -> int:
    """Run the conversation described above and return the exit code."""
    asked = json.loads(stdin.readline() or "{}")
    try:
        settings = load_settings(**asked.get("overrides", {}))
    except SettingsError as error:
        print(error, file=stderr)
        return WRONG_SETUP
    try:
        found = facts(settings)
    except FileNotFoundError as error:
        print(f"{error.filename} is missing: the assistant is trained from it; restore it", file=stderr)
        return WRONG_SETUP
    print(json.dumps(found), file=stdout, flush=True)
    if stdin.readline().strip() != "migrate":
        return 0  # the supervisor decided otherwise, or died
    return prepare_database(settings, datetime.now(UTC), stderr)


def facts(settings: Settings) -> Mapping[str, object]:
    """What the supervisor must know, without secrets."""
    from bot.engine import fingerprint

    model = fingerprint.model_path(ROOT)
    engine_python = ROOT / settings.engine_python
    return {
        "host": settings.host,
        "port": settings.port,
        "base_url": settings.base_url,
        "internal_port": settings.internal_port,
        "engine_port": settings.engine_port,
        "engine_python": str(engine_python),
        "engine_python_exists": engine_python.exists(),
        "data_path": str(settings.data_path),
        "demo": settings.demo,
        "action_timeout": settings.action_timeout_seconds,
        "order_number_pattern": settings.order_number_pattern,
        "model": str(model),
        "model_exists": model.exists(),
    }


def prepare_database(settings: Settings, now: datetime, stderr: IO[str]) -> int:
    """Bring the database up to date, with the demo shop in it where that is wanted; returns the exit code."""
    from bot.storage.database import Database, StorageError
    from bot.storage.migrate import migrate

    try:
        migrate(settings.resolved_database_url)
        if settings.demo:
            database = Database(settings.resolved_database_url)
            try:
                database.write_now(demo_seeder(now))
            finally:
                database.close()
    except StorageError as error:
        print(f"BELLHOP_DATABASE_URL: {error}", file=stderr)
        return WRONG_SETUP
    return 0


def demo_seeder(now: datetime) -> Callable[[Connection], int]:
    """The work that puts the demo shop into a database, its orders dated around `now`."""
    from bot.orders.demo import seed_demo_shop

    return lambda connection: seed_demo_shop(connection, now, ROOT / "data/shop")


if __name__ == "__main__":
    sys.exit(main())
