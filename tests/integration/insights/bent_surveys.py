"""What can be wrong with what follows a rating, and the rules that must notice."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.sql.dml import UpdateBase

from bot.storage.insight_tables import extra_questions, reviews
from bot.storage.tables import conversations, customers, messages, surveys
from tests.integration.insights.bending import ENDED, PRAISED, PROMOTER, of

REMINDED_ONCE = "nobody is reminded of a rating twice, and a reminder has its time"
REMINDED_IN_TIME = "nobody is reminded before they were asked, after they have answered, or once the time is over"
ASKED_OF_RATERS = "only who has rated is asked a further question, once, and in their own conversation"
ON_ITS_SCALE = "a further question is answered exactly when it has a number of its scale and a time"
BORNE_OUT = (
    "a further question expires only where somebody may have read it, and is undeliverable only where nobody has"
)
NOTHING_ELSE = "whoever is invited to publish a review is asked nothing else"
STILL_A_FIVE = "a review is of a rating of its own conversation, and may be shown only while that is a 5"
REVIEW_HAS_TIMES = "a review says when it was decided on, and while it is published since when"
NOT_OF_THE_ERASED = "nothing of an erased customer is shown"


def survey_of(conversation: str) -> sa.ScalarSelect[str]:
    return sa.select(surveys.c.id).where(of(conversation)).scalar_subquery()


def customer_of(conversation: str) -> sa.ScalarSelect[str]:
    wanted = sa.select(conversations.c.customer_id).where(conversations.c.id == conversation)
    return wanted.scalar_subquery()


def question_of(conversation: str) -> sa.ScalarSelect[str]:
    return sa.select(surveys.c.message_id).where(of(conversation)).scalar_subquery()


BENT_SURVEYS: dict[str, tuple[Callable[[dict[str, str]], UpdateBase], set[str]]] = {
    "a reminder was never sent": (
        lambda ids: sa.update(surveys).where(of(ids[ENDED])).values(reminded_at=surveys.c.asked_at),
        {REMINDED_ONCE},
    ),
    "nobody knows when somebody was reminded": (
        lambda ids: (
            sa.update(messages)
            .where(messages.c.id == question_of(ids[ENDED]))
            .values(response="utter_app_rating_reminder")
        ),
        {REMINDED_ONCE},
    ),
    "somebody was reminded after they had answered": (
        lambda ids: sa.update(surveys).where(of(ids[PROMOTER])).values(reminded_at=surveys.c.closes_at),
        {REMINDED_ONCE, REMINDED_IN_TIME},
    ),
    "a further question is of who has not rated": (
        lambda ids: (
            sa.update(extra_questions)
            .where(extra_questions.c.survey_id == survey_of(ids[PROMOTER]))
            .values(survey_id=survey_of(ids[ENDED]))
        ),
        {ASKED_OF_RATERS},
    ),
    "a further question was asked twice": (
        lambda ids: sa.insert(extra_questions).from_select(
            [column.name for column in extra_questions.columns],
            sa.select(*(sa.literal("x") if c.name == "id" else c for c in extra_questions.columns)),
        ),
        {ASKED_OF_RATERS},
    ),
    "a number is not on its scale": (
        lambda ids: sa.update(extra_questions).values(kind="ces"),
        {ON_ITS_SCALE},
    ),
    "a further question is answered without a number": (
        lambda ids: sa.update(extra_questions).values(score=None),
        {ON_ITS_SCALE},
    ),
    "a question that nobody read has expired": (
        lambda ids: sa.update(extra_questions).values(state="undeliverable", score=None, answered_at=None),
        {BORNE_OUT},
    ),
    "who is invited was asked something else as well": (
        lambda ids: (
            sa.update(reviews)
            .where(reviews.c.survey_id == survey_of(ids[PRAISED]))
            .values(survey_id=survey_of(ids[PROMOTER]), conversation_id=ids[PROMOTER])
        ),
        {NOTHING_ELSE, STILL_A_FIVE},
    ),
    "a review is shown of who gave a 4 in the end": (
        lambda ids: sa.update(surveys).where(of(ids[PRAISED])).values(score=4),
        {STILL_A_FIVE},
    ),
    "a review is of another conversation": (
        lambda ids: sa.update(reviews).values(conversation_id=ids[PROMOTER]),
        {STILL_A_FIVE},
    ),
    "nobody knows when somebody agreed": (
        lambda ids: sa.update(reviews).values(decided_at=None),
        {REVIEW_HAS_TIMES},
    ),
    "what is not published says since when": (
        lambda ids: sa.update(reviews).values(state="consented"),
        {REVIEW_HAS_TIMES},
    ),
    "somebody was erased and is still shown": (
        lambda ids: (
            sa.update(customers)
            .where(customers.c.id == customer_of(ids[PRAISED]))
            .values(erased_at=sa.select(surveys.c.due_at).where(of(ids[PRAISED])).scalar_subquery())
        ),
        {NOT_OF_THE_ERASED},
    ),
}
