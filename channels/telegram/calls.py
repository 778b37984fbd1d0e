"""Calls to Telegram that are no message of a conversation: queued in a table, carried once each; makes no words."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Row

from bot.conversations.blocking import blocked, wrote_since
from bot.conversations.errors import TransportError
from bot.conversations.models import Change
from bot.conversations.service import Conversations
from bot.conversations.unit import Unit
from bot.storage.channel_tables import telegram_calls
from bot.storage.database import DatabaseUnavailable, with_retries
from bot.storage.inserts import insert_into
from channels.telegram import CHANNEL
from channels.telegram.client import ChatMoved, TelegramClient, repeatable
from channels.telegram.pacing import Lane, Pacing

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 8
MOST_AT_ONCE = 10
LOOK_EVERY_SECONDS = 0.5
SHORTEST_PAUSE_SECONDS = 0.02
CALL_SECONDS = 30.0
LEASE = timedelta(seconds=45)  # by then a call has been given up
LONGEST_PAUSE_SECONDS = 300.0
PROBE_SECONDS = 5.0  # between tries where Telegram cannot be reached
KEPT = timedelta(days=7)  # longer than Telegram tells of the same tap again

_SENDS = "send"  # how methods begin that make a message

_rows = telegram_calls.c


def enqueue(unit: Unit, key: str, chat_id: int, method: str, arguments: dict[str, Any]) -> bool:
    """Have a method of the Bot API called once the caller's transaction is committed.

    Args:
        key: what asks for it; the same key is done once, however often it is queued.
        chat_id: the chat it is for; need not be among the arguments.
        method: as the Bot API calls it, such as editMessageReplyMarkup.
        arguments: its other parameters, as JSON: {"message_id": 7, "reply_markup": {"inline_keyboard": […]}}.

    Returns:
        False where that key is known already.
    """
    row = {
        "id": unit.new_id(),
        "key": key[:200],
        "chat_id": chat_id,
        "method": method,
        "arguments": arguments,
        "state": "waiting",
        "attempts": 0,
        "created_at": unit.now,
        "next_at": unit.now,
    }
    statement = insert_into(unit.connection, telegram_calls).values(row).on_conflict_do_nothing(index_elements=["key"])
    return unit.connection.execute(statement.returning(_rows.id)).first() is not None


@dataclass(frozen=True, slots=True)
class Call:
    """One call on its way."""

    id: str
    chat_id: int
    method: str
    arguments: dict[str, Any]
    attempts: int  # this one included
    next_at: datetime  # when it was due

    @property
    def lane(self) -> Lane:
        """What it counts as."""
        return Lane.MESSAGES if self.method.lower().startswith(_SENDS) else Lane.EDITS

    @property
    def identity(self) -> str:
        """The chat, as it is paced."""
        return str(self.chat_id)


class Calls:
    """Makes the calls that wait (a `Subscriber`: a change may bring one).

    A call of which nobody knows whether it was made is made again only where that does no harm.

    Args:
        pace: shared with the messages of conversations.
        chance: for the pauses before another try.
        may_carry: whether this process makes calls at all, asked in each transaction that takes some.
    """

    def __init__(
        self,
        conversations: Conversations,
        client: TelegramClient,
        pace: Pacing,
        chance: random.Random,
        *,
        may_carry: Callable[[Unit], bool] = lambda unit: True,
    ) -> None:
        self._conversations = conversations
        self._client = client
        self._pace = pace
        self._chance = chance
        self._may_carry = may_carry
        self._wake = asyncio.Event()
        self._making: dict[str, asyncio.Task[None]] = {}
        self._looking: asyncio.Task[bool] | None = None
        self._unreachable = False
        self._stopping = False

    def changed(self, change: Change) -> None:
        """A tap may be marked."""
        if any(message.channel == CHANNEL for message in change.messages):
            self._wake.set()

    def look_again(self) -> None:
        """Changes may have been missed."""
        self._wake.set()

    async def run(self) -> None:
        """Make calls until cancelled; those under way then end by themselves."""
        while True:
            self._wake.clear()
            pause = LOOK_EVERY_SECONDS
            try:
                if await self._start_undisturbed():
                    pause = max(SHORTEST_PAUSE_SECONDS, min(pause, self._pace.wait()))
            except DatabaseUnavailable as error:
                log.info("telegram_calls_wait", error=str(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(PROBE_SECONDS if self._unreachable else pause):
                    await self._wake.wait()
            await asyncio.sleep(SHORTEST_PAUSE_SECONDS)  # a crowd of changes is one look

    async def stop(self, seconds: float) -> None:
        """Begin nothing more, and let the calls under way end for at most `seconds`."""
        self._stopping = True
        if self._looking is not None and not self._looking.done():
            await asyncio.wait([self._looking], timeout=seconds)
        if making := list(self._making.values()):
            await asyncio.wait(making, timeout=seconds)

    async def make_due(self) -> int:
        """Make what may be made now, and wait for it; returns how many calls that were."""
        await self._start_undisturbed()
        making = list(self._making.values())
        if making:
            await asyncio.wait(making)
        return len(making)

    async def _start_undisturbed(self) -> bool:
        """Not cut short when we are cancelled: what was taken by then would be left in doubt."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._start())
        return await asyncio.shield(self._looking)

    async def _start(self) -> bool:
        """Begin what may begin; whether more is due."""
        if self._stopping:
            return True
        room = self._pace.reserve((1 if self._unreachable else MOST_AT_ONCE) - len(self._making))
        if not room:
            return True
        resting = {lane: frozenset(self._pace.resting(lane)) for lane in Lane}
        ours = list(self._making)

        def work(unit: Unit) -> tuple[list[Call], bool]:
            if not self._may_carry(unit):
                return [], False
            _admit_lost(unit, ours)
            return _take(unit, resting, room)

        calls: list[Call] = []
        try:
            calls, more = await self._conversations.transact(work)
        finally:
            self._pace.give_back(room - len(calls))
        for call in calls:
            begins = self._pace.begin(call.identity, call.lane)
            self._making[call.id] = asyncio.create_task(self._make(call) if begins else self._put_back(call))
        return more

    async def _make(self, call: Call) -> None:
        error: TransportError | None = None
        try:
            async with asyncio.timeout(CALL_SECONDS):
                await self._client.call(call.method, {**call.arguments, "chat_id": call.chat_id})
        except TransportError as failure:
            error = failure
        except TimeoutError:
            error = TransportError("no answer in time", outcome_unknown=not repeatable(call.method))
        except Exception as failure:  # a fault of ours, before or after it was made
            log.error("telegram_call_broke_off", method=call.method, exc_info=failure)
            error = TransportError(type(failure).__name__, outcome_unknown=True)
        finally:
            self._pace.ended(call.identity, call.lane)
        if error is not None and error.retry_after is not None and not error.unreachable:
            self._pace.pause(call.identity, error.retry_after)
        self._unreachable = error is not None and error.unreachable
        await self._note(call, lambda unit: _record(unit, call, error, self._chance))

    async def _put_back(self, call: Call) -> None:
        """Somebody else was quicker with its chat: it keeps its place, as if it had not been taken."""

        def work(unit: Unit) -> Sequence[Change]:
            _set(unit, call, state="waiting", attempts=call.attempts - 1, next_at=call.next_at)
            return ()

        await self._note(call, work)

    async def _note(self, call: Call, work: Callable[[Unit], Sequence[Change]]) -> None:
        """Record what became of a call that was taken."""
        try:
            await with_retries(lambda: self._conversations.changes(work), seconds=CALL_SECONDS)
        except DatabaseUnavailable as failure:  # it is taken for lost when its time is over
            log.warning("telegram_call_not_recorded", method=call.method, error=str(failure))
        finally:
            del self._making[call.id]
            self._wake.set()


