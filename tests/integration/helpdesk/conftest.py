"""A shop whose people work in Chatwoot, on a real database of each kind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from bot.storage.database import Database
from tests.chatwoot.server import Chatwoot, serving
from tests.conftest import Clock
from tests.support.bridged import DESK, Bridged
from tests.support.handed_over import House


@pytest.fixture
async def chatwoot() -> AsyncIterator[Chatwoot]:
    async with serving(Chatwoot()) as server:
        yield server


@pytest.fixture
async def bridged(
    database: Database, clock: Clock, new_id: Callable[[], str], chatwoot: Chatwoot
) -> AsyncIterator[Bridged]:
    """Whatever is done in it, the ledger balances, and every webhook was answered."""
    house = House(database, clock, new_id, helpdesk=DESK)
    bridged = Bridged(house, chatwoot, clock)
    yield bridged
    await bridged.close()
    assert house.ledger().breaches == ()
