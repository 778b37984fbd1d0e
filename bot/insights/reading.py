"""One consistent look at a database for reports: no writing, no creating, no half-seen transaction."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.database import StorageError, make_engine

Result = TypeVar("Result")


class CannotRead(Exception):
    """The database cannot be read; the text says why and what to do."""


def read_consistently(url: str, work: Callable[[Connection], Result]) -> Result:
    """Run `work` on one snapshot, so that a busy database is never caught between two statements.

    Raises:
        CannotRead: there is none, it cannot be reached, or it is not ours.
    """
    address = sa.engine.make_url(url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").is_file():
        # Opening it would make an empty one, and an empty ledger always balances.
        raise CannotRead(f"there is no database at {address.database}; start Bellhop once, or run `bellhop migrate`")
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            else:
                connection.exec_driver_sql("BEGIN")
            return work(connection)
    except (sa.exc.SQLAlchemyError, StorageError) as error:
        raise CannotRead(_explain(error)) from error
    finally:
        engine.dispose()


def _explain(error: Exception) -> str:
    reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    if "no such table" in reason or "does not exist" in reason or "no such column" in reason:
        return f"the database is not up to date ({reason}); run `bellhop migrate`"
    return f"the database cannot be read: {reason}"
