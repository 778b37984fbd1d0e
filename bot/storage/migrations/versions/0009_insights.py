"""What the CX team works with: facts of conversations, marks, annotations; further questions; what is told on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from bot.storage.audit_guard import let_the_audit_forget
from bot.storage.search_index import create_search_index
from bot.storage.views import create_views

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "evaluation_runs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("release", sa.String(length=64), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("results", Json, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_evaluation_runs"),
    )
    op.create_index("ix_evaluation_runs_release", "evaluation_runs", ["release"], unique=False)
    op.create_table(
        "event_outbox",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=True),
        sa.Column("body", Json, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'sending', 'done', 'failed')", name="ck_event_outbox_state"),
        sa.PrimaryKeyConstraint("id", name="pk_event_outbox"),
        sa.UniqueConstraint("key", name="uq_event_outbox_key"),
    )
    op.create_index("ix_event_outbox_conversation_id", "event_outbox", ["conversation_id"], unique=False)
    op.create_index("ix_event_outbox_state_next_at", "event_outbox", ["state", "next_at"], unique=False)
    op.create_table(
        "insight_marks",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("details", Json, nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_insight_marks"),
    )
    op.create_table(
        "tombstones",
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=36), nullable=True),
        sa.Column("counts", Json, nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name="pk_tombstones"),
    )
    op.create_table(
        "saved_filters",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("agent_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_saved_filters_agent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_filters"),
        sa.UniqueConstraint("agent_id", "name", name="uq_saved_filters_agent_id_name"),
    )
    op.create_table(
        "conversation_facts",
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("end_reason", sa.String(length=16), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("steps", Json, nullable=False),
        sa.Column("owner", sa.String(length=8), nullable=False),
        sa.Column("agent_id", sa.String(length=36), nullable=True),
        sa.Column("handed_off", sa.Boolean(), nullable=False),
        sa.Column("handoff_reason", sa.String(length=24), nullable=True),
        sa.Column("verified", sa.String(length=10), nullable=False),
        sa.Column("customer_messages", sa.Integer(), nullable=False),
        sa.Column("bot_messages", sa.Integer(), nullable=False),
        sa.Column("agent_messages", sa.Integer(), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("fallbacks", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("unanswered", sa.Integer(), nullable=False),
        sa.Column("lowest_confidence", sa.Float(), nullable=True),
        sa.Column("release", sa.String(length=64), nullable=True),
        sa.Column("survey_state", sa.String(length=16), nullable=True),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("about", sa.String(length=8), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("commented", sa.Boolean(), nullable=False),
        sa.Column("nps", sa.Integer(), nullable=True),
        sa.Column("ces", sa.Integer(), nullable=True),
        sa.Column("helpful", sa.Integer(), nullable=False),
        sa.Column("not_helpful", sa.Integer(), nullable=False),
        sa.Column("first_answer_seconds", sa.Float(), nullable=True),
        sa.Column("person_seconds", sa.Float(), nullable=True),
        sa.Column("resolution_seconds", sa.Float(), nullable=True),
        sa.Column("reopened_by", sa.String(length=36), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(state = 'ended') = (outcome IS NOT NULL)", name="ck_conversation_facts_outcome"),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_conversation_facts_agent_id"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_conversation_facts_conversation_id"
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_conversation_facts_customer_id"),
        sa.ForeignKeyConstraint(["reopened_by"], ["conversations.id"], name="fk_conversation_facts_reopened_by"),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_conversation_facts"),
    )
    op.create_index("ix_conversation_facts_agent_id", "conversation_facts", ["agent_id"], unique=False)
    op.create_index("ix_conversation_facts_at", "conversation_facts", ["at", "conversation_id"], unique=False)
    op.create_index("ix_conversation_facts_customer_id", "conversation_facts", ["customer_id"], unique=False)
    op.create_index("ix_conversation_facts_score_at", "conversation_facts", ["score", "at"], unique=False)
    op.create_index("ix_conversation_facts_topic_at", "conversation_facts", ["topic", "at"], unique=False)
    op.create_table(
        "conversation_words",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_conversation_words_conversation_id"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_conversation_words"),
        sa.UniqueConstraint("conversation_id", name="uq_conversation_words_conversation_id"),
    )
    op.create_table(
        "kept_tests",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("path", sa.String(length=300), nullable=True),
        sa.Column("agent_id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_kept_tests_agent_id"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_kept_tests_conversation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_kept_tests"),
        sa.UniqueConstraint("conversation_id", name="uq_kept_tests_conversation_id"),
    )
    op.create_table(
        "qa_reviews",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("agent_id", sa.String(length=36), nullable=False),
        sa.Column("scores", Json, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_qa_reviews_agent_id"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_qa_reviews_conversation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_qa_reviews"),
        sa.UniqueConstraint("conversation_id", "agent_id", name="uq_qa_reviews_conversation_id_agent_id"),
    )
    op.create_table(
        "reading_links",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_reading_links_conversation_id"),
        sa.ForeignKeyConstraint(["created_by"], ["agents.id"], name="fk_reading_links_created_by"),
        sa.PrimaryKeyConstraint("id", name="pk_reading_links"),
        sa.UniqueConstraint("token_hash", name="uq_reading_links_token_hash"),
    )
    op.create_index("ix_reading_links_conversation_id", "reading_links", ["conversation_id"], unique=False)
    op.create_table(
        "nlu_annotations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("message_id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("reasons", Json, nullable=False),
        sa.Column("guessed_intent", sa.String(length=100), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("intent", sa.String(length=100), nullable=True),
        sa.Column("entities", Json, nullable=True),
        sa.Column("agent_id", sa.String(length=36), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exported_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="ck_nlu_annotations_decided"),
        sa.CheckConstraint("state IN ('open', 'accepted', 'rejected')", name="ck_nlu_annotations_state"),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_nlu_annotations_agent_id"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_nlu_annotations_conversation_id"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_nlu_annotations_message_id"),
        sa.PrimaryKeyConstraint("id", name="pk_nlu_annotations"),
        sa.UniqueConstraint("message_id", name="uq_nlu_annotations_message_id"),
    )
    op.create_index("ix_nlu_annotations_conversation_id", "nlu_annotations", ["conversation_id"], unique=False)
    op.create_index("ix_nlu_annotations_state_said_at", "nlu_annotations", ["state", "said_at"], unique=False)
    op.create_table(
        "extra_questions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("survey_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.String(length=36), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(state = 'answered') = (score IS NOT NULL)", name="ck_extra_questions_score"),
        sa.CheckConstraint("kind IN ('nps', 'ces')", name="ck_extra_questions_kind"),
        sa.CheckConstraint(
            "score IS NULL OR (kind = 'nps' AND score BETWEEN 0 AND 10) OR (kind = 'ces' AND score BETWEEN 1 AND 7)",
            name="ck_extra_questions_range",
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'answered', 'expired', 'undeliverable')", name="ck_extra_questions_state"
        ),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_extra_questions_message_id"),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name="fk_extra_questions_survey_id"),
        sa.PrimaryKeyConstraint("id", name="pk_extra_questions"),
        sa.UniqueConstraint("survey_id", name="uq_extra_questions_survey_id"),
    )
    op.create_index("ix_extra_questions_state_closes_at", "extra_questions", ["state", "closes_at"], unique=False)
    op.create_table(
        "reviews",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("survey_id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.String(length=36), nullable=True),
        sa.CheckConstraint(
            "state IN ('invited', 'consented', 'declined', 'published', 'withdrawn')", name="ck_reviews_state"
        ),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_reviews_conversation_id"),
        sa.ForeignKeyConstraint(["published_by"], ["agents.id"], name="fk_reviews_published_by"),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name="fk_reviews_survey_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
        sa.UniqueConstraint("survey_id", name="uq_reviews_survey_id"),
    )
    op.create_index("ix_reviews_conversation_id", "reviews", ["conversation_id"], unique=False)
    op.create_index("ix_reviews_state_published_at", "reviews", ["state", "published_at"], unique=False)
    op.add_column("conversations", sa.Column("emptied_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("mails", sa.Column("conversation_id", sa.String(length=36), nullable=True))
    op.create_index("ix_mails_conversation_id", "mails", ["conversation_id"], unique=False)
    op.add_column("surveys", sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
    _index_what_changes()
    create_search_index(op.get_bind())
    let_the_audit_forget(op.get_bind())
    create_views(op.get_bind())


def _index_what_changes() -> None:
    """What changed of late is looked for every few seconds, among a million rows."""
    op.create_index("ix_conversations_ended_at", "conversations", ["ended_at"])
    op.create_index("ix_handoff_events_at", "handoff_events", ["at"])
    op.create_index("ix_verifications_granted_at", "verifications", ["granted_at"])
    _partial("ix_conversations_emptied_at", "conversations", ["emptied_at"], "emptied_at IS NOT NULL")
    _partial("ix_messages_edited_at", "messages", ["edited_at"], "edited_at IS NOT NULL")
    _partial("ix_article_showings_judged_at", "article_showings", ["judged_at"], "judged_at IS NOT NULL")
    op.create_index("ix_conversation_facts_survey_state", "conversation_facts", ["survey_state", "conversation_id"])
    op.create_index(
        "ix_conversation_facts_figures",
        "conversation_facts",
        [
            *("at", "day", "state", "outcome", "channel", "language", "topic", "owner", "about", "agent_id", "release"),
            *("asked", "survey_state", "score", "nps", "ces", "turns", "fallbacks", "weekday", "hour", "verified"),
            *("first_answer_seconds", "person_seconds", "resolution_seconds"),
        ],
        unique=False,
    )


def _partial(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
