"""All open sockets: who follows which conversation, and what each has been handed so far."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Protocol

import structlog

from bot.conversations.delivery import Handover
from bot.conversations.models import Change, PendingTurn
from bot.conversations.service import Conversations
from bot.conversations.signals import Signal, SignalKind
from bot.handoff.models import Place, QueuePlaceOf
from bot.storage.database import DatabaseUnavailable
from channels.web import frames
from channels.web.frames import CHANNEL

log = structlog.get_logger(__name__)

FLUSH_EVERY_SECONDS = 0.25


class Follower(Protocol):
    """One open socket, as the hub sees it."""

    visitor: str
    customer: str | None

    @property
    def since_typing(self) -> float | None:
        """See the worker's `Listener`."""

    def follow(self, change: Change) -> None:
        """Show a committed change."""

    def catch_up(self) -> None:
        """Read from the database what has not been shown yet."""

    def moved_in_queue(self, conversation_id: str, place: Place) -> None:
        """Tell of another place in the queue, unless it is left already."""

    def push(self, frame: str) -> None:
        """Send one frame that is no message."""

    def leave(self) -> None:
        """Close: the client comes back at once and is told anew what is its own."""


class Hub:
    """Hands committed changes to the sockets of their customer.

    A `Subscriber`, the worker's `Listener` and a `SignalListener`.
    """

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations
        self._visitors: dict[str, set[Follower]] = defaultdict(set)
        self._customers: dict[str, set[Follower]] = defaultdict(set)
        self._handover = Handover()

    @property
    def open_sockets(self) -> int:
        """How many sockets are open."""
        return sum(len(followers) for followers in self._visitors.values())

    def add(self, follower: Follower) -> None:
        """A socket said hello."""
        self._visitors[follower.visitor].add(follower)
        if follower.customer is not None:
            self._customers[follower.customer].add(follower)

    def remove(self, follower: Follower) -> None:
        """A socket closed."""
        for index, key in ((self._visitors, follower.visitor), (self._customers, follower.customer)):
            if key is not None and key in index:
                index[key].discard(follower)
                if not index[key]:
                    del index[key]

    def bind(self, visitor: str, customer: str) -> None:
        """A visitor's first message made them a customer: their sockets follow that customer from now on."""
        for follower in tuple(self._visitors.get(visitor, ())):
            if follower.customer is None:
                follower.customer = customer
                self._customers[customer].add(follower)
                follower.catch_up()

    def renew(self, visitor: str) -> None:
        """A visitor may have become another customer: their sockets begin anew."""
        self._dismiss(self._visitors.get(visitor, ()))

    def changed(self, change: Change) -> None:
        """See `Subscriber`."""
        followers = tuple(self._customers.get(change.customer_id, ()))
        if change.moved:
            self._dismiss(followers)
            return
        for follower in followers:
            follower.follow(change)

    def look_again(self) -> None:
        """See `Subscriber`."""
        for followers in tuple(self._visitors.values()):
            for follower in tuple(followers):
                follower.catch_up()

    def places_moved(self, places: Mapping[str, QueuePlaceOf]) -> None:
        """Customers in the queue have another place in it; called in every process, for its own sockets."""
        for moved in places.values():
            for follower in tuple(self._customers.get(moved.customer_id, ())):
                follower.moved_in_queue(moved.conversation_id, moved.place)

    def agent_is_typing(self, customer_id: str, name: str | None = None) -> None:
        """One of our people writes to this customer."""
        for follower in tuple(self._customers.get(customer_id, ())):
            follower.push(frames.typing(name))

    def signalled(self, signal: Signal) -> None:
        """See `SignalListener`."""
        if signal.kind is SignalKind.AGENT_TYPING:
            self.agent_is_typing(signal.customer_id, signal.name)

    def bot_is_busy(self, turn: PendingTurn) -> None:
        """See `Listener`."""
        for follower in tuple(self._customers.get(turn.customer_id, ())):
            follower.push(frames.typing())

    def answer_is_delayed(self, turn: PendingTurn) -> None:
        """See `Listener`."""
        sentence = self._conversations.phrases.say("utter_app_delay_notice", locale=turn.locale).text
        for follower in tuple(self._customers.get(turn.customer_id, ())):
            follower.push(frames.error("delayed", sentence, retryable=True))

    def since_typing(self, turn: PendingTurn) -> float | None:
        """See `Listener`."""
        visitor = frames.visitor_of(turn.external_id) or ""  # their first message: no customer is known here yet
        told = [follower.since_typing for follower in tuple(self._visitors.get(visitor, ()))]
        return min((seconds for seconds in told if seconds is not None), default=None)

    def _dismiss(self, followers: Iterable[Follower]) -> None:
        for follower in tuple(followers):
            self.remove(follower)  # at once: what is said from now on may not be theirs
            follower.leave()

    def note_sent(self, conversation_id: str, seq: int) -> None:
        """A message was written to an open socket."""
        _raise(self._handover.sent, conversation_id, seq)

    def note_seen(self, conversation_id: str, seq: int) -> None:
        """A client confirmed what it shows."""
        _raise(self._handover.seen, conversation_id, seq)

    async def run(self) -> None:
        """Write down, in batches, what was handed over; until cancelled, and once more then."""
        try:
            while True:
                await asyncio.sleep(FLUSH_EVERY_SECONDS)
                await self.flush()
        finally:
            await self.flush()

    async def flush(self) -> None:
        """Write down what was handed over since the last time; kept for the next time if that fails."""
        handed, self._handover = self._handover, Handover()
        if not handed.sent and not handed.seen:
            return
        try:
            await self._conversations.record_handover(CHANNEL, handed)
        except DatabaseUnavailable as error:
            log.warning("handover_not_recorded", error=str(error))
            for conversation_id, seq in handed.sent.items():
                self.note_sent(conversation_id, seq)
            for conversation_id, seq in handed.seen.items():
                self.note_seen(conversation_id, seq)


def _raise(marks: dict[str, int], conversation_id: str, seq: int) -> None:
    if seq > marks.get(conversation_id, 0):
        marks[conversation_id] = seq
