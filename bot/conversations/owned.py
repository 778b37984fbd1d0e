"""Messages of customers that no bot answers, since the queue or a person owns the conversation."""

from __future__ import annotations

import sqlalchemy as sa

from bot.conversations.unit import Unit
from bot.storage.tables import awaits_turn, messages


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
