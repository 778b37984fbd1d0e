"""Finds conversations: by customer, order number, words in messages and notes, tags; and what stands there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from markupsafe import Markup, escape
from sqlalchemy.engine import Connection

from bot.desk.inbox_reading import InboxRow, read_rows
from bot.storage.case_tables import cases
from bot.storage.desk_tables import conversation_tags, notes
from bot.storage.tables import callbacks, conversations, customers, messages, verifications

SHORTEST, LONGEST = 2, 100  # characters
MOST_WORDS = 6
MOST_FOUND = 50  # conversations
_MOST_OF_A_KIND = 200
_AROUND = 70  # characters before and after what was found


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for.

    `numbers` are the order numbers in it, `shop_customers` those whom the shop knows by it.
    """

    text: str
    numbers: tuple[str, ...] = ()
    shop_customers: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The single words, each once."""
        return tuple(dict.fromkeys(self.text.split()))[:MOST_WORDS]


@dataclass(frozen=True, slots=True)
class Hit:
    """A conversation that was found, and by what: the words around it, marked."""

    row: InboxRow
    where: str  # customer | order | message | note | tag
    snippet: Markup
    seq: int | None = None  # of the message


def find(connection: Connection, agent_id: str, asked: Asked, now: datetime) -> list[Hit]:
    """Conversations that fit, the latest first, at most `MOST_FOUND`."""
    kinds = {
        "customer": _by_customer(asked),
        "order": _by_order(asked),
        "tag": _by_tag(asked),
        "note": _by_words(notes, notes.c.text, asked),
        "message": _by_words(messages, messages.c.text, asked, messages.c.edited_text),
    }
    found: dict[str, str] = {}  # conversation → the first kind that found it
    for kind, query in kinds.items():
        for conversation_id in connection.execute(query).scalars() if query is not None else ():
            found.setdefault(conversation_id, kind)
    if not found:
        return []
    rows = read_rows(connection, agent_id, now, conversations.c.id.in_(found), most=MOST_FOUND)
    said = _said(connection, asked, [row.id for row in rows if found[row.id] in ("message", "note")])
    return [_hit(row, found[row.id], asked, said.get((found[row.id], row.id))) for row in rows]


def marked(text: str, words: Iterable[str]) -> Markup:
    """Text with every one of the words in <mark>; all of it escaped."""
    pattern = _pattern(words)
    if pattern is None:
        return escape(text)
    shown, end = Markup(""), 0
    for match in pattern.finditer(text):
        shown += escape(text[end : match.start()]) + Markup("<mark>{}</mark>").format(match.group())
        end = match.end()
    return shown + escape(text[end:])


def around(text: str, words: Iterable[str]) -> str:
    """What stands around the first of the words, on one line."""
    line = " ".join(text.split())
    pattern = _pattern(words)
    match = pattern.search(line) if pattern else None
    begin = max(0, (match.start() if match else 0) - _AROUND)
    end = (match.end() if match else 0) + _AROUND * 2
    return ("…" if begin else "") + line[begin:end].strip() + ("…" if end < len(line) else "")


def _pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    longest_first = sorted((re.escape(word) for word in words if word), key=len, reverse=True)
    return re.compile("|".join(longest_first), re.IGNORECASE) if longest_first else None


def _hit(row: InboxRow, kind: str, asked: Asked, said: tuple[str, int] | None) -> Hit:
    text, seq = said or (row.preview, None)
    if kind == "order":
        return Hit(row, kind, Markup("Order <mark>{}</mark>").format(", ".join(asked.numbers) or asked.text))
    if kind == "tag":
        return Hit(row, kind, marked(", ".join(row.tags), asked.words))
    return Hit(row, kind, marked(around(text, asked.words), asked.words), seq if kind == "message" else None)


def _all_in(column: sa.ColumnElement[Any], words: Sequence[str]) -> sa.ColumnElement[bool]:
    """Every word is somewhere in the column, as it is written or not: % and _ stand for themselves.

    SQLite tells large letters from small ones outside of ASCII, so the word's own forms are tried as well.
    """

    def one(word: str) -> sa.ColumnElement[bool]:
        forms = dict.fromkeys((word, word.lower(), word.capitalize(), word.upper()))
        plain = word.isascii()
        return sa.or_(
            column.icontains(word, autoescape=True),
            *(column.contains(form, autoescape=True) for form in forms if not plain),
        )

    return sa.and_(*(one(word) for word in words))


def _by_customer(asked: Asked) -> sa.Select[Any]:
    contact = asked.text.strip()
    named = [_all_in(customers.c.name, asked.words)]
    if asked.shop_customers:
        named.append(customers.c.shop_customer_id.in_(asked.shop_customers))
    by_name = sa.select(conversations.c.id, conversations.c.active_at).join(customers).where(sa.or_(*named))
    by_proof = (
        sa.select(conversations.c.id, conversations.c.active_at)
        .join(verifications, verifications.c.conversation_id == conversations.c.id)
        .where(verifications.c.shop_customer_id.in_(asked.shop_customers))
    )
    by_contact = [
        sa.select(conversations.c.id, conversations.c.active_at)
        .join(table, table.c.conversation_id == conversations.c.id)
        .where(table.c.contact.icontains(contact, autoescape=True))
        for table in (callbacks, cases)
    ]
    return _latest(by_name, by_proof, *by_contact)


def _by_order(asked: Asked) -> sa.Select[Any] | None:
    if not asked.numbers:
        return None
    # Also as it was typed: what is said of an order is found by its digits.
    digits = [number.lstrip("#") for number in asked.numbers]
    return _latest(
        sa.select(conversations.c.id, conversations.c.active_at)
        .join(cases, cases.c.conversation_id == conversations.c.id)
        .where(cases.c.order_number.in_(asked.numbers)),
        sa.select(conversations.c.id, conversations.c.active_at)
        .join(verifications, verifications.c.conversation_id == conversations.c.id)
        .where(verifications.c.order_id.in_(asked.numbers)),
        sa.select(conversations.c.id, conversations.c.active_at)
        .join(messages, messages.c.conversation_id == conversations.c.id)
        .where(sa.or_(*(messages.c.text.icontains(number, autoescape=True) for number in digits))),
    )


def _by_tag(asked: Asked) -> sa.Select[Any]:
    return _latest(
        sa.select(conversations.c.id, conversations.c.active_at)
        .join(conversation_tags, conversation_tags.c.conversation_id == conversations.c.id)
        .where(_all_in(conversation_tags.c.tag, asked.words))
    )


def _by_words(
    table: sa.Table, column: sa.ColumnElement[Any], asked: Asked, edited: sa.ColumnElement[Any] | None = None
) -> sa.Select[Any]:
    fits = _all_in(column, asked.words)
    return _latest(
        sa.select(conversations.c.id, conversations.c.active_at)
        .join(table, table.c.conversation_id == conversations.c.id)
        .where(fits if edited is None else sa.or_(fits, _all_in(edited, asked.words)))
    )


def _latest(*queries: sa.Select[Any]) -> sa.Select[Any]:
    """The ids that any of the queries finds, of the conversations that were active last."""
    found = sa.union(*queries).subquery()
    return (
        sa.select(found.c.id)
        .group_by(found.c.id, found.c.active_at)  # each once, however often it has the words
        .order_by(found.c.active_at.desc())
        .limit(_MOST_OF_A_KIND)
    )


def _said(connection: Connection, asked: Asked, ids: Sequence[str]) -> dict[tuple[str, str], tuple[str, int]]:
    """The last message and the last note of each conversation that has the words."""
    if not ids:
        return {}
    found: dict[tuple[str, str], tuple[str, int]] = {}
    text = sa.func.coalesce(messages.c.edited_text, messages.c.text)
    for kind, query in (
        ("message", sa.select(messages.c.conversation_id, text, messages.c.seq).order_by(messages.c.seq)),
        ("note", sa.select(notes.c.conversation_id, notes.c.text, notes.c.after_seq).order_by(notes.c.created_at)),
    ):
        table, column = (messages, text) if kind == "message" else (notes, notes.c.text)
        fits = sa.and_(table.c.conversation_id.in_(ids), _all_in(column, asked.words))
        for conversation_id, said, seq in connection.execute(query.where(fits)):
            found[kind, conversation_id] = (said, seq)
    return found
