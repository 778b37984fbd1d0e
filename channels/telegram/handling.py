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
from channels.telegram.reading import chat_of

log = structlog.get_logger(__name__)

MOST_CHATS = 8  # side by side
MOST_ATTEMPTS = 5
PAGE = 200
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
        self._chats: dict[object, asyncio.Task[None]] = {}  # being handled

    async def run(self) -> None:
        """Handle updates until cancelled."""
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
            for task in self._chats.values():
                task.cancel()

    async def keep_short(self) -> None:
        """Forget what is old, now and then, until cancelled."""
        while True:
            with contextlib.suppress(DatabaseUnavailable):
                await self._inbox.purge()
            await asyncio.sleep(PURGE_EVERY_SECONDS)

    async def handle_due(self) -> None:
        """Handle all that is due now and what comes meanwhile, then return. Raises `DatabaseUnavailable`."""
        while await self._start_due() or self._chats:
            if self._chats:
                await asyncio.wait(set(self._chats.values()), return_when=asyncio.FIRST_COMPLETED)

    async def _start_due(self) -> int:
        """Begin with chats that have something due and are not being handled; returns with how many."""
        started, after = 0, None
        held = set(self._chats)  # whose further updates have to wait
        while len(self._chats) < MOST_CHATS:
            page = await self._inbox.waiting(after=after, most=PAGE)
            for chat, updates in _by_chat(page).items():
                if chat not in held and len(self._chats) < MOST_CHATS:
                    started += self._start(chat, updates)
                held.add(chat)
            if len(page) < PAGE:
                break
            after = page[-1].update_id
        return started

    def _start(self, chat: object, updates: list[Stored]) -> bool:
        if updates[0].next_at > self._clock():
            return False
        task = asyncio.create_task(self._handle_chat(updates))
        self._chats[chat] = task

        def finished(_: asyncio.Task[None]) -> None:
            del self._chats[chat]
            self._inbox.arrived.set()  # there may be more for this chat

        task.add_done_callback(finished)
        return True

    async def _handle_chat(self, updates: list[Stored]) -> None:
        """In order; the first that fails holds up the others of its chat, until it is given up."""
        for stored in updates:
            if stored.next_at > self._clock():
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


def _by_chat(page: list[Stored]) -> dict[object, list[Stored]]:
    """What waits, by the chat that it belongs to; what belongs to none is alone."""
    chats: dict[object, list[Stored]] = {}
    for stored in page:
        chat = chat_of(stored.body)
        chats.setdefault(("update", stored.update_id) if chat is None else chat, []).append(stored)
    return chats
