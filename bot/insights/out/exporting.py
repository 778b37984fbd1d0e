"""Conversations or messages, chosen by a filter, in batches of rows: however many there are, a batch is in memory.

The rows are those of the views in `bot.storage.views`. Where and how they are written is the caller's business.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.insights.filters import Wanted, conditions, described, query_of
from bot.insights.out.tables import Column, Type
from bot.privacy.masking import ORDER_NUMBER, mask
from bot.privacy.names import names_of
from bot.storage.insight_tables import conversation_facts as facts
from bot.storage.tables import Json, UtcDateTime, messages
from bot.storage.views import conversation_rows, message_rows

WHATS = ("conversations", "messages")
BATCH = 500  # conversations
_DAYS = frozenset({"day"})  # columns of text that are a day each
_WORDS = {"conversations": ("comment",), "messages": ("text",)}  # what customers wrote


@dataclass(frozen=True, slots=True)
class Place:
    """How far an export has come: its last conversation."""

    at: datetime
    conversation_id: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows; `conversations` of so many, and where to go on (None: that was all)."""

    rows: Sequence[Sequence[Any]]
    conversations: int
    place: Place | None


@dataclass(frozen=True, slots=True)
class Export:
    """What is wanted, of which conversations.

    Args:
        what: conversations, or messages (of the conversations that the filter lets through).
        masked: hide in what was written whatever tells who the customer is.
        order_number: regular expression of the shop's order numbers.
    """

    what: str
    wanted: Wanted
    masked: bool = True
    order_number: str = ORDER_NUMBER

    @property
    def columns(self) -> tuple[Column, ...]:
        """Of every row, in order: those of the view."""
        return columns_of(self.what)

    def count(self, connection: Connection) -> int:
        """Of how many conversations it will be."""
        counted = sa.select(sa.func.count()).select_from(facts).where(*conditions(self.wanted))
        return int(connection.execute(counted).scalar_one())

    def batch(self, connection: Connection, after: Place | None = None, *, size: int = BATCH) -> Batch:
        """The rows of the next `size` conversations, the oldest first."""
        chosen = _chosen(connection, self.wanted, after, size)
        if not chosen:
            return Batch((), 0, None)
        place = {conversation_id: number for number, (_, conversation_id) in enumerate(chosen)}
        if self.what == "conversations":
            query, key = conversation_rows().where(facts.c.conversation_id.in_(place)), facts.c.conversation_id
        else:
            query, key = message_rows().where(messages.c.conversation_id.in_(place)), messages.c.conversation_id
            query = query.order_by(messages.c.conversation_id, messages.c.seq)
        of = [column.name for column in query.selected_columns].index(key.name)
        rows = sorted(connection.execute(query).all(), key=lambda row: place[row[of]])
        found: Sequence[Sequence[Any]] = rows
        if self.masked:
            known = names_of(connection, list(place))
            found = [self._without_identifiers(row, known.get(row[of], ())) for row in rows]
        last = Place(*chosen[-1]) if len(chosen) == size else None
        return Batch(found, len(chosen), last)

    def about(self, now: datetime, names: Mapping[str, str] | None = None) -> dict[str, str]:
        """How its rows were chosen, by name: for the file itself and for the audit log."""
        return {
            "made_at": now.isoformat(timespec="seconds"),
            "query": query_of(self.wanted),
            "identifiers": "masked" if self.masked else "shown",
            **dict(described(self.wanted, names)),
        }

    def _without_identifiers(self, row: Sequence[Any], known: Collection[str]) -> list[Any]:
        hidden = list(row)
        names = [column.name for column in self.columns]
        of_customer = self.what == "messages" and hidden[names.index("author")] == "customer"
        for number, column in enumerate(self.columns):
            if hidden[number] is None:
                continue
            if column.name in _WORDS[self.what]:
                hidden[number] = mask(hidden[number], known=tuple(known), order_number=self.order_number)
            elif column.name == "author_name" and of_customer:
                hidden[number] = "[name]"
        return hidden


@cache
def columns_of(what: str) -> tuple[Column, ...]:
    """The columns of an export, with their types.

    Raises:
        ValueError: there is no such export.
    """
    if what not in WHATS:
        raise ValueError(f"there are exports of {' and '.join(WHATS)}, not of {what!r}")
    rows = conversation_rows() if what == "conversations" else message_rows()
    return tuple(Column(column.name, _type_of(column)) for column in rows.selected_columns)


def _type_of(column: sa.ColumnElement[Any]) -> Type:
    kinds: tuple[tuple[type[Any], Type], ...] = (
        (sa.Boolean, "boolean"),
        (sa.Integer, "integer"),
        (sa.Float, "number"),
        (UtcDateTime, "moment"),
        (type(Json), "json"),
    )
    if column.name in _DAYS:
        return "day"
    return next((kind for type_, kind in kinds if isinstance(column.type, type_)), "text")


def _chosen(connection: Connection, wanted: Wanted, after: Place | None, size: int) -> list[tuple[datetime, str]]:
    key = sa.tuple_(facts.c.at, facts.c.conversation_id)
    query = sa.select(facts.c.at, facts.c.conversation_id).where(*conditions(wanted))
    if after is not None:
        query = query.where(key > sa.tuple_(sa.literal(after.at, UtcDateTime), sa.literal(after.conversation_id)))
    ordered = query.order_by(facts.c.at, facts.c.conversation_id).limit(size)
    return [(row.at, row.conversation_id) for row in connection.execute(ordered)]
