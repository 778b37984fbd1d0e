"""What `bellhop conversation` prints and `bellhop attachment` writes, and how what a person names is found."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.commands.reports import printable
from bot.conversations.attachments import read_content
from bot.conversations.concealing import concealed
from bot.storage.channel_tables import attachments
from bot.storage.tables import conversations, messages, surveys

SHOWN_ID = 8  # of 32 characters: enough to tell them apart, and to type
WIDTH = 110
STATES = {
    "none": "",
    "waiting": "not fetched yet",
    "kept": "kept",
    "too_large": "too large to keep",
    "gone": "could not be fetched",
}

_quoted = messages.alias("quoted")


class NotOne(Exception):
    """What was typed names nothing, or several; the text says so."""


class NotKept(Exception):
    """The attachment has no file here; the text says why."""


@dataclass(frozen=True, slots=True)
class Brought:
    """Something that came beside text."""

    id: str
    kind: str
    name: str | None
    media_type: str | None
    size: int | None
    state: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One message."""

    seq: int
    at: datetime
    author: str
    channel: str
    kind: str
    text: str
    edited_text: str | None
    edited_at: datetime | None
    replies_to: int | None  # the number of the message that it quotes
    choices: tuple[str, ...]
    attachments: tuple[Brought, ...] = ()


@dataclass(frozen=True, slots=True)
class Transcript:
    """A conversation as it was."""

    id: str
    state: str
    owner: str
    end_reason: str | None
    locale: str
    created_at: datetime
    ended_at: datetime | None
    score: int | None
    comment: str | None
    lines: tuple[Line, ...] = field(default=())


def read_transcript(connection: Connection, typed: str) -> Transcript:
    """The conversation whose id begins as typed, with all its messages.

    Raises:
        NotOne: none begins so, or several do.
    """
    found = _one(connection, conversations, typed, "conversation")
    survey = connection.execute(
        sa.select(surveys.c.score, surveys.c.comment).where(surveys.c.conversation_id == found.id)
    ).first()
    return Transcript(
        found.id,
        found.state,
        found.owner,
        found.end_reason,
        found.locale,
        found.created_at,
        found.ended_at,
        survey.score if survey else None,
        survey.comment if survey else None,
        tuple(_lines(connection, found.id)),
    )


def transcript_text(transcript: Transcript, zone: ZoneInfo) -> str:
    """The transcript for people; times are the shop's."""
    said = [text for line in transcript.lines for text in _message(line, zone)]
    return "\n".join([_head(transcript, zone), *said])


def transcript_json(transcript: Transcript) -> str:
    """The same for programs; times are UTC."""
    return json.dumps(asdict(transcript), ensure_ascii=False, indent=2, default=datetime.isoformat)


def read_attachment(connection: Connection, typed: str) -> bytes:
    """The file of the attachment whose id begins as typed.

    Raises:
        NotOne: none begins so, or several do.
        NotKept: there is no file of it here.
    """
    found = _one(connection, attachments, typed, "attachment")
    content = read_content(connection, found.id)
    if content is None:
        why = STATES[found.state] or f"a {found.kind} is no file; `bellhop conversation` shows what it says"
        raise NotKept(f"attachment {found.id[:SHOWN_ID]} is not here: {why}")
    return content


def _one(connection: Connection, table: sa.Table, typed: str, what: str) -> Any:
    matching = sa.select(table).where(table.c.id.startswith(typed, autoescape=True)).order_by(table.c.id).limit(6)
    found = connection.execute(matching).all() if typed else []
    if not found:
        raise NotOne(f"no {what}'s ID begins with {typed!r}")
    if len(found) > 1:
        ids = ", ".join(row.id for row in found[:5])
        raise NotOne(f"several IDs begin with {typed!r}: {ids}; type more of the one you mean")
    return found[0]


def _lines(connection: Connection, conversation_id: str) -> list[Line]:
    rows = connection.execute(
        sa.select(messages, _quoted.c.seq.label("replies_to"))
        .select_from(messages.outerjoin(_quoted, _quoted.c.id == messages.c.quotes_id))
        .where(messages.c.conversation_id == conversation_id)
        .order_by(messages.c.seq)
    ).all()
    brought = _brought(connection, conversation_id)
    return [
        Line(
            row.seq,
            row.created_at,
            row.author_name or row.author_kind,
            row.channel,
            row.kind,
            concealed(row.text),
            row.edited_text,
            row.edited_at,
            row.replies_to,
            tuple(choice["title"] for choice in row.choices or ()),
            tuple(brought.get(row.id, ())),
        )
        for row in rows
    ]


def _brought(connection: Connection, conversation_id: str) -> dict[str, list[Brought]]:
    rows = connection.execute(
        sa.select(attachments)
        .select_from(attachments.join(messages, messages.c.id == attachments.c.message_id))
        .where(messages.c.conversation_id == conversation_id)
        .order_by(attachments.c.message_id, attachments.c.position)
    )
    found: dict[str, list[Brought]] = {}
    for row in rows:
        one = Brought(row.id, row.kind, row.name, row.media_type, row.size, row.state, row.details)
        found.setdefault(row.message_id, []).append(one)
    return found


def _head(transcript: Transcript, zone: ZoneInfo) -> str:
    ended = f"ended {_when(transcript.ended_at, zone)} ({transcript.end_reason})" if transcript.ended_at else "open"
    parts = [
        f"Conversation {transcript.id}",
        f"begun {_when(transcript.created_at, zone)}, {ended}, owner {transcript.owner}, {transcript.locale}",
    ]
    if transcript.score is not None:
        comment = f": {printable(transcript.comment)}" if transcript.comment else ""
        parts.append(f"rated {transcript.score}{comment}")
    return "\n".join(parts)


def _message(line: Line, zone: ZoneInfo) -> list[str]:
    quotes = f", to {line.replies_to}" if line.replies_to is not None else ""
    kind = "" if line.kind == "text" else f", {line.kind}"
    told = ["", f"{line.seq:>4}  {_when(line.at, zone)}  {printable(line.author)} ({line.channel}{kind}{quotes})"]
    told += [text for part in line.text.splitlines() for text in _wrapped(part)]
    if line.edited_text is not None and line.edited_at is not None:
        told += _wrapped(f"(edited {_when(line.edited_at, zone)}: {line.edited_text})")
    told += _wrapped(" ".join(f"[{choice}]" for choice in line.choices))
    return told + [f"      {_described(brought)}" for brought in line.attachments]


def _described(brought: Brought) -> str:
    size = f"{brought.size:,} bytes" if brought.size is not None else ""
    details = ", ".join(f"{name} {value}" for name, value in brought.details.items())
    facts = (brought.name, brought.media_type, size, details, STATES[brought.state])
    return printable(f"{brought.kind} {brought.id[:SHOWN_ID]}: {', '.join(fact for fact in facts if fact)}")


def _wrapped(text: str) -> Sequence[str]:
    return textwrap.wrap(printable(text), WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)


def _when(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"
