"""Empties conversations that ended longer ago than they are kept. What is counted of them stays.

What a person still has to do for the customer is kept until it is done.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from bot.conversations.duties import Duty
from bot.conversations.service import Conversations
from bot.conversations.unit import Unit
from bot.privacy.emptying import empty_conversations
from bot.privacy.erasing import reapply
from bot.privacy.tidying import forget_words
from bot.privacy.tombstones import Tombstones
from bot.storage.case_tables import cases
from bot.storage.database import DatabaseUnavailable
from bot.storage.tables import conversations, follow_ups, mails, surveys

log = structlog.get_logger(__name__)

DUTY = "retention"
AT_ONCE = 20  # conversations a transaction: customers' messages wait for it on SQLite
BETWEEN_SECONDS, LOOKS_EVERY_SECONDS, TRIES_AGAIN_SECONDS = 0.2, 600.0, 10.0


class Retention:
    """Looks for old conversations as long as the app runs; of several processes one.

    Args:
        keeps: how long after its end a conversation is kept.
    """

    def __init__(self, talks: Conversations, keeps: timedelta, *, every_seconds: float = LOOKS_EVERY_SECONDS) -> None:
        self._talks = talks
        self._keeps = keeps
        self._every = every_seconds

    async def run(self) -> None:
        """Look until cancelled."""
        await Duty(self._talks, DUTY, self._talks.instance).run(self._look)

    async def _look(self) -> None:
        while True:
            try:
                await self.empty_old()
            except DatabaseUnavailable as error:
                log.warning("retention_postponed", error=str(error))
            await asyncio.sleep(self._every)

    async def empty_old(self) -> int:
        """Empty all that is too old; returns how many conversations that were."""
        total = 0
        while some := await self._talks.transact(self._some):
            total += some
            await asyncio.sleep(BETWEEN_SECONDS if some == AT_ONCE else 0)
        await self._talks.transact(self._old_mails)
        if total:
            await asyncio.to_thread(forget_words, self._talks.database)
            log.info("conversations_emptied", conversations=total)
        return total

    def _some(self, unit: Unit) -> int:
        ids = [str(one) for one in unit.connection.execute(old(unit.now - self._keeps).limit(AT_ONCE)).scalars()]
        empty_conversations(unit.connection, ids, unit.now, erased=False)
        return len(ids)

    def _old_mails(self, unit: Unit) -> None:
        """Those that are over: of which conversation they were is not known of all."""
        over = sa.and_(mails.c.created_at < unit.now - self._keeps, mails.c.state.not_in(("waiting", "sending")))
        unit.connection.execute(sa.delete(mails).where(over))


def old(before: datetime) -> sa.Select[Any]:
    """Ids of conversations that ended before then, hold words still, and in which nothing is to be done."""
    to_do = sa.exists().where(cases.c.conversation_id == conversations.c.id, cases.c.status == "open")
    unhappy = sa.exists().where(follow_ups.c.conversation_id == conversations.c.id, follow_ups.c.state == "open")
    asked = sa.exists().where(surveys.c.conversation_id == conversations.c.id, surveys.c.state.in_(("due", "asked")))
    return (
        sa.select(conversations.c.id)
        .where(
            conversations.c.state == "ended",
            conversations.c.ended_at < before,
            conversations.c.emptied_at.is_(None),
            ~to_do,
            ~unhappy,
            ~asked,
        )
        .order_by(conversations.c.ended_at)
    )


class Forgetting:
    """What the app does for it by itself: what was to be erased and is not, at its start; then what is too old.

    Args:
        keeps: how long after its end a conversation is kept; nothing: for good.
    """

    def __init__(self, talks: Conversations, tombstones: Tombstones, keeps: timedelta) -> None:
        self._talks = talks
        self._tombstones = tombstones
        self._keeps = keeps

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            try:
                await reapply(self._talks, self._tombstones)
                break
            except DatabaseUnavailable as error:
                log.warning("erasing_postponed", error=str(error))
            except OSError as error:
                log.error("tombstones_out_of_reach", error=str(error))
            await asyncio.sleep(TRIES_AGAIN_SECONDS)
        if self._keeps:
            await Retention(self._talks, self._keeps).run()
