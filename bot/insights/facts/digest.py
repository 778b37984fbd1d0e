"""Keeps facts and words as they should be while conversations go on: finds what changed, and makes that anew."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection

from bot.insights.facts.changes import Sign, not_masked, signs_of_change, uncounted
from bot.insights.facts.computing import Computed, compute
from bot.insights.facts.keeping import Listener, keep, read_mark, set_mark
from bot.insights.facts.put_off import PutOff
from bot.insights.facts.sources import earlier_of, kept_topics
from bot.privacy.masking import ORDER_NUMBER
from bot.storage.database import DatabaseUnavailable
from bot.storage.tables import conversations

log = structlog.get_logger(__name__)

Result = TypeVar("Result")
EVERY_SECONDS = 2.0
LOOK_ALL_SECONDS = 3600.0  # for what came into the database without a moment of the present
LONGEST_PAUSE_SECONDS = 300.0  # where looking fails again and again
PAUSE_SECONDS = 0.02  # between batches, for customers
MOST = 200  # conversations of a transaction: one writer at a time is all that SQLite has, and customers wait for it
BATCH = 100  # … and where those that they reopen come to them
OVERLAP = timedelta(minutes=5)  # longer than a transaction, and clocks of several machines, may be late
MARK_AFTER = timedelta(minutes=1)  # so often the mark is moved where nothing happens


class Store(Protocol):
    """Where conversations are; `bot.storage.database.Database` is one."""

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in a transaction that reads."""
        ...

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in a transaction that writes."""
        ...


@dataclass(frozen=True, slots=True)
class _Found:
    """What a look brought: since when everything will have been counted, and the conversations to be made anew."""

    at: datetime
    ids: list[str]
    signs: frozenset[Sign] = field(default_factory=frozenset)
    mark_is_old: bool = True


class Digest:
    """Makes facts anew whenever what they are made of has changed.

    Several may run on one database: they make the same of it, and what one has made of a later look stays. Whichever is
    killed loses nothing: the mark moves in the transaction in which the last of what was found is written.

    Args:
        zone: of the shop, whose days and hours are counted.
        reopened_within: who comes back for the same within that time was not helped.
        listeners: are told in the same transaction.
        order_number: regular expression of the shop's order numbers, which masked readers do not find anything by.
    """

    def __init__(
        self,
        database: Store,
        *,
        zone: ZoneInfo,
        reopened_within: timedelta,
        clock: Callable[[], datetime],
        listeners: Sequence[Listener] = (),
        order_number: str = ORDER_NUMBER,
    ) -> None:
        self._database = database
        self._maker = _Maker(zone, reopened_within, order_number)
        self._clock = clock
        self._listeners = tuple(listeners)
        self._put_off = PutOff()
        self._seen: frozenset[Sign] = frozenset()
        self._looked_at_all: datetime | None = None

    async def run(self) -> None:
        """Catch up every few seconds until cancelled."""
        failures = 0
        while True:
            try:
                made = await self.catch_up()
                failures = 0
                if made > BATCH:
                    log.info("digested", conversations=made)
            except DatabaseUnavailable as error:
                log.warning("digest_postponed", error=str(error))
            except Exception:  # figures are not worth that customers find nobody
                failures += 1
                log.exception("digest_failed")
            await asyncio.sleep(min(EVERY_SECONDS * 2.0 ** min(failures, 10), LONGEST_PAUSE_SECONDS))

    async def catch_up(self) -> int:
        """Make everything anew that has changed since this was done last; how many conversations that were.

        Raises:
            DatabaseUnavailable: what is missing is made the next time.
        """
        now = self._clock()
        look_at_all = self._looked_at_all is None or now >= self._looked_at_all + timedelta(seconds=LOOK_ALL_SECONDS)
        found = await self._database.read(partial(_look, now=now, seen=self._seen, all_of_them=look_at_all))
        made = 0
        ids = [own for own in found.ids if own not in self._put_off]
        made += await self._make_alone(self._put_off.due(now))
        batches = [ids[first : first + BATCH] for first in range(0, len(ids), BATCH)]
        for number, some in enumerate(batches, 1):
            made += await self._make(some, found.at if number == len(batches) else None)
            await asyncio.sleep(PAUSE_SECONDS if number < len(batches) else 0)
        if not batches and found.mark_is_old and not self._put_off:
            await self._database.write(partial(set_mark, at=found.at))
        self._seen = found.signs
        if look_at_all:
            self._looked_at_all = now
        return made

    async def _make(self, ids: Sequence[str], mark: datetime | None) -> int:
        """Make these anew; where that fails each alone, so that one holds up none of the others.

        Args:
            mark: is set together with them.
        """
        try:
            made = await self._write(ids, None if self._put_off else mark)
        except DatabaseUnavailable:
            raise
        except Exception:
            log.exception("digest_failed", conversations=len(ids))
        else:
            self._put_off.made(ids)
            return made
        made = await self._make_alone(ids)
        if mark is not None and not self._put_off:
            await self._database.write(partial(set_mark, at=mark))
        return made

    async def _make_alone(self, ids: Sequence[str]) -> int:
        made = 0
        for own in ids:
            try:
                made += await self._write([own], None)
            except DatabaseUnavailable:
                raise
            except Exception as error:
                told = {"conversation": own, "error": type(error).__name__}
                if self._put_off.failed(own, self._clock()):
                    log.warning("conversation_not_counted", **told)
                else:
                    log.error("conversation_given_up", mend="bellhop insights rebuild", **told)
            else:
                self._put_off.made([own])
        return made

    async def _write(self, ids: Sequence[str], mark: datetime | None) -> int:
        computed = await self._database.read(partial(self._maker.make, ids=ids, now=self._clock()))
        return await self._database.write(partial(self._keep, computed=computed, mark=mark))

    def _keep(self, connection: Connection, computed: Sequence[Computed], mark: datetime | None) -> int:
        made = keep(connection, computed, self._listeners)
        if mark is not None:
            set_mark(connection, mark)
        return made


def catch_up_now(
    connection: Connection,
    *,
    now: datetime,
    zone: ZoneInfo,
    reopened_within: timedelta,
    listeners: Sequence[Listener] = (),
) -> int:
    """As `Digest.catch_up`, in the caller's one transaction: for commands and tests."""
    found = _look(connection, now=now, seen=frozenset(), all_of_them=True)
    maker = _Maker(zone, reopened_within)
    made = 0
    for first in range(0, len(found.ids), BATCH):
        made += keep(connection, maker.make(connection, ids=found.ids[first : first + BATCH], now=now), listeners)
    set_mark(connection, found.at)
    return made


