"""What customers send beside text: stored with its message, and its files once they have been fetched.

Fetching is the channel's business: it asks what is due, and says what became of each.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.models import Attachment, Json
from bot.conversations.unit import Unit
from bot.storage.channel_tables import attachment_contents, attachments

GivenUp = Literal["too_large", "gone"]

MOST_ATTEMPTS = 10  # the last one some eight hours after the first
LONGEST_PAUSE = timedelta(hours=2)
_FIRST_PAUSE = timedelta(seconds=15)

_INSERT = sa.insert(attachments)
_SHOWN = (
    sa.select(attachments.c.message_id, attachments.c.kind, attachments.c.name)
    .where(attachments.c.message_id.in_(sa.bindparam("messages", expanding=True)))
    .order_by(attachments.c.message_id, attachments.c.position)
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


def _first_state(attachment: Attachment) -> str:
    """What has no file is complete, or its file is one that a channel has not taken for its size."""
    if attachment.file_id is not None:
        return "waiting"
    return "too_large" if attachment.details.get("too_large") else "none"


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
    """Keep a fetched file. Fetched twice, it is kept once."""
    if _settle(unit, attachment_id, state="kept", size=len(content)):
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
    """The file will never be ours: it is larger than we keep, or the channel has it no more."""
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
