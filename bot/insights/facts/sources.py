"""Reads what facts are made of, for many conversations at once: one query a table, however many they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.insights.facts.topics import topic_of_all
from bot.storage.article_tables import article_showings, unanswered_questions
from bot.storage.case_tables import cases
from bot.storage.desk_tables import handoffs
from bot.storage.insight_tables import conversation_facts, extra_questions
from bot.storage.tables import callbacks, conversations, messages, surveys, turns, verifications

By = dict[str, list[Row[Any]]]
_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
_c, _m, _t, _s, _h = conversations.c, messages.c, turns.c, surveys.c, handoffs.c
_CONVERSATIONS = sa.select(
    *(_c.id, _c.customer_id, _c.channel, _c.locale, _c.state, _c.end_reason, _c.created_at, _c.ended_at, _c.emptied_at)
).where(_c.id.in_(_IDS))
_MESSAGES = (
    sa.select(
        *(_m.conversation_id, _m.id, _m.seq, _m.author_kind, _m.kind, _m.text, _m.edited_text),
        *(_m.response, _m.expects, _m.agent_id, _m.created_at),
    )
    .where(_m.conversation_id.in_(_IDS))
    .order_by(_m.conversation_id, _m.seq)
)
_TURNS = (
    sa.select(_t.conversation_id, _t.message_id, _t.understanding, _t.model)
    .where(_t.conversation_id.in_(_IDS))
    .order_by(_t.conversation_id, _t.number)
)
_SURVEYS = (
    sa.select(
        *(_s.conversation_id, _s.state, _s.about, _s.score, _s.comment, _s.asked_at, _s.exempt_reason),
        extra_questions.c.kind.label("extra_kind"),
        extra_questions.c.score.label("extra_score"),
        _m.seq.label("question"),
    )
    .select_from(
        surveys.outerjoin(extra_questions, extra_questions.c.survey_id == _s.id).outerjoin(
            messages, _m.id == _s.message_id
        )
    )
    .where(_s.conversation_id.in_(_IDS))
)
_HANDOFFS = (
    sa.select(_h.conversation_id, _h.reason, _h.outcome, _h.requested_at, _h.first_reply_at)
    .where(_h.conversation_id.in_(_IDS))
    .order_by(_h.conversation_id, _h.requested_at, _h.id)
)
_CALLBACKS = sa.select(callbacks.c.conversation_id, callbacks.c.reason).where(callbacks.c.conversation_id.in_(_IDS))
_CASES = sa.select(cases.c.conversation_id).distinct().where(cases.c.conversation_id.in_(_IDS))
_VERIFICATIONS = (
    sa.select(verifications.c.conversation_id, verifications.c.level)
    .distinct()
    .where(verifications.c.conversation_id.in_(_IDS))
)
_SHOWINGS = (
    sa.select(article_showings.c.conversation_id, article_showings.c.helpful, article_showings.c.judged_at)
    .where(article_showings.c.conversation_id.in_(_IDS))
    .order_by(article_showings.c.conversation_id, article_showings.c.shown_at, article_showings.c.id)
)
_UNANSWERED = (
    sa.select(unanswered_questions.c.conversation_id, sa.func.count().label("count"))
    .where(unanswered_questions.c.conversation_id.in_(_IDS))
    .group_by(unanswered_questions.c.conversation_id)
)
_OF_CUSTOMERS = (
    sa.select(_c.id, _c.customer_id, _c.created_at, _c.ended_at, _c.emptied_at)
    .where(_c.customer_id.in_(_IDS))
    .order_by(_c.created_at, _c.id)
)
_UNDERSTOOD = (
    sa.select(_t.conversation_id, _t.understanding)
    .where(_t.conversation_id.in_(_IDS))
    .order_by(_t.conversation_id, _t.number)
)
_KEPT = sa.select(conversation_facts).where(conversation_facts.c.conversation_id.in_(_IDS))
_KEPT_TOPICS = sa.select(conversation_facts.c.conversation_id, conversation_facts.c.topic).where(
    conversation_facts.c.conversation_id.in_(_IDS)
)
_MOST_AT_ONCE = 500


@dataclass(slots=True)
class Sources:
    """Of some conversations, all that facts are made of, by conversation."""

    conversations: list[Row[Any]]
    messages: By
    turns: By
    surveys: By
    handoffs: By
    callbacks: By
    cases: By
    verifications: By
    showings: By
    unanswered: By
    kept: dict[str, Row[Any]]  # the facts of those that were emptied since
    later: By = field(default_factory=dict)  # what their customers wrote next, soon after the end


def read_sources(connection: Connection, ids: Sequence[str], reopened_within: timedelta) -> Sources:
    """Everything of these conversations; what does not exist is left out."""
    found = sorted(_rows(connection, _CONVERSATIONS, ids), key=lambda row: str(row.id))
    emptied = [row.id for row in found if row.emptied_at is not None]

    def of(query: sa.Select[Any]) -> By:
        return _grouped(_rows(connection, query, ids))

    return Sources(
        conversations=found,
        messages=of(_MESSAGES),
        turns=of(_TURNS),
        surveys=of(_SURVEYS),
        handoffs=of(_HANDOFFS),
        callbacks=of(_CALLBACKS),
        cases=of(_CASES),
        verifications=of(_VERIFICATIONS),
        showings=of(_SHOWINGS),
        unanswered=of(_UNANSWERED),
        kept={row.conversation_id: row for row in _rows(connection, _KEPT, emptied)},
        later=_later(connection, [row for row in found if row.state == "ended"], reopened_within),
    )


def topics_of(connection: Connection, wanted: Iterable[Row[Any]]) -> dict[str, str]:
    """The topics of conversations, by id; of one that was emptied, that which its facts have kept."""
    rows = list(wanted)
    understood = _grouped(_rows(connection, _UNDERSTOOD, [row.id for row in rows]))
    topics = {row.id: topic_of_all(intents_of(understood.get(row.id, ()))) for row in rows}
    emptied = [row.id for row in rows if row.emptied_at is not None]
    return topics | {row.conversation_id: row.topic for row in _rows(connection, _KEPT_TOPICS, emptied)}


def kept_topics(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    """The topics that facts tell, by conversation."""
    return {row.conversation_id: row.topic for row in _rows(connection, _KEPT_TOPICS, ids)}


def earlier_of(connection: Connection, ids: Sequence[str], reopened_within: timedelta) -> set[str]:
    """The conversations that these may reopen: the same customer's, that ended so shortly before these began."""
    begun = defaultdict(list)
    for row in _rows(connection, _CONVERSATIONS, ids):
        begun[row.customer_id].append(row.created_at)
    return {
        row.id
        for row in _rows(connection, _OF_CUSTOMERS, list(begun))
        if row.ended_at is not None
        and any(row.ended_at <= at <= row.ended_at + reopened_within for at in begun[row.customer_id])
    }