class WritesNow(Protocol):
    """A database for a command that waits."""

    def read_now(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in a transaction that reads."""
        ...

    def write_now(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in a transaction that writes."""
        ...


def rebuild(
    database: WritesNow,
    *,
    clock: Callable[[], datetime],
    zone: ZoneInfo,
    reopened_within: timedelta,
    order_number: str = ORDER_NUMBER,
) -> Iterator[tuple[int, int]]:
    """Make all facts and words anew, beside whatever goes on; yields (made, of so many) after every batch.

    Nobody is told: nothing happened. Facts of conversations that are there no longer cannot be, so none are removed.
    """
    began = clock()
    ids = database.read_now(
        lambda connection: list(
            connection.execute(sa.select(conversations.c.id).order_by(conversations.c.id)).scalars()
        )
    )
    maker = _Maker(zone, reopened_within, order_number)
    for first in range(0, len(ids), MOST):
        some = ids[first : first + MOST]
        computed = database.read_now(partial(maker.make_only, ids=some, now=clock()))
        database.write_now(partial(keep, computed=computed))
        yield first + len(some), len(ids)
    database.write_now(lambda connection: set_mark(connection, began))


@dataclass(frozen=True, slots=True)
class _Maker:
    zone: ZoneInfo
    reopened_within: timedelta
    order_number: str = ORDER_NUMBER

    def make(self, connection: Connection, ids: Sequence[str], now: datetime) -> list[Computed]:
        """The facts of these; and of those that they reopen, since they are about something else than was known."""
        computed = self.make_only(connection, ids, now)
        known = kept_topics(connection, ids)
        moved = [
            one.row["conversation_id"] for one in computed if known.get(one.row["conversation_id"]) != one.row["topic"]
        ]
        earlier = earlier_of(connection, moved, self.reopened_within) - set(ids) if moved else set()
        return computed + self.make_only(connection, sorted(earlier), now) if earlier else computed

    def make_only(self, connection: Connection, ids: Sequence[str], now: datetime) -> list[Computed]:
        """The facts of these alone."""
        how: dict[str, Any] = {"zone": self.zone, "reopened_within": self.reopened_within}
        return compute(connection, ids, now=now, order_number=self.order_number, **how)


def _look(connection: Connection, *, now: datetime, seen: frozenset[Sign], all_of_them: bool) -> _Found:
    """Find what is to be made anew; `all_of_them`: also what was never counted, whenever it came."""
    mark = read_mark(connection)
    since = (mark or now) - OVERLAP
    signs = frozenset(signs_of_change(connection, since))
    ids = {str(sign[0]): None for sign in signs - seen}
    if all_of_them or mark is None:
        ids |= dict.fromkeys((*uncounted(connection), *not_masked(connection)))
    return _Found(now, sorted(ids), signs, mark is None or mark + MARK_AFTER <= now)
