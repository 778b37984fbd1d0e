"""Hears which conversations' facts were made anew, and puts what happened to them into the outbox, each thing once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.models import Json
from bot.events import outbox
from bot.events.happenings import Around, Happening, happenings
from bot.storage.desk_tables import handoffs
from bot.storage.tables import conversations, follow_ups, surveys


class EventStream:
    """A listener of whatever makes facts: `digested` runs in its transaction, so what is counted is also told.

    Args:
        url: of the receiver; nothing is put in for one that has said that it is gone.
        wake: called when something was put in, perhaps before that is committed.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._receiver = receiver_of(url)
        self._clock = clock
        self._new_id = new_id
        self._wake = wake

    def digested(self, connection: Connection, rows: Sequence[Json]) -> None:
        """Facts were made anew: put in what was not told yet, and did not happen too long ago to be news."""
        now = self._clock()
        if not rows or outbox.is_gone(connection, self._receiver):
            return
        around = _around(connection, rows)
        found = [
            happening
            for row in rows
            for happening in happenings(row, around[row["conversation_id"]])
            if happening.at > now - outbox.TOLD_WITHIN
        ]
        known = outbox.known_keys(connection, [happening.key for happening in found]) if found else set()
        new = [happening for happening in found if happening.key not in known]
        if new:
            outbox.put(connection, [self._row(one, now, number) for number, one in enumerate(new)])
            self._wake()

    def _row(self, happening: Happening, now: datetime, number: int) -> Json:
        event_id = self._new_id()
        return {
            "id": event_id,
            "key": happening.key,
            "kind": happening.kind,
            "conversation_id": happening.facts["conversation_id"],
            "body": happening.body(event_id, now),
            "state": "waiting",
            "attempts": 0,
            "created_at": now + timedelta(microseconds=number),  # their order
            "next_at": now,
        }


def receiver_of(url: str) -> str:
    """How a receiver is remembered: by no address, which may hold a secret."""
    return hashlib.sha256(url.encode()).hexdigest()


def _around(connection: Connection, rows: Sequence[Json]) -> dict[str, Around]:
    ids = [row["conversation_id"] for row in rows]
    survey = _by_conversation(connection, surveys, ids)
    follow_up = _by_conversation(connection, follow_ups, ids)
    handed = _by_conversation(connection, handoffs, ids, handoffs.c.requested_at)
    back = {row["conversation_id"]: row["reopened_by"] for row in rows if row.get("reopened_by")}
    began = sa.select(conversations.c.id, conversations.c.created_at).where(conversations.c.id.in_(back.values()))
    at: dict[str, datetime] = {row.id: row.created_at for row in connection.execute(began)} if back else {}
    return {
        conversation_id: Around(
            next(iter(survey.get(conversation_id, ())), None),
            handed.get(conversation_id, ()),
            next(iter(follow_up.get(conversation_id, ())), None),
            at.get(back.get(conversation_id, "")),
        )
        for conversation_id in ids
    }


def _by_conversation(
    connection: Connection, table: sa.Table, ids: Sequence[str], *order: sa.Column[Any]
) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    wanted = sa.select(table).where(table.c.conversation_id.in_(ids)).order_by(*order)
    for row in connection.execute(wanted).mappings():
        found.setdefault(row["conversation_id"], []).append(row)
    return found
