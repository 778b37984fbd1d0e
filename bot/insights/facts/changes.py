"""Finds the conversations of which something changed: by the moments that tables note, each behind an index.

A transaction notes the moment at which it began and is seen when it is over, perhaps after one that began later. So
whoever looks goes back a while behind what they have looked at. That nothing is made anew for ever, every sign of a
change carries what it is a sign of: what was seen already is known again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.article_tables import article_showings
from bot.storage.desk_tables import conversation_tags, handoff_events
from bot.storage.insight_tables import conversation_facts, conversation_words, extra_questions
from bot.storage.tables import conversations, messages, surveys, verifications

Sign = tuple[Any, ...]  # the conversation first; equal signs are of the same change

_c, _s, _f, _x = conversations.c, surveys.c, conversation_facts.c, extra_questions.c
_SINCE = sa.bindparam("since", type_=conversations.c.created_at.type)


def _queries() -> Iterator[sa.Select[Any]]:
    said = sa.literal("said")
    # Both states are named, since the index begins with them.
    yield sa.select(_c.id, said, _c.last_seq, _c.turns, _c.state, _c.locale, _c.channel, _c.active_at).where(
        _c.state.in_(("open", "ended")), _c.active_at > _SINCE
    )
    yield sa.select(_c.id, sa.literal("ended"), _c.ended_at).where(_c.ended_at > _SINCE)
    yield sa.select(_c.id, sa.literal("emptied"), _c.emptied_at).where(_c.emptied_at > _SINCE)
    events, showings, proofs = handoff_events.c, article_showings.c, verifications.c
    tags = conversation_tags.c  # often set long after the end
    yield sa.select(tags.conversation_id, sa.literal("tagged"), tags.tag).where(tags.created_at > _SINCE)
    yield sa.select(events.conversation_id, sa.literal("handoff"), events.id).where(events.at > _SINCE)
    yield sa.select(
        showings.conversation_id, sa.literal("judged"), showings.id, showings.judged_at, showings.helpful
    ).where(showings.judged_at > _SINCE)
    yield sa.select(messages.c.conversation_id, sa.literal("edited"), messages.c.id, messages.c.edited_at).where(
        messages.c.edited_at > _SINCE
    )
    yield sa.select(proofs.conversation_id, sa.literal("verified"), proofs.id, proofs.level).where(
        proofs.granted_at > _SINCE
    )
    yield from _of_surveys()


def _of_surveys() -> Iterator[sa.Select[Any]]:
    """Surveys note no moment for all that happens to them: they are compared, as long as something may happen."""
    told = (_s.conversation_id, sa.literal("survey"), _s.state, _s.score, _s.comment.is_not(None))
    facts = conversation_facts
    yield (
        sa.select(*told)
        .select_from(facts.join(surveys, _s.conversation_id == _f.conversation_id))
        .where(_f.survey_state.in_(("due", "asked")), _s.state != _f.survey_state)
    )
    yield (
        sa.select(*told)
        .select_from(surveys.join(facts, _s.conversation_id == _f.conversation_id))
        .where(
            _s.state == "answered",
            _s.closes_at > _SINCE,
            sa.or_(_s.score.is_distinct_from(_f.score), _s.comment.is_not(None) != _f.commented),
        )
    )
    yield (
        sa.select(_s.conversation_id, sa.literal("extra"), _x.kind, _x.score)
        .select_from(
            extra_questions.join(surveys, _s.id == _x.survey_id).join(facts, _s.conversation_id == _f.conversation_id)
        )
        .where(
            _x.state == "answered",
            _x.closes_at > _SINCE,
            _x.score.is_distinct_from(sa.case((_x.kind == "nps", _f.nps), else_=_f.ces)),
        )
    )


QUERIES = tuple(_queries())
_UNCOUNTED = (
    sa.select(_c.id)
    .select_from(conversations.outerjoin(conversation_facts, _f.conversation_id == _c.id))
    .where(_f.conversation_id.is_(None))
    .order_by(_c.id)
)
_NOT_MASKED = sa.select(conversation_words.c.conversation_id).where(conversation_words.c.hidden.is_(None))


def signs_of_change(connection: Connection, since: datetime) -> list[Sign]:
    """What changed after that moment, in no order; the same conversation as often as something of it did."""
    return [tuple(row) for query in QUERIES for row in connection.execute(query, {"since": since})]


def uncounted(connection: Connection) -> list[str]:
    """The conversations of which nothing was ever counted, such as those that came into the database at once."""
    return list(connection.execute(_UNCOUNTED).scalars())


def not_masked(connection: Connection) -> list[str]:
    """The conversations of which it is not known which of their words masked readers see."""
    return list(connection.execute(_NOT_MASKED).scalars())
