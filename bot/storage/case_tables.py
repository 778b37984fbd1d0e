"""The table of cases: what a person has to do for a customer, and by when; no queries."""

from __future__ import annotations

import sqlalchemy as sa

from bot.storage.tables import Json, UtcDateTime, metadata

cases = sa.Table(
    "cases",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("key", sa.String(200), nullable=False, unique=True),  # what opened it: a turn run twice opens one case
    sa.Column("conversation_id", sa.String(36), sa.ForeignKey("conversations.id"), nullable=False, index=True),
    sa.Column("kind", sa.String(24), nullable=False),
    sa.Column("level", sa.String(10), nullable=False),  # anonymous | matched | verified: when it was opened
    sa.Column("shop_customer_id", sa.String(64)),  # of a verified conversation
    sa.Column("order_number", sa.String(64)),
    sa.Column("items", Json, nullable=False),  # [{"item_id", "name"}], the things of the order that it is about
    sa.Column("words", sa.Text, nullable=False),  # the customer's own
    sa.Column("contact", sa.Text),
    sa.Column("status", sa.String(8), nullable=False),  # open | done
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),  # promised to the customer
    sa.Column("done_at", UtcDateTime),
    sa.Column("agent_id", sa.String(36), sa.ForeignKey("agents.id")),  # who has taken it on, or done it
    sa.CheckConstraint("status IN ('open', 'done')", name="status"),
    sa.CheckConstraint("level IN ('anonymous', 'matched', 'verified')", name="level"),
    sa.CheckConstraint("(status = 'done') = (done_at IS NOT NULL)", name="done"),
    sa.Index("ix_cases_status_due_at", "status", "due_at"),
)
