"""What Chatwoot tells us by webhook, as it came: checked, stored once, read as what it means; has no effects."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.models import Json
from bot.helpdesk.chatwoot import HELPDESK
from bot.helpdesk.chatwoot.carrying import key_of
from bot.helpdesk.chatwoot.client import KEY
from bot.storage.desk_tables import helpdesk_events
from bot.storage.inserts import insert_into

KEPT = timedelta(days=14)
MESSAGES = ("message_created",)
LOOKS = ("conversation_created", "conversation_status_changed", "conversation_updated")
TYPING = {"conversation_typing_on": True, "conversation_typing_off": False}
OUTGOING = ("outgoing", 1)
_rows = helpdesk_events.c
_OURS = _rows.helpdesk == HELPDESK


@dataclass(frozen=True, slots=True)
class Person:
    """One of Chatwoot's agents."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class File:
    """A file that came with an agent's message."""

    name: str
    url: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Said:
    """An agent's message for the customer."""

    id: int
    by: Person
    text: str
    files: tuple[File, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """An event that has had no effect yet; `attempts` to give it one have failed."""

    id: str
    body: Any
    attempts: int


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What Chatwoot signs a webhook with: https://developers.chatwoot.com, webhooks."""
    signed = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"sha256={signed.hexdigest()}"


def store(connection: Connection, event_id: str, body: object, now: datetime) -> bool:
    """Store an event that is to have an effect; False where it is stored already."""
    row = {
        "helpdesk": HELPDESK,
        "external_id": event_id[:200],
        "body": body,
        "attempts": 0,
        "received_at": now,
        "next_at": now,
    }
    return _insert(connection, row)


def once(connection: Connection, event_id: str, now: datetime) -> bool:
    """Note that something has its effect in this transaction; False where it had it before."""
    row = {
        "helpdesk": HELPDESK,
        "external_id": event_id[:200],
        "body": None,
        "attempts": 0,
        "received_at": now,
        "next_at": now,
        "handled_at": now,
        "outcome": "said",
    }
    return _insert(connection, row)


def due(connection: Connection, now: datetime, most: int) -> list[Stored]:
    """Events that are to have their effect now: words first, since nothing has to be asked for them."""
    found = (
        sa.select(_rows.external_id, _rows.body, _rows.attempts, _rows.received_at)
        .where(_OURS, _rows.handled_at.is_(None), _rows.next_at <= now)
        .order_by(_rows.received_at, _rows.external_id)
        .limit(most)
    )
    rows = sorted(connection.execute(found), key=lambda row: _place(row.body, row.received_at))
    return [Stored(row.external_id, row.body, row.attempts) for row in rows]


def mark_handled(connection: Connection, event_id: str, outcome: str, now: datetime) -> None:
    """Note that an event had its effect; its body, with people's words, goes."""
    own = _OURS & (_rows.external_id == event_id)
    values = {"handled_at": now, "outcome": outcome[:24], "body": None}
    connection.execute(sa.update(helpdesk_events).where(own).values(**values))


def postpone(connection: Connection, event_id: str, until: datetime) -> None:
    """A try failed: the next one then."""
    own = _OURS & (_rows.external_id == event_id)
    connection.execute(sa.update(helpdesk_events).where(own).values(attempts=_rows.attempts + 1, next_at=until))


def purge(connection: Connection, now: datetime) -> int:
    """Forget what is handled and old; returns how many. What was said to customers stays known by its number."""
    old = _OURS & _rows.handled_at.is_not(None) & (_rows.received_at < now - KEPT) & (_rows.outcome != "said")
    return connection.execute(sa.delete(helpdesk_events).where(old)).rowcount


# -- what it means


def conversation_in(body: Json) -> Json:
    """The conversation that an event is about."""
    within = body.get("conversation")
    return within if isinstance(within, dict) else body


def number_in(body: Json) -> str | None:
    """The number of the conversation that an event is about."""
    number = conversation_in(body).get("id")
    return str(number) if type(number) is int else None


def named_in(conversation: Json) -> str | None:
    """The conversation of ours that one of Chatwoot's names as its other half."""
    attributes = conversation.get("custom_attributes")
    found = attributes.get(KEY) if isinstance(attributes, dict) else None
    return found[:36] if isinstance(found, str) else None


def is_ours(body: Json, account: int, inbox: int) -> bool:
    """Whether an event is of our account and our inbox, as far as it says."""
    accounts = body.get("account")
    told = accounts.get("id") if isinstance(accounts, dict) else conversation_in(body).get("account_id")
    inboxes = body.get("inbox")
    at = inboxes.get("id") if isinstance(inboxes, dict) else conversation_in(body).get("inbox_id")
    return told in (None, account) and at in (None, inbox)


def said_in(message: Json) -> Said | None:
    """What an agent says to the customer with a message; None for notes, customers' words, ours and machines'."""
    sender = person_in(message.get("sender"))
    number = message.get("id")
    to_customer = message.get("message_type") in OUTGOING and not message.get("private")
    if sender is None or type(number) is not int or not to_customer or key_of(message) is not None:
        return None
    attributes = message.get("content_attributes")
    if isinstance(attributes, dict) and (attributes.get("deleted") or attributes.get("automation_rule_id")):
        return None
    content = message.get("content")
    found = message.get("attachments")
    files = [_file(entry) for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []
    return Said(number, sender, content if isinstance(content, str) else "", tuple(file for file in files if file))


def person_in(sender: object) -> Person | None:
    """An agent out of a sender or an assignee; None for contacts, bots and nobody."""
    if not isinstance(sender, dict) or type(sender.get("id")) is not int or sender.get("type") != "user":
        return None
    name = sender.get("available_name") or sender.get("name")
    return Person(sender["id"], name if isinstance(name, str) else "")


def assignee_in(conversation: Json) -> Person | None:
    """Who has a conversation in Chatwoot."""
    meta = conversation.get("meta")
    found = meta.get("assignee") if isinstance(meta, dict) else None
    # The application API tells an assignee's type only in later versions.
    return person_in({"type": "user", **found}) if isinstance(found, dict) else None


def _place(body: object, received_at: datetime) -> tuple[bool, datetime, int]:
    """By which events are put in order; of messages that came at the same moment the numbers say it."""
    is_message = isinstance(body, dict) and body.get("event") in MESSAGES
    number = body.get("id") if is_message and isinstance(body, dict) else None
    return not is_message, received_at, number if type(number) is int else 0


def _file(entry: Json) -> File | None:
    url = entry.get("data_url")
    if not isinstance(url, str) or not url:
        return None
    name = url.partition("?")[0].rstrip("/").rpartition("/")[2] or "file"
    kinds = {"image": "image/jpeg", "audio": "audio/mpeg", "video": "video/mp4"}
    ending = str(entry.get("extension") or name.rpartition(".")[2]).lower()
    known = {"png": "image/png", "gif": "image/gif", "webp": "image/webp", "pdf": "application/pdf"}
    media_type = known.get(ending) or kinds.get(str(entry.get("file_type")), "application/octet-stream")
    return File(name, url, media_type)


def _insert(connection: Connection, row: dict[str, Any]) -> bool:
    statement = insert_into(connection, helpdesk_events).values(row)
    statement = statement.on_conflict_do_nothing(index_elements=["helpdesk", "external_id"])
    return connection.execute(statement.returning(_rows.external_id)).first() is not None
