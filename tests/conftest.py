"""What many tests share: a real database of each kind, and its clock."""

from __future__ import annotations

import functools
import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from sqlalchemy.engine import Connection

from bot.storage import article_tables, case_tables, channel_tables, desk_tables, shop_tables, tables
from bot.storage.database import Database
from tests.postgres import PostgresMissing, new_database, postgres_server

# The same examples in every run, and as long as they take: how quick a machine is is no test's business.
settings.register_profile("bellhop", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("bellhop")


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
assert channel_tables.links.metadata is tables.metadata
assert desk_tables.handoffs.metadata is tables.metadata

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


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and no rows, to be copied: quicker than making it for each test."""
    file = tmp_path_factory.mktemp("empty") / "bellhop.db"
    database = Database(f"sqlite:///{file}")
    tables.metadata.create_all(database.engine)
    database.close()
    return file


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of each kind with all tables."""
    if request.param == "sqlite":
        file = tmp_path / "bellhop.db"
        shutil.copyfile(request.getfixturevalue("empty_file"), file)
        database = Database(f"sqlite:///{file}")
        yield database
        database.close()
        return
    database = Database(request.getfixturevalue("shared_postgres"))
    yield database
    empty(database)
    database.close()


@functools.cache
def _which_have_rows() -> tuple[list[sa.Table], sa.Select[tuple[bool, ...]]]:
    backwards = tables.metadata.sorted_tables[::-1]  # what refers to others goes before them
    has_rows = [sa.exists(sa.select(sa.literal(1)).select_from(table)).label(table.name) for table in backwards]
    return backwards, sa.select(*has_rows)


def empty(database: Database) -> None:
    """Remove all rows of a shared database; only of tables that have some, since most have none and each costs time."""

    def work(connection: Connection) -> None:
        backwards, wanted = _which_have_rows()
        found = connection.execute(wanted).one()
        for table, used in zip(backwards, found, strict=True):
            if used:
                connection.execute(sa.delete(table))

    database.write_now(work)
