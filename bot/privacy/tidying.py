"""Clears the database's file of what was deleted: a row that is gone may still stand in the file's bytes."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection

from bot.storage.database import Database

log = structlog.get_logger(__name__)

LARGEST_WHILE_RUNNING = 300 * 1024 * 1024  # bytes: about as much as is written anew in the time a customer waits for
TRIES, PAUSE_SECONDS = 20, 0.25
PAGES_AT_ONCE = 200  # of an index, in one transaction: 20 milliseconds
_BUSY_SECONDS, _FOR_OTHERS_SECONDS = 5.0, 0.002
_INDEXES_OF_WORDS = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND lower(sql) LIKE 'create virtual table%fts5%'"
)


def tidy(database: Database, *, largest: int = LARGEST_WHILE_RUNNING) -> bool:
    """Write the file anew without remains, and empty the log beside it.

    On PostgreSQL the space of deleted rows is given back for use at once; its write-ahead log and its backups are the
    operator's.

    Args:
        largest: a bigger file is not written anew: that would keep customers waiting.

    Returns:
        Whether nothing is left in the file; where not, `bellhop erase --compact` does it when it is quiet.
    """
    if not database.is_sqlite:
        return _vacuum_postgres(database)
    file = sa.engine.make_url(database.url).database
    if not file or file == ":memory:":
        return True
    forget_words(database)
    if Path(file).stat().st_size > largest:
        return False
    rewritten = False
    for _ in range(TRIES):
        try:
            rewritten = rewritten or _rewrite(file)
            if _log_emptied(file):
                return True
        except sqlite3.OperationalError as error:
            log.info("compacting_waits", why=str(error))
        time.sleep(PAUSE_SECONDS)
    return False


def forget_words(database: Database) -> None:
    """Let no index of words on SQLite hold those of deleted rows, in steps so short that nobody waits for them."""
    file = sa.engine.make_url(database.url).database if database.is_sqlite else None
    if not file or file == ":memory:":
        return
    connection = sqlite3.connect(file, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA secure_delete=ON")
        for (name,) in connection.execute(_INDEXES_OF_WORDS).fetchall():
            _merge(connection, name.replace('"', '""'))
    except sqlite3.OperationalError as error:
        log.info("index_keeps_deleted_words", why=str(error))
    finally:
        connection.close()


def _merge(connection: sqlite3.Connection, index: str) -> None:
    """Such an index keeps the words of deleted rows until its parts are merged to one."""
    pages, changed = -PAGES_AT_ONCE, PAGES_AT_ONCE  # below nothing: parts are merged however few there are
    while changed >= 2:  # one is the row of the command itself (sqlite.org/fts5.html, "merge")
        before = connection.total_changes
        connection.execute(f'INSERT INTO "{index}"("{index}", rank) VALUES (\'merge\', ?)', (pages,))  # noqa: S608 - ours
        pages, changed = PAGES_AT_ONCE, connection.total_changes - before
        time.sleep(_FOR_OTHERS_SECONDS)


def _rewrite(file: str) -> bool:
    """Write it anew, without what was deleted."""
    connection = sqlite3.connect(file, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("VACUUM")
    finally:
        connection.close()
    return True


def _log_emptied(file: str) -> bool:
    """Bring what is in the log beside the file into it; False while somebody still reads what was before."""
    connection = sqlite3.connect(file, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.close()
    return not busy


def _vacuum_postgres(database: Database) -> bool:
    try:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            _vacuum(connection)
    except sa.exc.DBAPIError as error:
        log.info("compacting_waits", why=type(error).__name__)
        return False
    return True


def _vacuum(connection: Connection) -> None:
    connection.exec_driver_sql("SET statement_timeout = 0")
    try:
        connection.exec_driver_sql("VACUUM")
    finally:
        connection.exec_driver_sql("SET statement_timeout = '15s'")
