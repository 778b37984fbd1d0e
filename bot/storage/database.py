"""The unit of work: one function, one transaction, in a thread; SQLite and PostgreSQL behave alike behind it."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import orjson
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

Result = TypeVar("Result")

BUSY_TIMEOUT_SECONDS = 1.0
# Histories and events are most of what a turn stores; the standard library's JSON took a tenth of the app's time.
_JSON: dict[str, Any] = {
    "json_serializer": lambda value: orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode(),
    "json_deserializer": orjson.loads,
}


class StorageError(Exception):
    """Root of what this package raises.

    StorageError
    ├── DatabaseUnavailable   the database is locked or cannot be reached; running the work again is right
    └── DatabaseTooNew        made by a newer Bellhop; see bot.storage.migrate
    """

    retryable = False


class DatabaseUnavailable(StorageError):
    """Locked, or out of reach. Nothing was written."""

    retryable = True


class DatabaseTooNew(StorageError):
    """The database was migrated by a newer version of the code."""


class Database:
    """One database. `work` functions take a SQLAlchemy connection and must not do other I/O.

    A work function runs in a thread, in one transaction: committed when it returns, rolled back when it raises.
    SQLite has one writer by nature, so writes queue for one thread instead of for its lock.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = make_engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        if not self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_postgres)
        self._writers = ThreadPoolExecutor(1 if self.is_sqlite else 6, thread_name_prefix="db-write")
        self._readers = ThreadPoolExecutor(2 if self.is_sqlite else 4, thread_name_prefix="db-read")

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in a transaction that may write, and return what it returns.

        Raises:
            DatabaseUnavailable: nothing was written; the same work may be tried again.
        """
        return await asyncio.get_running_loop().run_in_executor(self._writers, self.write_now, work)

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in a transaction that only reads.

        Raises:
            DatabaseUnavailable: the database could not be read.
        """
        return await asyncio.get_running_loop().run_in_executor(self._readers, self.read_now, work)

    def write_now(self, work: Callable[[Connection], Result]) -> Result:
        """As `write`, in the calling thread."""
        try:
            with self.engine.connect() as connection:
                if self.is_sqlite:
                    # The write lock first: a read upgraded later fails at once if somebody else wrote in between.
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                result = work(connection)
                connection.commit()
                return result
        except sa.exc.DBAPIError as error:
            raise _translated(error) from error

    def read_now(self, work: Callable[[Connection], Result]) -> Result:
        """As `read`, in the calling thread."""
        try:
            with self.engine.connect() as connection:
                if self.is_sqlite:
                    connection.exec_driver_sql("BEGIN")
                return work(connection)
        except sa.exc.DBAPIError as error:
            raise _translated(error) from error

    def close(self) -> None:
        """Wait for running work and close all connections."""
        self._writers.shutdown()
        self._readers.shutdown()
        self.engine.dispose()


async def with_retries(
    run: Callable[[], Awaitable[Result]], *, seconds: float, clock: Callable[[], float] = time.monotonic
) -> Result:
    """Await `run()` again while it raises `DatabaseUnavailable`, for at most `seconds`.

    Raises:
        DatabaseUnavailable: still so after that time.
    """
    give_up = clock() + seconds
    pause = 0.05
    while True:
        try:
            return await run()
        except DatabaseUnavailable:
            if clock() + pause > give_up:
                raise
            await asyncio.sleep(pause * (0.5 + random.random()))
            pause = min(pause * 2, 1.0)


def make_engine(url: str) -> Engine:
    """A SQLAlchemy engine with the settings every use of that database needs.

    Parameters are hidden from errors, since errors are logged and parameters are customers' words.
    """
    if url.startswith("sqlite"):
        file = sa.engine.make_url(url).database
        if file and file != ":memory:":
            Path(file).parent.mkdir(parents=True, exist_ok=True)
        arguments = {"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False}
        engine = sa.create_engine(url, connect_args=arguments, pool_size=8, hide_parameters=True, **_JSON)
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    arguments = {"connect_timeout": 5}
    return sa.create_engine(
        url, connect_args=arguments, pool_size=12, pool_pre_ping=True, hide_parameters=True, **_JSON
    )


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves; the driver's own guess breaks savepoints and reads
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # FULL: what was acknowledged survives a power cut as well, not only a killed process.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _prepare_postgres(connection: Any, _record: object) -> None:
    """No statement may hold a writer for long; a migration, which may, uses an engine of its own."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '5s'; SET statement_timeout = '15s'")
    connection.commit()


def _translated(error: sa.exc.DBAPIError) -> Exception:
    if isinstance(error, sa.exc.OperationalError) or error.connection_invalidated:
        text = str(error.orig)
        if "no such" in text or "has no column" in text:
            return error
        return DatabaseUnavailable(f"the database cannot be used just now: {text.splitlines()[0] if text else error}")
    return error
