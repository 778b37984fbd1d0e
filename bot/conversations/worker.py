"""Runs turns: one at a time per conversation, in order, as often as it takes; and keeps waiting customers informed.

An answer to what may be only the beginning is held back a little (see `bursts`). What is held back is nowhere stored:
killed meanwhile, the turn is run again like any other.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

import structlog

from bot.conversations.bursts import Bursts, Quiet
from bot.conversations.engine_client import Turns
from bot.conversations.errors import EngineError, EngineUnavailable, TurnSuperseded
from bot.conversations.models import Change, PendingTurn, TurnResult
from bot.conversations.service import Conversations
from bot.storage.database import DatabaseUnavailable, with_retries

Result = TypeVar("Result")
log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=6)  # renewed while a turn runs; what a killed process held is free after that
RENEW_EVERY_SECONDS = 2.0
FAILURES_BEFORE_GIVING_UP = 3
SUSPECT_AFTER_DEATHS = 2  # whose turn was running that often when the engine died is tried one at a time from then on
DEATHS_BEFORE_GIVING_UP = 12  # a message during which the engine dies this often is taken to be what kills it
SHOP_MAY_BE_AWAY = timedelta(minutes=15)  # after that the customer is told, instead of blocking what they write next
TYPING_AFTER_SECONDS = 0.3
TELLING_SECONDS = 2.0  # a locked database may keep us waiting, but not the customer


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a customer waits before they hear something."""

    notice_after: timedelta = timedelta(seconds=6)
    offer_after: timedelta = timedelta(seconds=60)
    longest_pause: float = 3.0  # seconds between tries
    scan_every: float = 2.5  # seconds between looks for work that nobody woke us for


class Gauge(Protocol):
    """Where the worker tells its figures."""

    def turn_done(self, outcome: str, *, wait_ms: float, engine_ms: float, actions_ms: float, store_ms: float) -> None:
        """One turn ended as `answered`, `failed`, `person` (no engine), `joined` (by more) or `superseded`."""
        ...

    def turn_retried(self, code: str) -> None:
        """One try of a turn failed."""
        ...


class Listener(Protocol):
    """Who shows customers what happens meanwhile, and sees what they do."""

    def bot_is_busy(self, turn: PendingTurn) -> None:
        """The bot works on an answer."""
        ...

    def answer_is_delayed(self, turn: PendingTurn) -> None:
        """The answer takes longer, and not even that could be stored."""
        ...

    def since_typing(self, turn: PendingTurn) -> float | None:
        """Seconds since the customer was seen to type after their last message.

        Infinite where their client tells such things and they have not; None where it never tells.
        """
        ...


