"""The consent of satisfied customers to publish what they wrote: asked for once, given, declined, taken back.

Whether and when it is shown is decided by people, in `bot.insights.pages.publishing`; nothing is shown here.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.conversations.models import Draft, Message
from bot.conversations.prompting import app_says, locale_of, set_prompt
from bot.conversations.transcript import append, choice
from bot.conversations.unit import Unit
from bot.storage.insight_tables import reviews
from bot.storage.shop_tables import shop_customers
from bot.storage.tables import conversations, customers, verifications

REVIEW = "app:review:"  # … and what is said to it, and the review's id: app:review:yes:…
PROMPT = "review"
BEST = 5  # the only score with which somebody is asked
LONGEST_NAME = 40
MAY_BE_SHOWN = ("consented", "published")


def is_invited(connection: Connection, survey_id: str) -> bool:
    """Whether the rater was asked already."""
    return connection.execute(sa.select(reviews.c.id).where(reviews.c.survey_id == survey_id)).first() is not None


def invite(unit: Unit, survey: Row[Any]) -> tuple[Message, ...]:
    """Ask whether their comment, word for word as it is now, may be published with their first name."""
    conversation_id, review_id = survey.conversation_id, unit.new_id()
    locale, name = locale_of(unit, conversation_id), first_name(unit.connection, conversation_id)
    wording = "utter_app_review_question" if name else "utter_app_review_question_unnamed"
    phrase = unit.phrases.say(wording, locale=locale, shown_as=name or "")
    answers = (
        choice(unit.new_id(), unit.phrases.label(f"review_{word}", locale=locale), f"{REVIEW}{word}:{review_id}", word)
        for word in ("yes", "no")
    )
    question = Draft(
        phrase.text,
        author_kind="system",
        kind=PROMPT,
        response=wording,
        expects=phrase.expects,
        choices=tuple(answers),
    )
    asked = append(unit, conversation_id, [question])
    unit.connection.execute(
        sa.insert(reviews).values(
            id=review_id,
            survey_id=survey.id,
            conversation_id=conversation_id,
            state="invited",
            score=survey.score,
            name=name,
            text=survey.comment,
            language=unit.phrases.language_for(locale),
            asked_at=unit.now,
        )
    )
    set_prompt(unit, conversation_id, PROMPT)
    return asked


def review_in(connection: Connection, conversation_id: str, review_id: str | None = None) -> Row[Any] | None:
    """The review of a conversation; with an id, only that one."""
    wanted = sa.select(reviews).where(reviews.c.conversation_id == conversation_id)
    if review_id is not None:
        wanted = wanted.where(reviews.c.id == review_id)
    return connection.execute(wanted).first()


def decide(unit: Unit, review: Row[Any], *, yes: bool) -> list[Draft]:
    """Write down what they have said to the invitation; whoever agrees is told how to take it back."""
    _set(unit, review.id, state="consented" if yes else "declined", decided_at=unit.now)
    set_prompt(unit, review.conversation_id, None)
    if not yes:
        return [app_says(unit, review.conversation_id, "utter_app_review_declined")]
    locale = locale_of(unit, review.conversation_id)
    title = unit.phrases.label("review_take_back", locale=locale)
    said = unit.phrases.say("utter_app_review_agreed", locale=locale)
    back = choice(unit.new_id(), title, f"{REVIEW}take_back:{review.id}")
    return [Draft(said.text, author_kind="system", response=said.response, choices=(back,))]


def take_back(unit: Unit, review: Row[Any]) -> list[Draft]:
    """The customer takes their consent back, for good; what was shown is no longer."""
    if review.state not in MAY_BE_SHOWN:
        return []
    _set(unit, review.id, state="withdrawn", published_at=None, published_by=None)
    return [app_says(unit, review.conversation_id, "utter_app_review_withdrawn")]


def score_changed(unit: Unit, survey_id: str, score: int) -> None:
    """Who thinks less of us by now is not shown as somebody who is delighted; nor asked again."""
    if score < BEST:
        own = sa.update(reviews).where(reviews.c.survey_id == survey_id)
        unit.connection.execute(own.where(reviews.c.state == "invited").values(state="declined", decided_at=unit.now))
        shown = own.where(reviews.c.state.in_(MAY_BE_SHOWN))
        unit.connection.execute(shown.values(state="withdrawn", published_at=None, published_by=None))


def first_name(connection: Connection, conversation_id: str) -> str | None:
    """The customer's first name, where it is known for sure: kept with them, or of whom they have proven to be.

    A shop behind an interface of its own is not asked: nothing of the kind may hold up a transaction.
    """
    row = connection.execute(
        sa.select(customers.c.name, customers.c.shop_customer_id)
        .join(conversations, conversations.c.customer_id == customers.c.id)
        .where(conversations.c.id == conversation_id)
    ).one()
    if row.name and row.name.split():
        return str(row.name.split()[0][:LONGEST_NAME])
    proven = sa.select(verifications.c.shop_customer_id).where(
        verifications.c.conversation_id == conversation_id, verifications.c.level == "verified"
    )
    known = sa.or_(shop_customers.c.id == row.shop_customer_id, shop_customers.c.id.in_(proven))
    names = {name.strip()[:LONGEST_NAME] for name in connection.execute(_names(known)).scalars()}
    return names.pop() or None if len(names) == 1 else None  # of two customers nobody knows which one speaks


def _names(known: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(shop_customers.c.first_name).where(known)


def _set(unit: Unit, review_id: str, **values: Any) -> None:
    unit.connection.execute(sa.update(reviews).where(reviews.c.id == review_id).values(**values))
