"""The way in from Telegram on a real database of each kind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.storage.database import Database
from tests.conftest import Clock
from tests.support.telegram_in import WayIn, way_in


@pytest.fixture
def inward(database: Database, clock: Clock, new_id: Callable[[], str]) -> WayIn:
    return way_in(database, clock, new_id)
