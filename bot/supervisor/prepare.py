"""A short-lived child: reads the settings, migrates, seeds the demo, so that the supervisor stays light.

`python -m bot.supervisor.prepare`: one JSON line in ({"overrides": …}), one out (what the supervisor needs,
without secrets), then the word `migrate` in; it does that, tells in another JSON line how to sign in at the demo's
desk, and ends. Exit code 2: wrong settings, a line each.
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
    code = prepare_database(settings, datetime.now(UTC), stderr)
    if code == 0:
        print(json.dumps({"demo_desk": how_to_sign_in(settings) if settings.demo else ""}), file=stdout, flush=True)
    return code


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
                database.write_now(demo_people(settings, now))
            finally:
                database.close()
        erase_again(settings)
    except StorageError as error:
        print(f"BELLHOP_DATABASE_URL: {error}", file=stderr)
        return WRONG_SETUP
    except OSError as error:  # nobody is served whom we may have promised to forget
        print(f"BELLHOP_DATA_DIR: whom we have forgotten cannot be read or written down: {error}", file=stderr)
        return WRONG_SETUP
    return 0


def erase_again(settings: Settings) -> None:
    """Make a database that was put back from a backup forget again whom we have forgotten."""
    from bot.composing import tombstones_of

    if not tombstones_of(settings).path.exists():
        return
    from bot.commands.privacy import reapply_now

    reapply_now(settings)


def demo_seeder(now: datetime) -> Callable[[Connection], int]:
    """The work that puts the demo shop into a database, its orders dated around `now`."""
    from bot.orders.demo import seed_demo_shop

    return lambda connection: seed_demo_shop(connection, now, ROOT / "data/shop")


def demo_people(settings: Settings, now: datetime) -> Callable[[Connection], object]:
    """The work that puts the people of the demo's desk into a database; their password is in the data folder."""
    import uuid

    from bot.staff.demo import demo_password, demo_staff
    from bot.staff.passwords import Passwords

    password = demo_password(settings.data_path)
    return lambda connection: demo_staff(
        connection,
        password=password,
        passwords=Passwords(),
        capacity=settings.agent_capacity,
        now=now,
        new_id=lambda: uuid.uuid4().hex,
    )


def how_to_sign_in(settings: Settings) -> str:
    """Who works at the demo's desk, and their password."""
    from bot.staff.demo import PEOPLE, demo_password

    people = ", ".join(person.email for person in PEOPLE)
    return f"Sign in at the desk as {people} with the password {demo_password(settings.data_path)}"


if __name__ == "__main__":
    sys.exit(main())
