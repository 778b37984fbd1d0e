"""Stored updates get their effect: those of one chat in order, chats side by side, what fails again later."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.storage.database import DatabaseUnavailable
from channels.telegram.effects import Effects
from channels.telegram.inbox import HandledElsewhere, Inbox, Stored

log = structlog.get_logger(__name__)

MOST_CHATS = 8  # side by side
MOST_ATTEMPTS = 5
PAGE = 50  # updates of one chat that are read at once
END_WITHIN_SECONDS = 1.0  # of being told to stop
LOOK_EVERY_SECONDS = 0.3  # what other processes have stored is found by looking
BREATH_SECONDS = 0.01  # between two looks, however much comes in
PURGE_EVERY_SECONDS = 3600.0


class UpdateHandler:
    """Handles updates for as long as it runs; of several processes only one should, for the order's sake.

    Should two do it all the same, each update still has its effect once.

    Args:
        clock: the present moment, aware.
        chance: spreads what is tried again.
    """

    def __init__(self, inbox: Inbox, effects: Effects, clock: Callable[[], datetime], chance: random.Random) -> None:
        self._inbox = inbox
        self._effects = effects
        self._clock = clock
        self._chance = chance
        self._chats: dict[int, asyncio.Task[None]] = {}  # being handled
        self._stopping = False

    async def run(self) -> None:
        """Handle updates until cancelled; those that have begun to have their effect have it first."""
        self._stopping = False
        try:
            while True:
                self._inbox.arrived.clear()
                with contextlib.suppress(DatabaseUnavailable):
                    await self._start_due()
                await asyncio.sleep(BREATH_SECONDS)
                # Not `wait_for`, which forgets that it was cancelled where both come at once (Python 3.11).
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY_SECONDS):
                        await self._inbox.arrived.wait()
        finally:
            await self._end()

    async def keep_short(self) -> None:
        """Forget what is old, now and then, until cancelled."""
        while True:
            with contextlib.suppress(DatabaseUnavailable):
                await self._inbox.purge()
            await asyncio.sleep(PURGE_EVERY_SECONDS)

    async def handle_due(self) -> None:
        """Handle all that is due now and what comes meanwhile, then return. Raises `DatabaseUnavailable`."""
        self._stopping = False  # also after `run` was cancelled
        while True:
            at_work = bool(self._chats)  # a chat that ends while we look may have left more than it had read
            if not await self._start_due() and not at_work:
                return
            if self._chats:
                await asyncio.wait(set(self._chats.values()), return_when=asyncio.FIRST_COMPLETED)

    async def _end(self) -> None:
        """Let what is being stored be told of as well; what takes longer is cut off."""
        self._stopping = True
        if tasks := list(self._chats.values()):
            _, late = await asyncio.wait(tasks, timeout=END_WITHIN_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _start_due(self) -> int:
        """Begin with chats that have something due and are not being handled; returns with how many."""
        room = MOST_CHATS - len(self._chats)
        due = await self._inbox.due_chats(but=list(self._chats), most=room) if room else []
        for chat in due:
            self._start(chat)
        return len(due)

    def _start(self, chat: int) -> None:
        task = self._chats[chat] = asyncio.create_task(self._handle_chat(chat))

        def finished(_: asyncio.Task[None]) -> None:
            del self._chats[chat]
            self._inbox.arrived.set()  # there may be more for this chat

        task.add_done_callback(finished)

    async def _handle_chat(self, chat: int) -> None:
        """In order; the first that fails holds up the others of its chat, until it is given up."""
        try:
            updates = await self._inbox.waiting(chat=chat, most=PAGE)
        except DatabaseUnavailable:
            return
        for stored in updates:
            if self._stopping or stored.next_at > self._clock():
                return
            try:
                await self._effects.apply(stored)
            except HandledElsewhere:
                continue
            except DatabaseUnavailable as error:
                log.info("telegram_update_waits", update_id=stored.update_id, error=str(error))
                return
            except Exception:
                log.exception("telegram_update_failed", update_id=stored.update_id, attempt=stored.attempts + 1)
                if not await self._try_later(stored):
                    return

    async def _try_later(self, stored: Stored) -> bool:
        """Note a failure; whether the update is given up, so that the chat's next ones may be handled."""
        try:
            if stored.attempts + 1 < MOST_ATTEMPTS:
                pause = 2.0**stored.attempts * (1 + self._chance.random() / 4)
                await self._inbox.postpone(stored.update_id, timedelta(seconds=pause))
                return False
            await self._effects.give_up(stored)
        except HandledElsewhere:
            return True
        except DatabaseUnavailable:
            return False
        log.error("telegram_update_given_up", update_id=stored.update_id)
        return True
