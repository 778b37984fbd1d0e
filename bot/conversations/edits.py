"""What customers make of their messages after they were sent: recorded and shown, never answered a second time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Row

from bot.conversations.app_prompts import notice
from bot.conversations.models import Change, Message
from bot.conversations.transcript import append
from bot.conversations.unit import Unit
from bot.languages.languages import plain
from bot.storage.channel_tables import message_edits
from bot.storage.tables import conversations, messages

UNREAD = "utter_app_edit_unread"
CHANNELS = frozenset({"telegram"})  # where messages can be changed once they are sent

_LATEST = (
    sa.select(message_edits.c.text, message_edits.c.edited_at)
    .where(
        message_edits.c.channel == sa.bindparam("channel"), message_edits.c.external_id == sa.bindparam("external_id")
    )
    .order_by(message_edits.c.edited_at.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Edit:
    """What a customer made of a message, and when."""

    text: str
    at: datetime


def record_edit(unit: Unit, channel: str, external_id: str, text: str, at: datetime) -> Change | None:
    """Record that a customer changed a message of theirs. The latest edit is shown; there is no second turn.

    Where the message was answered already, the first such edit of a conversation is met with one notice that it was
    not read; none where a person, who sees it, owns the conversation.

    Args:
        at: when it was changed, as the channel says. An edit may come twice, late, and before its message.

    Returns:
        None where nothing is to be shown: the message is not here yet, or shows that or a later text already.
    """
    _keep(unit, channel, external_id, text, at)
    found = unit.connection.execute(
        sa.select(messages, conversations.c.customer_id, conversations.c.state, conversations.c.owner)
        .select_from(messages.join(conversations, conversations.c.id == messages.c.conversation_id))
        .where(messages.c.channel == channel, messages.c.external_id == external_id)
        .with_for_update(of=conversations)
    ).first()
    if found is None or text == (found.text if found.edited_text is None else found.edited_text):
        return None
    changed = unit.connection.execute(
        sa.update(messages)
        .where(messages.c.id == found.id, sa.or_(messages.c.edited_at.is_(None), messages.c.edited_at <= at))
        .values(edited_text=text, edited_at=at)
    )
    if changed.rowcount == 0:
        return None
    told = _tell_unread(unit, found, text)
    return Change(found.conversation_id, found.customer_id, messages=told, edited=(found.seq,))


def latest_edit(unit: Unit, channel: str, external_id: str) -> Edit | None:
    """The latest edit of a message that is only now received, after it."""
    row = unit.connection.execute(_LATEST, {"channel": channel, "external_id": external_id}).first()
    return None if row is None else Edit(row.text, row.edited_at)


def _keep(unit: Unit, channel: str, external_id: str, text: str, at: datetime) -> None:
    # Channels tell the time in seconds: of two edits within one the one that comes later is the later one.
    insert = sqlite.insert if unit.connection.dialect.name == "sqlite" else postgresql.insert
    row = {"channel": channel, "external_id": external_id, "edited_at": at, "text": text}
    unit.connection.execute(
        insert(message_edits)
        .values(row)
        .on_conflict_do_update(index_elements=["channel", "external_id", "edited_at"], set_={"text": text})
    )


def _tell_unread(unit: Unit, message: Row[Any], text: str) -> tuple[Message, ...]:
    answered = message.handled_at is not None and message.state == "open" and message.owner == "bot"
    if not answered or plain(text) == plain(message.text) or _told(unit, message.conversation_id):
        return ()
    locale = unit.connection.execute(
        sa.select(conversations.c.locale).where(conversations.c.id == message.conversation_id)
    ).scalar_one()
    return append(unit, message.conversation_id, [notice(unit, UNREAD, locale)])


def _told(unit: Unit, conversation_id: str) -> bool:
    told = sa.select(messages.c.id).where(messages.c.conversation_id == conversation_id, messages.c.response == UNREAD)
    return unit.connection.execute(told.limit(1)).first() is not None
