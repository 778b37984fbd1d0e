"""What many tests share: a real database of each kind, and its clock."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.storage import article_tables, case_tables, shop_tables, tables
from bot.storage.database import Database
from tests.postgres import PostgresMissing, new_database, postgres_server


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        """Move on by a `timedelta`'s arguments."""
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def new_id() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"{next(numbers):032x}"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server for this run. Where it must be there (BELLHOP_TEST_POSTGRES=required) its absence fails."""
    try:
        with postgres_server() as url:
            yield url
    except PostgresMissing as missing:
        if os.environ.get("BELLHOP_TEST_POSTGRES") == "required":
            pytest.fail(str(missing))
        pytest.skip(str(missing))


assert shop_tables.shop_orders.metadata is tables.metadata  # importing them is what makes their tables known
assert article_tables.article_showings.metadata is tables.metadata
assert case_tables.cases.metadata is tables.metadata

KINDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database of each kind, without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'bellhop.db'}"
        return
    with new_database(request.getfixturevalue("postgres_url")) as url:
        yield url


@pytest.fixture(scope="session")
def shared_postgres(postgres_url: str) -> Iterator[str]:
    """One database with all tables; making them anew for each test would take most of the tests' time."""
    with new_database(postgres_url) as url:
        engine = sa.create_engine(url)
        tables.metadata.create_all(engine)
        engine.dispose()
        yield url


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of each kind with all tables."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'bellhop.db'}")
        tables.metadata.create_all(database.engine)
        yield database
        database.close()
        return
    database = Database(request.getfixturevalue("shared_postgres"))
    yield database
    empty(database)
    database.close()


def empty(database: Database) -> None:
    """Remove all rows of a shared database."""
    names = ", ".join(f'"{table.name}"' for table in tables.metadata.sorted_tables)
    database.write_now(lambda connection: connection.execute(sa.text(f"TRUNCATE {names}")))
