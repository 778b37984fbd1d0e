"""Carries events to their receiver: in order per conversation, again where it fails, at least once, by one process."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.engine import Connection

from bot.conversations.duties import Duty, Transactions
from bot.events import outbox
from bot.events.erasures import untold_erasures
from bot.events.outbox import Waiting
from bot.events.receiver import Arrived, Failed, Gone, Receiver
from bot.events.stream import receiver_of
from bot.storage.database import Database, DatabaseUnavailable, with_retries

log = structlog.get_logger(__name__)

DUTY = "event stream"
AT_ONCE = 4  # events of different conversations
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 3600.0  # seconds before an event is sent again
MOST_ATTEMPTS = 33  # with those pauses: a day
LONGEST_REST = 60.0  # seconds in which nothing is sent at all, where the receiver does not answer
LOOK_EVERY = 2.0
STORED_WITHIN = 30.0
PURGE_EVERY = timedelta(hours=1)


class Courier:
    """The one that sends. `run` it as long as the app runs.

    Args:
        transactions, holder: for the duty that only one process at a time has.
        chance: spreads what is sent again.
        survey_window: how long a rating can be given.
        look_every: seconds after which the outbox is looked at again, unless somebody says `wake`.
    """

    def __init__(
        self,
        database: Database,
        receiver: Receiver,
        *,
        transactions: Transactions,
        holder: str,
        clock: Callable[[], datetime],
        chance: random.Random,
        survey_window: timedelta = timedelta(hours=72),
        look_every: float = LOOK_EVERY,
    ) -> None:
        self._database = database
        self._receiver = receiver
        self._duty = Duty(transactions, DUTY, holder)
        self._clock = clock
        self._chance = chance
        self._survey_window = survey_window
        self._look_every = look_every
        self._awake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._failures = 0  # one after the other, of whichever events
        self._rests_until: datetime | None = None
        self._purged_at: datetime | None = None

    async def run(self) -> None:
        """Send until cancelled."""
        self._loop = asyncio.get_running_loop()
        try:
            await self._duty.run(self._work)
        finally:
            await self._receiver.close()

    async def state(self) -> str:
        """How the receiver is, whichever process sends: up, down or refused. Raises `DatabaseUnavailable`."""
        receiver = receiver_of(self._receiver.url)
        return await self._database.read(lambda connection: outbox.state_of(connection, receiver))

    def wake(self) -> None:
        """Look at the outbox soon; from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._awake.set)

    async def _work(self) -> None:
        while True:
            try:
                if again := await self._database.write(outbox.put_back):
                    log.info("events_sent_again", events=again)
                while True:
                    if not await self.carry():
                        await self._rest()
            except DatabaseUnavailable as error:
                log.warning("event_stream_without_database", error=str(error))
                await asyncio.sleep(self._look_every)

    async def carry(self) -> int:
        """Send what is due now, at most one event of a conversation; how many were tried."""
        now = self._clock()
        if self._purged_at is None or now - self._purged_at >= PURGE_EVERY:
            await self._database.write(lambda connection: outbox.purge(connection, now, self._survey_window))
            self._purged_at = now
        if self._rests_until is not None and now < self._rests_until:
            return 0
        if erased := await self._database.read(lambda connection: untold_erasures(connection, now)):
            await self._database.write(lambda connection: outbox.put(connection, erased))
        # A look costs no writer; a claim does.
        if not await self._database.read(lambda connection: self._something_is_due(connection, now)):
            return 0
        most = 1 if self._failures else AT_ONCE  # a receiver that was away is asked by one whether it is there again
        events = await self._database.write(lambda connection: outbox.take(connection, now, most))
        results = await asyncio.gather(*(self._carry(event) for event in events), return_exceptions=True)
        for result in results:  # when all are done: none may go on being sent while it is put back
            if isinstance(result, BaseException):
                raise result
        return len(events)

    def _something_is_due(self, connection: Connection, now: datetime) -> bool:
        return outbox.is_due(connection, now) and not outbox.is_gone(connection, receiver_of(self._receiver.url))

    async def _carry(self, event: Waiting) -> None:
        outcome = await self._receiver.send(event)
        now = self._clock()
        match outcome:
            case Arrived():
                self._failures, self._rests_until = 0, None
                await self._note(lambda connection: outbox.told(connection, event.id, now))
            case Gone():
                log.error("event_receiver_gone", kind=event.kind, mend="bellhop events retry")
                await self._note(lambda connection: self._gone(connection, now))
            case Failed():
                await self._failed(event, outcome, now)

    async def _failed(self, event: Waiting, outcome: Failed, now: datetime) -> None:
        self._failures += 1
        rest = min(self._pause(self._failures), LONGEST_REST) if outcome.after is None else outcome.after
        self._rests_until = max(self._rests_until or now, now + timedelta(seconds=rest))
        await self._note(lambda connection: self._fails(connection, now))
        told = {"event_id": event.id, "kind": event.kind, "error": outcome.error, "attempts": event.attempts}
        if event.attempts >= MOST_ATTEMPTS:
            log.error("event_given_up", **told)
            await self._note(lambda connection: outbox.given_up(connection, event.id, outcome.error, now))
            return
        log.warning("event_not_sent", **told)
        again = now + timedelta(seconds=max(self._pause(event.attempts), outcome.after or 0.0))
        await self._note(lambda connection: outbox.put_off(connection, event.id, outcome.error, again))

    async def _note(self, work: Callable[[Connection], None]) -> None:
        """Store what came of an event; what cannot be stored is sent again."""
        await with_retries(lambda: self._database.write(work), seconds=STORED_WITHIN)

    def _gone(self, connection: Connection, now: datetime) -> None:
        outbox.mark_gone(connection, receiver_of(self._receiver.url), now)
        outbox.give_up_all(connection, "410: the receiver wants no more events", now)

    def _fails(self, connection: Connection, now: datetime) -> None:
        outbox.mark_failing(connection, receiver_of(self._receiver.url), now)

    def _pause(self, attempts: int) -> float:
        """Twice as long each time, and not all at the same moment."""
        pause = min(FIRST_PAUSE * 2.0 ** min(attempts - 1, 20), LONGEST_PAUSE)
        return pause * self._chance.uniform(0.8, 1.2)

    async def _rest(self) -> None:
        self._awake.clear()
        try:
            async with asyncio.timeout(self._look_every):
                await self._awake.wait()
        except TimeoutError:
            return