def forget_old(unit: Unit) -> int:
    """Remove calls that are over and old; returns how many."""
    over = _rows.state.in_(("done", "failed", "unknown"))
    return unit.connection.execute(
        sa.delete(telegram_calls).where(over, _rows.next_at < unit.now - KEPT, _rows.created_at < unit.now - KEPT)
    ).rowcount


def _take(unit: Unit, resting: dict[Lane, frozenset[str]], most: int) -> tuple[list[Call], bool]:
    """Mark what may begin now as being made: of each chat's messages, and edits, the first; and whether more is due."""
    lane = sa.case((sa.func.lower(_rows.method).like(f"{_SENDS}%"), 1), else_=0)
    place = sa.func.row_number().over(
        partition_by=(_rows.chat_id, lane), order_by=(_rows.next_at, _rows.created_at, _rows.id)
    )
    due = (_rows.state == "waiting") & (_rows.next_at <= unit.now)
    first = sa.select(telegram_calls, place.label("place")).where(due).subquery()
    found = unit.connection.execute(
        sa.select(first)
        .where(first.c.place <= 2)  # the second only tells that there is more
        .order_by(first.c.place, first.c.next_at, first.c.created_at)
        .limit(2 * (most + sum(map(len, resting.values()))))
    ).all()
    calls: list[Call] = []
    for row in found:
        call = Call(row.id, row.chat_id, row.method, row.arguments, row.attempts + 1, row.next_at)
        if len(calls) < most and row.place == 1 and call.identity not in resting[call.lane]:
            taken = {"state": "sending", "attempts": call.attempts, "next_at": unit.now + LEASE}
            if _set(unit, call, was="waiting", **taken):
                calls.append(call)
    return calls, len(found) > len(calls)