def intents_of(of_turns: Iterable[Row[Any]]) -> Iterable[str | None]:
    """What was understood in turns, in order; where one message had several wishes, each of them."""
    for turn in of_turns:
        understanding = turn.understanding or {}
        wishes = understanding.get("wishes")
        if wishes:
            yield from (wish.get("intent") for wish in wishes if isinstance(wish, dict))
        else:
            yield (understanding.get("intent") or {}).get("name")


def _later(connection: Connection, ended: list[Row[Any]], reopened_within: timedelta) -> By:
    """By conversation, those that its customer began soon after its end, in order."""
    of_customers = defaultdict(list)
    for row in _rows(connection, _OF_CUSTOMERS, list({row.customer_id for row in ended})):
        of_customers[row.customer_id].append(row)
    found: By = {}
    for row in ended:
        later = [
            other
            for other in of_customers[row.customer_id]
            if (other.created_at, other.id) > (row.created_at, row.id)
            and row.ended_at <= other.created_at <= row.ended_at + reopened_within
        ]
        if later:
            found[row.id] = later
    return found


def _grouped(rows: Iterable[Row[Any]]) -> By:
    found: By = {}
    for row in rows:
        found.setdefault(row.conversation_id, []).append(row)
    return found


def _rows(connection: Connection, query: sa.Select[Any], ids: Sequence[str]) -> list[Row[Any]]:
    """What a query finds of these ids. Grouped by conversation, so that reading it in parts keeps its order."""
    found: list[Row[Any]] = []
    for first in range(0, len(ids), _MOST_AT_ONCE):
        found += connection.execute(query, {"ids": ids[first : first + _MOST_AT_ONCE]}).all()
    return found
