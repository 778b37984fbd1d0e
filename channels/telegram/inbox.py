"""Updates as Telegram sent them, stored once before they are acknowledged; not what they mean.

Rows are kept for some days, so that what comes again is known. Not for ever: a bot that hears nothing for a week is
given numbers from a new, random start (core.telegram.org/bots/api#update), and old ones would then say nothing.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection

from bot.storage.channel_tables import telegram_updates
from bot.storage.database import Database
from bot.storage.inserts import insert_into
from channels.telegram.reading import chat_of

log = structlog.get_logger(__name__)

KEPT = timedelta(days=6)
NO_CHAT = 0  # what belongs to none follows each other, as in a chat
LARGEST_ID = 2**63 - 2  # one more must fit the column as well
_rows = telegram_updates.c
_UNREADABLE = "unreadable"


class HandledElsewhere(Exception):
    """An update had its effect already, or another process is giving it one."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An update that has had no effect yet; `attempts` to give it one have failed."""

    update_id: int
    body: Any
    attempts: int
    next_at: datetime


class Inbox:
    """The stored updates of one bot.

    Args:
        clock: the present moment, aware.
    """

    def __init__(self, database: Database, bot_id: int, clock: Callable[[], datetime]) -> None:
        self.arrived = asyncio.Event()  # set where this process has stored something new
        self._database = database
        self._bot_id = bot_id
        self._clock = clock

    async def store(self, raws: Sequence[object]) -> int:
        """Store what is not stored yet, all of it or nothing; returns how many were new.

        What has no number that could be one is left out: it can be neither told from others nor acknowledged.

        Raises:
            DatabaseUnavailable: nothing was stored, and nothing may be acknowledged.
        """
        rows, now = {}, self._clock()
        for raw in raws:
            if (number := number_of(raw)) is None:
                log.warning("telegram_update_without_number")
                continue
            body, chat = storable(raw), chat_of(raw) or NO_CHAT
            rows[number] = {"update_id": number, "chat_id": chat, "body": body, "received_at": now, "next_at": now}
        if not rows:
            return 0
        fixed = {"bot_id": self._bot_id, "attempts": 0}
        new = await self._database.write(
            lambda connection: _insert(connection, [{**row, **fixed} for row in rows.values()])
        )
        if new:
            self.arrived.set()
        return new

    async def due_chats(self, *, but: Collection[int], most: int) -> list[int]:
        """Chats whose first update that had no effect yet may have it now, the longest waiting first.

        Read from an index alone, whatever waits in each: no body.

        Args:
            but: chats to leave out.
        """
        first = (
            sa.select(sa.func.min(_rows.update_id).label("update_id"))
            .where(_rows.bot_id == self._bot_id, _rows.handled_at.is_(None), _rows.chat_id.not_in(but))
            .group_by(_rows.chat_id)
            .subquery()
        )
        due = (
            sa.select(_rows.chat_id)
            .join(first, first.c.update_id == _rows.update_id)
            .where(_rows.bot_id == self._bot_id, _rows.next_at <= self._clock())
            .order_by(_rows.update_id)
            .limit(most)
        )
        return await self._database.read(lambda connection: list(connection.execute(due).scalars()))

    async def waiting(self, *, chat: int | None = None, most: int = 200) -> list[Stored]:
        """Updates that had no effect yet, also those to be tried later, in their order: of one chat, or of all."""
        found = (
            sa.select(_rows.update_id, _rows.body, _rows.attempts, _rows.next_at)
            .where(_rows.bot_id == self._bot_id, _rows.handled_at.is_(None))
            .order_by(_rows.update_id)
            .limit(most)
        )
        if chat is not None:
            found = found.where(_rows.chat_id == chat)
        rows = await self._database.read(lambda connection: connection.execute(found).all())
        return [Stored(row.update_id, row.body, row.attempts, row.next_at) for row in rows]

    def mark_handled(self, connection: Connection, stored: Stored, outcome: str, now: datetime) -> None:
        """Note in the transaction of its effect that an update had it; its body, a customer's words, goes.

        Raises:
            HandledElsewhere: it had it before, or somebody else is at it: this transaction must have no effect.
        """
        self._advance(connection, stored, handled_at=now, outcome=outcome[:24], body=None)

    def note_try(self, connection: Connection, stored: Stored) -> Stored:
        """Note in the transaction of a part of its effect that an update has begun to have it.

        What is not noted as handled afterwards is handled once more, from the beginning. Raises as `mark_handled`.
        """
        self._advance(connection, stored, attempts=stored.attempts + 1)
        return replace(stored, attempts=stored.attempts + 1)

    def _advance(self, connection: Connection, stored: Stored, **values: object) -> None:
        # `attempts` as it was read: what has been tried since is somebody else's.
        moved = connection.execute(
            sa.update(telegram_updates)
            .where(
                _rows.bot_id == self._bot_id,
                _rows.update_id == stored.update_id,
                _rows.handled_at.is_(None),
                _rows.attempts == stored.attempts,
            )
            .values(**values)
        )
        if moved.rowcount != 1:
            raise HandledElsewhere(f"update {stored.update_id}")

    async def postpone(self, update_id: int, pause: timedelta) -> None:
        """A try failed: the next one after `pause`."""
        later = (
            sa.update(telegram_updates)
            .where(_rows.bot_id == self._bot_id, _rows.update_id == update_id)
            .values(attempts=_rows.attempts + 1, next_at=self._clock() + pause)
        )
        await self._database.write(lambda connection: connection.execute(later))

    async def purge(self) -> int:
        """Forget what is handled and old; returns how many."""
        old = sa.delete(telegram_updates).where(
            _rows.bot_id == self._bot_id,
            _rows.received_at < self._clock() - KEPT,
            _rows.handled_at.is_not(None),
        )
        return await self._database.write(lambda connection: connection.execute(old).rowcount)


def storable(raw: object) -> object:
    """`raw` with what no database takes replaced: NUL characters, halves of surrogate pairs, endless numbers.

    What is nested deeper than any update of Telegram's is kept as the mere fact that it came.
    """
    try:
        if b"\\u0000" not in orjson.dumps(raw):
            return raw
        return _cleaned(raw)
    except (TypeError, ValueError, RecursionError):
        try:
            cleaned = _cleaned(raw)
            orjson.dumps(cleaned)
        except (TypeError, ValueError, RecursionError):
            return {_UNREADABLE: True}
        return cleaned


def _cleaned(value: Any) -> Any:
    match value:
        case str():
            return value.replace("\0", "").encode("utf-8", "replace").decode()
        case dict():
            return {_cleaned(str(key)): _cleaned(content) for key, content in value.items()}
        case list():
            return [_cleaned(content) for content in value]
        case int() if not -(2**63) <= value < 2**63:
            return None
    return value


def number_of(raw: object) -> int | None:
    """The update's number; None where it has none that can be one."""
    number = raw.get("update_id") if isinstance(raw, dict) else None
    return number if type(number) is int and 0 <= number <= LARGEST_ID else None


def _insert(connection: Connection, rows: list[dict[str, Any]]) -> int:
    statement = insert_into(connection, telegram_updates).on_conflict_do_nothing(index_elements=["bot_id", "update_id"])
    return len(connection.execute(statement.returning(_rows.update_id), rows).all())


def parsed(body: bytes) -> object:
    """The JSON in a body; None where there is none. The standard library's: half an emoji breaks no update."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
