"""Runs the bridge to Chatwoot: carries what is queued, handles what it told, looks after what webhooks may have lost.

One process at a time does it; every one takes webhooks in. No transaction is open while Chatwoot is asked.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection
from starlette.routing import BaseRoute

from bot.conversations.duties import Duty
from bot.conversations.models import Change
from bot.conversations.service import Conversations
from bot.conversations.signals import Signals
from bot.conversations.unit import Unit
from bot.handoff.models import BOT
from bot.helpdesk.chatwoot import HELPDESK, effects, events, outbox
from bot.helpdesk.chatwoot.carrying import Carrier, FilesComing
from bot.helpdesk.chatwoot.client import ChatwootClient, chatwoot_client
from bot.helpdesk.chatwoot.desk import ChatwootDesk
from bot.helpdesk.chatwoot.edits import Edits
from bot.helpdesk.chatwoot.errors import ChatwootError, Gone, Invalid, Refused, TooMany, Unclear
from bot.helpdesk.chatwoot.handling import Handler
from bot.helpdesk.chatwoot.outbox import CALL_SECONDS, Call, Kind
from bot.helpdesk.chatwoot.settling import Settling, deleted_there
from bot.helpdesk.chatwoot.typing import Typing
from bot.helpdesk.chatwoot.webhook import Webhook
from bot.settings import Settings
from bot.storage.database import DatabaseUnavailable, with_retries
from bot.storage.desk_tables import handoffs, helpdesk_calls, helpdesk_links
from bot.storage.tables import conversations as conversations_table

log = structlog.get_logger(__name__)

EVERY_SECONDS = 0.5
GATHER_SECONDS = 0.02
LOOK_AFTER_SECONDS = 60.0  # what webhooks may have lost
MOST_AT_ONCE = 5
PROMISED_AFTER = timedelta(minutes=10)  # what could not be handed over for so long becomes a promise


class ChatwootBridge:
    """The bridge; a subscriber of `Conversations`, so that what is queued is carried at once.

    Args:
        desk: what queues.
        signals: tells who types, both ways.
        secret: what Chatwoot signs its webhooks with.
        largest_file: in bytes, of what agents send.
        chance: for the pauses before another try.
        may_carry: whether this process makes calls at all, asked in each transaction that takes some; without it the
            one that has the duty does.
    """

    def __init__(
        self,
        conversations: Conversations,
        client: ChatwootClient,
        desk: ChatwootDesk,
        *,
        secret: str,
        clock: Callable[[], datetime],
        chance: random.Random,
        largest_file: int,
        signals: Signals | None = None,
        look_after_seconds: float = LOOK_AFTER_SECONDS,
        may_carry: Callable[[Unit], bool] | None = None,
    ) -> None:
        self._conversations = conversations
        self._client = client
        self._clock = clock
        self._look_after = look_after_seconds
        self._carrier = Carrier(conversations, client)
        self._settling = Settling(desk, chance)
        self._handler = Handler(conversations, client, desk, largest_file=largest_file)
        self._typing = Typing(conversations.database, client, signals)
        self._webhook = Webhook(
            conversations.database,
            secret,
            client.account,
            client.inbox,
            clock=clock,
            arrived=self._wake_handling,
            typing=self._typing.agent_types,
        )
        self._duty = Duty(conversations, "helpdesk", conversations.instance)
        self.edits = Edits(conversations)
        self._may_carry = may_carry or self._duty.held
        self._carry_wake, self._handle_wake = asyncio.Event(), asyncio.Event()
        self._making: dict[str, asyncio.Task[None]] = {}
        self._rests_until = 0.0  # as time.monotonic has it: Chatwoot wants us to wait
        self._stopping = False
        self.state = "up"  # up | down | refused, as the last call had it

    # -- what the app sees

    def routes(self) -> Sequence[BaseRoute]:
        """Where Chatwoot's webhooks go."""
        return [self._webhook.route()]

    def changed(self, change: Change) -> None:
        """Whatever happens may have queued something. See `Subscriber`."""
        self.edits.changed(change)
        self._carry_wake.set()

    def look_again(self) -> None:
        """See `Subscriber`."""
        self._carry_wake.set()
        self._handle_wake.set()

    async def run(self) -> None:
        """Work until cancelled; calls under way then end by themselves."""
        await self._duty.run(self._work)

    async def stop(self, seconds: float) -> None:
        """Begin nothing more, and let the calls under way end for at most `seconds`."""
        self._stopping = True
        if making := list(self._making.values()):
            await asyncio.wait(making, timeout=seconds)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    # -- one process at a time

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._again_and_again(self.carry_due, self._carry_wake, EVERY_SECONDS))
            tasks.create_task(self._again_and_again(self._handle, self._handle_wake, EVERY_SECONDS))
            tasks.create_task(self._again_and_again(self.look_after, asyncio.Event(), self._look_after))

    async def _again_and_again(self, work: Callable[[], Awaitable[object]], wake: asyncio.Event, every: float) -> None:
        while True:
            wake.clear()
            try:
                await work()
            except DatabaseUnavailable as error:
                log.warning("helpdesk_waits_for_the_database", error=str(error))
            except Exception:  # one round that fails must not be the last
                log.exception("helpdesk_round_failed")
            with suppress(TimeoutError):
                async with asyncio.timeout(every):
                    await wake.wait()
            await asyncio.sleep(GATHER_SECONDS)

    async def carry_due(self) -> int:
        """Begin the calls that may be made now; returns how many.

        Raises:
            DatabaseUnavailable: nothing can be taken just now.
        """
        away = self.state != "up"
        room = (1 if away else MOST_AT_ONCE) - len(self._making)
        if self._stopping or room <= 0 or self._rests():
            return 0
        ours = list(self._making)

        def work(unit: Unit) -> list[Call]:
            if not self._may_carry(unit):
                return []
            outbox.take_up_lost(unit, ours)
            return outbox.take(unit, room)

        # Not cut short when we are cancelled: what was taken by then would have to be looked for.
        calls = await asyncio.shield(asyncio.ensure_future(self._conversations.transact(work)))
        for call in calls:
            self._making[call.id] = asyncio.create_task(self._make(call))
        return len(calls)

    async def carry_all(self) -> None:
        """Make what may be made now, and what follows from it, and wait for it."""
        while await self.carry_due():
            await asyncio.wait(list(self._making.values()))

    async def handle_all(self) -> int:
        """Handle what Chatwoot told so far. Raises `DatabaseUnavailable`."""
        return await self._handler.handle_due()

    async def look_after(self) -> None:
        """See what no webhook told, give up what cannot be handed over, and forget what is old.

        Raises:
            DatabaseUnavailable: nothing can be read.
        """
        await self._probe()
        for conversation_id in await self._conversations.database.read(self._never_arrived):
            await self._conversations.changes(
                lambda unit, lost=conversation_id: effects.nobody_hears(unit, lost)  # type: ignore[misc]  # a lambda's default
            )
        if self.state == "up":
            for number in await self._conversations.database.read(_with_people):
                try:
                    await self._handler.look(number)
                except Gone:
                    await self._perhaps_deleted(number)
                except (ChatwootError, effects.Moved, effects.NotLinkedYet) as error:
                    log.info("chatwoot_not_looked_at", conversation=number, error=str(error))
        await self._conversations.transact(lambda unit: events.purge(unit.connection, unit.now))
        await self._conversations.transact(outbox.forget_old)

    async def _probe(self) -> None:
        """Whether Chatwoot takes our token, and what its inbox is called where customers type."""
        try:
            inbox = await self._client.read_inbox()
        except ChatwootError as error:
            self._heard(error)
            return
        self._heard(None)
        self._typing.know_inbox(inbox)
        kind = inbox.get("channel_type")
        if kind not in (None, "Channel::Api"):
            log.error("chatwoot_inbox_is_of_another_kind", kind=kind, wanted="Channel::Api")
            self.state = "refused"

    async def _perhaps_deleted(self, number: str) -> None:
        try:
            if await self._client.is_gone(number):
                await self._conversations.changes(lambda unit: deleted_there(unit, number))
        except ChatwootError as error:
            log.info("chatwoot_not_looked_at", conversation=number, error=str(error))

    async def _handle(self) -> None:
        while await self._handler.handle_due():
            pass

    def _wake_handling(self) -> None:
        self._handle_wake.set()

    def _rests(self) -> bool:
        return time.monotonic() < self._rests_until

    def _never_arrived(self, connection: Connection) -> list[str]:
        in_vain = sa.or_(helpdesk_calls.c.attempts > 0, sa.literal(self._rests()))  # resting, none is even begun
        rows = connection.execute(
            sa.select(helpdesk_calls.c.conversation_id)
            .select_from(helpdesk_calls.join(handoffs, handoffs.c.conversation_id == helpdesk_calls.c.conversation_id))
            .where(
                handoffs.c.state == "queued",
                helpdesk_calls.c.kind == Kind.OPEN.value,
                helpdesk_calls.c.state.in_(("waiting", "sending")),
                in_vain,
                helpdesk_calls.c.created_at < self._clock() - PROMISED_AFTER,
            )
            .distinct()
        )
        return list(rows.scalars())

    # -- one call

    async def _make(self, call: Call) -> None:
        error: Exception | None = None
        try:
            async with asyncio.timeout(CALL_SECONDS):
                await self._carrier.carry(call, self._clock())
        except (ChatwootError, FilesComing) as failure:
            error = failure
        except TimeoutError:
            error = Unclear("no answer in time")
        except Exception as failure:  # a fault of ours, or the database's, before or after it was made
            log.error("chatwoot_call_broke_off", kind=call.kind.value, exc_info=failure)
            error = Unclear(type(failure).__name__)
        if not isinstance(error, FilesComing):
            self._heard(error)
        if isinstance(error, TooMany):
            self._rests_until = time.monotonic() + error.retry_after
        if call.kind is Kind.MESSAGE:
            self._typing.customer_wrote(call.conversation_id)
        try:
            await with_retries(
                lambda: self._conversations.changes(lambda unit: self._settling.record(unit, call, error)),
                seconds=CALL_SECONDS,
            )
        except DatabaseUnavailable as failure:  # it is looked for when its time is over
            log.warning("chatwoot_call_not_recorded", kind=call.kind.value, error=str(failure))
        finally:
            del self._making[call.id]
            self._carry_wake.set()

    def _heard(self, error: Exception | None) -> None:
        """How Chatwoot is, by what became of a call; loud where it changes."""
        match error:
            case None | TooMany() | Gone() | Invalid():
                state = "up"
            case Refused():
                state = "refused"
            case _:
                state = "down"
        if state != self.state:
            tell = log.info if state == "up" else log.error
            tell(f"chatwoot_{state}", error=str(error) if error else None)
        self.state = state


