"""Delivery of our messages: recorded for channels that clients read from, carried for channels we send to."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.ending import mark_asked
from bot.conversations.errors import TransportError
from bot.conversations.models import Change, Message
from bot.conversations.transcript import by_id
from bot.conversations.unit import Unit
from bot.storage.database import with_retries
from bot.storage.tables import deliveries, identities, surveys

Result = TypeVar("Result")
RECORDING_PATIENCE_SECONDS = 60.0
MOST_ATTEMPTS = 8
SENDING_IS_STALE_AFTER = timedelta(seconds=90)

_HANDED = (
    sa.update(deliveries)
    .where(
        deliveries.c.conversation_id == sa.bindparam("conversation"),
        deliveries.c.channel == sa.bindparam("on_channel"),
        deliveries.c.seq <= sa.bindparam("up_to"),
    )
    .values(updated_at=sa.bindparam("now"))
)
_SENT = _HANDED.where(deliveries.c.state == "waiting").values(state="sent", attempts=deliveries.c.attempts + 1)
_DELIVERED = _HANDED.where(  # no IN: its parameters cannot be used with many rows at once
    sa.or_(deliveries.c.state == "waiting", deliveries.c.state == "sent")
).values(state="delivered")


@dataclass(slots=True)
class Handover:
    """What a reading client was handed (`sent`) and has confirmed (`seen`): conversation id → highest seq."""

    sent: dict[str, int] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)


def record_handover(unit: Unit, channel: str, handed: Handover) -> None:
    """Raise the state of deliveries up to the given numbers, and of surveys whose question went out with them."""
    for statement, marks in ((_SENT, handed.sent), (_DELIVERED, handed.seen)):
        if marks:
            unit.connection.execute(
                statement,
                [
                    {"conversation": conversation, "on_channel": channel, "up_to": seq, "now": unit.now}
                    for conversation, seq in marks.items()
                ],
            )
    touched = list({*handed.sent, *handed.seen})
    due = unit.connection.execute(
        sa.select(surveys.c.conversation_id).where(surveys.c.conversation_id.in_(touched), surveys.c.state == "due")
    ).scalars()
    for conversation_id in list(due):
        mark_asked(unit.connection, conversation_id, unit.now)


class Transport(Protocol):
    """A channel we send to. One call is one message; it returns only when the channel confirmed it."""

    async def send(self, message: Message, external_identity: str) -> str | None:
        """Send, and return the channel's id of the message.

        Raises:
            TransportError: not confirmed; says whether to retry, give up, or admit not to know.
        """
        ...


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message on its way over a channel we send to."""

    message: Message
    channel: str
    external_identity: str
    attempts: int


def take_parcels(unit: Unit, channels: list[str], *, most: int = 50) -> list[Parcel]:
    """Mark due messages as being sent and return them: of each conversation only the first that is not out yet."""
    earlier = deliveries.alias("earlier")
    first = ~sa.exists().where(
        earlier.c.conversation_id == deliveries.c.conversation_id,
        earlier.c.channel == deliveries.c.channel,
        earlier.c.seq < deliveries.c.seq,
        earlier.c.state.in_(("waiting", "sending")),
    )
    rows = unit.connection.execute(
        sa.select(deliveries, identities.c.external_id.label("external_identity"))
        .select_from(deliveries.join(identities, identities.c.id == deliveries.c.identity_id))
        .where(
            deliveries.c.channel.in_(channels),
            deliveries.c.state == "waiting",
            deliveries.c.next_at <= unit.now,
            first,
        )
        .order_by(deliveries.c.next_at)
        .limit(most)
        .with_for_update(skip_locked=True, of=deliveries)
    ).all()
    for row in rows:
        _set(unit.connection, row.message_id, row.channel, unit.now, state="sending", attempts=row.attempts + 1)
    return [
        Parcel(by_id(unit.connection, row.message_id), row.channel, row.external_identity, row.attempts + 1)
        for row in rows
    ]


def record_sent(unit: Unit, parcel: Parcel, external_id: str | None) -> None:
    """The channel confirmed it."""
    _set(
        unit.connection,
        parcel.message.id,
        parcel.channel,
        unit.now,
        state="delivered",
        external_id=external_id,
    )
    mark_asked(unit.connection, parcel.message.conversation_id, unit.now)


