"""A conversation core on a real database, with an engine that answers what the test says."""

from __future__ import annotations

import itertools
import random
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest

from bot.conversations.errors import EngineError
from bot.conversations.models import Change, Incoming, PendingTurn, Reply, TurnResult
from bot.conversations.phrases import REQUIRED, Phrases
from bot.conversations.service import Conversations
from bot.conversations.unit import Rules
from bot.conversations.worker import Patience, TurnWorker, WakesWorker
from bot.storage.database import Database
from bot.telemetry import Metrics
from tests.conftest import Clock


class FakeEngine:
    """Answers each text with a reply that quotes it, or as the test has scripted."""

    def __init__(self) -> None:
        self.scripted: dict[str, list[EngineError | tuple[Reply, ...]]] = {}
        self.turns: list[PendingTurn] = []
        self.up = True

    async def run(self, turn: PendingTurn, history: list[dict[str, object]]) -> TurnResult:
        self.turns.append(turn)
        steps = self.scripted.get(turn.text)
        step = steps.pop(0) if steps else (Reply(text=f"You said {turn.text}"),)
        if isinstance(step, EngineError):
            raise step
        event = {"event": "user", "text": turn.text}
        return TurnResult([*history, event], [event], step, {"intent": {"name": "x"}}, "model", 1.0, 0.0)

    async def healthy(self) -> bool:
        return self.up


class Heard:
    """Remembers every published change."""

    def __init__(self) -> None:
        self.changes: list[Change] = []

    def changed(self, change: Change) -> None:
        self.changes.append(change)

    def texts(self, kind: str) -> list[str]:
        return [m.text for change in self.changes for m in change.messages if m.author_kind == kind]


class NobodyWatches:
    """A listener that counts what it hears."""

    def __init__(self) -> None:
        self.delayed = 0

    def bot_is_busy(self, turn: PendingTurn) -> None:
        return None

    def answer_is_delayed(self, turn: PendingTurn) -> None:
        self.delayed += 1


@pytest.fixture
def phrases() -> Phrases:
    return Phrases({name: [{"text": f"{name} {{score}}{{contact}}"}] for name in REQUIRED})


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def service(
    database: Database, phrases: Phrases, clock: Clock, new_id: Callable[[], str], heard: Heard
) -> Conversations:
    service = Conversations(
        database, phrases, Rules(), clock=clock, new_id=new_id, effect_handlers={}, instance="one"
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


class Visitor:
    """Sends what one visitor types and taps."""

    def __init__(self, service: Conversations, name: str) -> None:
        self._service = service
        self.name = name
        self._numbers = itertools.count(1)

    def typed(self, text: str, number: int | None = None) -> Incoming:
        external = f"{self.name}:{next(self._numbers) if number is None else number}"
        return Incoming("web", self.name, external, text, None, "en")

    def tapped(self, choice_id: str) -> Incoming:
        return Incoming("web", self.name, f"{self.name}:{next(self._numbers)}", None, choice_id, "en")

    async def types(self, text: str, number: int | None = None):  # type: ignore[no-untyped-def]
        return await self._service.receive(self.typed(text, number))

    async def taps(self, choice_id: str):  # type: ignore[no-untyped-def]
        return await self._service.receive(self.tapped(choice_id))


@pytest.fixture
def ann(service: Conversations) -> Visitor:
    return Visitor(service, "ann")


@pytest.fixture
def bob(service: Conversations) -> Visitor:
    return Visitor(service, "bob")
