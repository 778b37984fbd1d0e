"""The tables that count what help articles do: shown, judged, and questions that none answered; no queries."""

from __future__ import annotations

import sqlalchemy as sa

from bot.storage.tables import UtcDateTime, metadata

article_showings = sa.Table(
    "article_showings",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("conversation_id", sa.String(36), sa.ForeignKey("conversations.id"), nullable=False, index=True),
    sa.Column("message_id", sa.String(36), sa.ForeignKey("messages.id"), nullable=False, index=True),  # the question
    sa.Column("slug", sa.String(100), nullable=False),
    sa.Column("language", sa.String(16), nullable=False),  # of the article
    sa.Column("passage", sa.String(200), nullable=False),  # the section's heading; empty for the article's beginning
    sa.Column("shown_at", UtcDateTime, nullable=False),
    sa.Column("helpful", sa.Boolean),  # what the customer said, if they said something; the last word counts
    sa.Column("judged_at", UtcDateTime),
    sa.CheckConstraint("(helpful IS NULL) = (judged_at IS NULL)", name="judged"),
    sa.Index("ix_article_showings_slug_shown_at", "slug", "shown_at"),
    sa.Index(
        "ix_article_showings_judged_at",
        "judged_at",
        sqlite_where=sa.text("judged_at IS NOT NULL"),
        postgresql_where=sa.text("judged_at IS NOT NULL"),
    ),
)

unanswered_questions = sa.Table(
    "unanswered_questions",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("conversation_id", sa.String(36), sa.ForeignKey("conversations.id"), nullable=False, index=True),
    sa.Column("message_id", sa.String(36), sa.ForeignKey("messages.id"), nullable=False, index=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("language", sa.String(16), nullable=False),
    sa.Column("intent", sa.String(64)),  # what it was taken for
    sa.Column("asked_at", UtcDateTime, nullable=False, index=True),
)