def record_failure(unit: Unit, parcel: Parcel, error: TransportError, chance: random.Random) -> str:
    """Record what became of an unconfirmed message; returns its new state."""
    if error.outcome_unknown:
        state = "unknown"
    elif error.permanent or parcel.attempts >= MOST_ATTEMPTS:
        state = "failed"
    else:
        state = "waiting"
    pause = error.retry_after if error.retry_after is not None else min(2.0**parcel.attempts, 300.0)
    _set(
        unit.connection,
        parcel.message.id,
        parcel.channel,
        unit.now,
        state=state,
        error=str(error)[:300],
        next_at=unit.now + timedelta(seconds=pause * (1 + chance.random() / 4)),
    )
    if state == "failed" and parcel.message.kind == "rating":
        unit.connection.execute(
            sa.update(surveys)
            .where(surveys.c.message_id == parcel.message.id, surveys.c.state == "due")
            .values(state="undeliverable")
        )
    elif state == "unknown":
        _maybe_asked(unit, [parcel.message.id])
    return state


def admit_unknown(unit: Unit, channels: list[str]) -> int:
    """Messages that were being sent when a process died may have arrived: record that nobody knows."""
    stale = sa.and_(
        deliveries.c.channel.in_(channels),
        deliveries.c.state == "sending",
        deliveries.c.updated_at < unit.now - SENDING_IS_STALE_AFTER,
    )
    lost = list(unit.connection.execute(sa.select(deliveries.c.message_id).where(stale)).scalars())
    if lost:
        unit.connection.execute(
            sa.update(deliveries)
            .where(stale)
            .values(state="unknown", error="the sender stopped before the channel answered", updated_at=unit.now)
        )
        _maybe_asked(unit, lost)
    return len(lost)


def _maybe_asked(unit: Unit, message_ids: list[str]) -> None:
    """A rating question that may have arrived may have been read: an answer is still taken."""
    unit.connection.execute(
        sa.update(surveys)
        .where(surveys.c.message_id.in_(message_ids), surveys.c.state == "due")
        .values(state="asked", asked_at=unit.now)
    )


def _set(connection: Connection, message_id: str, channel: str, now: datetime, **values: Any) -> None:
    connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.message_id == message_id, deliveries.c.channel == channel)
        .values(updated_at=now, **values)
    )


class Transactions(Protocol):
    """Whatever runs a unit of work; `Conversations` does."""

    async def transact(self, work: Callable[[Unit], Result]) -> Result:
        """Run `work` in one transaction."""
        ...


class Couriers:
    """Carries waiting messages over the channels we send to: in order per conversation, side by side across them."""

    def __init__(self, transactions: Transactions, transports: Mapping[str, Transport], chance: random.Random) -> None:
        self._transactions = transactions
        self._transports = dict(transports)
        self._chance = chance
        self._wake = asyncio.Event()

    def changed(self, change: Change) -> None:
        """A change may bring messages to carry."""
        self._wake.set()

    def look_again(self) -> None:
        """Changes may have been missed."""
        self._wake.set()

    async def run(self) -> None:
        """Carry until cancelled."""
        while True:
            self._wake.clear()
            if await self.carry_once() == 0:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), 1.0)

    async def carry_once(self) -> int:
        """Send what is due now; returns how many messages were tried."""
        channels = list(self._transports)
        await self._recorded(lambda unit: admit_unknown(unit, channels))
        parcels = await self._recorded(lambda unit: take_parcels(unit, channels))
        await asyncio.gather(*(self._carry(parcel) for parcel in parcels))
        return len(parcels)

    async def _carry(self, parcel: Parcel) -> None:
        try:
            external_id = await self._transports[parcel.channel].send(parcel.message, parcel.external_identity)
        except TransportError as error:
            failure = error
            await self._recorded(lambda unit: record_failure(unit, parcel, failure, self._chance))
            return
        await self._recorded(lambda unit: record_sent(unit, parcel, external_id))

    async def _recorded(self, work: Callable[[Unit], Result]) -> Result:
        # What was sent is sent: a locked database must not make us forget it.
        return await with_retries(lambda: self._transactions.transact(work), seconds=RECORDING_PATIENCE_SECONDS)
