"""Internal notes written into a conversation, by whatever leaves one; what stands in them is cleaned before."""

from __future__ import annotations

from bot.conversations.unit import Unit
from bot.staff import audit
from bot.staff.models import Agent
from bot.storage.desk_tables import notes
from bot.storage.inserts import insert_into

LONGEST_NOTE = 4000  # characters


def write_note(unit: Unit, conversation_id: str, agent: Agent, text: str, *, key: str, after_seq: int) -> None:
    """Write a note; in the audit log too.

    Args:
        key: the note's id; the same one twice is written once.
        after_seq: of the message that it stands below.
    """
    row = {
        "id": key,
        "conversation_id": conversation_id,
        "agent_id": agent.id,
        "after_seq": after_seq,
        "text": text,
        "created_at": unit.now,
    }
    stored = insert_into(unit.connection, notes).values(row).on_conflict_do_nothing(index_elements=["id"])
    # Not by its rowcount, which PostgreSQL's driver does not tell of an INSERT.
    if unit.connection.execute(stored.returning(notes.c.id)).first() is not None:
        audit.note(unit.connection, now=unit.now, action="note", agent_id=agent.id, conversation_id=conversation_id)
