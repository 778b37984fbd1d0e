"""What customers send beside text: stored with its message, and its files once they have been fetched.

Fetching is the channel's business: it asks what is due, and says what became of each.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.models import Attachment, Json
from bot.conversations.unit import Unit
from bot.storage.channel_tables import attachment_contents, attachments
from bot.storage.tables import conversations, messages

GivenUp = Literal["too_large", "over_limit", "gone"]

MOST_BYTES_A_DAY = 100 * 1024 * 1024  # kept of one customer's files within any 24 hours
MOST_ATTEMPTS = 10  # the last one some eight hours after the first
LONGEST_PAUSE = timedelta(hours=2)
_FIRST_PAUSE = timedelta(seconds=15)

_INSERT = sa.insert(attachments)
_SHOWN = (
    sa.select(attachments.c.message_id, attachments.c.kind, attachments.c.name)
    .where(attachments.c.message_id.in_(sa.bindparam("messages", expanding=True)))
    .order_by(attachments.c.message_id, attachments.c.position)
)


_OWNER = (
    sa.select(attachments.c.state, attachments.c.size, conversations.c.customer_id)
    .select_from(
        attachments.join(messages, messages.c.id == attachments.c.message_id).join(
            conversations, conversations.c.id == messages.c.conversation_id
        )
    )
    .where(attachments.c.id == sa.bindparam("attachment"))
)


@dataclass(frozen=True, slots=True)
class DueAttachment:
    """A file that a channel holds for us and that is to be fetched now."""

    id: str
    kind: str
    file_id: str
    size: int | None  # bytes, as the channel says
    attempts: int  # that failed so far


def store(unit: Unit, message_id: str, channel: str, found: Sequence[Attachment]) -> None:
    """Store what came with a message. What has a file waits to be fetched, the rest is complete."""
    rows = [
        {
            "id": unit.new_id(),
            "message_id": message_id,
            "position": position,
            "channel": channel,
            "kind": attachment.kind,
            "details": attachment.details,
            "file_id": attachment.file_id,
            "name": attachment.name[:200] if attachment.name else None,
            "media_type": attachment.media_type[:100] if attachment.media_type else None,
            "size": attachment.size,
            "state": _first_state(attachment),
            "attempts": 0,
            "next_at": unit.now,
        }
        for position, attachment in enumerate(found)
    ]
    if rows:
        unit.connection.execute(_INSERT, rows)


def within_limit(unit: Unit, customer_id: str, found: Sequence[Attachment]) -> tuple[Attachment, ...]:
    """The attachments, but files beyond what is kept of one customer within a day are none to us any more.

    A file of unknown size is counted once it has been fetched.
    """
    if not any(is_fetched(attachment) for attachment in found):
        return tuple(found)
    left = MOST_BYTES_A_DAY - _bytes_of(unit, customer_id)
    fitting = []
    for attachment in found:
        if is_fetched(attachment):
            if left < (attachment.size or 1):
                attachment = replace(attachment, file_id=None, details={**attachment.details, "over_limit": True})
            else:
                left -= attachment.size or 0
        fitting.append(attachment)
    return tuple(fitting)


def is_fetched(attachment: Attachment) -> bool:
    """Whether it has a file that is kept for people. Nobody looks at a sticker again."""
    return attachment.file_id is not None and attachment.kind != "sticker"


def _bytes_of(unit: Unit, customer_id: str) -> int:
    """How much of a customer's files of the last day is kept, or may still be."""
    theirs = messages.c.conversation_id.in_(
        sa.select(conversations.c.id).where(conversations.c.customer_id == customer_id)
    )
    found = unit.connection.execute(
        sa.select(sa.func.coalesce(sa.func.sum(attachments.c.size), 0))
        .select_from(attachments.join(messages, messages.c.id == attachments.c.message_id))
        .where(
            theirs,
            messages.c.created_at > unit.now - timedelta(days=1),
            attachments.c.state.in_(("waiting", "kept")),
        )
    ).scalar_one()
    return int(found)


