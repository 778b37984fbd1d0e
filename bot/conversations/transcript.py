"""The numbered messages of a conversation: appended in one place, read by whoever shows them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.conversations.attachments import shown_of
from bot.conversations.models import Choice, Draft, Json, Message, Status
from bot.conversations.unit import Unit
from bot.storage.channel_tables import participants
from bot.storage.tables import choices, conversations, deliveries, identities, messages

PUSHED = ("telegram",)  # channels that we send to; on the others clients read what there is

_original = messages.alias("original")
_SHOWN = (
    sa.select(
        messages,
        _original.c.external_id.label("reply_to_external"),
        sa.func.coalesce(_original.c.handled_at, messages.c.handled_at).label("turn_handled_at"),
    )
    .select_from(messages.outerjoin(_original, _original.c.id == messages.c.in_reply_to))
    .order_by(messages.c.seq)
)
_INSERT_MESSAGES, _INSERT_DELIVERIES, _INSERT_CHOICES = (sa.insert(table) for table in (messages, deliveries, choices))
_AFTER = _SHOWN.where(
    messages.c.conversation_id == sa.bindparam("conversation"), messages.c.seq > sa.bindparam("after")
).limit(sa.bindparam("most"))
JUST_SHOWN = 10  # messages
_JOINED = (
    sa.select(messages.c.external_id)
    .where(
        messages.c.conversation_id == sa.bindparam("conversation"),
        messages.c.seq > sa.bindparam("after"),
        messages.c.seq <= sa.bindparam("upto"),
        # Of those just before the end also the others: the reply may have been shown and the word that it is all, lost.
        sa.or_(messages.c.answered_with.is_not(None), messages.c.seq > sa.bindparam("upto") - JUST_SHOWN),
        messages.c.author_kind == "customer",
        messages.c.handled_at.is_not(None),
        messages.c.external_id.is_not(None),
    )
    .order_by(messages.c.seq)
)
_CURRENT = (
    sa.select(
        conversations.c.id,
        conversations.c.state,
        conversations.c.owner,
        conversations.c.last_seq,
        identities.c.customer_id,
        conversations.c.locale,
    )
    .select_from(identities.outerjoin(conversations, conversations.c.customer_id == identities.c.customer_id))
    .where(identities.c.channel == sa.bindparam("channel"), identities.c.external_id == sa.bindparam("identity"))
    .order_by((conversations.c.state == "open").desc(), conversations.c.created_at.desc())
    .limit(1)
)
_RESERVE = (
    sa.update(conversations)
    .where(conversations.c.id == sa.bindparam("conversation"))
    .values(last_seq=conversations.c.last_seq + sa.bindparam("count"), active_at=sa.bindparam("now"))
    .returning(conversations.c.last_seq, conversations.c.channel, conversations.c.identity_id, conversations.c.shared)
)
_ELSEWHERE = (
    sa.select(identities.c.channel, identities.c.id)
    .select_from(
        participants.join(identities, identities.c.id == participants.c.identity_id).join(
            conversations, conversations.c.id == participants.c.conversation_id
        )
    )
    .where(
        participants.c.conversation_id == sa.bindparam("conversation"),
        participants.c.left_at.is_(None),
        identities.c.customer_id == conversations.c.customer_id,
        identities.c.blocked_at.is_(None),
        identities.c.channel.in_(PUSHED),
        identities.c.channel != sa.bindparam("not_on"),
    )
    .order_by(participants.c.joined_at)
)


def append(
    unit: Unit,
    conversation_id: str,
    drafts: Sequence[Draft],
    *,
    in_reply_to: tuple[str, str | None] | None = None,
) -> tuple[Message, ...]:
    """Number and store messages of ours at the end of a conversation, each with its delivery.

    Args:
        drafts: what to say, in order.
        in_reply_to: (id, external id) of the customer's message they answer.

    Returns:
        The stored messages.
    """
    if not drafts:
        return ()
    row = unit.connection.execute(
        _RESERVE, {"conversation": conversation_id, "count": len(drafts), "now": unit.now}
    ).one()
    return insert(unit, conversation_id, drafts, reserved=row, in_reply_to=in_reply_to)


def insert(
    unit: Unit,
    conversation_id: str,
    drafts: Sequence[Draft],
    *,
    reserved: Row[Any],
    in_reply_to: tuple[str, str | None] | None,
) -> tuple[Message, ...]:
    """As `append`, where the numbers have been reserved already.

    Args:
        reserved: the conversation's `last_seq` since then, its `channel` and `identity_id`, and whether it is `shared`.
    """
    channel = reserved.channel
    elsewhere = _elsewhere(unit.connection, conversation_id, channel) if reserved.shared else {}
    rows, choice_rows, delivery_rows, stored = [], [], [], []
    for seq, draft in enumerate(drafts, reserved.last_seq - len(drafts) + 1):
        message_id = unit.new_id()
        shown = tuple(_choice_shown(choice) for choice in draft.choices)
        rows.append(
            {
                "id": message_id,
                "conversation_id": conversation_id,
                "seq": seq,
                "channel": channel,
                "author_kind": draft.author_kind,
                "author_name": draft.author_name,
                "agent_id": draft.agent_id,
                "kind": draft.kind,
                "text": draft.text,
                "response": draft.response,
                "choices": list(shown) or None,
                "cards": list(draft.cards) or None,
                "expects": draft.expects,
                "in_reply_to": in_reply_to[0] if in_reply_to else None,
                "created_at": unit.now,
            }
        )
        choice_rows += [
            {
                "id": choice.id,
                "message_id": message_id,
                "conversation_id": conversation_id,
                "position": position,
                "title": choice.title,
                "payload": choice.payload,
                "value": choice.value,
            }
            for position, choice in enumerate(draft.choices)
        ]
        delivery_rows.append(_delivery(unit, conversation_id, (message_id, seq), channel, reserved.identity_id))
        delivery_rows += [
            {**_delivery(unit, conversation_id, (message_id, seq), *other), "copy": True} for other in elsewhere.items()
        ]
        stored.append(
            Message(
                message_id,
                conversation_id,
                seq,
                unit.now,
                channel,
                draft.author_kind,
                draft.author_name,
                draft.kind,
                draft.text,
                shown,
                draft.cards,
                draft.expects,
                None,
                in_reply_to[1] if in_reply_to else None,
                response=draft.response,
                agent_id=draft.agent_id,
            )
        )
    if rows:
        unit.connection.execute(_INSERT_MESSAGES, rows)
        unit.connection.execute(_INSERT_DELIVERIES, delivery_rows)
    if choice_rows:
        unit.connection.execute(_INSERT_CHOICES, choice_rows)
    return tuple(stored)


def copies(unit: Unit, conversation_id: str, numbered: Sequence[tuple[str, int]], *, channel: str) -> None:
    """Have customer's messages shown where else they take part in a `shared` conversation, on channels we send to.

    Args:
        numbered: id and number of each.
        channel: where the customer wrote them.
    """
    rows = [
        {**_delivery(unit, conversation_id, message, *other), "copy": True}
        for message in numbered
        for other in _elsewhere(unit.connection, conversation_id, channel).items()
    ]
    if rows:
        unit.connection.execute(_INSERT_DELIVERIES, rows)


def messages_after(connection: Connection, conversation_id: str, after: int, *, most: int = 500) -> list[Message]:
    """Stored messages with a number above `after`, in order, at most `most`."""
    found = connection.execute(_AFTER, {"conversation": conversation_id, "after": after, "most": most})
    return _messages(connection, found.all())


def answered_with_others(connection: Connection, conversation_id: str, upto: int, *, within: int = 100) -> list[str]:
    """External ids of customer's messages up to that number whose turn is over, though a client may not know it.

    Those that a later message's turn has answered, among the last `within`; and all among the last `JUST_SHOWN`.
    """
    found = connection.execute(_JOINED, {"conversation": conversation_id, "after": upto - within, "upto": upto})
    return list(found.scalars())


def by_id(connection: Connection, message_id: str) -> Message:
    """One stored message."""
    return by_ids(connection, [message_id])[message_id]


def by_ids(connection: Connection, message_ids: Collection[str]) -> dict[str, Message]:
    """Stored messages by their ids."""
    rows = connection.execute(_SHOWN.where(messages.c.id.in_(message_ids))).all()
    return {message.id: message for message in _messages(connection, rows)}


def current_status(connection: Connection, channel: str, identity: str) -> Status:
    """The newest conversation of whoever is `identity` on `channel`, or the status `none`: of a customer perhaps."""
    row = connection.execute(_CURRENT, {"channel": channel, "identity": identity}).first()
    if row is None or row.id is None:
        return Status(None, "none", "bot", 0, row.customer_id if row else None)
    return Status(row.id, row.state, row.owner, row.last_seq, row.customer_id, row.locale)


def choice(new_id: str, title: str, payload: str, value: str | None = None) -> Choice:
    """A button, its title cut to what every channel can show."""
    return Choice(new_id, title[:200], payload, value)


def _elsewhere(connection: Connection, conversation_id: str, channel: str) -> dict[str, str]:
    """Channels that we send to and on which the customer takes part, besides `channel`, each with the identity.

    One a channel: who takes part as two identities of one is reached as the one that joined last.
    """
    found = connection.execute(_ELSEWHERE, {"conversation": conversation_id, "not_on": channel})
    return {row.channel: row.id for row in found}


def _delivery(
    unit: Unit, conversation_id: str, message: tuple[str, int], channel: str, identity_id: str
) -> dict[str, Any]:
    message_id, seq = message
    return {
        "message_id": message_id,
        "channel": channel,
        "conversation_id": conversation_id,
        "identity_id": identity_id,
        "seq": seq,
        "state": "waiting",
        "attempts": 0,
        "copy": False,
        "next_at": unit.now,
        "updated_at": unit.now,
    }


def _choice_shown(option: Choice) -> dict[str, Any]:
    shown = {"id": option.id, "title": option.title}
    return shown if option.value is None else {**shown, "value": option.value}


def _messages(connection: Connection, rows: Sequence[Row[Any]]) -> list[Message]:
    brought = [row.id for row in rows if row.kind == "media"]  # no other kind has attachments
    attachments = shown_of(connection, brought) if brought else {}
    return [_message(row, attachments.get(row.id, ())) for row in rows]


def _message(row: Row[Any], attachments: tuple[Json, ...]) -> Message:
    at: datetime = row.created_at
    return Message(
        row.id,
        row.conversation_id,
        row.seq,
        at,
        row.channel,
        row.author_kind,
        row.author_name,
        row.kind,
        row.text,
        tuple(row.choices or ()),
        tuple(row.cards or ()),
        row.expects,
        row.external_id,
        row.reply_to_external,
        row.turn_handled_at is not None,
        response=row.response,
        edited_text=row.edited_text,
        attachments=attachments,
        agent_id=row.agent_id,
    )
