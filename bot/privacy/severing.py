"""Takes a person off their channels: nobody whom we know writes from there any more. In the caller's transaction.

It is the first step of erasing, and the one that needs their addresses: what is found by these is erased in it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.ending import end_unasked
from bot.conversations.models import Change
from bot.conversations.unit import Unit
from bot.privacy.emptying import GONE, empty
from bot.privacy.persons import Person
from bot.storage.channel_tables import link_tokens, message_edits, telegram_calls, telegram_updates
from bot.storage.desk_tables import audit, helpdesk_events, helpdesk_links
from bot.storage.insight_tables import saved_filters
from bot.storage.tables import conversations, customers, deliveries, identities, mails

TELEGRAM = "telegram"


def hold(connection: Connection, customer_ids: Sequence[str]) -> None:
    """Let nobody write as one of these customers until the transaction is over. Whoever was before us is waited for.

    What comes in at this moment waits here, and then is that of somebody new.

    Their rows may be referred to meanwhile: a turn that is being stored holds its conversation, which we want next.
    """
    theirs = sa.select(customers.c.id).where(customers.c.id.in_(list(customer_ids))).order_by(customers.c.id)
    connection.execute(theirs.with_for_update(key_share=True)).all()


def sever(unit: Unit, person: Person) -> tuple[list[Change], Counter[str]]:
    """End what is open, cut their channels off, and erase what only their addresses lead to. After `hold`."""
    counts: Counter[str] = Counter()
    connection, ids = unit.connection, list(person.customer_ids)
    counts["audit"] = _forget_in_audit(unit, person)
    counts["mails"] = _delete_mails(unit, person)
    counts["saved_filters"] = _forget_searches(unit, person)
    counts += _forget_on_telegram(unit, person)
    counts["helpdesk_events"] = _forget_what_helpdesks_told(unit, person)
    changes = _end(unit, ids)
    theirs = [row.id for row in person.identities]
    for row in person.identities:
        cut_off = {"external_id": f"{GONE}:{unit.new_id()}", "blocked_at": row.blocked_at or unit.now}
        if not str(row.external_id).startswith(f"{GONE}:"):
            connection.execute(sa.update(identities).where(identities.c.id == row.id).values(cut_off))
            counts["identities"] += 1
    open_tokens = sa.and_(link_tokens.c.identity_id.in_(theirs), link_tokens.c.expires_at > unit.now)
    connection.execute(sa.update(link_tokens).where(open_tokens).values(expires_at=unit.now))
    waiting = sa.and_(deliveries.c.identity_id.in_(theirs), deliveries.c.state == "waiting")
    connection.execute(sa.update(deliveries).where(waiting).values(state="failed", error=None, updated_at=unit.now))
    counts["customers"] = empty(connection, "customers", customers.c.id.in_(ids))
    return changes, +counts


def forget_in_audit(unit: Unit, conversation_ids: list[str]) -> int:
    """What the audit log says of these conversations besides that something was done."""
    return empty(unit.connection, "audit", sa.and_(audit.c.conversation_id.in_(conversation_ids), _told))


_told = sa.or_(audit.c.subject.is_not(None), audit.c.details.is_not(None))


def _end(unit: Unit, customer_ids: list[str]) -> list[Change]:
    is_open = sa.select(conversations.c.id, conversations.c.customer_id).where(
        conversations.c.customer_id.in_(customer_ids), conversations.c.state == "open"
    )
    changes = []
    for row in unit.connection.execute(is_open).all():
        if end_unasked(unit, row.id, "erased", exempt="erased"):
            changes.append(Change(row.id, row.customer_id, ended=True, moved=True, owner="bot"))
    return changes


def _mentions(column: sa.Column[Any], traces: tuple[str, ...]) -> sa.ColumnElement[bool]:
    text = sa.func.lower(sa.cast(column, sa.Text))
    return sa.or_(sa.false(), *(text.contains(form, autoescape=True) for word in traces for form in _written(word)))


def _written(word: str) -> set[str]:
    """A word as it may stand in a column: plain, and as JSON writes it."""
    return {word.lower(), json.dumps(word)[1:-1].lower(), json.dumps(word, ensure_ascii=False)[1:-1].lower()}


def _forget_in_audit(unit: Unit, person: Person) -> int:
    about = sa.or_(
        audit.c.conversation_id.in_(person.conversation_ids),
        audit.c.subject.in_(person.customer_ids),
        _mentions(audit.c.subject, person.traces),
        _mentions(audit.c.details, person.traces),
    )
    return empty(unit.connection, "audit", sa.and_(about, _told))


def _delete_mails(unit: Unit, person: Person) -> int:
    to_them = sa.func.lower(mails.c.recipient).in_([email.lower() for email in person.emails])
    of_them = mails.c.conversation_id.in_(person.conversation_ids)
    # From before mails said of which conversation they are.
    about = sa.and_(
        mails.c.conversation_id.is_(None),
        sa.or_(_mentions(mails.c.body, person.addresses), _mentions(mails.c.subject, person.addresses)),
    )
    return unit.connection.execute(sa.delete(mails).where(sa.or_(to_them, of_them, about))).rowcount


def _forget_searches(unit: Unit, person: Person) -> int:
    """Saved filters that look for this person: what was searched for goes, and with it the name somebody gave it."""
    rows = unit.connection.execute(sa.select(saved_filters)).all() if person.traces else []
    changed = 0
    for row in rows:
        said = [row.name, *(value for _, value in parse_qsl(row.query))]
        if any(word.lower() in text.lower() for word in person.traces for text in said):
            own = saved_filters.c.id == row.id
            emptied = {"name": f"{GONE} {unit.new_id()}"[:80], "query": ""}
            unit.connection.execute(sa.update(saved_filters).where(own).values(emptied))
            changed += 1
    return changed


def _forget_on_telegram(unit: Unit, person: Person) -> Counter[str]:
    counts: Counter[str] = Counter()
    chats = [int(row.external_id) for row in person.identities if row.channel == TELEGRAM and row.external_id.isdigit()]
    for chat in chats:
        # An edit that came before its message has no message by which it would be found.
        edits = sa.and_(message_edits.c.channel == TELEGRAM, message_edits.c.external_id.startswith(f"{chat}:"))
        counts["message_edits"] += unit.connection.execute(sa.delete(message_edits).where(edits)).rowcount
    if chats:
        calls = telegram_calls.c.chat_id.in_(chats)
        counts["telegram_calls"] = unit.connection.execute(sa.delete(telegram_calls).where(calls)).rowcount
        updates = telegram_updates.c.chat_id.in_(chats)
        waiting = sa.and_(updates, telegram_updates.c.handled_at.is_(None))
        done = {"handled_at": unit.now, "outcome": GONE}
        unit.connection.execute(sa.update(telegram_updates).where(waiting).values(done))
        # The rows stay: by them an update that Telegram sends again is known.
        forgotten = sa.update(telegram_updates).where(updates).values(chat_id=0, body=None)
        counts["telegram_updates"] = unit.connection.execute(forgotten).rowcount
    return counts


def _forget_what_helpdesks_told(unit: Unit, person: Person) -> int:
    """Events that have not had their effect yet, and are of their conversations over there.

    Not by their name: an agent, or another customer, may be called the same, and what they said would be lost.
    """
    named = sa.select(helpdesk_links.c.external_id, helpdesk_links.c.contact_id)
    rows = unit.connection.execute(named.where(helpdesk_links.c.conversation_id.in_(person.conversation_ids))).all()
    numbers = {str(number) for row in rows for number in row if number is not None}
    if not numbers and not person.addresses:
        return 0
    held = sa.select(helpdesk_events).where(helpdesk_events.c.body.is_not(None))
    changed = 0
    for row in unit.connection.execute(held).all():
        if not (_ids_in(row.body) & numbers or any(word in json.dumps(row.body) for word in person.addresses)):
            continue
        own = sa.and_(helpdesk_events.c.helpdesk == row.helpdesk, helpdesk_events.c.external_id == row.external_id)
        done = {"handled_at": row.handled_at or unit.now, "outcome": row.outcome or GONE, "body": None}
        unit.connection.execute(sa.update(helpdesk_events).where(own).values(done))
        changed += 1
    return changed


def _ids_in(body: Any) -> set[str]:
    """The numbers of the conversation and the contact that an event is about."""
    if not isinstance(body, dict):
        return set()
    parts = [body.get("conversation"), body.get("contact"), body.get("sender")]
    if str(body.get("event", "")).startswith("conversation"):
        parts.append(body)
    return {str(part["id"]) for part in parts if isinstance(part, dict) and "id" in part}
