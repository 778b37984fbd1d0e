"""How tests of the ledger bend what is stored: the conversations that are recorded, and ways to name their rows."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.sql.dml import UpdateBase

from bot.storage.tables import surveys, turns

# Conversations that are recorded.
ENDED, RATED, TALKED, QUEUED, HELD = "ended", "rated", "talked", "queued", "held"
PROMOTER, PRAISED = "promoter", "praised"


def at(table: sa.Table, conversation: str, number: int) -> sa.ColumnElement[bool]:
    """The message or delivery with that number, or the turn."""
    column = table.c.number if table is turns else table.c.seq
    return sa.and_(table.c.conversation_id == conversation, column == number)


def again(table: sa.Table, where: sa.ColumnElement[bool]) -> UpdateBase:
    """Store the same row once more."""
    return sa.insert(table).from_select([c.name for c in table.columns], sa.select(table).where(where))


def of(conversation: str) -> sa.ColumnElement[bool]:
    return surveys.c.conversation_id == conversation
