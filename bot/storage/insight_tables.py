"""The tables of the CX team: what is counted of conversations, marked in them, learnt from them, told on."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.storage.search_index import create_search_index
from bot.storage.tables import Json, UtcDateTime, metadata


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.String(36), primary_key=True)


def _ref(name: str, target: str, *, nullable: bool = False, index: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(36), sa.ForeignKey(target), nullable=nullable, index=index)


def _at(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, UtcDateTime, nullable=nullable)


# -- what is counted ----------------------------------------------------------------------------------------

# One row a conversation, made anew from the other tables whenever something of it changed: reports read only this.
conversation_facts = sa.Table(
    "conversation_facts",
    metadata,
    sa.Column("conversation_id", sa.String(36), sa.ForeignKey("conversations.id"), primary_key=True),
    sa.Column("customer_id", sa.String(36), sa.ForeignKey("customers.id"), nullable=False, index=True),
    _at("at"),  # the moment that puts it into a period: its end; of an open one its beginning
    sa.Column("state", sa.String(8), nullable=False),  # open | ended
    sa.Column("end_reason", sa.String(16)),
    sa.Column("outcome", sa.String(12)),  # of an ended one: confirmed | assumed | abandoned | handed_off | reopened
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("language", sa.String(16), nullable=False),
    sa.Column("topic", sa.String(40), nullable=False),
    sa.Column("steps", Json, nullable=False),  # ["cancel_order", "asked for items", …]: what happened, in order
    sa.Column("owner", sa.String(8), nullable=False),  # bot | agent: who spoke for us last
    sa.Column("agent_id", sa.String(36), sa.ForeignKey("agents.id"), index=True),  # the last of our people who wrote
    sa.Column("handed_off", sa.Boolean, nullable=False),
    sa.Column("handoff_reason", sa.String(24)),
    sa.Column("verified", sa.String(10), nullable=False),  # anonymous | matched | verified: the most that was proven
    sa.Column("customer_messages", sa.Integer, nullable=False),
    sa.Column("bot_messages", sa.Integer, nullable=False),
    sa.Column("agent_messages", sa.Integer, nullable=False),
    sa.Column("turns", sa.Integer, nullable=False),
    sa.Column("fallbacks", sa.Integer, nullable=False),  # turns in which nothing certain was understood
    sa.Column("failures", sa.Integer, nullable=False),  # turns in which an action failed
    sa.Column("unanswered", sa.Integer, nullable=False),  # questions that no article answered
    sa.Column("lowest_confidence", sa.Float),  # 0 to 1, over its turns
    sa.Column("release", sa.String(64)),  # the model of its last turn
    sa.Column("survey_state", sa.String(16)),
    sa.Column("asked", sa.Boolean, nullable=False),  # its survey reached the customer
    sa.Column("about", sa.String(8)),  # bot | agent: who was rated
    sa.Column("score", sa.Integer),  # 1 to 5
    sa.Column("commented", sa.Boolean, nullable=False),
    sa.Column("nps", sa.Integer),  # 0 to 10
    sa.Column("ces", sa.Integer),  # 1 to 7
    sa.Column("helpful", sa.Integer, nullable=False),  # articles that the customer found so
    sa.Column("not_helpful", sa.Integer, nullable=False),
    sa.Column("first_answer_seconds", sa.Float),  # from the first message to the first answer of anybody
    sa.Column("person_seconds", sa.Float),  # from asking for a person to their first words
    sa.Column("resolution_seconds", sa.Float),  # from the first message to the end
    sa.Column("reopened_by", sa.String(36), sa.ForeignKey("conversations.id")),
    _at("started_at"),
    _at("ended_at", nullable=True),
    sa.Column("day", sa.String(10), nullable=False),  # of `at` in the shop's time zone: 2026-03-31
    sa.Column("weekday", sa.Integer, nullable=False),  # of its beginning, 0 Monday … 6 Sunday, in that zone
    sa.Column("hour", sa.Integer, nullable=False),  # of its beginning, 0 … 23, in that zone
    _at("computed_at"),
    sa.CheckConstraint("(state = 'ended') = (outcome IS NOT NULL)", name="outcome"),
    sa.Index("ix_conversation_facts_at", "at", "conversation_id"),
    sa.Index("ix_conversation_facts_topic_at", "topic", "at"),
    sa.Index("ix_conversation_facts_score_at", "score", "at"),
    sa.Index("ix_conversation_facts_survey_state", "survey_state", "conversation_id"),
    # All that figures count by and filter by: over a year they read this and leave the rows, ten times as wide, alone.
    sa.Index(
        "ix_conversation_facts_figures",
        *("at", "day", "state", "outcome", "channel", "language", "topic", "owner", "about", "agent_id", "release"),
        *("asked", "survey_state", "score", "nps", "ces", "turns", "fallbacks", "weekday", "hour", "verified"),
        *("first_answer_seconds", "person_seconds", "resolution_seconds"),
    ),
)

# All that was said in a conversation, to be searched; each database has an index of its own kind over the words.
conversation_words = sa.Table(
    "conversation_words",
    metadata,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("conversation_id", sa.String(36), sa.ForeignKey("conversations.id"), nullable=False, unique=True),
    sa.Column("words", sa.Text, nullable=False),
    # Those of them that nobody sees who sees customers masked, with a space before and after each: these find nothing
    # for them. Without a value it is not known yet.
    sa.Column("hidden", sa.Text),
    sa.Index(
        "ix_conversation_words_not_masked",
        "conversation_id",
        sqlite_where=sa.text("hidden IS NULL"),
        postgresql_where=sa.text("hidden IS NULL"),
    ),
)
sa.event.listen(conversation_words, "after_create", lambda _table, connection, **_: create_search_index(connection))

# How far something that goes through all conversations has come.
insight_marks = sa.Table(
    "insight_marks",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    _at("at"),
    sa.Column("details", Json),
)

# -- the ledger's further questions -------------------------------------------------------------------------

extra_questions = sa.Table(
    "extra_questions",
    metadata,
    _id(),
    sa.Column("survey_id", sa.String(36), sa.ForeignKey("surveys.id"), nullable=False, unique=True),
    sa.Column("kind", sa.String(8), nullable=False),  # nps | ces
    sa.Column("state", sa.String(16), nullable=False),  # asked | answered | expired | undeliverable
    sa.Column("score", sa.Integer),  # nps 0 to 10, ces 1 to 7
    _ref("message_id", "messages.id", nullable=True),  # the question
    _at("asked_at"),
    _at("answered_at", nullable=True),
    _at("closes_at"),
    sa.CheckConstraint("kind IN ('nps', 'ces')", name="kind"),
    sa.CheckConstraint("state IN ('asked', 'answered', 'expired', 'undeliverable')", name="state"),
    sa.CheckConstraint("(state = 'answered') = (score IS NOT NULL)", name="score"),
    sa.CheckConstraint(
        "score IS NULL OR (kind = 'nps' AND score BETWEEN 0 AND 10) OR (kind = 'ces' AND score BETWEEN 1 AND 7)",
        name="range",
    ),
    sa.Index("ix_extra_questions_state_closes_at", "state", "closes_at"),
)

# What satisfied customers let us publish, with their consent.
reviews = sa.Table(
    "reviews",
    metadata,
    _id(),
    sa.Column("survey_id", sa.String(36), sa.ForeignKey("surveys.id"), nullable=False, unique=True),
    _ref("conversation_id", "conversations.id", index=True),
    sa.Column("state", sa.String(10), nullable=False),  # invited | consented | declined | published | withdrawn
    sa.Column("score", sa.Integer, nullable=False),
    sa.Column("name", sa.String(100)),  # as it is shown: a first name, or none
    sa.Column("text", sa.Text, nullable=False),  # what was consented to, word for word
    sa.Column("language", sa.String(16), nullable=False),
    _at("asked_at"),
    _at("decided_at", nullable=True),
    _at("published_at", nullable=True),
    sa.Column("published_by", sa.String(36), sa.ForeignKey("agents.id")),
    sa.CheckConstraint("state IN ('invited', 'consented', 'declined', 'published', 'withdrawn')", name="state"),
    sa.Index("ix_reviews_state_published_at", "state", "published_at"),
)

# -- what is marked in conversations ------------------------------------------------------------------------

saved_filters = sa.Table(
    "saved_filters",
    metadata,
    _id(),
    _ref("agent_id", "agents.id"),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("query", sa.Text, nullable=False),  # of the address, in its canonical form
    sa.Column("shared", sa.Boolean, nullable=False),
    _at("created_at"),
    sa.UniqueConstraint("agent_id", "name"),
)

qa_reviews = sa.Table(
    "qa_reviews",
    metadata,
    _id(),
    _ref("conversation_id", "conversations.id"),
    _ref("agent_id", "agents.id"),  # who judged
    sa.Column("scores", Json, nullable=False),  # {"understood": 0 … 2 or null, …}
    sa.Column("note", sa.Text, nullable=False),
    _at("created_at"),
    _at("updated_at"),
    sa.UniqueConstraint("conversation_id", "agent_id"),
)

# A read-only look at one conversation for who has no account.
reading_links = sa.Table(
    "reading_links",
    metadata,
    _id(),
    sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
    _ref("conversation_id", "conversations.id", index=True),
    _ref("created_by", "agents.id"),
    _at("created_at"),
    _at("expires_at"),
    _at("revoked_at", nullable=True),
)

# -- what is learnt from them -------------------------------------------------------------------------------

# Customers' messages that were perhaps misunderstood, and what they should have been understood as.
nlu_annotations = sa.Table(
    "nlu_annotations",
    metadata,
    _id(),
    sa.Column("message_id", sa.String(36), sa.ForeignKey("messages.id"), nullable=False, unique=True),
    _ref("conversation_id", "conversations.id", index=True),
    sa.Column("text", sa.Text, nullable=False),  # masked; what would go into the training data
    sa.Column("language", sa.String(16), nullable=False),
    sa.Column("reasons", Json, nullable=False),  # ["low_confidence", "fallback", …]: why it is here
    sa.Column("guessed_intent", sa.String(100)),
    sa.Column("confidence", sa.Float),
    sa.Column("state", sa.String(8), nullable=False),  # open | accepted | rejected
    sa.Column("intent", sa.String(100)),
    sa.Column("entities", Json),  # [{"start", "end", "entity"}] in `text`
    sa.Column("agent_id", sa.String(36), sa.ForeignKey("agents.id")),  # who decided
    sa.Column("version", sa.Integer, nullable=False),  # raised by every change: of two at once the second is told
    _at("said_at"),
    _at("decided_at", nullable=True),
    _at("exported_at", nullable=True),
    sa.CheckConstraint("state IN ('open', 'accepted', 'rejected')", name="state"),
    sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
    sa.Index("ix_nlu_annotations_state_said_at", "state", "said_at"),
)

# A conversation that was made a test of.
kept_tests = sa.Table(
    "kept_tests",
    metadata,
    _id(),
    sa.Column("conversation_id", sa.String(36), sa.ForeignKey("conversations.id"), nullable=False, unique=True),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("content", sa.Text, nullable=False),  # the file, redacted
    sa.Column("path", sa.String(300)),  # where it was written; none where that folder cannot be
    _ref("agent_id", "agents.id"),
    _at("created_at"),
)

evaluation_runs = sa.Table(
    "evaluation_runs",
    metadata,
    _id(),
    sa.Column("kind", sa.String(16), nullable=False),  # dialogues
    sa.Column("release", sa.String(64), nullable=False, index=True),
    sa.Column("passed", sa.Integer, nullable=False),
    sa.Column("failed", sa.Integer, nullable=False),
    sa.Column("results", Json, nullable=False),  # [{"name", "passed", "why"?}]
    _at("at"),
)

# -- what is told on ----------------------------------------------------------------------------------------

event_outbox = sa.Table(
    "event_outbox",
    metadata,
    _id(),
    sa.Column("key", sa.String(200), nullable=False, unique=True),  # what happened: told once
    sa.Column("kind", sa.String(40), nullable=False),  # conversation.ended | survey.answered | …
    sa.Column("conversation_id", sa.String(36), index=True),
    sa.Column("body", Json, nullable=False),
    sa.Column("state", sa.String(8), nullable=False),  # waiting | sending | done | failed
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("error", sa.String(300)),
    _at("created_at"),
    _at("next_at"),
    _at("done_at", nullable=True),
    sa.CheckConstraint("state IN ('waiting', 'sending', 'done', 'failed')", name="state"),
    sa.Index("ix_event_outbox_state_next_at", "state", "next_at"),
)

# -- who is forgotten ---------------------------------------------------------------------------------------

# Whom we have forgotten, so that a backup that is put back is made to forget them again. Nothing in it tells who.
tombstones = sa.Table(
    "tombstones",
    metadata,
    sa.Column("customer_id", sa.String(36), primary_key=True),  # no reference: it outlives what it was of
    _at("erased_at"),
    sa.Column("by", sa.String(36)),  # an agent's id; none: a command on the machine
    sa.Column("counts", Json, nullable=False),  # rows by table
    sa.Index("ix_tombstones_erased_at", "erased_at"),
)
