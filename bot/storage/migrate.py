"""Brings a database to the tables this version of the code needs; refuses one that is ahead of it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.storage.database import DatabaseTooNew, DatabaseUnavailable, make_engine

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 7_244_310  # any number: two processes that migrate one PostgreSQL take turns


def migrate(url: str) -> bool:
    """Create or upgrade all tables; True where something had to be done.

    Raises:
        DatabaseTooNew: the database was made by a newer version; nothing is touched.
        DatabaseUnavailable: it cannot be reached, or is locked.
    """
    config = _config()
    newest = ScriptDirectory.from_config(config).get_current_head()
    with one_at_a_time(url), _engine_of(url) as engine, engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        current = _revision(connection)
        _refuse_newer(config, current, url)
        if current == newest:
            return False
        connection.rollback()
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # so that a kill in the middle leaves nothing half made
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
        return True


def check_revision(url: str) -> None:
    """Make sure the database fits the code.

    Raises:
        DatabaseTooNew: it was made by a newer version.
        DatabaseUnavailable: it cannot be read, or was not migrated yet.
    """
    config = _config()
    with _engine_of(url) as engine, engine.connect() as connection:
        current = _revision(connection)
    _refuse_newer(config, current, url)
    if current != ScriptDirectory.from_config(config).get_current_head():
        raise DatabaseUnavailable(f"{_shown(url)} is not up to date; run `bellhop migrate`")


@contextmanager
def one_at_a_time(url: str) -> Iterator[None]:
    """Wait until no other process migrates this SQLite file, however long that takes; for the length of the block.

    SQLite itself waits for a second only, which is right for whoever has it locked otherwise. PostgreSQL has a lock of
    its own for that. The folder is locked, not the file: to close the file once more would let go of SQLite's locks
    (sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
    """
    name = sa.make_url(url).database if url.startswith("sqlite") else None
    handle = None
    if name and name != ":memory:":
        with suppress(OSError):  # no such folder, which opening the database says better; or no such locks on it
            folder = Path(name).absolute().parent
            folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(folder, os.O_RDONLY)
            fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


@contextmanager
def _engine_of(url: str) -> Iterator[sa.Engine]:
    """An engine for the block; what cannot be used as a database is said in one line."""
    try:
        engine = make_engine(url)
    except OSError as error:
        raise DatabaseUnavailable(f"{_shown(url)} cannot be used: {error.strerror}") from error
    try:
        yield engine
    except sa.exc.DatabaseError as error:
        # The plain one is SQLite's for a file that is no database; the kinds below it are mistakes of ours.
        if type(error) not in (sa.exc.DatabaseError, sa.exc.OperationalError):
            raise
        raise DatabaseUnavailable(f"{_shown(url)} cannot be used: {str(error.orig).splitlines()[0]}") from error
    finally:
        engine.dispose()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def _revision(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(config: Config, current: str | None, url: str) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise DatabaseTooNew(
            f"{_shown(url)} was made by a newer Bellhop (revision {current}); "
            "upgrade this installation, or restore a backup made with this version"
        )


def _shown(url: str) -> str:
    return sa.make_url(url).render_as_string(hide_password=True)
