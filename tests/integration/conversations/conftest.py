"""A conversation core on a real database, with an engine that answers what the test says."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta

import pytest

from bot.conversations.phrases import Phrases
from bot.conversations.service import Conversations
from bot.conversations.unit import Rules
from bot.conversations.worker import Patience, TurnWorker, WakesWorker
from bot.storage.database import Database
from bot.telemetry import Metrics
from tests.conftest import Clock
from tests.support.core import FakeEngine, Heard, NobodyWatches, Visitor, case_book, plain_phrases
from tests.support.linked import Shop


@pytest.fixture
def phrases() -> Phrases:
    return plain_phrases()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def service(
    database: Database, phrases: Phrases, clock: Clock, new_id: Callable[[], str], heard: Heard
) -> Conversations:
    service = Conversations(
        database,
        phrases,
        Rules(),
        case_book(database, new_id),
        clock=clock,
        new_id=new_id,
        effect_handlers={},
        instance="one",
    )
    service.subscribe(heard)
    return service


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def listener() -> NobodyWatches:
    return NobodyWatches()


@pytest.fixture
async def worker(
    service: Conversations, engine: FakeEngine, clock: Clock, listener: NobodyWatches
) -> AsyncIterator[TurnWorker]:
    worker = TurnWorker(
        service,
        engine,
        Metrics(),
        listener,
        clock=clock,
        chance=random.Random(7),
        patience=Patience(timedelta(seconds=0.2), timedelta(seconds=0.6), longest_pause=0.05, scan_every=0.05),
    )
    service.subscribe(WakesWorker(worker))
    yield worker
    await worker.stop(1)


@pytest.fixture
def ann(service: Conversations) -> Visitor:
    return Visitor(service, "ann")


@pytest.fixture
def bob(service: Conversations) -> Visitor:
    return Visitor(service, "bob")


@pytest.fixture
def shop(service: Conversations) -> Iterator[Shop]:
    """A website and Telegram with one customer each; whatever is done to them, the ledger balances."""
    shop = Shop(service)
    yield shop
    assert shop.ledger().breaches == ()
