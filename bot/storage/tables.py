"""The tables that hold all of Bellhop's state; no queries."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A moment in UTC, with microseconds. SQLite keeps no zone, so it is put back on reading."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json: sa.types.TypeEngine[Any] = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.String(36), primary_key=True)


def _ref(name: str, target: str, *, nullable: bool = False, index: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(36), sa.ForeignKey(target), nullable=nullable, index=index)


def _at(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, UtcDateTime, nullable=nullable)


# -- customers -----------------------------------------------------------------------------------------------

customers = sa.Table(
    "customers",
    metadata,
    _id(),
    sa.Column("shop_customer_id", sa.String(64), index=True),
    sa.Column("name", sa.String(200)),
    sa.Column("locale", sa.String(16), nullable=False),
    _at("created_at"),
    _at("erased_at", nullable=True),
)

identities = sa.Table(
    "identities",
    metadata,
    _id(),
    _ref("customer_id", "customers.id", index=True),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("external_id", sa.String(128), nullable=False),
    _at("created_at"),
    _at("blocked_at", nullable=True),  # since then this channel takes nothing from us for them
    sa.UniqueConstraint("channel", "external_id"),
)

# -- our people ---------------------------------------------------------------------------------------------

agents = sa.Table(
    "agents",
    metadata,
    _id(),
    sa.Column("email", sa.String(254), nullable=False, unique=True),  # in small letters; signs in with it
    sa.Column("name", sa.String(100), nullable=False),  # what customers read
    sa.Column("password_hash", sa.String(200), nullable=False),  # argon2id, with its parameters and salt
    sa.Column("role", sa.String(12), nullable=False),  # agent | supervisor | analyst | admin
    sa.Column("state", sa.String(8), nullable=False),  # active | disabled
    sa.Column("languages", Json, nullable=False),  # codes they answer in; empty: any
    sa.Column("capacity", sa.Integer, nullable=False),  # conversations at once
    sa.Column("presence", sa.String(8), nullable=False),  # online | away | offline: what they chose
    _at("seen_at", nullable=True),  # the last sign of life of a desk of theirs
    sa.Column("must_change_password", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("demo", sa.Boolean, nullable=False, server_default=sa.false()),  # may sign in to a demo only
    sa.Column("preferences", Json, nullable=False),  # {"sound", "notifications", …}
    _at("created_at"),
    _at("disabled_at", nullable=True),
    sa.CheckConstraint("role IN ('agent', 'supervisor', 'analyst', 'admin')", name="role"),
    sa.CheckConstraint("state IN ('active', 'disabled')", name="state"),
    sa.CheckConstraint("presence IN ('online', 'away', 'offline')", name="presence"),
)

# -- conversations -------------------------------------------------------------------------------------------

conversations = sa.Table(
    "conversations",
    metadata,
    _id(),
    _ref("customer_id", "customers.id", index=True),
    _ref("previous_id", "conversations.id", nullable=True),
    sa.Column("channel", sa.String(16), nullable=False),  # where the customer last wrote: replies go there
    _ref("identity_id", "identities.id"),  # … and as whom
    sa.Column("shared", sa.Boolean, nullable=False, server_default=sa.false()),  # spans channels: has `participants`
    sa.Column("locale", sa.String(16), nullable=False),
    sa.Column("state", sa.String(8), nullable=False),  # open | ended
    sa.Column("owner", sa.String(36), nullable=False),  # bot | queue | an agent's id
    sa.Column("end_reason", sa.String(16)),  # done | resolved | idle | left | erased
    sa.Column("prompt", sa.String(32)),  # what the app itself is asking for, outside the engine
    sa.Column("last_seq", sa.Integer, nullable=False),
    sa.Column("turns", sa.Integer, nullable=False),  # compared and raised by each turn: two workers, one winner
    sa.Column("history", Json),  # folded engine events, sent with the next turn
    _at("created_at"),
    _at("active_at"),  # the last message of anybody
    _at("ended_at", nullable=True),
    _at("emptied_at", nullable=True),  # since then nothing that was said is kept: erased, or older than is kept
    sa.Column("leased_by", sa.String(36)),
    _at("leased_until", nullable=True),
    sa.CheckConstraint("state IN ('open', 'ended')", name="state"),
    sa.CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended"),
    sa.CheckConstraint("(state = 'ended') = (end_reason IS NOT NULL)", name="reason"),
    sa.Index("ix_conversations_state_active_at", "state", "active_at"),
    sa.Index("ix_conversations_ended_at", "ended_at"),
    sa.Index(
        "ix_conversations_emptied_at",
        "emptied_at",
        sqlite_where=sa.text("emptied_at IS NOT NULL"),
        postgresql_where=sa.text("emptied_at IS NOT NULL"),
    ),
    sa.Index(
        "uq_conversations_open",
        "customer_id",
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    ),
)

messages = sa.Table(
    "messages",
    metadata,
    _id(),
    _ref("conversation_id", "conversations.id"),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("external_id", sa.String(200)),  # the channel's own id of a customer's message
    sa.Column("author_kind", sa.String(8), nullable=False),  # customer | bot | agent | system
    sa.Column("author_name", sa.String(200)),
    sa.Column("agent_id", sa.String(36), sa.ForeignKey("agents.id")),  # which of our people wrote it
    # text | choice | command | media | notice | offer | rating | comment | nps | ces | review
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("payload", sa.Text),  # of the chosen button: what the engine is told
    sa.Column("response", sa.String(100)),  # the domain's name of a bot's reply
    sa.Column("choices", Json),
    sa.Column("cards", Json),
    sa.Column("expects", sa.String(32)),
    _ref("in_reply_to", "messages.id", nullable=True),
    _at("created_at"),
    _at("handled_at", nullable=True),  # customer's messages: when the turn was committed
    _ref("answered_with", "messages.id", nullable=True),  # a later one of the customer's, whose turn answered both
    _ref("quotes_id", "messages.id", nullable=True),  # the message that this one replies to, where the channel says so
    sa.Column("edited_text", sa.Text),  # what the customer made of it afterwards; `text` stays as it was sent
    _at("edited_at", nullable=True),
    sa.UniqueConstraint("conversation_id", "seq"),
    sa.UniqueConstraint("channel", "external_id"),
    sa.Index(
        "ix_messages_unhandled",
        "conversation_id",
        "seq",
        sqlite_where=sa.text("author_kind = 'customer' AND handled_at IS NULL"),
        postgresql_where=sa.text("author_kind = 'customer' AND handled_at IS NULL"),
    ),
    sa.Index(
        "ix_messages_edited_at",
        "edited_at",
        sqlite_where=sa.text("edited_at IS NOT NULL"),
        postgresql_where=sa.text("edited_at IS NOT NULL"),
    ),
)

# A literal, not a parameter: SQLite uses the partial index above only where it can see that the condition is the same.
awaits_turn = sa.and_(messages.c.author_kind == sa.literal_column("'customer'"), messages.c.handled_at.is_(None))

choices = sa.Table(
    "choices",
    metadata,
    _id(),
    _ref("message_id", "messages.id", index=True),
    _ref("conversation_id", "conversations.id"),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("payload", sa.Text, nullable=False),  # /intent{…} for the engine, or app:… for the app itself
    sa.Column("value", sa.String(200)),
)

turns = sa.Table(
    "turns",
    metadata,
    sa.Column("message_id", sa.String(36), sa.ForeignKey("messages.id"), primary_key=True),
    _ref("conversation_id", "conversations.id", index=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("events", Json, nullable=False),
    sa.Column("understanding", Json),
    sa.Column("effects", Json, nullable=False),
    sa.Column("model", sa.String(64)),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("engine_ms", sa.Float),
    sa.Column("actions_ms", sa.Float),
    _at("finished_at"),
    sa.UniqueConstraint("conversation_id", "number"),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("message_id", sa.String(36), sa.ForeignKey("messages.id"), primary_key=True),
    sa.Column("channel", sa.String(16), primary_key=True),
    _ref("conversation_id", "conversations.id"),
    _ref("identity_id", "identities.id"),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),  # waiting | sending | sent | delivered | failed | unknown
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("external_id", sa.String(200)),
    sa.Column("error", sa.String(300)),
    sa.Column("part", sa.Integer, nullable=False, server_default="0"),  # calls to the channel that are over
    sa.Column("parts", sa.Integer),  # … of so many, once that is known
    sa.Column("copy", sa.Boolean, nullable=False, server_default=sa.false()),  # the customer wrote elsewhere last
    _at("next_at"),
    _at("updated_at"),
    sa.CheckConstraint("state IN ('waiting', 'sending', 'sent', 'delivered', 'failed', 'unknown')", name="state"),
    sa.Index("ix_deliveries_conversation_id_state_seq", "conversation_id", "state", "seq"),
    # By channel: what no visitor of a website has read yet waits for ever, and is nothing for those who carry.
    sa.Index("ix_deliveries_state_channel_next_at", "state", "channel", "next_at"),
)

# -- ends ----------------------------------------------------------------------------------------------------

surveys = sa.Table(
    "surveys",
    metadata,
    _id(),
    sa.Column("conversation_id", sa.String(36), sa.ForeignKey("conversations.id"), nullable=False, unique=True),
    _ref("message_id", "messages.id", nullable=True),  # the question
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("about", sa.String(8), nullable=False),  # bot | agent: who was rated
    sa.Column("score", sa.Integer),
    sa.Column("comment", sa.Text),
    sa.Column("changes", sa.Integer, nullable=False),
    sa.Column("exempt_reason", sa.String(16)),  # erased | blocked | nothing_asked
    _at("due_at"),
    _at("asked_at", nullable=True),
    _at("reminded_at", nullable=True),  # asked once more, where the operator wants that
    _at("answered_at", nullable=True),
    _at("closes_at"),
    sa.CheckConstraint("state IN ('due', 'asked', 'answered', 'expired', 'undeliverable', 'exempt')", name="state"),
    sa.CheckConstraint("(state = 'answered') = (score IS NOT NULL)", name="score"),
    sa.CheckConstraint("score IS NULL OR (score >= 1 AND score <= 5)", name="range"),
    sa.CheckConstraint("(state = 'exempt') = (exempt_reason IS NOT NULL)", name="exempt"),
    sa.Index("ix_surveys_state_closes_at", "state", "closes_at"),
)

follow_ups = sa.Table(
    "follow_ups",
    metadata,
    _id(),
    sa.Column("survey_id", sa.String(36), sa.ForeignKey("surveys.id"), nullable=False, unique=True),
    _ref("conversation_id", "conversations.id", index=True),
    sa.Column("state", sa.String(8), nullable=False),  # open | closed
    sa.Column("agent_id", sa.String(36), sa.ForeignKey("agents.id")),  # who has taken it on, or closed it
    sa.Column("outcome", sa.String(16)),  # of a closed one: put_right | explained | unreachable | nothing_to_do
    sa.Column("note", sa.Text),
    _at("created_at"),
    _at("due_at", nullable=True),  # none of those from before there were any
    _at("closed_at", nullable=True),
)

callbacks = sa.Table(
    "callbacks",
    metadata,
    _id(),
    sa.Column("conversation_id", sa.String(36), sa.ForeignKey("conversations.id"), nullable=False, unique=True),
    sa.Column("reason", sa.String(32), nullable=False),  # asked | delay | failed_action | not_understood
    sa.Column("contact", sa.Text),
    sa.Column("state", sa.String(8), nullable=False),  # open | closed
    _at("created_at"),
    _at("closed_at", nullable=True),
)

# -- who may see what ----------------------------------------------------------------------------------------

verifications = sa.Table(
    "verifications",
    metadata,
    _id(),
    _ref("conversation_id", "conversations.id", index=True),
    sa.Column("shop_customer_id", sa.String(64), nullable=False),
    sa.Column("level", sa.String(10), nullable=False),  # matched | verified
    sa.Column("order_id", sa.String(64)),  # the one order a match opens
    sa.Column("method", sa.String(24), nullable=False),  # email | postcode | one_time_code | identity_token | …
    _at("granted_at"),
    _at("expires_at"),
    sa.Index("ix_verifications_granted_at", "granted_at"),
)

one_time_codes = sa.Table(
    "one_time_codes",
    metadata,
    _id(),
    _ref("conversation_id", "conversations.id", index=True),
    sa.Column("message_id", sa.String(36), nullable=False, unique=True),  # the turn that asked: one code a turn
    sa.Column("shop_customer_id", sa.String(64)),  # empty where the address is on no file: answered alike
    sa.Column("code_hash", sa.String(64), nullable=False),
    _at("created_at"),
    _at("expires_at"),
    _at("used_at", nullable=True),
)

proof_attempts = sa.Table(
    "proof_attempts",
    metadata,
    sa.Column("key", sa.String(128), primary_key=True),  # conversation, message and what was tried
    _ref("conversation_id", "conversations.id", index=True),
    sa.Column("subject", sa.String(64), nullable=False),  # keyed hash of the order, e-mail or visitor tried
    sa.Column("succeeded", sa.Boolean, nullable=False),
    sa.Column("outcome", Json, nullable=False),
    _at("at"),
    sa.Index("ix_proof_attempts_subject_at", "subject", "at"),
)

mails = sa.Table(
    "mails",
    metadata,
    _id(),
    sa.Column("conversation_id", sa.String(36), index=True),  # which it is about, so that it can be erased with it
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("body", sa.Text),  # emptied once sent over SMTP: codes are not kept
    sa.Column("state", sa.String(8), nullable=False),  # waiting | sending | sent | failed | unknown
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("error", sa.String(300)),
    _at("created_at"),
    _at("next_at"),
    _at("sent_at", nullable=True),
    sa.CheckConstraint("state IN ('waiting', 'sending', 'sent', 'failed', 'unknown')", name="state"),
    sa.Index("ix_mails_state_next_at", "state", "next_at"),
)