class TurnWorker:
    """Takes waiting messages through the engine. Start `run`; `wake` it when a message was stored."""

    def __init__(
        self,
        conversations: Conversations,
        engine: Turns,
        gauge: Gauge,
        listener: Listener,
        *,
        clock: Callable[[], datetime],
        chance: random.Random,
        patience: Patience,
        bursts: Bursts | None = None,
        at_once: int = 64,
    ) -> None:
        self._conversations = conversations
        self._engine = engine
        self._gauge = gauge
        self._listener = listener
        self._clock = clock
        self._chance = chance
        self._patience = patience
        self._bursts = bursts or Bursts()
        self._slots = asyncio.Semaphore(at_once)
        self._alone_with_engine = asyncio.Lock()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._held: dict[str, asyncio.Event] = {}  # set when more may have come in that conversation
        self._stopping = False
        self._engine_back: asyncio.Task[None] | None = None
        self._alone = conversations.database.is_sqlite  # nobody else can answer: no lease to take

    @property
    def active(self) -> int:
        """Conversations whose turns are running or waiting to be tried again."""
        return len(self._running)

    def wake(self, conversation_id: str, turn: PendingTurn | None = None) -> None:
        """There may be work in this conversation; `turn` is its first, where that is known."""
        if conversation_id in self._running:
            self._again.add(conversation_id)
            if held := self._held.get(conversation_id):
                held.set()
            return
        task = asyncio.create_task(self._drain(conversation_id, turn))
        self._running[conversation_id] = task
        task.add_done_callback(lambda done: self._finished(conversation_id, done))

    async def run(self) -> None:
        """Look for work nobody woke us for (after a start, after another process died), until cancelled."""
        while True:
            try:
                if self._alone:
                    found = await self._conversations.waiting()
                else:
                    found = await self._conversations.claim_waiting(LEASE, 100)
                for conversation_id in found:
                    self.wake(conversation_id)
            except DatabaseUnavailable as error:
                log.warning("work_not_read", error=str(error))
            await asyncio.sleep(self._patience.scan_every)

    async def keep_leases(self) -> None:
        """Renew the leases of all running conversations, until cancelled. SQLite has none."""
        while not self._alone:
            await asyncio.sleep(RENEW_EVERY_SECONDS)
            try:
                await self._conversations.renew(list(self._running), LEASE)
            except DatabaseUnavailable as error:
                log.warning("leases_not_renewed", error=str(error))

    async def stop(self, seconds: float) -> None:
        """Let running turns finish for at most `seconds`, then drop them: they are run again after the next start."""
        self._stopping = True
        for held in self._held.values():
            held.set()
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while self._running and loop.time() < until:  # one that ends may have been woken again meanwhile
            await asyncio.wait(self._running.values(), timeout=until - loop.time())
            await asyncio.sleep(0)
        for task in self._running.values():
            task.cancel()

    def _finished(self, conversation_id: str, done: asyncio.Task[None]) -> None:
        del self._running[conversation_id]
        if done.cancelled():
            return
        if error := done.exception():
            log.error("turns_stopped", conversation=conversation_id, exc_info=error)
        if conversation_id in self._again:
            self._again.discard(conversation_id)
            self.wake(conversation_id)

    async def _drain(self, conversation_id: str, turn: PendingTurn | None) -> None:
        """Run the turns of one conversation until none waits."""
        only_this = turn is not None
        silent_since: datetime | None = None  # for what waited behind a turn: that turn's end
        while self._alone or await self._renew(conversation_id):
            if turn is None:
                turn = await self._patiently(lambda: self._conversations.next_turn(conversation_id))
            if turn is None:
                break
            await self._turn(turn, silent_since)
            turn, silent_since = None, self._clock()
            if self._alone and only_this and conversation_id not in self._again:
                return  # nothing waited before it, and nobody has woken us since
            only_this = False  # one waking may stand for several messages: look until none is left
        else:
            return  # another process has it
        if not self._alone:
            await self._patiently(lambda: self._conversations.release(conversation_id))

    async def _turn(self, turn: PendingTurn, silent_since: datetime | None) -> None:
        began = self._clock()
        if turn.owner != "bot" or turn.state != "open":
            await self._patiently(lambda: self._conversations.commit_without_engine(turn))
            self._gauge.turn_done(
                "person", wait_ms=_ms(began - turn.received_at), engine_ms=0, actions_ms=0, store_ms=0
            )
            return
        loop = asyncio.get_running_loop()
        typing = loop.call_later(TYPING_AFTER_SECONDS, self._listener.bot_is_busy, turn)
        waited = (began - max(turn.received_at, silent_since or turn.received_at)).total_seconds()
        company = _Company()
        notice_in = max(0.0, self._patience.notice_after.total_seconds() - waited)
        notice = loop.call_later(notice_in, lambda: company.start(self._keep_company(turn)))
        try:
            await self._answer(turn, began)
        except TurnSuperseded:
            self._gauge.turn_done("superseded", wait_ms=0, engine_ms=0, actions_ms=0, store_ms=0)
        finally:
            typing.cancel()
            notice.cancel()
            company.stop()

    async def _answer(self, turn: PendingTurn, began: datetime) -> None:
        result, attempts, code = await self._result(turn)
        if result is not None and await self._was_joined(turn, result):
            self._gauge.turn_done("joined", wait_ms=0, engine_ms=0, actions_ms=0, store_ms=0)
            return
        asked = self._clock()
        if result is None:
            await self._patiently(lambda: self._conversations.commit_failure(turn, attempts, code))
        else:
            answer = result
            try:
                await self._patiently(lambda: self._conversations.commit_turn(turn, answer, attempts))
            except TurnSuperseded:
                raise
            except Exception as error:  # a reply or an effect that cannot be stored: our own fault, said honestly
                log.error("turn_not_storable", conversation=turn.conversation_id, exc_info=error)
                await self._patiently(lambda: self._conversations.commit_failure(turn, attempts, "not_storable"))
                result = None
        self._gauge.turn_done(
            "failed" if result is None else "answered",
            wait_ms=_ms(began - turn.received_at),
            engine_ms=result.engine_ms if result else 0.0,
            actions_ms=result.actions_ms if result else 0.0,
            store_ms=_ms(self._clock() - asked),
        )

    async def _was_joined(self, turn: PendingTurn, result: TurnResult) -> bool:
        """Hold the answer back while it may be too early; True where there is more to read than was read."""
        if not self._bursts.may_hold(turn, result):
            return False
        loop = asyncio.get_running_loop()
        began, waited = loop.time(), (self._clock() - turn.received_at).total_seconds()

        def pause() -> float:
            quiet = Quiet(loop.time() - began, self._listener.since_typing(turn))
            return 0.0 if self._stopping else self._bursts.pause(turn, result, waited, quiet)

        woken = turn.conversation_id in self._again
        if pause() <= 0:  # not held, but what has come while the engine ran belongs to it
            return (woken or not self._alone) and await self._more_waits(turn)
        more = self._held[turn.conversation_id] = asyncio.Event()
        try:
            while not (woken and await self._more_waits(turn)) and (seconds := pause()) > 0:
                more.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):  # not wait_for, which can swallow being cancelled on 3.11
                        woken = await more.wait()
        finally:
            del self._held[turn.conversation_id]
        return await self._more_waits(turn)  # also what another process has stored

    async def _more_waits(self, turn: PendingTurn) -> bool:
        now = await self._patiently(lambda: self._conversations.next_turn(turn.conversation_id))
        return now is not None and (now.message_id, now.text) != (turn.message_id, turn.text)

    async def _result(self, turn: PendingTurn) -> tuple[TurnResult | None, int, str]:
        """Try until there is a result, or it is clear that there will never be one."""
        attempts = failures = deaths = 0
        while True:
            attempts += 1
            try:
                async with self._alone_with_engine if deaths >= SUSPECT_AFTER_DEATHS else self._slots:
                    return await self._engine.run(turn, turn.history), attempts, ""
            except EngineError as error:
                self._gauge.turn_retried(error.code)
                log.warning(
                    "turn_failed",
                    conversation=turn.conversation_id,
                    message=turn.message_id,
                    attempt=attempts,
                    code=error.code,
                    error=str(error),
                )
                if error.code == "bad_history" and turn.history:
                    turn = replace(turn, history=[])  # a lost thread is better than a lost customer
                    continue
                deaths += error.code == "engine_died"
                failures += not error.retryable
                hopeless = error.code.startswith("action_") and self._clock() - turn.received_at > SHOP_MAY_BE_AWAY
                if hopeless or failures >= FAILURES_BEFORE_GIVING_UP or deaths >= DEATHS_BEFORE_GIVING_UP:
                    return None, attempts, error.code
                if isinstance(error, EngineUnavailable):
                    await self._until_engine_is_back()
                else:
                    await asyncio.sleep(self._pause(attempts))
            if not self._alone:
                await self._renew(turn.conversation_id)

    async def _renew(self, conversation_id: str) -> bool:
        return await self._patiently(lambda: self._conversations.claim(conversation_id, LEASE))

    async def _until_engine_is_back(self) -> None:
        """All waiting turns share one prober, so that a dead engine is not knocked on by hundreds."""
        if self._engine_back is None or self._engine_back.done():
            self._engine_back = asyncio.create_task(self._probe())
        await asyncio.wait([self._engine_back], timeout=5.0)

    async def _probe(self) -> None:
        await asyncio.sleep(0.1)
        while not await self._engine.healthy():  # noqa: ASYNC110  # another process's health: there is no event to await
            await asyncio.sleep(0.3)

    async def _keep_company(self, turn: PendingTurn) -> None:
        """Say that it takes a moment, and later offer a person, while the answer is not there."""
        await self._tell(turn, self._conversations.say_it_takes_a_moment)
        waited = (self._clock() - turn.received_at).total_seconds()
        await asyncio.sleep(max(0.0, self._patience.offer_after.total_seconds() - waited))
        await self._tell(turn, self._conversations.offer_person)

    async def _tell(self, turn: PendingTurn, say: Callable[[PendingTurn], Awaitable[None]]) -> None:
        try:
            await asyncio.wait_for(with_retries(lambda: say(turn), seconds=1.0), TELLING_SECONDS)
        except (DatabaseUnavailable, TimeoutError):
            self._listener.answer_is_delayed(turn)

    async def _patiently(self, run: Callable[[], Awaitable[Result]]) -> Result:
        """Run until the database takes it; between tries the customer is kept company elsewhere."""
        attempts = 0
        while True:
            attempts += 1
            try:
                return await run()
            except DatabaseUnavailable as error:
                log.warning("database_unavailable", error=str(error), attempt=attempts)
                await asyncio.sleep(self._pause(attempts))

    def _pause(self, attempts: int) -> float:
        pause = min(0.1 * 2.0 ** min(attempts, 10), self._patience.longest_pause)
        return pause * (0.75 + self._chance.random() / 2)


class _Company:
    """The task that keeps one waiting customer company; most customers are answered before it is needed."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    def start(self, company: Coroutine[Any, Any, None]) -> None:
        self._task = asyncio.create_task(company)

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()


class WakesWorker:
    """Wakes the worker for changes made by this process."""

    def __init__(self, worker: TurnWorker) -> None:
        self._worker = worker

    def look_again(self) -> None:
        """The worker looks for work by itself."""

    def changed(self, change: Change) -> None:
        """A customer's message that is not handled yet is work; so may be what people give back."""
        if change.owner == "bot" or any(
            message.author_kind == "customer" and message.external_id not in change.handled
            for message in change.messages
        ):
            self._worker.wake(change.conversation_id, change.turn)


def _ms(span: timedelta) -> float:
    return span.total_seconds() * 1000
