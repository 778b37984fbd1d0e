"""What is true for a moment and kept nowhere, such as who types; told to this process and, on PostgreSQL, to others.

A signal may be lost, and nothing may rest on it; what has to be known later is a `Change`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Protocol

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection

from bot.storage.database import Database, DatabaseUnavailable

log = structlog.get_logger(__name__)

SIGNAL_CHANNEL = "bellhop_signals"
AGAIN_SECONDS = 2.0  # the same signal within this time is passed over
MOST_REMEMBERED = 5000
MOST_UNDER_WAY = 50  # to other processes; what is more is lost, as signals may be


class SignalKind(StrEnum):
    """What a signal says."""

    AGENT_TYPING = "agent_typing"
    CUSTOMER_TYPING = "customer_typing"
    AGENT_LOOKS = "agent_looks"  # at the conversation, or no longer


@dataclass(frozen=True, slots=True)
class Signal:
    """Something that goes on in a conversation at this moment; `name` is the agent's, as customers see it."""

    kind: SignalKind
    conversation_id: str
    customer_id: str
    agent_id: str | None = None
    name: str | None = None


class SignalListener(Protocol):
    """Hears signals."""

    def signalled(self, signal: Signal) -> None:
        """Called on the event loop; must not wait."""
        ...


class Signals:
    """Passes signals on.

    Args:
        instance: this process's name among several on one database.
        clock: seconds that only go forward.
    """

    def __init__(self, database: Database, *, instance: str, clock: Callable[[], float]) -> None:
        self._database = database
        self._instance = instance
        self._clock = clock
        self._listeners: list[SignalListener] = []
        self._sent: dict[Signal, float] = {}
        self._telling: set[asyncio.Task[None]] = set()

    def subscribe(self, listener: SignalListener) -> None:
        """From now on tell `listener` of every signal."""
        self._listeners.append(listener)

    def send(self, signal: Signal) -> None:
        """Tell everybody, here at once; the same is told at most every other second."""
        now = self._clock()
        if now - self._sent.get(signal, -AGAIN_SECONDS) < AGAIN_SECONDS:
            return
        if len(self._sent) >= MOST_REMEMBERED:
            self._sent = {known: at for known, at in self._sent.items() if now - at < AGAIN_SECONDS}
        self._sent[signal] = now
        self._publish(signal)
        if self._database.is_sqlite or len(self._telling) >= MOST_UNDER_WAY:
            return
        task = asyncio.get_running_loop().create_task(self._tell(signal))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    def heard(self, payload: str) -> None:
        """Another process, or this one, told of a signal by `pg_notify`."""
        try:
            content: dict[str, Any] = json.loads(payload)
            if content.pop("from") == self._instance:
                return
            signal = Signal(**{**content, "kind": SignalKind(content["kind"])})
        except (ValueError, KeyError, TypeError):
            log.info("signal_not_understood")  # another process may be of another version
            return
        self._publish(signal)

    def _publish(self, signal: Signal) -> None:
        for listener in self._listeners:
            listener.signalled(signal)

    async def _tell(self, signal: Signal) -> None:
        payload = json.dumps({"from": self._instance, **asdict(signal)})

        def work(connection: Connection) -> None:
            connection.execute(
                sa.text("SELECT pg_notify(:channel, :payload)"), {"channel": SIGNAL_CHANNEL, "payload": payload}
            )

        try:
            await self._database.write(work)
        except DatabaseUnavailable as error:
            log.debug("signal_not_told", error=str(error))
