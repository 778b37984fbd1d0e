"""A desk on a database of each kind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.storage.database import Database
from tests.conftest import Clock
from tests.support.staffed import Desk


@pytest.fixture
def desk(database: Database, clock: Clock, new_id: Callable[[], str]) -> Desk:
    return Desk(database, clock, new_id)
