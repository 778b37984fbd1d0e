"""Conversations as the rest of the app uses them: a method is a transaction, its change published after the commit."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.cases.cases import CaseBook
from bot.conversations import delivery, ending, leases, linking, receiving, reminders, transcript, turns, unlinking
from bot.conversations.app_prompts import notice, person_offer
from bot.conversations.models import Change, Incoming, Message, PendingTurn, Received, Status, TurnResult
from bot.conversations.people import NOBODY, People
from bot.conversations.phrases import Phrases
from bot.conversations.proving import ShopProof
from bot.conversations.unit import Rules, Unit
from bot.storage.database import Database

Result = TypeVar("Result")
ProofHandler = Callable[[Unit, str, str, datetime, str], None]
NOTIFY_CHANNEL = "bellhop_changes"
RACES_LOST = 5  # against other transactions, before it must be something else


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
        on_proof: called in the receipt's transaction with conversation, shop's customer, end and kind of the proof,
            where the channel proved who writes and that counts for the conversation.
        people: who can take a conversation over.
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
        people: People = NOBODY,
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
        self._people = people
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

    async def receive(self, incoming: Incoming, *, with_it: Callable[[Unit, Received], None] | None = None) -> Received:
        """Store a customer's message; when this returns it is safe to acknowledge it.

        Args:
            with_it: run in the same transaction, also where the message was stored before; told what came of it.

        Raises:
            Refused: it is not accepted, with a sentence for the customer; nothing is stored, and `with_it` undone.
            DatabaseUnavailable: it is not stored; the channel should try again.
        """

        def work(unit: Unit) -> Received:
            received = receiving.receive(unit, incoming)
            if self._on_proof and received.proven and incoming.proven_until:
                proof = (received.proven, incoming.proven_until, incoming.proven_by)
                self._on_proof(unit, received.conversation_id, *proof)
            if with_it is not None:
                with_it(unit, received)
            if received.change is not None:
                self._notify(unit.connection, received.change)
            return received

        received = await self._transact_anew(work)
        if received.change is not None:
            self.publish(received.change)
        return received

    async def change(self, work: Callable[[Unit], Change | None]) -> Change | None:
        """Run `work` in one transaction, and publish what it changed.

        Raises:
            DatabaseUnavailable: nothing was written.
        """
        changes = await self.changes(lambda unit: [change] if (change := work(unit)) is not None else [])
        return changes[0] if changes else None

    async def changes(self, work: Callable[[Unit], Sequence[Change]]) -> Sequence[Change]:
        """As `change`, where several conversations may change at once."""

        def noted(unit: Unit) -> Sequence[Change]:
            changes = work(unit)
            for change in changes:
                self._notify(unit.connection, change)
            return changes

        changes = await self.transact(noted)
        for change in changes:
            self.publish(change)
        return changes

    async def open_link(
        self, channel: str, identity: str, to_channel: str, locale: str, *, proof: ShopProof | None = None
    ) -> tuple[str, datetime]:
        """A token that lets one identity of `to_channel` into this one's conversation, once, and when it runs out.

        Args:
            proof: by the channel, of which of the shop's customers this is.

        Raises:
            DatabaseUnavailable: there is none.
        """
        return await self._transact_anew(
            lambda unit: linking.open_link(unit, channel, identity, to_channel, locale, proof=proof)
        )

    async def link_needs_asking(self, token: str, channel: str, identity: str, locale: str) -> bool:
        """Whether who brings a token is to be asked first. Raises `LinkRefused` where the token is no good."""
        return await self.transact(lambda unit: linking.needs_asking(unit, token, channel, identity, locale))

    async def follow_link(
        self,
        token: str,
        channel: str,
        identity: str,
        locale: str,
        *,
        proof: ShopProof | None = None,
        with_it: Callable[[Unit], None] | None = None,
    ) -> linking.Followed:
        """Let an identity go on with the conversation of whoever asked for the token.

        Args:
            proof: by the channel, of which of the shop's customers this is.
            with_it: run in the same transaction.

        Raises:
            LinkRefused: nothing has changed, and `with_it` is undone.
            DatabaseUnavailable: nothing has changed; following it again is right.
        """

        def work(unit: Unit) -> linking.Followed:
            followed = linking.follow_link(unit, token, channel, identity, locale, proof=proof)
            if with_it is not None:
                with_it(unit)
            for change in followed.changes:
                self._notify(unit.connection, change)
            return followed

        followed = await self._transact_anew(work)
        for change in followed.changes:
            self.publish(change)
        return followed

    async def undo_link(self, link_id: str, by: str) -> Sequence[Change]:
        """Give a linked identity back to the customer it was before; `by` is `customer` or `operator`.

        Raises:
            LinkRefused: there is nothing to undo.
            DatabaseUnavailable: nothing has changed.
        """
        return await self.changes(lambda unit: unlinking.undo_link(unit, link_id, by))

    async def undone_links(self, within: timedelta) -> Mapping[str, Change]:
        """What operators have undone of late, by the link's id: their program cannot always tell this process."""
        since = self._clock() - within
        return await self.database.read(lambda connection: unlinking.undone_by_operators(connection, since))

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
        await self.change(
            lambda unit: turns.say_while_waiting(unit, turn, notice(unit, "utter_app_delay_notice", turn.locale))
        )

    async def offer_person(self, turn: PendingTurn) -> None:
        """Offer a waiting customer, once, that a person gets back to them."""
        await self.change(
            lambda unit: turns.say_while_waiting(unit, turn, person_offer(unit, "utter_app_person_offer", turn.locale))
        )

    async def end_idle(self) -> int:
        """End conversations that have been silent for too long; returns how many."""
        return len(await self.changes(ending.end_idle))

    async def close_surveys(self) -> ending.Closed:
        """Close surveys whose window is over."""
        return await self.transact(ending.close_surveys)

    async def remind(self) -> int:
        """Remind those who have not rated yet, where that is wanted; returns how many."""
        return len(await self.changes(reminders.remind))

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

    async def _transact_anew(self, work: Callable[[Unit], Result]) -> Result:
        """As `transact`, for work that begins with an identity: made or moved meanwhile, it is found the next time."""
        for _ in range(RACES_LOST):
            with contextlib.suppress(sa.exc.IntegrityError):
                return await self.transact(work)
        return await self.transact(work)

    def unit(self, connection: Connection) -> Unit:
        """The tools of one transaction."""
        return Unit(
            connection, self._clock(), self._new_id, self.phrases, self._rules, self._cases, people=self._people
        )

    async def _change(self, work: Callable[[Unit], Change]) -> Change:
        (change,) = await self.changes(lambda unit: [work(unit)])
        return change

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
            "edited": list(change.edited),
            "moved": change.moved,
            "owner": change.owner,
            "desk": change.desk,
        }
        connection.execute(
            sa.text("SELECT pg_notify(:channel, :payload)"),
            {"channel": NOTIFY_CHANNEL, "payload": json.dumps(payload)},
        )
