"""The keeper: does for handoffs what only time, and nobody's hand, brings about.

Gives waiting customers to whoever has room, takes back what somebody left who vanished, gives promises when nobody
comes any more, wakes what was put off, marks times that are nearly or quite over, ends what fell silent, and tells
people in the queue where they stand. One process at a time does it; every one shows places to its own customers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Literal, TypeVar

import structlog
from sqlalchemy.engine import Connection

from bot.conversations.duties import Duty
from bot.conversations.models import Change
from bot.conversations.service import Conversations
from bot.conversations.transcript import PUSHED
from bot.conversations.unit import Unit
from bot.handoff import holding, queue, requesting, sla, upkeep, watching
from bot.handoff.errors import HandoffError
from bot.handoff.models import Place, QueuePlaceOf
from bot.handoff.requesting import NobodyComes
from bot.handoff.routing import assignments
from bot.handoff.sla import Times, times_of
from bot.handoff.staffing import Staffing, staffing_of
from bot.handoff.watching import Seen
from bot.settings import Settings
from bot.staff.accounts import all_agents
from bot.staff.models import Presence
from bot.staff.presence import here
from bot.storage.database import DatabaseUnavailable

log = structlog.get_logger(__name__)

EVERY_SECONDS = 1.0
GATHER_SECONDS = 0.05  # changes that come together are looked at together
DESERTED_AFTER = timedelta(minutes=10)  # with nobody there, what waits becomes a promise
MOST_FAILURES = 3  # steps of one round that find no database, before the round is over

Work = Callable[[Unit], Change | None]
Result = TypeVar("Result")


class Keeper:
    """Keeps handoffs going; a subscriber of `Conversations`, so that what changes is looked at at once.

    Args:
        staffing: who is there, and when.
        times: by when people are to answer.
        routing: `by_hand` lets people pick from the queue themselves; `elsewhere` leaves it to another helpdesk, which
            also knows alone who is there for what it has.
        idle_after: silence after which a conversation with an agent ends.
        every_seconds: from one round to the next where nothing happens.
        on_places: told, by customer, of places that are new or have changed; in every process.
        on_presence: told, by agent, who is there, when that has changed; in every process.
    """

    def __init__(
        self,
        conversations: Conversations,
        staffing: Staffing,
        times: Times,
        *,
        routing: Literal["automatic", "by_hand", "elsewhere"] = "automatic",
        idle_after: timedelta = timedelta(hours=24),
        every_seconds: float = EVERY_SECONDS,
        on_places: Callable[[Mapping[str, QueuePlaceOf]], None] = lambda places: None,
        on_presence: Callable[[Mapping[str, Presence]], None] = lambda presences: None,
    ) -> None:
        self._conversations = conversations
        self._staffing = staffing
        self._times = times
        self._routing = routing
        self._idle_after = idle_after
        self._every = every_seconds
        self._on_places = on_places
        self._on_presence = on_presence
        self._duty = Duty(conversations, "handoffs", conversations.instance)
        self._wakes = (asyncio.Event(), asyncio.Event())  # of keeping, and of showing
        self._heard_since: datetime | None = None  # since then desks could be heard
        self._looked_at: datetime | None = None
        self._nobody_since: datetime | None = None
        self._failures = 0
        self._shown: dict[str, QueuePlaceOf] = {}
        self._presences: dict[str, Presence] = {}

    def changed(self, change: Change) -> None:
        """What may let somebody move on: a new owner, an end. See `Subscriber`."""
        if change.owner is not None or change.ended or change.desk:
            self.look_again()

    def look_again(self) -> None:
        """See `Subscriber`."""
        for wake in self._wakes:
            wake.set()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._duty.run(self._keep))
            tasks.create_task(self._again_and_again(self.show, self._wakes[1]))

    async def _keep(self) -> None:
        self._looked_at = self._nobody_since = None  # who had the duty meanwhile may have heard others than we did
        await self._again_and_again(self.keep, self._wakes[0])

    async def _again_and_again(self, work: Callable[[], Awaitable[None]], wake: asyncio.Event) -> None:
        while True:
            wake.clear()
            try:
                await work()
            except DatabaseUnavailable as error:
                log.warning("handoffs_wait_for_the_database", error=str(error))
            except Exception:  # one round that fails must not be the last
                log.exception("handoffs_round_failed")
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every):  # not `wait_for`: it may swallow a cancellation
                    await wake.wait()
            await asyncio.sleep(GATHER_SECONDS)

    # -- one process at a time -----------------------------------------------------------------------------

    async def keep(self) -> None:
        """One round: look, and do what is due, each step in a transaction of its own.

        Raises:
            DatabaseUnavailable: nothing could be read, or several steps could not be written.
        """
        self._failures = 0
        seen = await self._look()
        moved = bool(seen.queued)
        for step, conversation_id, work in self._due(seen):
            moved |= await self._do(step, conversation_id, work)
        if moved and self._routing == "automatic":
            await self._route()
        if any(row.channel in PUSHED for row in seen.queued):
            await self._tell(seen)

    async def _look(self) -> Seen:
        seen = await self._read(watching.look)
        gap = max(self._staffing.vanishes_after / 2, timedelta(seconds=10 * self._every))
        if self._looked_at is None or not timedelta(0) <= seen.now - self._looked_at <= gap:
            # After a start, or without a database, no desk could be heard: nobody has vanished by that alone. So where
            # the clock was set: what it said before counts for nothing.
            self._heard_since = seen.now
        self._looked_at = seen.now
        nobody_since = min(self._nobody_since or seen.now, seen.now)
        self._nobody_since = None if seen.anybody_answers(self._staffing) else nobody_since
        return seen

    def _due(self, seen: Seen) -> Iterator[tuple[str, str, Work]]:
        """What is due by what was seen: the step's name, the conversation, and what to do."""
        heard_since, alone = self._heard_since or seen.now, self._nobody_comes(seen)
        # Whom somebody had taken on waits for whoever is still there, also after hours.
        alone_again = None if seen.anybody_answers(self._staffing) else alone
        for row, why in watching.left_alone(seen, self._staffing, heard_since):
            if row.elsewhere and self._routing == "elsewhere":
                continue
            absence = upkeep.Absence(
                row.conversation_id, row.held_by, why, heard_since, promises=alone_again is not None
            )
            yield why, row.conversation_id, partial(upkeep.take_from_gone, absence=absence, staffing=self._staffing)
        for row in seen.queued:
            if nobody := alone_again if row.priority >= holding.FIRST else alone:
                work: Work = partial(requesting.promise_instead, conversation_id=row.conversation_id, why=nobody)
                yield "promised", row.conversation_id, work
        for row in watching.slept_enough(seen):
            work = partial(upkeep.wake, conversation_id=row.conversation_id, agent_id=row.held_by)
            yield "woken", row.conversation_id, work
        for row in seen.open:
            if sla.is_news(row, self._times, seen.now):
                work = partial(upkeep.mark, handoff_id=row.id, conversation_id=row.conversation_id, times=self._times)
                yield "marked", row.conversation_id, work
        for row in watching.silent(seen, self._idle_after):
            work = partial(upkeep.end_silent, conversation_id=row.conversation_id, agent_id=row.held_by)
            yield "ended", row.conversation_id, partial(work, idle_after=self._idle_after)

    def _nobody_comes(self, seen: Seen) -> NobodyComes | None:
        """Why what waits now would wait for the next day, or for somebody who may not come back; None: it does not."""
        if not self._staffing.hours.is_open(seen.now):
            return NobodyComes.CLOSED
        if self._routing == "elsewhere" or self._nobody_since is None:
            return None
        return NobodyComes.DESERTED if seen.now - self._nobody_since >= DESERTED_AFTER else None

    async def _route(self) -> None:
        """Give what waits to those who have room."""

        def given(connection: Connection, now: datetime) -> list[tuple[str, str]]:
            waiting = queue.read_waiting(connection, now)
            people = self._staffing.answering(connection, now) if waiting else []
            return assignments(waiting, queue.read_rooms(connection, people, now)) if people else []

        for conversation_id, agent_id in await self._read(given):
            work = partial(upkeep.give, conversation_id=conversation_id, agent_id=agent_id, staffing=self._staffing)
            await self._do("assigned", conversation_id, work)

    async def _tell(self, seen: Seen) -> None:
        """Tell who waits on a channel that we send to that they moved on."""
        places = await self._read(self._places)
        for row in seen.queued:
            place = places.get(row.conversation_id)
            if place is not None and row.channel in PUSHED and upkeep.tells(row, place, seen.now):
                work = partial(upkeep.tell_moved, conversation_id=row.conversation_id, place=place)
                await self._do("told", row.conversation_id, work)

    async def _do(self, step: str, conversation_id: str, work: Work) -> bool:
        """One step; whether it changed anything. That it fails stops no other.

        Raises:
            DatabaseUnavailable: and so it was for several steps already.
        """
        try:
            change = await self._conversations.change(work)
        except HandoffError as error:  # somebody was quicker
            log.debug("handoff_step_not_needed", step=step, conversation=conversation_id, why=str(error))
            return False
        except DatabaseUnavailable as error:
            self._failures += 1
            log.warning("handoff_step_postponed", step=step, conversation=conversation_id, error=str(error))
            if self._failures >= MOST_FAILURES:
                raise
            return False
        except Exception:
            log.exception("handoff_step_failed", step=step, conversation=conversation_id)
            return False
        if change is not None:
            log.info("handoff_kept", step=step, conversation=conversation_id)
        return change is not None

    # -- every process -------------------------------------------------------------------------------------

    async def show(self) -> None:
        """Tell this process's listeners of places and presences that have changed.

        Raises:
            DatabaseUnavailable: nothing could be read.
        """
        places, presences = await self._read(self._shown_now)
        news = {customer: found for customer, found in places.items() if self._shown.get(customer) != found}
        self._shown = places
        if news:
            self._on_places(news)
        if presences != self._presences:
            self._presences = presences
            self._on_presence(presences)

    def _shown_now(self, connection: Connection, now: datetime) -> tuple[dict[str, QueuePlaceOf], dict[str, Presence]]:
        agents = all_agents(connection)
        presences = {agent.id: here(agent, now, self._staffing.vanishes_after) for agent in agents}
        places = self._places(connection, now)
        customers = queue.customers_of(connection, places)
        return {
            customers[conversation_id]: QueuePlaceOf(customers[conversation_id], conversation_id, place)
            for conversation_id, place in places.items()
        }, presences

    def _places(self, connection: Connection, now: datetime) -> Mapping[str, Place]:
        return queue.places(connection, now, vanishes_after=self._staffing.vanishes_after)

    async def _read(self, work: Callable[[Connection, datetime], Result]) -> Result:
        conversations = self._conversations
        return await conversations.database.read(
            lambda connection: work(connection, conversations.unit(connection).now)
        )


def keeper_of(
    settings: Settings,
    conversations: Conversations,
    *,
    on_places: Callable[[Mapping[str, QueuePlaceOf]], None] = lambda places: None,
    on_presence: Callable[[Mapping[str, Presence]], None] = lambda presences: None,
) -> Keeper:
    """The keeper as a shop's settings say; to be subscribed to `conversations`."""
    return Keeper(
        conversations,
        staffing_of(settings),
        times_of(settings),
        routing=settings.routing if settings.helpdesk == "desk" else "elsewhere",
        idle_after=timedelta(hours=settings.agent_idle_hours),
        on_places=on_places,
        on_presence=on_presence,
    )