def bridge_of(
    settings: Settings,
    conversations: Conversations,
    desk: ChatwootDesk,
    signals: Signals,
    *,
    clock: Callable[[], datetime],
    chance: random.Random,
) -> ChatwootBridge:
    """The bridge as the settings say, subscribed to what it has to hear of."""
    client = chatwoot_client(
        settings.chatwoot_url,
        settings.chatwoot_token.get_secret_value(),
        settings.chatwoot_account,
        settings.chatwoot_inbox,
    )
    bridge = ChatwootBridge(
        conversations,
        client,
        desk,
        secret=settings.chatwoot_webhook_secret.get_secret_value(),
        clock=clock,
        chance=chance,
        largest_file=max(1, settings.desk_file_mb) * 1024 * 1024,
        signals=signals,
    )
    conversations.subscribe(bridge)
    return bridge


def _with_people(connection: Connection) -> list[str]:
    """Conversations of Chatwoot's that people have, or are to take."""
    rows = connection.execute(
        sa.select(helpdesk_links.c.external_id)
        .select_from(
            helpdesk_links.join(conversations_table, conversations_table.c.id == helpdesk_links.c.conversation_id)
        )
        .where(
            helpdesk_links.c.helpdesk == HELPDESK,
            conversations_table.c.state == "open",
            conversations_table.c.owner != BOT,
        )
    )
    return list(rows.scalars())
