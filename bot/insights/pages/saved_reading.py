"""Reads and writes saved filters: everybody's own, and those that others share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.cleaning import clean_text
from bot.insights.pages.seeing import Eyes
from bot.storage.inserts import insert_into
from bot.storage.insight_tables import saved_filters
from bot.storage.tables import agents

LONGEST_NAME, LONGEST_QUERY, MOST_SAVED = 80, 4000, 100


class NotSaved(Exception):
    """It was not saved; the text is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A filter under a name."""

    id: str
    name: str
    query: str
    shared: bool
    own: bool
    by: str


def saved_for(connection: Connection, agent_id: str, eyes: Eyes) -> Sequence[Saved]:
    """The filters that somebody may choose, their own first.

    Args:
        eyes: theirs. What another shared is left out where they would be shown whom that one looks for.
    """
    c = saved_filters.c
    wanted = (
        sa.select(c.id, c.name, c.query, c.shared, c.agent_id, agents.c.name.label("by"))
        .select_from(saved_filters.join(agents, agents.c.id == c.agent_id))
        .where((c.agent_id == agent_id) | c.shared.is_(True))
        .order_by(sa.func.lower(c.name), c.id)
    )
    found = [
        Saved(row.id, row.name, row.query, row.shared, row.agent_id == agent_id, row.by)
        for row in connection.execute(wanted)
    ]
    return sorted((one for one in found if one.own or _tells_nobody(one, eyes)), key=lambda one: not one.own)


def _tells_nobody(saved: Saved, eyes: Eyes) -> bool:
    texts = [saved.name, *(value for name, value in parse_qsl(saved.query) if name == "q")]
    return all(eyes.text(text) == text for text in texts)


def save(
    connection: Connection, *, filter_id: str, agent_id: str, name: str, query: str, shared: bool, now: datetime
) -> str:
    """Save a filter; its name as it is stored.

    Raises:
        NotSaved: with a sentence: it has no name, one that is taken, or there are too many.
    """
    words = " ".join(clean_text(name[:1000]).split())
    if not words:
        raise NotSaved("Give the filter a name.")
    if len(words) > LONGEST_NAME:
        raise NotSaved(f"A name has at most {LONGEST_NAME} characters; this one has {len(words)}.")
    if len(query) > LONGEST_QUERY:
        raise NotSaved("This filter asks for too much at once to be saved.")
    c = saved_filters.c
    names = set(connection.execute(sa.select(c.name).where(c.agent_id == agent_id)).scalars())
    taken = NotSaved(f"You have a filter called “{words}” already. Choose another name, or delete that one first.")
    if words.casefold() in {known.casefold() for known in names}:
        raise taken
    if len(names) >= MOST_SAVED:
        raise NotSaved(f"You have {MOST_SAVED} filters already. Delete one first.")
    row = {
        "id": filter_id,
        "agent_id": agent_id,
        "name": words,
        "query": query,
        "shared": shared,
        "created_at": now,
    }
    stored = insert_into(connection, saved_filters).values(row).on_conflict_do_nothing().returning(c.id)
    if connection.execute(stored).first() is None:  # sent twice at once
        raise taken
    return words


def delete_saved(connection: Connection, filter_id: str, agent_id: str) -> str | None:
    """Delete a filter of somebody's own; its name, or None where it is none of theirs or gone already."""
    c = saved_filters.c
    gone = sa.delete(saved_filters).where(c.id == filter_id, c.agent_id == agent_id).returning(c.name)
    return connection.execute(gone).scalar()


def share_saved(connection: Connection, filter_id: str, agent_id: str, *, shared: bool) -> str | None:
    """Let others choose a filter of one's own, or not any more; its name, or None where it is none of theirs."""
    c = saved_filters.c
    changed = (
        sa.update(saved_filters)
        .where(c.id == filter_id, c.agent_id == agent_id)
        .values(shared=shared)
        .returning(c.name)
    )
    return connection.execute(changed).scalar()
