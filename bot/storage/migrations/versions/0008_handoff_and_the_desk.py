"""People: staff and their sessions, handing over, the desk, and a bridge to another helpdesk."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
REFUSAL = "the audit log is append-only"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "agents",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("languages", Json, nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("presence", sa.String(length=8), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("must_change_password", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("preferences", Json, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("presence IN ('online', 'away', 'offline')", name="ck_agents_presence"),
        sa.CheckConstraint("role IN ('agent', 'supervisor', 'analyst', 'admin')", name="ck_agents_role"),
        sa.CheckConstraint("state IN ('active', 'disabled')", name="ck_agents_state"),
        sa.PrimaryKeyConstraint("id", name="pk_agents"),
        sa.UniqueConstraint("email", name="uq_agents_email"),
    )
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent_id", sa.String(length=36), nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=True),
        sa.Column("subject", sa.String(length=200), nullable=True),
        sa.Column("details", Json, nullable=True),
        sa.Column("address", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
    )
    op.create_index("ix_audit_action_number", "audit", ["action", "number"], unique=False)
    op.create_index("ix_audit_agent_id", "audit", ["agent_id"], unique=False)
    op.create_index("ix_audit_at", "audit", ["at"], unique=False)
    op.create_index("ix_audit_conversation_id", "audit", ["conversation_id"], unique=False)

    op.create_table(
        "helpdesk_events",
        sa.Column("helpdesk", sa.String(length=16), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("body", Json, nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(handled_at IS NULL) = (outcome IS NULL)", name="ck_helpdesk_events_handled"),
        sa.PrimaryKeyConstraint("helpdesk", "external_id", name="pk_helpdesk_events"),
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_attempts"),
    )
    op.create_index("ix_sign_in_attempts_subject_at", "sign_in_attempts", ["subject", "at"], unique=False)

    op.create_table(
        "teams",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_teams"),
        sa.UniqueConstraint("name", name="uq_teams_name"),
    )
    op.create_table(
        "canned_replies",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("shortcut", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("team_id", sa.String(length=36), nullable=True),
        sa.Column("updated_by", sa.String(length=36), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_canned_replies_team_id"),
        sa.ForeignKeyConstraint(["updated_by"], ["agents.id"], name="fk_canned_replies_updated_by"),
        sa.PrimaryKeyConstraint("id", name="pk_canned_replies"),
        sa.UniqueConstraint("shortcut", name="uq_canned_replies_shortcut"),
    )
    op.create_table(
        "staff_sessions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("agent_id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=True),
        sa.Column("browser", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_staff_sessions_agent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_staff_sessions"),
    )
    op.create_index("ix_staff_sessions_agent_id", "staff_sessions", ["agent_id"], unique=False)

    op.create_table(
        "team_members",
        sa.Column("team_id", sa.String(length=36), nullable=False),
        sa.Column("agent_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_team_members_agent_id"),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_team_members_team_id"),
        sa.PrimaryKeyConstraint("team_id", "agent_id", name="pk_team_members"),
    )
    op.create_index("ix_team_members_agent_id", "team_members", ["agent_id"], unique=False)

    op.create_table(
        "conversation_tags",
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("tag", sa.String(length=40), nullable=False),
        sa.Column("agent_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_conversation_tags_agent_id"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_conversation_tags_conversation_id"),
        sa.PrimaryKeyConstraint("conversation_id", "tag", name="pk_conversation_tags"),
    )
    op.create_index("ix_conversation_tags_tag", "conversation_tags", ["tag"], unique=False)

    op.create_table(
        "desk_drafts",
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("agent_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_desk_drafts_agent_id"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_desk_drafts_conversation_id"),
        sa.PrimaryKeyConstraint("conversation_id", "agent_id", "kind", name="pk_desk_drafts"),
    )
    op.create_table(
        "desk_reads",
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("agent_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_desk_reads_agent_id"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_desk_reads_conversation_id"),
        sa.PrimaryKeyConstraint("conversation_id", "agent_id", name="pk_desk_reads"),
    )
    op.create_table(
        "desk_viewing",
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("agent_id", sa.String(length=36), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("typing_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_desk_viewing_agent_id"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_desk_viewing_conversation_id"),
        sa.PrimaryKeyConstraint("conversation_id", "agent_id", name="pk_desk_viewing"),
    )
    op.create_table(
        "handoffs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("team_id", sa.String(length=36), nullable=True),
        sa.Column("priority", sa.Integer(), server_default="0", nullable=False),
        sa.Column("packet", Json, nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_by", sa.String(length=36), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_reply_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_position", sa.Integer(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_reply_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_reply_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution_left", sa.Float(), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_reply_breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_reply_breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution_breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("wrap_up", sa.Integer(), nullable=True),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="ck_handoffs_closed"),
        sa.CheckConstraint("(state = 'closed') = (outcome IS NOT NULL)", name="ck_handoffs_outcome"),
        sa.CheckConstraint("(state = 'held') = (held_by IS NOT NULL)", name="ck_handoffs_held"),
        sa.CheckConstraint("state IN ('queued', 'held', 'closed')", name="ck_handoffs_state"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_handoffs_conversation_id"),
        sa.ForeignKeyConstraint(["held_by"], ["agents.id"], name="fk_handoffs_held_by"),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_handoffs_team_id"),
        sa.PrimaryKeyConstraint("id", name="pk_handoffs"),
    )
    op.create_index("ix_handoffs_closed_at", "handoffs", ["closed_at"], unique=False)
    op.create_index("ix_handoffs_conversation_id", "handoffs", ["conversation_id"], unique=False)
    op.create_index("ix_handoffs_held_by", "handoffs", ["held_by"], unique=False)
    op.create_index("ix_handoffs_requested_at", "handoffs", ["requested_at"], unique=False)
    op.create_index("ix_handoffs_state_queued_at", "handoffs", ["state", "queued_at"], unique=False)
    op.create_index(
        "uq_handoffs_open",
        "handoffs",
        ["conversation_id"],
        unique=True,
        sqlite_where=sa.text("state != 'closed'"),
        postgresql_where=sa.text("state != 'closed'"),
    )

    op.create_table(
        "helpdesk_calls",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'done', 'failed', 'unknown')", name="ck_helpdesk_calls_state"
        ),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_helpdesk_calls_conversation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_helpdesk_calls"),
        sa.UniqueConstraint("conversation_id", "number", name="uq_helpdesk_calls_conversation_id_number"),
        sa.UniqueConstraint("key", name="uq_helpdesk_calls_key"),
    )
    op.create_index("ix_helpdesk_calls_state_next_at", "helpdesk_calls", ["state", "next_at"], unique=False)

    op.create_table(
        "helpdesk_links",
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("helpdesk", sa.String(length=16), nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=True),
        sa.Column("details", Json, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_helpdesk_links_conversation_id"),
        sa.PrimaryKeyConstraint("conversation_id", "helpdesk", name="pk_helpdesk_links"),
        sa.UniqueConstraint("helpdesk", "external_id", name="uq_helpdesk_links_helpdesk_external_id"),
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("agent_id", sa.String(length=36), nullable=False),
        sa.Column("after_seq", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_notes_agent_id"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_notes_conversation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
    )
    op.create_index("ix_notes_conversation_id", "notes", ["conversation_id"], unique=False)

    op.create_table(
        "handoff_events",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("handoff_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("agent_id", sa.String(length=36), nullable=True),
        sa.Column("to_agent_id", sa.String(length=36), nullable=True),
        sa.Column("to_team_id", sa.String(length=36), nullable=True),
        sa.Column("details", Json, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_handoff_events_agent_id"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_handoff_events_conversation_id"),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoffs.id"], name="fk_handoff_events_handoff_id"),
        sa.ForeignKeyConstraint(["to_agent_id"], ["agents.id"], name="fk_handoff_events_to_agent_id"),
        sa.ForeignKeyConstraint(["to_team_id"], ["teams.id"], name="fk_handoff_events_to_team_id"),
        sa.PrimaryKeyConstraint("id", name="pk_handoff_events"),
        sa.UniqueConstraint("handoff_id", "number", name="uq_handoff_events_handoff_id_number"),
    )
    op.create_index("ix_handoff_events_agent_id", "handoff_events", ["agent_id"], unique=False)
    op.create_index("ix_handoff_events_conversation_id", "handoff_events", ["conversation_id"], unique=False)
    op.create_index("ix_handoff_events_handoff_id", "handoff_events", ["handoff_id"], unique=False)
    op.create_index("ix_handoff_events_kind_at", "handoff_events", ["kind", "at"], unique=False)
    op.create_index("ix_handoff_events_to_agent_id_at", "handoff_events", ["to_agent_id", "at"], unique=False)

    for table in ("messages", "cases", "follow_ups"):
        # In one statement that both databases know; SQLite would have the whole table written anew for anything else.
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN agent_id VARCHAR(36) CONSTRAINT fk_{table}_agent_id REFERENCES agents (id)"
        )
    op.add_column("follow_ups", sa.Column("outcome", sa.String(length=16), nullable=True))
    op.add_column("follow_ups", sa.Column("note", sa.Text(), nullable=True))
    op.add_column("follow_ups", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    _refuse_changes_of_the_audit()


def _refuse_changes_of_the_audit() -> None:
    """Rows can be added only: whoever may write to the database by its app cannot unwrite what was done."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_refuses_{verb.lower()} BEFORE {verb} ON audit "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
        # INSERT OR REPLACE removes a row without asking the trigger of DELETE.
        op.execute(
            "CREATE TRIGGER audit_refuses_replace BEFORE INSERT ON audit "  # noqa: S608 - words of ours
            "WHEN EXISTS (SELECT 1 FROM audit WHERE number = NEW.number) "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION audit_refuses() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses()"
    )
