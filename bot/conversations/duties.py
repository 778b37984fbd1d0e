"""Duties: what only one of several processes on a database may do at a time, such as sending over one channel.

The holder prolongs its hold while it works. Where it is killed, or cuts off from the database, another takes over as
soon as the hold has run out. SQLite has one process, which always holds.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql

from bot.conversations.unit import Unit
from bot.storage.channel_tables import duties
from bot.storage.database import DatabaseUnavailable

log = structlog.get_logger(__name__)

Result = TypeVar("Result")
LIVES = timedelta(seconds=10)
# Parts of that time. What is not prolonged in time is put down before others may take it up.
PROLONG_AFTER, TRY_AGAIN_AFTER, PUT_DOWN_AFTER = 0.3, 0.05, 0.8
RELEASING_SECONDS = 2.0


class Transactions(Protocol):
    """Whatever runs a unit of work; `Conversations` does."""

    async def transact(self, work: Callable[[Unit], Result]) -> Result:
        """Run `work` in one transaction."""
        ...


class Duty:
    """One duty, as one process sees it.

    Args:
        holder: this process's name among several.
        lives: how long a hold lasts that is not prolonged. The machines' clocks may differ by half of it.
    """

    def __init__(self, transactions: Transactions, name: str, holder: str, *, lives: timedelta = LIVES) -> None:
        self._transactions = transactions
        self._name = name
        self._holder = holder
        self._lives = lives
        self._seconds = lives.total_seconds()

    async def run(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `work()` while this process holds the duty, until `work` returns by itself.

        When the hold is lost the work is cancelled, and begun anew once the duty is ours again.

        Raises:
            Whatever `work` raises.
        """
        try:
            while not await self._once(work):
                pass
        finally:
            with suppress(DatabaseUnavailable, TimeoutError):
                await asyncio.wait_for(self._transactions.transact(self._release), RELEASING_SECONDS)

    def held(self, unit: Unit) -> bool:
        """Whether this process holds the duty, as the transaction sees it; nobody else takes it before that ends."""
        if _alone(unit):
            return True
        own = sa.select(duties.c.name).where(
            duties.c.name == self._name, duties.c.holder == self._holder, duties.c.until > unit.now
        )
        return unit.connection.execute(own.with_for_update(read=True)).first() is not None

    async def _once(self, work: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Take the duty up, if it is free, and hold it as long as possible; True where the work is done."""
        hold = await self._claimed(within=self._seconds)
        if hold is None or hold <= 0:
            await asyncio.sleep(self._seconds * PROLONG_AFTER)
            return False
        log.info("duty_taken_up", duty=self._name)
        task = asyncio.get_running_loop().create_task(work())
        try:
            if await self._outlives(task, hold):
                await task
                return True
            log.warning("duty_lost", duty=self._name)
            return False
        finally:
            await _cancelled(task)

    async def _outlives(self, task: asyncio.Task[None], hold: float) -> bool:
        """Prolong the hold until the task is done (True), or the hold may be somebody else's (False)."""
        loop = asyncio.get_running_loop()
        until, pause = loop.time() + hold, PROLONG_AFTER
        while not task.done():
            left = until - loop.time()
            if left <= 0:
                return False
            await asyncio.wait([task], timeout=None if math.isinf(left) else min(self._seconds * pause, left))
            if task.done():
                break
            claimed = await self._claimed(within=max(0.0, until - loop.time()))
            pause = PROLONG_AFTER if claimed is not None else TRY_AGAIN_AFTER
            if claimed is not None:
                until = loop.time() + claimed
        return True

    async def _claimed(self, *, within: float) -> float | None:
        """For how many seconds from now the duty is surely ours: 0 where it is another's, None where nobody can say."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            # Not `wait_for`, which returns normally where a cancellation comes together with the result.
            async with asyncio.timeout(within):
                lives = await self._transactions.transact(self._claim)
        except (DatabaseUnavailable, TimeoutError):
            return None
        return max(0.0, lives * PUT_DOWN_AFTER - (loop.time() - began))

    def _claim(self, unit: Unit) -> float:
        if _alone(unit):
            return math.inf
        until = unit.now + self._lives
        claim = postgresql.insert(duties).values(name=self._name, holder=self._holder, until=until)
        # A hold that lasts longer than any can was claimed by a clock that was set back since.
        over = sa.or_(duties.c.until < unit.now, duties.c.until > unit.now + 2 * self._lives)
        free = sa.or_(duties.c.holder == self._holder, over)
        claim = claim.on_conflict_do_update(
            index_elements=[duties.c.name], set_={"holder": self._holder, "until": until}, where=free
        )
        ours = unit.connection.execute(claim.returning(duties.c.name)).first()
        return self._seconds if ours is not None else 0.0

    def _release(self, unit: Unit) -> None:
        if not _alone(unit):
            unit.connection.execute(
                sa.delete(duties).where(duties.c.name == self._name, duties.c.holder == self._holder)
            )


def _alone(unit: Unit) -> bool:
    return unit.connection.dialect.name == "sqlite"


async def _cancelled(task: asyncio.Task[None]) -> None:
    """Cancel a task, if it still runs, and wait for its end; what it raises then is only logged."""
    if task.done():
        return
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled() and (error := task.exception()):
        log.error("duty_ended_badly", exc_info=error)
