"""The tables of people: who they are, what is handed over to them, what they note at the desk; no queries."""

from __future__ import annotations

import sqlalchemy as sa

from bot.storage.tables import Json, UtcDateTime, metadata


def _agent(name: str = "agent_id", *, nullable: bool = False, index: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(36), sa.ForeignKey("agents.id"), nullable=nullable, index=index)


def _conversation(*, primary_key: bool = False, index: bool = False) -> sa.Column[str]:
    return sa.Column(
        "conversation_id",
        sa.String(36),
        sa.ForeignKey("conversations.id"),
        nullable=False,
        primary_key=primary_key,
        index=index,
    )


# -- staff --------------------------------------------------------------------------------------------------

teams = sa.Table(
    "teams",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("name", sa.String(60), nullable=False, unique=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

team_members = sa.Table(
    "team_members",
    metadata,
    sa.Column("team_id", sa.String(36), sa.ForeignKey("teams.id"), primary_key=True),
    sa.Column("agent_id", sa.String(36), sa.ForeignKey("agents.id"), primary_key=True, index=True),
)

staff_sessions = sa.Table(
    "staff_sessions",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),  # SHA-256 of the cookie: a copy of the table opens nothing
    _agent(index=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("seen_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("address", sa.String(64)),
    sa.Column("browser", sa.String(200)),
)

sign_in_attempts = sa.Table(
    "sign_in_attempts",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("subject", sa.String(64), nullable=False),  # keyed hash of what was tried, from where
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Index("ix_sign_in_attempts_subject_at", "subject", "at"),
)

# Append-only: triggers refuse to change or delete a row (see the migration).
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("at", UtcDateTime, nullable=False, index=True),
    sa.Column("agent_id", sa.String(36), index=True),  # no reference: what was done stays written
    sa.Column("action", sa.String(40), nullable=False),  # conversation_read | claim | sign_in_failed | …
    sa.Column("conversation_id", sa.String(36), index=True),
    sa.Column("subject", sa.String(200)),  # what else it was about
    sa.Column("details", Json),
    sa.Column("address", sa.String(64)),
    sa.Index("ix_audit_action_number", "action", "number"),
)

# -- handing over -------------------------------------------------------------------------------------------

# One request for a person, from the wish to its end. Who owns the conversation is said by the conversation alone.
handoffs = sa.Table(
    "handoffs",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    _conversation(index=True),
    sa.Column("reason", sa.String(24), nullable=False),
    sa.Column("state", sa.String(8), nullable=False),  # queued | held (by an agent) | closed
    sa.Column("language", sa.String(16), nullable=False),
    sa.Column("team_id", sa.String(36), sa.ForeignKey("teams.id")),
    sa.Column("priority", sa.Integer, nullable=False, server_default="0"),  # higher goes first
    sa.Column("packet", Json, nullable=False),
    sa.Column("requested_at", UtcDateTime, nullable=False),
    sa.Column("queued_at", UtcDateTime, nullable=False),  # since then they wait for somebody to take it
    _agent("held_by", nullable=True, index=True),
    sa.Column("held_at", UtcDateTime),
    sa.Column("first_reply_at", UtcDateTime),
    sa.Column("waiting_since", UtcDateTime),  # the customer's first message that no person has answered
    sa.Column("snoozed_until", UtcDateTime),
    sa.Column("told_position", sa.Integer),  # what the customer heard last
    sa.Column("told_at", UtcDateTime),
    sa.Column("first_reply_due", UtcDateTime),
    sa.Column("next_reply_due", UtcDateTime),
    sa.Column("resolution_due", UtcDateTime),
    sa.Column("resolution_left", sa.Float),  # business seconds, while that time stands still and nothing is due
    sa.Column("warned_at", UtcDateTime),  # the next breach is near, and the desk says so
    sa.Column("first_reply_breached_at", UtcDateTime),
    sa.Column("next_reply_breached_at", UtcDateTime),
    sa.Column("resolution_breached_at", UtcDateTime),
    sa.Column("closed_at", UtcDateTime),
    sa.Column("outcome", sa.String(16)),  # resolved | handed_back | withdrawn | promised | left | other | idle | erased
    sa.Column("wrap_up", sa.Integer),  # 1 hard … 3 easy: how it was for the agent
    sa.CheckConstraint("state IN ('queued', 'held', 'closed')", name="state"),
    sa.CheckConstraint("(state = 'held') = (held_by IS NOT NULL)", name="held"),
    sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
    sa.CheckConstraint("(state = 'closed') = (outcome IS NOT NULL)", name="outcome"),
    sa.Index("ix_handoffs_state_queued_at", "state", "queued_at"),
    sa.Index("ix_handoffs_closed_at", "closed_at"),
    sa.Index("ix_handoffs_requested_at", "requested_at"),
    sa.Index(
        "uq_handoffs_open",
        "conversation_id",
        unique=True,
        sqlite_where=sa.text("state != 'closed'"),
        postgresql_where=sa.text("state != 'closed'"),
    ),
)

# A literal, not a parameter: SQLite uses the partial index above only where it can see that the condition is the same.
# And that index it needs: what is open is little, however much there has been.
is_open = handoffs.c.state != sa.literal_column("'closed'")

# What happened to a handoff, in order. Rows are only added; a team that is removed is no longer named in them.
handoff_events = sa.Table(
    "handoff_events",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("handoff_id", sa.String(36), sa.ForeignKey("handoffs.id"), nullable=False, index=True),
    sa.Column("number", sa.Integer, nullable=False),  # within the handoff: two may happen at the same moment
    _conversation(index=True),
    # requested | claimed | assigned | transferred | returned_to_queue | vanished | handed_back | resolved | …
    sa.Column("kind", sa.String(20), nullable=False),
    _agent(nullable=True, index=True),  # who did it; none: we did
    sa.Column("to_agent_id", sa.String(36), sa.ForeignKey("agents.id")),
    sa.Column("to_team_id", sa.String(36), sa.ForeignKey("teams.id")),
    sa.Column("details", Json),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Index("ix_handoff_events_to_agent_id_at", "to_agent_id", "at"),
    sa.Index("ix_handoff_events_kind_at", "kind", "at"),
    sa.Index("ix_handoff_events_at", "at"),
    sa.UniqueConstraint("handoff_id", "number"),
)

# -- at the desk --------------------------------------------------------------------------------------------

notes = sa.Table(
    "notes",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    _conversation(index=True),
    _agent(),
    sa.Column("after_seq", sa.Integer, nullable=False),  # stands below that message
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

conversation_tags = sa.Table(
    "conversation_tags",
    metadata,
    _conversation(primary_key=True),
    sa.Column("tag", sa.String(40), primary_key=True, index=True),
    _agent(nullable=True),
    sa.Column("created_at", UtcDateTime, nullable=False, index=True),
)

canned_replies = sa.Table(
    "canned_replies",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("shortcut", sa.String(40), nullable=False, unique=True),
    sa.Column("title", sa.String(100), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("language", sa.String(16)),
    sa.Column("team_id", sa.String(36), sa.ForeignKey("teams.id")),
    _agent("updated_by", nullable=True),
    sa.Column("updated_at", UtcDateTime, nullable=False),
)

# What somebody has typed and not sent: kept through reloads, lost connections and absences.
desk_drafts = sa.Table(
    "desk_drafts",
    metadata,
    _conversation(primary_key=True),
    sa.Column("agent_id", sa.String(36), sa.ForeignKey("agents.id"), primary_key=True),
    sa.Column("kind", sa.String(8), primary_key=True),  # reply | note
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
)

desk_reads = sa.Table(
    "desk_reads",
    metadata,
    _conversation(primary_key=True),
    sa.Column("agent_id", sa.String(36), sa.ForeignKey("agents.id"), primary_key=True),
    sa.Column("seq", sa.Integer, nullable=False),
)

# Who looks at a conversation, and who types in it; old rows mean nothing.
desk_viewing = sa.Table(
    "desk_viewing",
    metadata,
    _conversation(primary_key=True),
    sa.Column("agent_id", sa.String(36), sa.ForeignKey("agents.id"), primary_key=True),
    sa.Column("seen_at", UtcDateTime, nullable=False),
    sa.Column("typing_at", UtcDateTime),
)

# -- another helpdesk ---------------------------------------------------------------------------------------

# A conversation of ours and what the helpdesk calls it.
helpdesk_links = sa.Table(
    "helpdesk_links",
    metadata,
    _conversation(primary_key=True),
    sa.Column("helpdesk", sa.String(16), primary_key=True),
    sa.Column("external_id", sa.String(64), nullable=False),
    sa.Column("contact_id", sa.String(64)),
    sa.Column("details", Json),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("helpdesk", "external_id"),
)

# What it is to be told: carried in order per conversation, retried, never told twice knowingly.
helpdesk_calls = sa.Table(
    "helpdesk_calls",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("key", sa.String(200), nullable=False, unique=True),  # what asked for it: done once
    sa.Column("number", sa.Integer, nullable=False),  # the order within the conversation
    _conversation(),
    sa.Column("kind", sa.String(24), nullable=False),
    sa.Column("body", Json, nullable=False),
    sa.Column("state", sa.String(8), nullable=False),  # waiting | sending | done | failed | unknown
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("error", sa.String(300)),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("next_at", UtcDateTime, nullable=False),
    sa.CheckConstraint("state IN ('waiting', 'sending', 'done', 'failed', 'unknown')", name="state"),
    sa.Index("ix_helpdesk_calls_state_next_at", "state", "next_at"),
    sa.UniqueConstraint("conversation_id", "number"),
)

# What it told us: stored before it is acknowledged, handled once.
helpdesk_events = sa.Table(
    "helpdesk_events",
    metadata,
    sa.Column("helpdesk", sa.String(16), primary_key=True),
    sa.Column("external_id", sa.String(200), primary_key=True),
    sa.Column("body", Json),  # emptied once it had its effect
    sa.Column("outcome", sa.String(24)),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("next_at", UtcDateTime, nullable=False),
    sa.Column("handled_at", UtcDateTime),
    sa.CheckConstraint("(handled_at IS NULL) = (outcome IS NULL)", name="handled"),
)
