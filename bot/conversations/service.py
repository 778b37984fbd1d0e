"""Conversations as the rest of the app uses them: a method is a transaction, its change published after the commit."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.cases.cases import CaseBook
from bot.conversations import delivery, ending, leases, receiving, transcript, turns
from bot.conversations.app_prompts import notice, person_offer
from bot.conversations.models import Change, Incoming, Message, PendingTurn, Received, Status, TurnResult
from bot.conversations.phrases import Phrases
from bot.conversations.unit import Rules, Unit
from bot.storage.database import Database

Result = TypeVar("Result")
ProofHandler = Callable[[Unit, str, str, datetime], None]
NOTIFY_CHANNEL = "bellhop_changes"


class Subscriber(Protocol):
    """Hears of every committed change, in this process or another."""

    def changed(self, change: Change) -> None:
        """`change.messages` is empty where the change was made elsewhere: read them."""
        ...

    def look_again(self) -> None:
        """Changes may have been missed: read what there is."""
        ...


class Conversations:
    """The one door to conversations.

    Args:
        cases: where what a person has to do is noted.
        clock: the present moment, aware.
        new_id: a fresh identifier of at most 36 characters.
        effect_handlers: what to do, inside the turn's transaction, for effects this package does not know.
        instance: this process's name among several on one database.
        on_proof: called in the receipt's transaction with conversation, shop's customer and end of the proof, where
            the channel proved who writes.
    """

    def __init__(
        self,
        database: Database,
        phrases: Phrases,
        rules: Rules,
        cases: CaseBook,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        effect_handlers: Mapping[str, turns.EffectHandler],
        instance: str,
        on_proof: ProofHandler | None = None,
    ) -> None:
        self.database = database
        self.instance = instance
        self.phrases = phrases
        self._rules = rules
        self._cases = cases
        self._clock = clock
        self._new_id = new_id
        self._effects = effect_handlers
        self._on_proof = on_proof
        self._subscribers: list[Subscriber] = []

    def subscribe(self, subscriber: Subscriber) -> None:
        """From now on tell `subscriber` of every change."""
        self._subscribers.append(subscriber)

    def publish(self, change: Change) -> None:
        """Tell all subscribers; called after a commit, or when another process told of one."""
        for subscriber in self._subscribers:
            subscriber.changed(change)

    def look_again(self) -> None:
        """Tell all subscribers that changes of other processes may have been missed."""
        for subscriber in self._subscribers:
            subscriber.look_again()

    async def receive(self, incoming: Incoming) -> Received:
        """Store a customer's message; when this returns it is safe to acknowledge it.

        Raises:
            Refused: it is not accepted, with a sentence for the customer.
            DatabaseUnavailable: it is not stored; the channel should try again.
        """

        def work(unit: Unit) -> Received:
            received = receiving.receive(unit, incoming)
            until, customer = incoming.proven_until, incoming.shop_customer_id
            if self._on_proof and customer and until and unit.now < until and not received.duplicate:
                self._on_proof(unit, received.conversation_id, customer, until)
            if received.change is not None:
                self._notify(unit.connection, received.change)
            return received

        try:
            received = await self.transact(work)
        except sa.exc.IntegrityError:  # two first messages of one visitor at once: the second try finds the first
            received = await self.transact(work)
        if received.change is not None:
            self.publish(received.change)
        return received

    async def next_turn(self, conversation_id: str) -> PendingTurn | None:
        """The conversation's first message that waits for its turn."""
        return await self.database.read(lambda connection: turns.next_turn(connection, conversation_id))

    async def waiting(self) -> list[str]:
        """Conversations with messages that wait for their turn, the longest waiting first."""
        return await self.database.read(receiving.waiting_conversations)

    async def claim(self, conversation_id: str, lease: timedelta) -> bool:
        """Become the one process that answers this conversation for the length of `lease`."""
        return await self.transact(
            lambda unit: leases.claim(unit.connection, conversation_id, self.instance, unit.now, lease)
        )

    async def claim_waiting(self, lease: timedelta, most: int) -> list[str]:
        """Claim conversations whose messages wait and which nobody answers just now, at most `most`."""
        return await self.transact(
            lambda unit: leases.claim_waiting(unit.connection, self.instance, unit.now, lease, most)
        )

    async def renew(self, conversation_ids: list[str], lease: timedelta) -> None:
        """Hold on to the conversations that this process answers."""
        if conversation_ids:
            await self.transact(
                lambda unit: leases.renew(unit.connection, conversation_ids, self.instance, unit.now, lease)
            )

    async def release(self, conversation_id: str) -> None:
        """Give a claim back."""
        await self.transact(lambda unit: leases.release(unit.connection, conversation_id, self.instance))

    async def commit_turn(self, turn: PendingTurn, result: TurnResult, attempts: int) -> Change:
        """Store a turn whole, and publish it.

        Raises:
            TurnSuperseded: nothing was stored, since somebody else was first.
            DatabaseUnavailable: nothing was stored; committing the same result again is right.
        """
        return await self._change(
            lambda unit: turns.commit_turn(unit, turn, result, attempts=attempts, effect_handlers=self._effects)
        )

    async def commit_failure(self, turn: PendingTurn, attempts: int, code: str) -> Change:
        """Close a turn that can never succeed, with an honest sentence. Raises as `commit_turn`."""
        return await self._change(lambda unit: turns.commit_failure(unit, turn, attempts=attempts, code=code))

    async def commit_without_engine(self, turn: PendingTurn) -> Change:
        """Mark a message handled that the bot must not answer."""
        return await self._change(lambda unit: turns.commit_without_engine(unit, turn))

    async def say_it_takes_a_moment(self, turn: PendingTurn) -> None:
        """Tell a waiting customer, once, that the answer takes longer."""
        await self._maybe_change(
            lambda unit: turns.say_while_waiting(unit, turn, notice(unit, "utter_app_delay_notice", turn.locale))
        )

    async def offer_person(self, turn: PendingTurn) -> None:
        """Offer a waiting customer, once, that a person gets back to them."""
        await self._maybe_change(
            lambda unit: turns.say_while_waiting(unit, turn, person_offer(unit, "utter_app_person_offer", turn.locale))
        )

    async def end_idle(self) -> int:
        """End conversations that have been silent for too long; returns how many."""

        def work(unit: Unit) -> list[Change]:
            changes = ending.end_idle(unit)
            for change in changes:
                self._notify(unit.connection, change)
            return changes

        changes = await self.transact(work)
        for change in changes:
            self.publish(change)
        return len(changes)

    async def close_surveys(self) -> ending.Closed:
        """Close surveys whose window is over."""
        return await self.transact(ending.close_surveys)

    async def status(self, channel: str, identity: str) -> Status:
        """Where the newest conversation of that identity stands."""
        return await self.database.read(lambda connection: transcript.current_status(connection, channel, identity))

    async def messages_after(self, conversation_id: str, after: int) -> list[Message]:
        """Messages with a number above `after`, in order, at most 500."""
        return await self.database.read(
            lambda connection: transcript.messages_after(connection, conversation_id, after)
        )

    async def answered_with_others(self, conversation_id: str, upto: int) -> list[str]:
        """External ids of the latest messages up to that number that were understood together with a later one."""
        return await self.database.read(
            lambda connection: transcript.answered_with_others(connection, conversation_id, upto)
        )

    async def record_handover(self, channel: str, handed: delivery.Handover) -> None:
        """Record what a channel that is read by its clients has handed over and had confirmed."""
        await self.transact(lambda unit: delivery.record_handover(unit, channel, handed))

    async def transact(self, work: Callable[[Unit], Result]) -> Result:
        """Run `work` in one transaction that may write; nothing is published.

        Raises:
            DatabaseUnavailable: nothing was written.
        """
        return await self.database.write(lambda connection: work(self.unit(connection)))

    def unit(self, connection: Connection) -> Unit:
        """The tools of one transaction."""
        return Unit(connection, self._clock(), self._new_id, self.phrases, self._rules, self._cases)

    async def _change(self, work: Callable[[Unit], Change]) -> Change:
        def noted(unit: Unit) -> Change:
            change = work(unit)
            self._notify(unit.connection, change)
            return change

        change = await self.transact(noted)
        self.publish(change)
        return change

    async def _maybe_change(self, work: Callable[[Unit], Change | None]) -> None:
        def noted(unit: Unit) -> Change | None:
            change = work(unit)
            if change is not None:
                self._notify(unit.connection, change)
            return change

        change = await self.transact(noted)
        if change is not None:
            self.publish(change)

    def _notify(self, connection: Connection, change: Change) -> None:
        """Tell other processes on the same PostgreSQL, as part of the transaction: never of what is rolled back."""
        if self.database.is_sqlite:
            return
        payload = {
            "from": self.instance,
            "conversation": change.conversation_id,
            "customer": change.customer_id,
            "handled": list(change.handled),
            "opened": change.opened,
            "ended": change.ended,
        }
        connection.execute(
            sa.text("SELECT pg_notify(:channel, :payload)"),
            {"channel": NOTIFY_CHANNEL, "payload": json.dumps(payload)},
        )
