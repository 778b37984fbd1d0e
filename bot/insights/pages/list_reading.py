"""Reads the list of conversations: a page of it, what stands before and after one of it, how many there are.

Pages begin where the last one ended (a key, never an offset), so that the thousandth is as quick as the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.insights.filters import Wanted, conditions, messages_of
from bot.insights.wanted import FIRST_YEAR, LAST_YEAR
from bot.privacy.names import names_of
from bot.storage.desk_tables import conversation_tags
from bot.storage.insight_tables import conversation_facts as facts
from bot.storage.tables import agents, conversations, customers, messages, surveys

PAGE = 50
_UNRATED = 9  # goes after every score
SORTS = {"newest": "Newest first", "score": "Lowest score first", "longest": "Longest first"}
_SCORE: sa.ColumnElement[int] = sa.func.coalesce(facts.c.score, _UNRATED)
_FIRST: dict[str, list[tuple[sa.ColumnElement[Any], bool]]] = {  # what it is sorted by before time; True: from the top
    "newest": [],
    "score": [(_SCORE, False)],
    "longest": [(messages_of, True)],
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A conversation of the list."""

    row: Row[Any]
    said: str | None  # the customer's first words
    comment: str | None
    tags: tuple[str, ...]
    agent: str | None
    customer_name: str | None
    names: tuple[str, ...]  # … and whatever else they are called
    emptied: bool

    @property
    def messages(self) -> int:
        """How long it is."""
        return int(self.row.customer_messages + self.row.bot_messages + self.row.agent_messages)


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the list, and where the ones before and after it begin; None: there is none."""

    listed: Sequence[Listed]
    before: str | None
    after: str | None


def sort_of(typed: str) -> str:
    """How the list is sorted."""
    return typed if typed in SORTS else "newest"


def count_of(connection: Connection, wanted: Wanted) -> int:
    """How many conversations are wanted."""
    return int(
        connection.execute(sa.select(sa.func.count()).select_from(facts).where(*conditions(wanted))).scalar_one()
    )


def read_page(
    connection: Connection, wanted: Wanted, sort: str, *, after: str = "", before: str = "", most: int = PAGE
) -> Page:
    """A page of the list.

    Args:
        after: the key of the last row of the page before; empty: from the beginning.
        before: … or of the first row of the page after it.
    """
    backwards = bool(before) and not after
    key = parsed_key(after or before, sort)
    if key is None:
        backwards = False
    chosen = sa.select(facts).where(*conditions(wanted), *beyond(sort, key, backwards=backwards))
    rows = list(connection.execute(chosen.order_by(*order_of(sort, backwards=backwards)).limit(most + 1)))
    more, rows = len(rows) > most, rows[:most]
    if backwards:
        rows.reverse()
    if not rows:
        return Page((), None, None)
    earlier = more if backwards else key is not None
    later = True if backwards else more
    return Page(
        _listed(connection, rows),
        key_of(rows[0], sort) if earlier else None,
        key_of(rows[-1], sort) if later else None,
    )


def neighbours(connection: Connection, wanted: Wanted, sort: str, row: Row[Any]) -> tuple[str | None, str | None]:
    """The ids of the conversations before and after one, in the list; it needs not be in it itself."""
    key = parsed_key(key_of(row, sort), sort)
    found: list[str | None] = []
    for backwards in (True, False):
        chosen = sa.select(facts.c.conversation_id).where(*conditions(wanted), *beyond(sort, key, backwards=backwards))
        found.append(connection.execute(chosen.order_by(*order_of(sort, backwards=backwards)).limit(1)).scalar())
    return found[0], found[1]


def tags_of(connection: Connection, conversation_ids: Sequence[str]) -> dict[str, list[str]]:
    """The tags of conversations, of each in the order of the alphabet."""
    t = conversation_tags.c
    tagged = sa.select(t.conversation_id, t.tag).where(t.conversation_id.in_(conversation_ids)).order_by(t.tag)
    tags: dict[str, list[str]] = {}
    for row in connection.execute(tagged):
        tags.setdefault(row.conversation_id, []).append(row.tag)
    return tags


# -- keys ---------------------------------------------------------------------------------------------------


def key_of(row: Row[Any], sort: str) -> str:
    """Where a row stands in the list, as an address has it."""
    first = {
        "newest": [],
        "score": [str(_UNRATED if row.score is None else row.score)],
        "longest": [str(row.customer_messages + row.bot_messages + row.agent_messages)],
    }[sort]
    return "~".join([*first, row.at.isoformat(), row.conversation_id])


def parsed_key(typed: str, sort: str) -> tuple[Any, ...] | None:
    """The values of a key; None for what is none."""
    parts = typed.replace(" ", "+").split("~")
    if len(parts) != len(_FIRST[sort]) + 2 or len(typed) > 120:
        return None
    *numbers, at, conversation_id = parts
    try:
        moment = datetime.fromisoformat(at)
        found = [int(number) for number in numbers]
    except ValueError:
        return None
    if (
        moment.tzinfo is None
        or not FIRST_YEAR <= moment.year <= LAST_YEAR
        or any(abs(number) > 10**9 for number in found)
    ):
        return None
    return (*found, moment, conversation_id)


def _columns(sort: str) -> list[tuple[sa.ColumnElement[Any], bool]]:
    return [*_FIRST[sort], (facts.c.at, True), (facts.c.conversation_id, True)]


def order_of(sort: str, *, backwards: bool = False) -> list[sa.ColumnElement[Any]]:
    """What the list is sorted by."""
    return [column.desc() if down != backwards else column.asc() for column, down in _columns(sort)]


def beyond(sort: str, key: tuple[Any, ...] | None, *, backwards: bool) -> list[sa.ColumnElement[bool]]:
    """What stands after a key, in that direction."""
    if key is None:
        return []
    alike: list[sa.ColumnElement[bool]] = []
    found: list[sa.ColumnElement[bool]] = []
    for (column, down), value in zip(_columns(sort), key, strict=True):
        further = column < value if down != backwards else column > value
        found.append(sa.and_(*alike, further))
        alike.append(column == value)
    (first, down), value = _columns(sort)[0], key[0]
    # Said once more, so that an index on it can be used.
    return [first <= value if down != backwards else first >= value, sa.or_(*found)]


# -- what stands in a row -----------------------------------------------------------------------------------


def _listed(connection: Connection, rows: Sequence[Row[Any]]) -> list[Listed]:
    ids = [row.conversation_id for row in rows]
    said, called = _first_words(connection, ids), names_of(connection, ids)
    wanted = sa.select(conversations.c.id, conversations.c.emptied_at, customers.c.name, surveys.c.comment).select_from(
        conversations.join(customers, customers.c.id == conversations.c.customer_id).outerjoin(
            surveys, surveys.c.conversation_id == conversations.c.id
        )
    )
    about = {row.id: row for row in connection.execute(wanted.where(conversations.c.id.in_(ids)))}
    tags = tags_of(connection, ids)
    people = {row.agent_id for row in rows if row.agent_id}
    named = sa.select(agents.c.id, agents.c.name).where(agents.c.id.in_(people))
    names = {row.id: row.name for row in connection.execute(named)} if people else {}
    return [
        Listed(
            row,
            said.get(row.conversation_id),
            about[row.conversation_id].comment,
            tuple(tags.get(row.conversation_id, ())),
            names.get(row.agent_id),
            about[row.conversation_id].name,
            called.get(row.conversation_id, ()),
            about[row.conversation_id].emptied_at is not None,
        )
        for row in rows
    ]


def _first_words(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    m = messages.c
    numbers = (
        sa.select(m.conversation_id, sa.func.min(m.seq).label("seq"))
        .where(m.conversation_id.in_(ids), m.author_kind == "customer", m.text != "")
        .group_by(m.conversation_id)
        .subquery()
    )
    wanted = sa.select(m.conversation_id, sa.func.coalesce(m.edited_text, m.text).label("text")).select_from(
        messages.join(numbers, (numbers.c.conversation_id == m.conversation_id) & (numbers.c.seq == m.seq))
    )
    return {row.conversation_id: " ".join(row.text[:2000].split()) for row in connection.execute(wanted)}