def _first_state(attachment: Attachment) -> str:
    """What has no file is complete, or its file is one that we do not take for its size."""
    if is_fetched(attachment):
        return "waiting"
    return next((state for state in ("too_large", "over_limit") if attachment.details.get(state)), "none")


def due_attachments(unit: Unit, channel: str, most: int) -> list[DueAttachment]:
    """Files to fetch now, the longest waiting first, at most `most`. Nothing is marked: one process fetches."""
    rows = unit.connection.execute(
        sa.select(attachments)
        .where(attachments.c.channel == channel, attachments.c.state == "waiting", attachments.c.next_at <= unit.now)
        .order_by(attachments.c.next_at, attachments.c.id)
        .limit(most)
    )
    return [DueAttachment(row.id, row.kind, row.file_id, row.size, row.attempts) for row in rows]


def keep(unit: Unit, attachment_id: str, content: bytes) -> None:
    """Keep a fetched file, unless it is more than is kept of one customer in a day. Fetched twice, it is kept once."""
    owner = unit.connection.execute(_OWNER, {"attachment": attachment_id}).first()
    if owner is None or owner.state != "waiting":
        return
    if _bytes_of(unit, owner.customer_id) - (owner.size or 0) + len(content) > MOST_BYTES_A_DAY:
        give_up(unit, attachment_id, "over_limit")
    elif _settle(unit, attachment_id, state="kept", size=len(content)):
        unit.connection.execute(
            sa.insert(attachment_contents).values(attachment_id=attachment_id, content=content),
        )


def postpone(unit: Unit, attachment_id: str) -> None:
    """Fetching failed for now: try again later, each time later still; after `MOST_ATTEMPTS` it counts as gone."""
    attempts = unit.connection.execute(
        sa.update(attachments)
        .where(attachments.c.id == attachment_id, attachments.c.state == "waiting")
        .values(attempts=attachments.c.attempts + 1)
        .returning(attachments.c.attempts)
    ).scalar()
    if attempts is None:
        return
    if attempts >= MOST_ATTEMPTS:
        give_up(unit, attachment_id, "gone")
        return
    pause = min(_FIRST_PAUSE * 3 ** (attempts - 1), LONGEST_PAUSE)
    unit.connection.execute(
        sa.update(attachments).where(attachments.c.id == attachment_id).values(next_at=unit.now + pause)
    )


def give_up(unit: Unit, attachment_id: str, state: GivenUp) -> None:
    """The file will never be ours: it is larger than we keep, one too many, or the channel has it no more."""
    _settle(unit, attachment_id, state=state)


def read_content(connection: Connection, attachment_id: str) -> bytes | None:
    """The file of an attachment; None where it is not kept."""
    content = connection.execute(
        sa.select(attachment_contents.c.content).where(attachment_contents.c.attachment_id == attachment_id)
    ).scalar()
    return None if content is None else bytes(content)


def shown(attachment: Attachment) -> Json:
    """An attachment as channels show it."""
    return _as_shown(attachment.kind, attachment.name)


def shown_of(connection: Connection, message_ids: Collection[str]) -> dict[str, tuple[Json, ...]]:
    """What came with each of these messages, as channels show it, in order."""
    found: dict[str, tuple[Json, ...]] = {}
    for row in connection.execute(_SHOWN, {"messages": list(message_ids)}):
        found[row.message_id] = (*found.get(row.message_id, ()), _as_shown(row.kind, row.name))
    return found


def _as_shown(kind: str, name: str | None) -> Json:
    return {"kind": kind} if name is None else {"kind": kind, "name": name[:200]}


def _settle(unit: Unit, attachment_id: str, **values: object) -> bool:
    settled = unit.connection.execute(
        sa.update(attachments)
        .where(attachments.c.id == attachment_id, attachments.c.state == "waiting")
        .values(**values)
    )
    return settled.rowcount == 1
