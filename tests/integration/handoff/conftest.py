"""A shop with people behind the assistant, on a real database of each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bot.staff.models import Agent
from bot.storage.database import Database
from tests.conftest import Clock
from tests.support.handed_over import House


@pytest.fixture
def house(database: Database, clock: Clock, new_id: Callable[[], str]) -> Iterator[House]:
    """Whatever is done in it, the ledger balances."""
    house = House(database, clock, new_id)
    yield house
    assert house.ledger().breaches == ()


@pytest.fixture
def robin(house: House) -> Agent:
    return house.agent("Robin")


@pytest.fixture
def noor(house: House) -> Agent:
    return house.agent("Noor")
