"""Fills every table with rows of one customer, each text in them a canary of its own that can be looked for."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.service import Conversations
from bot.conversations.unit import Rules
from bot.privacy.fates import FATES, Fate, Of
from bot.storage.database import Database
from bot.storage.shop_tables import Amount
from bot.storage.tables import UtcDateTime, metadata
from tests.support.core import case_book, plain_phrases

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OURS = ("agents", "teams", "team_members", "duties", "telegram_groups", "insight_marks", "canned_replies")
SHOP = tuple(name for name, fate in FATES.items() if fate.of is Of.SHOP)
# What a column must say for the row to be one; the rest is filled by its type.
GIVEN: Mapping[str, Any] = {
    "agents.role": "agent",
    "agents.state": "active",
    "agents.presence": "online",
    "conversations.state": "ended",
    "conversations.owner": "bot",
    "conversations.end_reason": "done",
    "conversations.ended_at": AT,
    "conversations.emptied_at": None,
    "conversations.last_seq": 1,
    "conversations.turns": 1,
    "conversations.channel": "telegram",
    "customers.erased_at": None,
    "identities.channel": "telegram",
    "identities.blocked_at": None,
    "messages.author_kind": "customer",
    "messages.channel": "telegram",
    "messages.handled_at": None,
    "messages.kind": "text",
    "messages.response": None,
    "messages.seq": 1,
    "message_edits.channel": "telegram",
    "turns.number": 1,
    "turns.model": "model",
    "turns.understanding": {"intent": {"name": "track_order", "confidence": 0.5}},
    "deliveries.state": "waiting",
    "deliveries.channel": "telegram",
    "delivery_parts.outcome": "sent",
    "delivery_parts.channel": "telegram",
    "attachments.state": "kept",
    "attachments.channel": "telegram",
    "surveys.state": "answered",
    "surveys.score": 5,
    "surveys.about": "bot",
    "surveys.exempt_reason": None,
    "extra_questions.kind": "nps",
    "extra_questions.state": "answered",
    "extra_questions.score": 9,
    "reviews.state": "published",
    "follow_ups.state": "open",
    "callbacks.state": "open",
    "cases.status": "open",
    "cases.level": "verified",
    "cases.done_at": None,
    "verifications.level": "verified",
    "mails.state": "waiting",
    "links.undone_at": None,
    "links.undone_by": None,
    "telegram_updates.handled_at": None,
    "telegram_updates.outcome": None,
    "telegram_calls.state": "waiting",
    "article_showings.helpful": True,
    "handoffs.state": "closed",
    "handoffs.held_by": None,
    "handoffs.closed_at": AT,
    "handoffs.outcome": "resolved",
    "helpdesk_calls.state": "waiting",
    "helpdesk_events.handled_at": None,
    "helpdesk_events.outcome": None,
    "nlu_annotations.state": "accepted",
    "event_outbox.state": "waiting",
    "conversation_facts.state": "open",
    "conversation_facts.outcome": None,
    "conversation_facts.steps": ["asked"],
    "reading_links.revoked_at": None,
    "shop_payment_methods.kind": "credit_card",
    "shop_payments.kind": "payment",
    "telegram_updates.chat_id": 0,
}
# What refers to others without a key of the database's.
LAST = (
    "audit",
    "mails",
    "event_outbox",
    "telegram_updates",
    "telegram_calls",
    "helpdesk_events",
    "saved_filters",
    "evaluation_runs",
)
_TELEGRAM = itertools.count(7_000_001)


class Canaries:
    """One customer, in every table.

    Args:
        name: stands in every text, so that this customer's can be told from another's.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.chat = next(_TELEGRAM)
        self.rows: dict[str, dict[str, Any]] = {}
        self.texts: dict[str, str] = {}  # by table.column, what was written into it

    @property
    def customer_id(self) -> str:
        return str(self.rows["customers"]["id"])

    @property
    def conversation_id(self) -> str:
        return str(self.rows["conversations"]["id"])

    def release(self, connection: Connection, *, shared: Mapping[str, dict[str, Any]] | None = None) -> None:
        """Write a row into every table; the rows of our own people are those of `shared`, where there are some."""
        by_name = {table.name: table for table in metadata.sorted_tables}
        self.rows |= {name: dict(row) for name, row in (shared or {}).items() if name in OURS}
        found = (by_name[name] for name in ("shop_customers", *(name for name in by_name if name not in LAST), *LAST))
        for table in found:
            if table.name in self.rows or table.name == "tombstones":
                continue
            row = {column.name: self._value(table, column) for column in table.columns}
            row |= self._together(table.name)
            if table.name in ("audit", "conversation_words"):
                row.pop("number")
            self.rows[table.name] = row
            connection.execute(sa.insert(table).values(row))

    def talk(self, connection: Connection) -> str:
        """Open another conversation, in which one message waits; its id."""
        row = self.rows["conversations"] | {
            "id": f"{next(_TELEGRAM):x}",
            "state": "open",
            "end_reason": None,
            "ended_at": None,
            "turns": 0,
        }
        connection.execute(sa.insert(metadata.tables["conversations"]).values(row))
        own = {"id": f"{next(_TELEGRAM):x}", "conversation_id": row["id"], "external_id": f"{self.chat}:1:2"}
        connection.execute(sa.insert(metadata.tables["messages"]).values(self.rows["messages"] | own))
        return str(row["id"])

    def _together(self, table: str) -> dict[str, Any]:
        """What must fit other rows."""
        own = f"{self.chat}:1:1"
        mail = {"recipient": str(self.texts.get("shop_customers.email", ""))}
        return {
            "identities": {"external_id": str(self.chat)},
            "messages": {"external_id": own},
            "message_edits": {"external_id": own},
            "telegram_updates": {"chat_id": self.chat},
            "telegram_calls": {"chat_id": self.chat},
            "customers": {
                "shop_customer_id": self.rows.get("shop_customers", {}).get("id"),
                "name": f"Anna {self.texts.get('customers.name')}",  # as many are called
            },
            "mails": mail,
            "helpdesk_events": {"body": {"conversation": {"id": self.texts.get("helpdesk_links.external_id")}}},
            "saved_filters": {"query": f"words=anna+{self.texts.get('customers.name')}"},
            "evaluation_runs": {
                "results": [{"name": self.texts.get("kept_tests.name"), "passed": False, "why": self.canary("why")}]
            },
        }.get(table, {})

    def canary(self, where: str) -> str:
        """A word that is written into one place only."""
        word = f"{self.name}{where.replace('.', '').replace('_', '')}"
        self.texts[where] = word
        return word

    def _value(self, table: sa.Table, column: sa.Column[Any]) -> Any:
        where = f"{table.name}.{column.name}"
        if where in GIVEN:
            return GIVEN[where]
        for key in column.foreign_keys:
            target = key.column.table.name
            if target == table.name:
                return None
            return self.rows[target][key.column.name]
        return self._of_type(table, column, where)

    def _of_type(self, table: sa.Table, column: sa.Column[Any], where: str) -> Any:
        kind = column.type
        if isinstance(kind, Amount):
            return None if column.nullable else Decimal(1)
        if isinstance(kind, UtcDateTime):
            return AT + timedelta(days=4000) if column.name in ("expires_at", "closes_at", "next_at", "due_at") else AT
        if isinstance(kind, sa.Date):
            return AT.date()
        if isinstance(kind, sa.Boolean):
            return False
        if isinstance(kind, sa.LargeBinary):
            return self.canary(where).encode()
        if isinstance(kind, sa.JSON):
            kept = FATES[table.name].columns[column.name] is Fate.KEPT
            return {} if kept else {"said": [self.canary(where)]}
        if isinstance(kind, (sa.Integer, sa.Float)):
            return next(_TELEGRAM) if column.primary_key else 1
        return self._text(table, column, where)

    def _text(self, table: sa.Table, column: sa.Column[Any], where: str) -> str:
        """A canary where the column tells something of a person; a random id or a word of ours elsewhere."""
        length = getattr(column.type, "length", None) or 1000
        fate = FATES[table.name].columns[column.name]
        if column.name == "conversation_id":
            return self.conversation_id
        if column.name == "id" or fate is Fate.KEPT or table.name in OURS or column.name in ("state", "outcome"):
            unique = column.primary_key or column.unique or column.name in ("id", "number", "key", "token_hash", "name")
            return f"{next(_TELEGRAM):x}-{self.name[:4].lower()}"[:length] if unique else "en"[:length]
        if column.name == "email" or column.name == "email_key":
            self.texts["shop_customers.email"] = address = f"{self.name.lower()}shopcustomersemail@example.com"
            return address
        return self.canary(where)[:length]


def every_text(connection: Connection) -> Iterator[tuple[str, str]]:
    """(table.column, value) of everything that stands in the database, as text."""
    names = sa.inspect(connection).get_table_names()
    for name in sorted(names):
        table = metadata.tables.get(name)
        if table is None:
            rows = connection.execute(sa.text(f'SELECT * FROM "{name}"')).mappings().all()  # of an index, or Alembic's
        else:
            rows = connection.execute(sa.select(table)).mappings().all()
        for row in rows:
            for column, value in row.items():
                if value is not None:
                    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                    yield f"{name}.{column}", text


def found_in(connection: Connection, word: str) -> set[str]:
    """Where a word stands in the database."""
    return {where for where, text in every_text(connection) if word.lower() in text.lower()}


def core_on(database: Database, clock: Callable[[], datetime], new_id: Callable[[], str]) -> Conversations:
    """A conversation core, with nobody at the desk."""
    return Conversations(
        database,
        plain_phrases(),
        Rules(),
        case_book(database, new_id),
        clock=clock,
        new_id=new_id,
        effect_handlers={},
        instance="one",
    )
