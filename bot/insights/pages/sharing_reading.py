"""Links with which somebody without an account reads one conversation for a while: made, found, taken back.

Only the hash of a link's token is kept: a copy of the table opens nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.insight_tables import reading_links
from bot.storage.tables import agents, conversations

DAYS = (1, 7, 30)  # that a link can last
MOST_LINKS = 20  # of one conversation, at a time
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class NoLink(Exception):
    """No link was made; the text is a sentence that says why."""


class Standing(Enum):
    """What a link is worth."""

    GOOD = auto()
    OVER = auto()  # expired, or taken back
    EMPTY = auto()  # what was said in the conversation is deleted
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Link:
    """A link that still opens its conversation."""

    id: str
    by: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """What a token opens."""

    standing: Standing
    link_id: str = ""
    conversation_id: str = ""
    expires_at: datetime | None = None


def hash_of(token: str) -> str:
    """As it is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def links_of(connection: Connection, conversation_id: str, now: datetime) -> Sequence[Link]:
    """The links that open a conversation now, the newest first."""
    c = reading_links.c
    wanted = (
        sa.select(c.id, agents.c.name, c.created_at, c.expires_at)
        .select_from(reading_links.join(agents, agents.c.id == c.created_by))
        .where(c.conversation_id == conversation_id, c.expires_at > now, c.revoked_at.is_(None))
        .order_by(c.created_at.desc(), c.id)
    )
    return [Link(row.id, row.name, row.created_at, row.expires_at) for row in connection.execute(wanted)]


def make_link(
    connection: Connection, *, link_id: str, token: str, conversation_id: str, agent_id: str, days: int, now: datetime
) -> datetime:
    """Make a link; when it expires.

    Raises:
        NoLink: with a sentence: there is nothing to be read, or there are too many.
    """
    known = sa.select(conversations.c.emptied_at).where(conversations.c.id == conversation_id)
    row = connection.execute(known).first()
    if row is None:
        raise NoLink("There is no such conversation.")
    if row.emptied_at is not None:
        raise NoLink("What was said in this conversation is deleted; there is nothing to be read.")
    if len(links_of(connection, conversation_id, now)) >= MOST_LINKS:
        raise NoLink(f"This conversation has {MOST_LINKS} links already. Take one back first.")
    expires_at = now + timedelta(days=days)
    connection.execute(
        sa.insert(reading_links).values(
            id=link_id,
            token_hash=hash_of(token),
            conversation_id=conversation_id,
            created_by=agent_id,
            created_at=now,
            expires_at=expires_at,
        )
    )
    return expires_at


def take_back(connection: Connection, conversation_id: str, link_id: str, now: datetime) -> bool:
    """End a link before its time; whether it opened anything until then."""
    c = reading_links.c
    ended = sa.update(reading_links).where(
        c.id == link_id, c.conversation_id == conversation_id, c.revoked_at.is_(None), c.expires_at > now
    )
    return connection.execute(ended.values(revoked_at=now).returning(c.id)).first() is not None


def opened_by(connection: Connection, token: str, now: datetime) -> Opened:
    """What a token opens."""
    if not _TOKEN.fullmatch(token):
        return Opened(Standing.UNKNOWN)
    wanted = (
        sa.select(reading_links, conversations.c.emptied_at)
        .select_from(reading_links.join(conversations, conversations.c.id == reading_links.c.conversation_id))
        .where(reading_links.c.token_hash == hash_of(token))
    )
    row = connection.execute(wanted).first()
    if row is None:
        return Opened(Standing.UNKNOWN)
    if row.revoked_at is not None or row.expires_at <= now:
        return Opened(Standing.OVER)
    standing = Standing.EMPTY if row.emptied_at is not None else Standing.GOOD
    return Opened(standing, row.id, row.conversation_id, row.expires_at)
