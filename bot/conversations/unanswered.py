"""A wish for a person that is left when a conversation ends: it becomes a case, so that somebody sees it."""

from __future__ import annotations

import sqlalchemy as sa

from bot.conversations.unit import Unit
from bot.storage.tables import callbacks, messages


def here(unit: Unit, channel: str) -> str:
    """How a channel is named as the place of an answer, in the shop's own language: our people read it."""
    return unit.phrases.label(f"channel_{channel}", locale=None)


def keep_wish(unit: Unit, conversation_id: str, channel: str) -> None:
    """Open the case of who asked for a person, left no contact and heard from none: they are answered where they wrote.

    Nothing is said to them: no time was promised. The case has one all the same, by which somebody is to look at it.
    """
    wish = unit.connection.execute(
        sa.select(callbacks).where(
            callbacks.c.conversation_id == conversation_id,
            callbacks.c.state == "open",
            callbacks.c.contact.is_(None),
        )
    ).first()
    if wish is None:
        return
    heard = sa.select(messages.c.id).where(
        messages.c.conversation_id == conversation_id,
        messages.c.author_kind == "agent",
        messages.c.created_at >= wish.created_at,
    )
    own = sa.update(callbacks).where(callbacks.c.id == wish.id)
    if unit.connection.execute(heard.limit(1)).first() is not None:
        unit.connection.execute(own.values(state="closed", closed_at=unit.now))
        return
    contact = here(unit, channel)
    unit.connection.execute(own.values(contact=contact))
    unit.cases.open_call_back(unit.connection, conversation_id=conversation_id, contact=contact, words="", now=unit.now)
