"""Telegram, and conversations that span channels: links, attachments, edits, and messages sent in parts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "duties",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("holder", sa.String(length=36), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_duties"),
    )
    op.create_table(
        "message_edits",
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "external_id", "edited_at", name="pk_message_edits"),
    )
    op.create_table(
        "telegram_calls",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("arguments", Json, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'done', 'failed', 'unknown')", name="ck_telegram_calls_state"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_telegram_calls"),
        sa.UniqueConstraint("key", name="uq_telegram_calls_key"),
    )
    op.create_index("ix_telegram_calls_state_next_at", "telegram_calls", ["state", "next_at"], unique=False)
    op.create_table(
        "telegram_groups",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("migrated_to", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("chat_id", name="pk_telegram_groups"),
    )
    op.create_table(
        "telegram_updates",
        sa.Column("bot_id", sa.BigInteger(), nullable=False),
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("body", Json, nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(handled_at IS NULL) = (outcome IS NULL)", name="ck_telegram_updates_handled"),
        sa.PrimaryKeyConstraint("bot_id", "update_id", name="pk_telegram_updates"),
    )
    op.create_index("ix_telegram_updates_received_at", "telegram_updates", ["received_at"], unique=False)
    op.create_index(
        "ix_telegram_updates_unhandled",
        "telegram_updates",
        ["bot_id", "chat_id", "update_id"],
        unique=False,
        sqlite_where=sa.text("handled_at IS NULL"),
        postgresql_where=sa.text("handled_at IS NULL"),
    )
    op.create_table(
        "link_tokens",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("identity_id", sa.String(length=36), nullable=False),
        sa.Column("to_channel", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_by", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["identity_id"], ["identities.id"], name="fk_link_tokens_identity_id"),
        sa.ForeignKeyConstraint(["used_by"], ["identities.id"], name="fk_link_tokens_used_by"),
        sa.PrimaryKeyConstraint("id", name="pk_link_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_link_tokens_token_hash"),
    )
    op.create_index("ix_link_tokens_identity_id", "link_tokens", ["identity_id"], unique=False)
    op.create_table(
        "links",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("identity_id", sa.String(length=36), nullable=False),
        sa.Column("from_customer_id", sa.String(length=36), nullable=False),
        sa.Column("to_customer_id", sa.String(length=36), nullable=False),
        sa.Column("token_id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=16), nullable=True),
        sa.CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="ck_links_undone"),
        sa.ForeignKeyConstraint(["from_customer_id"], ["customers.id"], name="fk_links_from_customer_id"),
        sa.ForeignKeyConstraint(["identity_id"], ["identities.id"], name="fk_links_identity_id"),
        sa.ForeignKeyConstraint(["to_customer_id"], ["customers.id"], name="fk_links_to_customer_id"),
        sa.ForeignKeyConstraint(["token_id"], ["link_tokens.id"], name="fk_links_token_id"),
        sa.PrimaryKeyConstraint("id", name="pk_links"),
        sa.UniqueConstraint("token_id", name="uq_links_token_id"),
    )
    op.create_index("ix_links_identity_id", "links", ["identity_id"], unique=False)
    op.create_index("ix_links_to_customer_id", "links", ["to_customer_id"], unique=False)
    op.create_table(
        "participants",
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("identity_id", sa.String(length=36), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_participants_conversation_id"),
        sa.ForeignKeyConstraint(["identity_id"], ["identities.id"], name="fk_participants_identity_id"),
        sa.PrimaryKeyConstraint("conversation_id", "identity_id", name="pk_participants"),
    )
    op.create_table(
        "attachments",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("message_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("details", Json, nullable=False),
        sa.Column("file_id", sa.String(length=300), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("media_type", sa.String(length=100), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('none', 'waiting', 'kept', 'too_large', 'over_limit', 'gone')", name="ck_attachments_state"
        ),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_attachments_message_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attachments"),
    )
    op.create_index("ix_attachments_message_id", "attachments", ["message_id"], unique=False)
    op.create_index("ix_attachments_state_next_at", "attachments", ["state", "next_at"], unique=False)
    op.create_table(
        "delivery_parts",
        sa.Column("message_id", sa.String(length=36), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("outcome IN ('sent', 'unknown')", name="ck_delivery_parts_outcome"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_delivery_parts_message_id"),
        sa.PrimaryKeyConstraint("message_id", "channel", "part", name="pk_delivery_parts"),
    )
    op.create_table(
        "attachment_contents",
        sa.Column("attachment_id", sa.String(length=36), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["attachment_id"], ["attachments.id"], name="fk_attachment_contents_attachment_id"),
        sa.PrimaryKeyConstraint("attachment_id", name="pk_attachment_contents"),
    )
    op.add_column("conversations", sa.Column("shared", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("deliveries", sa.Column("part", sa.Integer(), server_default="0", nullable=False))
    op.add_column("deliveries", sa.Column("parts", sa.Integer(), nullable=True))
    op.add_column("deliveries", sa.Column("copy", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.drop_index("ix_deliveries_state_next_at", table_name="deliveries")
    op.create_index("ix_deliveries_state_channel_next_at", "deliveries", ["state", "channel", "next_at"], unique=False)
    op.add_column("identities", sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True))
    # In one statement that both databases know; SQLite would have the whole table written anew for anything else.
    op.execute(
        "ALTER TABLE messages ADD COLUMN quotes_id VARCHAR(36) "
        "CONSTRAINT fk_messages_quotes_id REFERENCES messages (id)"
    )
    op.add_column("messages", sa.Column("edited_text", sa.Text(), nullable=True))
    op.add_column("messages", sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))
