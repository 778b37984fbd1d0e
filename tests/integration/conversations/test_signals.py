"""Signals: heard here at once, not twice within two seconds, and by other processes on the same PostgreSQL."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import replace

import pytest

from bot.conversations.remote_changes import RemoteChanges
from bot.conversations.service import Conversations
from bot.conversations.signals import Signal, SignalKind, Signals
from bot.conversations.unit import Rules
from bot.storage.database import Database
from tests.support.core import case_book, plain_phrases

TYPES = Signal(SignalKind.AGENT_TYPING, "c", "k", "robin", "Robin Hale")


class HeardSignals:
    """Remembers what it heard."""

    def __init__(self) -> None:
        self.heard: list[Signal] = []

    def signalled(self, signal: Signal) -> None:
        self.heard.append(signal)


class Seconds:
    """A clock of seconds that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def signals(empty_file, seconds: Seconds):  # type: ignore[no-untyped-def]
    database = Database(f"sqlite:///{empty_file}")
    yield Signals(database, instance="one", clock=seconds)
    database.close()


async def test_a_signal_that_is_sent_with_every_key_is_heard_every_other_second(
    signals: Signals, seconds: Seconds
) -> None:
    listener = HeardSignals()
    signals.subscribe(listener)
    for _ in range(9):
        signals.send(TYPES)
        seconds.now += 0.5
    assert listener.heard == [TYPES] * 3
    signals.send(replace(TYPES, conversation_id="another"))
    assert len(listener.heard) == 4


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "[]",
        "{}",
        '{"from": "two"}',
        json.dumps({"from": "two", "kind": "of a later version", "conversation_id": "c"}),
    ],
)
async def test_what_another_version_says_is_passed_over(signals: Signals, payload: str) -> None:
    listener = HeardSignals()
    signals.subscribe(listener)
    signals.heard(payload)
    assert listener.heard == []


@pytest.mark.postgres
async def test_a_signal_of_one_process_is_heard_once_in_each(shared_postgres: str, clock, new_id) -> None:
    databases = [Database(shared_postgres) for _ in range(2)]
    one, other = (
        Signals(database, instance=name, clock=Seconds())
        for database, name in zip(databases, ("one", "two"), strict=True)
    )
    service = Conversations(
        databases[1],
        plain_phrases(),
        Rules(),
        case_book(databases[1], new_id),
        clock=clock,
        new_id=new_id,
        effect_handlers={},
        instance="two",
    )
    here, there = HeardSignals(), HeardSignals()
    one.subscribe(here)
    other.subscribe(there)
    listening = asyncio.create_task(RemoteChanges(service, shared_postgres, other).run())
    await asyncio.sleep(0.5)
    one.send(TYPES)
    other.send(replace(TYPES, conversation_id="its own"))
    for _ in range(100):
        if len(there.heard) > 1:
            break
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.2)
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening
    for database in databases:
        database.close()
    assert here.heard == [TYPES]
    assert sorted(signal.conversation_id for signal in there.heard) == ["c", "its own"]
