"""The rules of what follows a rating question: reminders, further questions, and consent to publish."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from bot.insights.rule import Rule
from bot.storage.insight_tables import extra_questions, reviews
from bot.storage.tables import conversations, customers, deliveries, messages, surveys

REMINDER = "utter_app_rating_reminder"


def further_rules() -> Iterator[Rule]:
    """All of them."""
    yield from _reminder_rules()
    yield from _extra_rules()
    yield from _review_rules()


def _reminder_rules() -> Iterator[Rule]:
    s = surveys.c
    sent = sa.select(sa.func.count()).where(
        messages.c.conversation_id == s.conversation_id, messages.c.response == REMINDER
    )
    found = sent.correlate(surveys).scalar_subquery()
    yield Rule(
        "nobody is reminded of a rating twice, and a reminder has its time",
        "survey {id} was reminded of at {reminded_at}, with {found} reminders in conversation {conversation_id}",
        sa.select(s.id, s.conversation_id, s.reminded_at, found.label("found")).where(
            found != sa.case((s.reminded_at.is_(None), 0), else_=1)
        ),
    )
    yield Rule(
        "nobody is reminded before they were asked, after they have answered, or once the time is over",
        "survey {id} was reminded of at {reminded_at}: asked {asked_at}, answered {answered_at}, closes {closes_at}",
        sa.select(s.id, s.reminded_at, s.asked_at, s.answered_at, s.closes_at).where(
            s.reminded_at.is_not(None),
            sa.or_(
                s.asked_at.is_(None),
                s.asked_at > s.reminded_at,
                s.answered_at < s.reminded_at,
                s.closes_at <= s.reminded_at,
            ),
        ),
    )


def _extra_rules() -> Iterator[Rule]:
    e, s = extra_questions.c, surveys.c
    yield Rule(
        "only who has rated is asked a further question, once, and in their own conversation",
        "further question {id} is of survey {survey_id}, which is {state}",
        sa.select(e.id, e.survey_id, s.state)
        .select_from(
            extra_questions.outerjoin(surveys, s.id == e.survey_id).outerjoin(messages, messages.c.id == e.message_id)
        )
        .where(
            sa.or_(
                s.id.is_(None),
                s.state != "answered",
                messages.c.conversation_id != s.conversation_id,
                sa.exists().where(_other.c.survey_id == e.survey_id, _other.c.id != e.id),
            )
        ),
    )
    on_scale = sa.or_(sa.and_(e.kind == "nps", e.score.between(0, 10)), sa.and_(e.kind == "ces", e.score.between(1, 7)))
    yield Rule(
        "a further question is answered exactly when it has a number of its scale and a time",
        "further question {id} ({kind}) is {state} with {score}, answered at {answered_at}",
        sa.select(e.id, e.kind, e.state, e.score, e.answered_at).where(
            sa.or_(
                sa.and_(e.state == "answered", sa.or_(e.score.is_(None), ~on_scale, e.answered_at.is_(None))),
                sa.and_(e.state != "answered", sa.or_(e.score.is_not(None), e.answered_at.is_not(None))),
            )
        ),
    )
    read = sa.exists().where(
        deliveries.c.message_id == e.message_id, deliveries.c.state.in_(("sent", "delivered", "unknown"))
    )
    yield Rule(
        "a further question expires only where somebody may have read it, and is undeliverable only where nobody has",
        "further question {id} is {state}, which its deliveries do not bear out",
        sa.select(e.id, e.state).where(
            sa.or_(sa.and_(e.state == "expired", ~read), sa.and_(e.state == "undeliverable", read))
        ),
    )


def _review_rules() -> Iterator[Rule]:
    r, e, s = reviews.c, extra_questions.c, surveys.c
    shown = r.state.in_(("consented", "published"))
    yield Rule(
        "whoever is invited to publish a review is asked nothing else",
        "survey {survey_id} has the review {id} and a further question",
        sa.select(r.id, r.survey_id).join(extra_questions, e.survey_id == r.survey_id),
    )
    yield Rule(
        "a review is of a rating of its own conversation, and may be shown only while that is a 5",
        "review {id} ({state}) of survey {survey_id}, which is {survey_state} with {score}",
        sa.select(r.id, r.state, r.survey_id, s.state.label("survey_state"), s.score)
        .select_from(reviews.outerjoin(surveys, s.id == r.survey_id))
        .where(
            sa.or_(
                s.id.is_(None),
                s.conversation_id != r.conversation_id,
                s.state != "answered",
                sa.and_(shown, s.score != 5),
            )
        ),
    )
    yield Rule(
        "a review says when it was decided on, and while it is published since when",
        "review {id} is {state}, decided on at {decided_at}, published at {published_at}",
        sa.select(r.id, r.state, r.decided_at, r.published_at).where(
            sa.or_(
                sa.and_(r.state == "invited", r.decided_at.is_not(None)),
                sa.and_(r.state.in_(("consented", "declined", "published")), r.decided_at.is_(None)),
                sa.and_(r.state == "published", r.published_at.is_(None)),
                sa.and_(r.state.in_(("invited", "consented", "declined")), r.published_at.is_not(None)),
                sa.and_(shown, r.text == ""),
            )
        ),
    )
    yield Rule(
        "nothing of an erased customer is shown",
        "review {id} of conversation {conversation_id} is {state}, and its customer was erased",
        sa.select(r.id, r.conversation_id, r.state)
        .join(conversations, conversations.c.id == r.conversation_id)
        .join(customers, customers.c.id == conversations.c.customer_id)
        .where(shown, customers.c.erased_at.is_not(None)),
    )


_other = extra_questions.alias("other")
