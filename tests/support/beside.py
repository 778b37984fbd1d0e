"""Somebody else's transaction at the same moment, and how to know that somebody waits for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.database import Database

SECONDS = 20.0


class Other:
    """Somebody else's transaction, in a thread: `first` is done at once, `then` when somebody waits for its rows."""

    def __init__(self, database: Database, first: Callable[[Connection], object]) -> None:
        self._database = database
        self._first = first
        self.holds = threading.Event()
        self.go_on = threading.Event()
        self.then: Callable[[Connection], object] = lambda connection: None
        self.failed: Exception | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self.holds.wait(SECONDS)

    def _run(self) -> None:
        def work(connection: Connection) -> None:
            self._first(connection)
            self.holds.set()
            assert self.go_on.wait(SECONDS)
            self.then(connection)

        try:
            self._database.write_now(work)
        except Exception as error:  # told to the test
            self.failed = error

    def finish(self) -> None:
        self.go_on.set()
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()


async def until_somebody_waits(database: Database, waiter: asyncio.Task[Any]) -> None:
    """Until PostgreSQL says that a transaction waits for another one's lock."""
    waiting = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    for _ in range(2_000):
        if waiter.done():
            await waiter
        if await database.read(lambda connection: connection.execute(waiting).scalar_one()):
            return
        await asyncio.sleep(0.005)
    raise AssertionError("nobody waits")
