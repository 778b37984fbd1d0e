"""The tables around channels: links of identities, what came beside text, edits, Telegram's own; no queries."""

from __future__ import annotations

import sqlalchemy as sa

from bot.storage.tables import Json, UtcDateTime, metadata

# -- one customer on several channels -----------------------------------------------------------------------

link_tokens = sa.Table(
    "link_tokens",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("identity_id", sa.String(36), sa.ForeignKey("identities.id"), nullable=False, index=True),  # who asked
    sa.Column("to_channel", sa.String(16), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("used_at", UtcDateTime),
    sa.Column("used_by", sa.String(36), sa.ForeignKey("identities.id")),
)

# The audit: which identity became whose, and when that was taken back. Rows are never changed but for that.
links = sa.Table(
    "links",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("identity_id", sa.String(36), sa.ForeignKey("identities.id"), nullable=False, index=True),
    sa.Column("from_customer_id", sa.String(36), sa.ForeignKey("customers.id"), nullable=False),
    sa.Column("to_customer_id", sa.String(36), sa.ForeignKey("customers.id"), nullable=False, index=True),
    sa.Column("token_id", sa.String(36), sa.ForeignKey("link_tokens.id"), nullable=False, unique=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("undone_at", UtcDateTime),
    sa.Column("undone_by", sa.String(16)),  # customer | operator
    sa.CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone"),
)

# Who takes part in a conversation that spans channels; without rows, only the identity it names.
participants = sa.Table(
    "participants",
    metadata,
    sa.Column("conversation_id", sa.String(36), sa.ForeignKey("conversations.id"), primary_key=True),
    sa.Column("identity_id", sa.String(36), sa.ForeignKey("identities.id"), primary_key=True),
    sa.Column("joined_at", UtcDateTime, nullable=False),
    sa.Column("left_at", UtcDateTime),
)

# -- what comes beside text ---------------------------------------------------------------------------------

attachments = sa.Table(
    "attachments",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("message_id", sa.String(36), sa.ForeignKey("messages.id"), nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),  # photo | document | voice | location | contact | …
    sa.Column("details", Json, nullable=False),  # what is no file: {"latitude", "longitude"}, {"phone", "name"} …
    sa.Column("file_id", sa.String(300)),  # the channel's id of the file
    sa.Column("name", sa.String(200)),
    sa.Column("media_type", sa.String(100)),
    sa.Column("size", sa.BigInteger),  # bytes
    sa.Column("state", sa.String(10), nullable=False),  # none | waiting | kept | too_large | over_limit | gone
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_at", UtcDateTime, nullable=False),
    sa.CheckConstraint("state IN ('none', 'waiting', 'kept', 'too_large', 'over_limit', 'gone')", name="state"),
    sa.Index("ix_attachments_state_next_at", "state", "next_at"),
)

attachment_contents = sa.Table(
    "attachment_contents",
    metadata,
    sa.Column("attachment_id", sa.String(36), sa.ForeignKey("attachments.id"), primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)

# Beside the message, since an edit may come before it: found by the channel's own id.
message_edits = sa.Table(
    "message_edits",
    metadata,
    sa.Column("channel", sa.String(16), primary_key=True),
    sa.Column("external_id", sa.String(200), primary_key=True),
    sa.Column("edited_at", UtcDateTime, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
)

# -- our messages on channels we send to --------------------------------------------------------------------

# One call to the channel each: long texts and pictures make several of one message.
delivery_parts = sa.Table(
    "delivery_parts",
    metadata,
    sa.Column("message_id", sa.String(36), sa.ForeignKey("messages.id"), primary_key=True),
    sa.Column("channel", sa.String(16), primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True),  # from 0
    sa.Column("external_id", sa.String(200)),
    sa.Column("outcome", sa.String(8), nullable=False),  # sent | unknown
    sa.Column("at", UtcDateTime, nullable=False),
    sa.CheckConstraint("outcome IN ('sent', 'unknown')", name="outcome"),
)

# Which process does what only one may do at a time.
duties = sa.Table(
    "duties",
    metadata,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("holder", sa.String(36), nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
)

# -- Telegram's own -----------------------------------------------------------------------------------------

telegram_updates = sa.Table(
    "telegram_updates",
    metadata,
    sa.Column("bot_id", sa.BigInteger, primary_key=True),
    sa.Column("update_id", sa.BigInteger, primary_key=True),
    sa.Column("chat_id", sa.BigInteger, nullable=False),  # whose updates have to wait for it; 0: of no chat
    sa.Column("body", Json),  # emptied once it had its effect
    sa.Column("outcome", sa.String(24)),  # what became of it, in a word
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False, index=True),
    sa.Column("next_at", UtcDateTime, nullable=False),
    sa.Column("handled_at", UtcDateTime),
    sa.CheckConstraint("(handled_at IS NULL) = (outcome IS NULL)", name="handled"),
    sa.Index(
        "ix_telegram_updates_unhandled",
        "bot_id",
        "chat_id",
        "update_id",
        sqlite_where=sa.text("handled_at IS NULL"),
        postgresql_where=sa.text("handled_at IS NULL"),
    ),
)

# Calls that are no message of a conversation: a keyboard that shows what was chosen, a word to a group.
telegram_calls = sa.Table(
    "telegram_calls",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("key", sa.String(200), nullable=False, unique=True),  # what asked for it: done once
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("method", sa.String(40), nullable=False),
    sa.Column("arguments", Json, nullable=False),
    sa.Column("state", sa.String(8), nullable=False),  # waiting | sending | done | failed | unknown
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("error", sa.String(300)),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("next_at", UtcDateTime, nullable=False),
    sa.CheckConstraint("state IN ('waiting', 'sending', 'done', 'failed', 'unknown')", name="state"),
    sa.Index("ix_telegram_calls_state_next_at", "state", "next_at"),
)

telegram_groups = sa.Table(
    "telegram_groups",
    metadata,
    sa.Column("chat_id", sa.BigInteger, primary_key=True),
    sa.Column("told_at", UtcDateTime, nullable=False),  # when it last heard that we talk in private only
    sa.Column("migrated_to", sa.BigInteger),
)
