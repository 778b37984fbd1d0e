"""What somebody has typed and not sent yet: kept as they type, gone once it is sent; sends nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.cleaning import encodable
from bot.privacy.emptying import words_are_deleted
from bot.storage.desk_tables import desk_drafts
from bot.storage.inserts import insert_into
from bot.storage.tables import agents

REPLY, NOTE = "reply", "note"
KINDS = (REPLY, NOTE)
LONGEST_DRAFT = 20_000  # characters: more than can be sent, so that a paste too large is not lost either


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """What a colleague had typed to the customer when they went."""

    agent: str
    text: str
    at: datetime


def keep_draft(
    connection: Connection, conversation_id: str, agent_id: str, kind: str, text: str, now: datetime
) -> None:
    """Keep what is typed in the place of what was kept before; nothing typed, nothing kept.

    Nor is anything of a conversation whose customer was erased while it was typed.
    """
    kept = encodable(text[:LONGEST_DRAFT].replace("\0", ""))
    if not kept.strip() or words_are_deleted(connection, conversation_id):
        drop_draft(connection, conversation_id, agent_id, kind)
        return
    row = {"conversation_id": conversation_id, "agent_id": agent_id, "kind": kind, "text": kept, "updated_at": now}
    stored = insert_into(connection, desk_drafts).values(row)
    connection.execute(
        stored.on_conflict_do_update(
            index_elements=["conversation_id", "agent_id", "kind"], set_={"text": kept, "updated_at": now}
        )
    )


def drop_draft(connection: Connection, conversation_id: str, agent_id: str, kind: str) -> None:
    """It was sent, or taken back."""
    connection.execute(
        sa.delete(desk_drafts).where(
            desk_drafts.c.conversation_id == conversation_id,
            desk_drafts.c.agent_id == agent_id,
            desk_drafts.c.kind == kind,
        )
    )


def move_draft(connection: Connection, agent_id: str, *, from_id: str, to_id: str) -> None:
    """Take the reply that was begun in one conversation along to another, unless one was begun there."""
    if from_id == to_id or REPLY in drafts_of(connection, to_id, agent_id):
        return
    connection.execute(
        sa.update(desk_drafts)
        .where(
            desk_drafts.c.conversation_id == from_id, desk_drafts.c.agent_id == agent_id, desk_drafts.c.kind == REPLY
        )
        .values(conversation_id=to_id)
    )


def drafts_of(connection: Connection, conversation_id: str, agent_id: str) -> dict[str, str]:
    """What an agent has typed in a conversation, by kind."""
    rows = connection.execute(
        sa.select(desk_drafts.c.kind, desk_drafts.c.text).where(
            desk_drafts.c.conversation_id == conversation_id, desk_drafts.c.agent_id == agent_id
        )
    )
    return {row.kind: row.text for row in rows}


def left_behind(connection: Connection, conversation_id: str, agent_id: str, since: datetime) -> list[LeftBehind]:
    """Replies that others than this agent had begun since then and not sent, the latest first."""
    rows = connection.execute(
        sa.select(desk_drafts.c.text, desk_drafts.c.updated_at, agents.c.name)
        .select_from(desk_drafts.join(agents, agents.c.id == desk_drafts.c.agent_id))
        .where(
            desk_drafts.c.conversation_id == conversation_id,
            desk_drafts.c.agent_id != agent_id,
            desk_drafts.c.kind == REPLY,
            desk_drafts.c.updated_at >= since,
        )
        .order_by(desk_drafts.c.updated_at.desc())
    )
    return [LeftBehind(row.name, row.text, row.updated_at) for row in rows]