def _record(unit: Unit, call: Call, error: TransportError | None, chance: random.Random) -> Sequence[Change]:
    """What became of a call; and who has blocked us leaves their conversations."""
    if error is None:
        _set(unit, call, state="done", error=None, next_at=unit.now)
        return ()
    said: dict[str, Any] = {"error": str(error)[:300]}
    has_left = error.blocked and call.chat_id > 0 and not _wrote_since(unit, call)
    if isinstance(error, ChatMoved):
        _set(unit, call, state="waiting", chat_id=error.new_chat_id, next_at=unit.now, **said)
    elif error.outcome_unknown:
        _set(unit, call, state="unknown", next_at=unit.now, **said)
    elif error.permanent or (_counts(error) and call.attempts >= MOST_ATTEMPTS):
        _set(unit, call, state="failed", next_at=unit.now, **said)
    elif _counts(error):
        pause = min(2.0**call.attempts, LONGEST_PAUSE_SECONDS) * (1 + chance.random() / 4)
        _set(unit, call, state="waiting", next_at=unit.now + timedelta(seconds=pause), **said)
    else:
        pause = 0.0 if error.unreachable else (error.retry_after or 0.0)
        later = unit.now + timedelta(seconds=pause)
        _set(unit, call, state="waiting", attempts=call.attempts - 1, next_at=later, **said)
    return blocked(unit, CHANNEL, call.identity) if has_left else ()


def _wrote_since(unit: Unit, call: Call) -> bool:
    """Whether they wrote after this call began, and so had unblocked us before its refusal came."""
    until = unit.connection.execute(sa.select(_rows.next_at).where(_rows.id == call.id)).scalar_one()
    return wrote_since(unit, CHANNEL, call.identity, until - LEASE)


def _counts(error: TransportError) -> bool:
    """Whether a try that may be made again says something of this call."""
    return error.retry_after is None and not error.unreachable


def _admit_lost(unit: Unit, ours: Sequence[str]) -> None:
    """Calls that a process died over: what may be made twice is, the others stay unknown."""
    alone = unit.connection.dialect.name == "sqlite"  # who else was making them is no more
    lost = (_rows.state == "sending") & _rows.id.not_in(ours)
    rows: Sequence[Row[Any]] = unit.connection.execute(
        sa.select(telegram_calls).where(lost if alone else lost & (_rows.next_at <= unit.now))
    ).all()
    for row in rows:
        call = Call(row.id, row.chat_id, row.method, row.arguments, row.attempts, row.next_at)
        state = "waiting" if repeatable(call.method) else "unknown"
        _set(unit, call, state=state, error="stopped in the middle", next_at=unit.now)


def _set(unit: Unit, call: Call, *, was: str = "sending", **values: Any) -> bool:
    """Change a call's row; False where it is not what it was."""
    own = (_rows.id == call.id) & (_rows.state == was)
    return unit.connection.execute(sa.update(telegram_calls).where(own).values(**values)).rowcount == 1
