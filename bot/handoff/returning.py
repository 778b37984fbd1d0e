"""What the bot hears of when it gets a conversation back: read from the messages, and written into its history.

What becomes of the history is decided in `bot_history`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from bot.conversations.owned import leave_to_bot
from bot.conversations.unit import Unit
from bot.handoff.bot_history import Words, after_people
from bot.orders.numbers import OrderNumbers
from bot.storage.tables import conversations, messages, turns


def go_on_with_bot(unit: Unit, conversation: Row[Any], closing: str, *, asked_since: datetime | None = None) -> None:
    """Write into the bot's history what was said since its last turn; in the transaction that makes it the owner.

    Args:
        closing: name of the response that tells the customer so.
        asked_since: what the customer has written since then, and nobody answered, the bot is to answer now.
    """
    if asked_since is not None:
        leave_to_bot(unit, conversation.id, asked_since)
    said = _said_since(unit, conversation.id)
    numbers = OrderNumbers(unit.rules.order_number_pattern, unit.rules.order_number_prefix)
    history = after_people(conversation.history or [], said, numbers=numbers, now=unit.now, closing=closing)
    unit.connection.execute(
        sa.update(conversations).where(conversations.c.id == conversation.id).values(history=history)
    )


def _said_since(unit: Unit, conversation_id: str) -> list[Words]:
    """Words of the customer and of our people after the last message that the bot had a turn for, in order."""
    heard = (
        sa.select(sa.func.coalesce(sa.func.max(messages.c.seq), 0))
        .select_from(turns.join(messages, messages.c.id == turns.c.message_id))
        .where(turns.c.conversation_id == conversation_id)
        .scalar_subquery()
    )
    own = sa.func.coalesce(messages.c.payload, "").startswith("app:")
    rows = unit.connection.execute(
        sa.select(
            messages.c.id,
            messages.c.author_kind,
            sa.func.coalesce(messages.c.edited_text, messages.c.text).label("text"),
            messages.c.created_at,
            messages.c.handled_at,
        )
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.seq > heard,
            sa.or_(
                messages.c.author_kind == "agent",
                sa.and_(messages.c.author_kind == "customer", ~own),
            ),
        )
        .order_by(messages.c.seq)
    )
    return [
        Words(row.id, by_customer, row.text, row.created_at, has_turn=by_customer and row.handled_at is None)
        for row in rows
        for by_customer in [row.author_kind == "customer"]
    ]
