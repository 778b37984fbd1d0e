"""Reads one conversation for its transcript: all that stands on the desk, and what is counted and judged of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.desk.tags import tags_of
from bot.desk.thread import Window, read_before
from bot.privacy.names import names_of
from bot.storage.article_tables import article_showings, unanswered_questions
from bot.storage.insight_tables import conversation_facts, extra_questions
from bot.storage.tables import agents, conversations, customers, follow_ups, surveys, turns

WINDOW = 400  # messages at once


@dataclass(frozen=True, slots=True)
class TurnTimes:
    """How long a turn took, and which release took it."""

    number: int
    engine_ms: float | None
    actions_ms: float | None
    attempts: int
    model: str | None


@dataclass(frozen=True, slots=True)
class Article:
    """A help article that was shown for a question, and what the customer said to it."""

    slug: str
    passage: str
    helpful: bool | None
    judged_at: datetime | None


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside messages, by their ids."""

    turns: Mapping[str, TurnTimes] = field(default_factory=dict)
    articles: Mapping[str, Sequence[Article]] = field(default_factory=dict)
    unanswered: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Transcript:
    """A conversation as it is read.

    `names` is what the customer is called anywhere in it, `fact` what is counted of it, once that is.
    """

    row: Row[Any]
    fact: Row[Any] | None
    window: Window
    beside: Beside
    tags: Sequence[str]
    names: tuple[str, ...]
    survey: Row[Any] | None
    extra: Row[Any] | None
    follow_up: Row[Any] | None
    agent: str | None
    next_id: str | None  # what the customer came back with

    @property
    def emptied(self) -> bool:
        """Whether what was said is deleted."""
        return self.row.emptied_at is not None


def read_transcript(
    connection: Connection, conversation_id: str, zone: ZoneInfo, *, before: int | None = None
) -> Transcript | None:
    """A conversation, at its end or before a message; None where there is none like that."""
    joined = conversations.join(customers, customers.c.id == conversations.c.customer_id)
    wanted = sa.select(
        conversations, customers.c.name.label("customer_name"), customers.c.erased_at.label("erased_at")
    ).select_from(joined)
    row = connection.execute(wanted.where(conversations.c.id == conversation_id)).first()
    if row is None:
        return None
    fact = _one(connection, conversation_facts, conversation_facts.c.conversation_id == conversation_id)
    survey = _one(connection, surveys, surveys.c.conversation_id == conversation_id)
    of_survey = survey.id if survey is not None else ""
    window = read_before(connection, conversation_id, zone, before, most=WINDOW)
    ids = [entry.id for entry in window.entries if entry.what == "said"]
    agent = fact.agent_id if fact is not None else None
    named = sa.select(agents.c.name).where(agents.c.id == agent)
    went_on = sa.select(conversations.c.id).where(conversations.c.previous_id == conversation_id)
    return Transcript(
        row,
        fact,
        window,
        _beside(connection, ids),
        tags_of(connection, conversation_id),
        names_of(connection, [conversation_id]).get(conversation_id, ()),
        survey,
        _one(connection, extra_questions, extra_questions.c.survey_id == of_survey),
        _one(connection, follow_ups, follow_ups.c.survey_id == of_survey),
        connection.execute(named).scalar() if agent else None,
        connection.execute(went_on.order_by(conversations.c.created_at).limit(1)).scalar(),
    )


def _one(connection: Connection, table: sa.Table, condition: sa.ColumnElement[bool]) -> Row[Any] | None:
    return connection.execute(sa.select(table).where(condition).limit(1)).first()


def _beside(connection: Connection, ids: Sequence[str]) -> Beside:
    t, a = turns.c, article_showings.c
    took = sa.select(t.message_id, t.number, t.engine_ms, t.actions_ms, t.attempts, t.model)
    times = {
        row.message_id: TurnTimes(row.number, row.engine_ms, row.actions_ms, row.attempts, row.model)
        for row in connection.execute(took.where(t.message_id.in_(ids)))
    }
    articles: dict[str, list[Article]] = {}
    shown = sa.select(a.message_id, a.slug, a.passage, a.helpful, a.judged_at).where(a.message_id.in_(ids))
    for row in connection.execute(shown.order_by(a.shown_at, a.id)):
        articles.setdefault(row.message_id, []).append(Article(row.slug, row.passage, row.helpful, row.judged_at))
    missed = sa.select(unanswered_questions.c.message_id).where(unanswered_questions.c.message_id.in_(ids))
    return Beside(times, articles, frozenset(connection.execute(missed).scalars()))
