"""Messages of customers that no bot answers, since the queue or a person owns the conversation."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.conversations.unit import Unit
from bot.storage.tables import awaits_turn, messages, turns


def leave_to_people(unit: Unit, conversation_id: str) -> tuple[str, ...]:
    """Let no message that waits for its turn wait any longer: whoever takes over reads it. A running turn is in vain.

    Returns:
        The channels' ids of these messages, for who waits for the end of their turns.
    """
    handled = unit.connection.execute(
        sa.update(messages)
        .where(messages.c.conversation_id == conversation_id, awaits_turn)
        .values(handled_at=unit.now)
        .returning(messages.c.external_id)
    ).scalars()
    return tuple(external for external in handled if external is not None)


def leave_to_bot(unit: Unit, conversation_id: str, since: datetime) -> None:
    """Let what the customer has written and nobody answered wait for the bot's turn; when the bot owns it again.

    Args:
        since: when the conversation was left to people; what the app itself took before was meant for it.
    """
    known = messages.alias("known")
    answered = sa.select(sa.func.coalesce(sa.func.max(known.c.seq), 0)).where(
        known.c.conversation_id == conversation_id,
        sa.or_(known.c.author_kind == "agent", sa.exists().where(turns.c.message_id == known.c.id)),
    )
    unit.connection.execute(
        sa.update(messages)
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.author_kind == "customer",
            messages.c.kind == "text",
            messages.c.handled_at >= since,
            messages.c.answered_with.is_(None),
            messages.c.seq > answered.scalar_subquery(),
        )
        .values(handled_at=None)
    )
