"""Carries waiting messages over the channels we send to: in order to each customer, side by side to all of them.

Nothing waits for its turn in here: a message is taken from the database when its call may begin at once, and not
before. So what a kill can leave in doubt are the calls under way, and only those.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

import structlog

from bot.conversations.deliveries import Taken, admit_unknown, put_back, record_failure, record_sent, take
from bot.conversations.duties import Transactions
from bot.conversations.errors import TransportError
from bot.conversations.models import Change
from bot.conversations.transport import Parcel, Transport
from bot.conversations.unit import Unit
from bot.storage.database import DatabaseUnavailable, with_retries

log = structlog.get_logger(__name__)

LOOK_EVERY_SECONDS = 1.0  # where nobody wakes us
LOOKS_APART_SECONDS = 0.05  # a crowd of changes or of ends is one look
SHORTEST_PAUSE_SECONDS = 0.02
MOST_AT_ONCE = 50  # calls under way on one channel; as many connections are needed
CALL_SECONDS = 30.0  # longer than that nobody waits for an answer
# Of another process: by then its call has been cut off, and what became of it would have been recorded.
SENDING_IS_STALE_AFTER = timedelta(seconds=45)
FIRST_PROBE_SECONDS, LONGEST_PROBE_SECONDS = 0.5, 15.0  # of a channel that cannot be reached


class Changing(Transactions, Protocol):
    """Whatever runs a unit of work and tells of its changes; `Conversations` does."""

    async def changes(self, work: Callable[[Unit], Sequence[Change]]) -> Sequence[Change]:
        """Run `work` in one transaction, then publish what it has changed."""
        ...


@dataclass(slots=True)
class _Line:
    """One channel: what is under way on it, and whether it can be reached."""

    channel: str
    transport: Transport
    sending: dict[str, asyncio.Task[None]] = field(default_factory=dict)  # by the message's id
    failures: int = 0  # to reach it, in a row
    doubted: str | None = None  # to whom the call before went, where nobody knows what became of it
    down_until: float = 0.0

    def room(self) -> int:
        """How many more calls may be under way, if the pace allows them."""
        return (1 if self.failures else MOST_AT_ONCE) - len(self.sending)

    def is_in_trouble(self, identity: str, failure: TransportError | None) -> bool:
        """Whether nobody can be sent to, as the end of a call to `identity` shows.

        One call of which nobody knows says little. Two in a row, to two customers, are a gateway that answers for the
        channel or a line that breaks off: whatever is begun there would be in doubt as well.
        """
        before, self.doubted = self.doubted, None
        if failure is None or failure.unreachable or not failure.outcome_unknown:
            return failure is not None and failure.unreachable
        self.doubted = identity
        return self.failures > 0 or before not in (None, identity)


class Couriers:
    """Carries until cancelled. Several processes may each have couriers of a channel; one of them carries.

    Args:
        transports: by the name of their channel.
        chance: for the pauses before another try.
        may_carry: whether this process carries at all, asked in each transaction that takes messages; see `Duty.held`.
        call_seconds: after which a call without an answer is cut off, and nobody knows; less than makes it stale.
    """

    def __init__(
        self,
        conversations: Changing,
        transports: Mapping[str, Transport],
        chance: random.Random,
        *,
        may_carry: Callable[[Unit], bool] = lambda unit: True,
        call_seconds: float = CALL_SECONDS,
    ) -> None:
        self._conversations = conversations
        self._lines = {channel: _Line(channel, transport) for channel, transport in transports.items()}
        self._chance = chance
        self._may_carry = may_carry
        self._call_seconds = call_seconds
        self._wake = asyncio.Event()
        self._looking: asyncio.Task[float] | None = None
        self._stopping = False
        self._database_is_away = False

    def changed(self, change: Change) -> None:
        """A change may bring messages to carry; one that was made elsewhere does not say."""
        if not change.messages or any(message.channel in self._lines for message in change.messages):
            self._wake.set()

    def look_again(self) -> None:
        """Changes may have been missed."""
        self._wake.set()

    async def run(self) -> None:
        """Carry until cancelled. Calls under way go on then, and are recorded: see `stop`."""
        while True:
            self._wake.clear()
            pause = await self._look_undisturbed()
            await asyncio.sleep(LOOKS_APART_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):  # not wait_for, which can swallow being cancelled on 3.11
                    await self._wake.wait()

    async def stop(self, seconds: float) -> None:
        """Begin nothing more, and let the calls under way end for at most `seconds`; the others stay unknown."""
        self._stopping = True
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        if self._looking is not None and not self._looking.done():
            await asyncio.wait([self._looking], timeout=seconds)
        under_way = self._under_way()
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=max(0.0, until - loop.time()))
            for task in late:
                task.cancel()

    async def carry_once(self) -> int:
        """Begin what may begin now and wait until it is recorded; returns how many calls were under way."""
        await self._look_undisturbed()
        under_way = self._under_way()
        if under_way:
            await asyncio.wait(under_way)
        return len(under_way)

    def _under_way(self) -> list[asyncio.Task[None]]:
        return [task for line in self._lines.values() for task in line.sending.values()]

    async def _look_undisturbed(self) -> float:
        """Look for work. Not cut short when we are cancelled: what was taken by then would be left in doubt."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        return await asyncio.shield(self._looking)

    async def _look(self) -> float:
        """Begin what may begin; returns for how many seconds looking again is in vain, unless we are woken."""
        pause = LOOK_EVERY_SECONDS
        try:
            for line in self._lines.values():
                pause = min(pause, await self._look_at(line))
        except DatabaseUnavailable as error:
            if not self._database_is_away:
                log.warning("deliveries_not_read", error=str(error))
            self._database_is_away = True
            return LOOK_EVERY_SECONDS
        except Exception as error:  # a fault of ours: said, and no reason to carry nothing for ever
            log.error("deliveries_not_taken", exc_info=error)
            return LOOK_EVERY_SECONDS
        self._database_is_away = False
        return pause

    async def _look_at(self, line: _Line) -> float:
        now = asyncio.get_running_loop().time()
        if self._stopping:
            return LOOK_EVERY_SECONDS
        if now < line.down_until:
            return max(SHORTEST_PAUSE_SECONDS, line.down_until - now)
        taken = Taken([], more=True)
        if room := line.transport.pace.reserve(line.room()):
            taken = await self._take(line, room)
            for parcel in taken.parcels:
                self._begin(line, parcel)
        return max(SHORTEST_PAUSE_SECONDS, line.transport.pace.wait()) if taken.more else LOOK_EVERY_SECONDS

    async def _take(self, line: _Line, most: int) -> Taken:
        """Take what may be sent at once; what is not used of the calls that were set aside is given back."""
        taken = Taken([], more=False)
        resting, ours = frozenset(line.transport.pace.resting()), frozenset(line.sending)

        def work(unit: Unit) -> list[Change]:
            nonlocal taken
            if not self._may_carry(unit):
                return []
            alone = unit.connection.dialect.name == "sqlite"  # who else was sending is no more
            until = None if alone else unit.now - SENDING_IS_STALE_AFTER
            admitted = admit_unknown(unit, line.channel, until=until, but=ours)
            taken = take(unit, line.channel, line.transport.parts, resting=resting, most=most)
            return admitted

        begun = 0
        try:
            await self._conversations.changes(work)
            begun = len(taken.parcels)
        finally:
            line.transport.pace.give_back(most - begun)
        return taken

    def _begin(self, line: _Line, parcel: Parcel) -> None:
        begins = line.transport.pace.begin(parcel.external_identity)
        carried = (
            self._carry(line, parcel) if begins else self._record(line, parcel, lambda unit: put_back(unit, parcel))
        )
        task = line.sending[parcel.message.id] = asyncio.create_task(carried)
        task.add_done_callback(lambda _: self._ended(line, parcel))

    def _ended(self, line: _Line, parcel: Parcel) -> None:
        del line.sending[parcel.message.id]
        self._wake.set()

    async def _carry(self, line: _Line, parcel: Parcel) -> None:
        """Make one call and record what became of it, however long the database is away."""
        external_id: str | None = None
        failure: TransportError | None = None
        try:
            async with asyncio.timeout(self._call_seconds):
                external_id = await line.transport.send(parcel)
        except TransportError as error:
            failure = error
        except TimeoutError:
            failure = TransportError(f"no answer within {self._call_seconds:g} s", outcome_unknown=True)
        except Exception as error:  # a fault of ours, before or after it was sent
            log.error("sending_broke_off", message=parcel.message.id, channel=line.channel, exc_info=error)
            failure = TransportError(type(error).__name__, outcome_unknown=True)
        finally:
            line.transport.pace.ended(parcel.external_identity)
        self._mind(line, parcel, failure)

        def work(unit: Unit) -> list[Change]:
            if failure is None:
                return record_sent(unit, parcel, external_id)
            return record_failure(unit, parcel, failure, self._chance)

        await self._record(line, parcel, work)

    async def _record(self, line: _Line, parcel: Parcel, work: Callable[[Unit], list[Change]]) -> None:
        try:
            await with_retries(lambda: self._conversations.changes(work), seconds=math.inf)
        except Exception as error:
            log.error("delivery_not_recorded", message=parcel.message.id, channel=line.channel, exc_info=error)

    def _mind(self, line: _Line, parcel: Parcel, failure: TransportError | None) -> None:
        """Keep the pause that a channel asked for, and knock softly where it cannot be reached."""
        if failure is not None and failure.retry_after is not None:
            line.transport.pace.pause(parcel.external_identity, failure.retry_after)
        if not line.is_in_trouble(parcel.external_identity, failure):
            if line.failures:
                log.info("channel_reached_again", channel=line.channel)
            line.failures, line.down_until = 0, 0.0
            return
        now = asyncio.get_running_loop().time()
        if now < line.down_until:  # begun before that was known
            return
        if not line.failures:
            log.warning("channel_unreachable", channel=line.channel, error=str(failure))
        pause = min(FIRST_PROBE_SECONDS * 2.0 ** min(line.failures, 10), LONGEST_PROBE_SECONDS)
        line.failures += 1
        line.down_until = now + pause * (0.75 + self._chance.random() / 2)
