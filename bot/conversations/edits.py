"""What customers make of their messages after they were sent: recorded and shown, never answered a second time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from bot.conversations.app_prompts import notice
from bot.conversations.models import Change, Message
from bot.conversations.transcript import PUSHED, append
from bot.conversations.unit import Unit
from bot.languages.languages import plain
from bot.storage.channel_tables import message_edits
from bot.storage.inserts import insert_into
from bot.storage.tables import conversations, messages

UNREAD = "utter_app_edit_unread"
CHANNELS = frozenset(PUSHED)  # where messages can be changed once they are sent

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

    A message that still waits has its turn with the new words. Where it was answered already, the first such edit of a
    conversation is met with one notice that it was not read; none where a person, who sees it, owns the conversation.

    Args:
        at: when it was changed, as the channel says. An edit may come twice, late, and before its message.

    Returns:
        None where nothing is to be shown: the message is not here yet, or shows that or a later text already.
    """
    _keep(unit, channel, external_id, text, at)
    named = sa.and_(messages.c.channel == channel, messages.c.external_id == external_id)
    # Its turn is committed before this or after it, and the one of us that comes second sees what the first has done.
    unit.connection.execute(
        sa.select(conversations.c.id)
        .where(conversations.c.id.in_(sa.select(messages.c.conversation_id).where(named)))
        .with_for_update()
    )
    found = unit.connection.execute(
        sa.select(
            messages,
            conversations.c.customer_id,
            conversations.c.state,
            conversations.c.owner,
            conversations.c.locale,
        )
        .select_from(messages.join(conversations, conversations.c.id == messages.c.conversation_id))
        .where(named)
    ).first()
    if found is None or text == _shown(found):
        return None
    changed = unit.connection.execute(
        sa.update(messages)
        .where(messages.c.id == found.id, sa.or_(messages.c.edited_at.is_(None), messages.c.edited_at <= at))
        .values(edited_text=text, edited_at=at)
    )
    if changed.rowcount == 0:
        return None
    answered = found.handled_at is not None and found.state == "open" and found.owner == "bot"
    told = tell_if_unread(unit, found.conversation_id, found.locale, _shown(found), text) if answered else ()
    return Change(found.conversation_id, found.customer_id, messages=told, edited=(found.seq,))


def tell_if_unread(unit: Unit, conversation_id: str, locale: str, read: str, now: str) -> tuple[Message, ...]:
    """Say, once in a conversation, that words were not read which were changed while they were being answered.

    Args:
        read: the words that were answered.
        now: what they have become.
    """
    if plain(read) == plain(now) or _told(unit, conversation_id):
        return ()
    return append(unit, conversation_id, [notice(unit, UNREAD, locale)])


def words_of(text: str, edited_text: str | None, payload: str | None) -> str:
    """What is answered of a message: as its customer has changed it; but a button or a command means what it did."""
    return text if payload is not None or edited_text is None else edited_text


def latest_edit(unit: Unit, channel: str, external_id: str) -> Edit | None:
    """The latest edit of a message that is only now received, after it."""
    row = unit.connection.execute(_LATEST, {"channel": channel, "external_id": external_id}).first()
    return None if row is None else Edit(row.text, row.edited_at)


def _keep(unit: Unit, channel: str, external_id: str, text: str, at: datetime) -> None:
    # Channels tell the time in seconds: of two edits within one the one that comes later is the later one.
    row = {"channel": channel, "external_id": external_id, "edited_at": at, "text": text}
    unit.connection.execute(
        insert_into(unit.connection, message_edits)
        .values(row)
        .on_conflict_do_update(index_elements=["channel", "external_id", "edited_at"], set_={"text": text})
    )


def _shown(message: Row[Any]) -> str:
    return str(message.text if message.edited_text is None else message.edited_text)


def _told(unit: Unit, conversation_id: str) -> bool:
    told = sa.select(messages.c.id).where(messages.c.conversation_id == conversation_id, messages.c.response == UNREAD)
    return unit.connection.execute(told.limit(1)).first() is not None
