"""The sampled question after a rating: how likely the customer recommends us (NPS), or how easy it was (CES).

At most one of both a survey, by chance that is the same however often it is asked for; answered and changed as a score
is, until the survey's window is over. Whether it would be rude to ask is decided in `further`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.conversations.models import Draft, Message
from bot.conversations.prompting import app_says, locale_of, set_prompt
from bot.conversations.transcript import append, choice
from bot.conversations.unit import Unit
from bot.storage.insight_tables import extra_questions
from bot.storage.tables import deliveries, surveys

NPS, CES = "nps", "ces"
KINDS = (NPS, CES)  # also the kinds of their messages
SCALES = {NPS: range(11), CES: range(1, 8)}
EXTRA = "app:extra:"  # … and what of, and the number: app:extra:nps:8
REACHED = ("sent", "delivered", "unknown")  # of a delivery: somebody may have read it


def sampled(survey_id: str, nps_percent: float, ces_percent: float) -> str | None:
    """Which question a survey is drawn for, if any: always the same one, on whatever process.

    Shares that come to more than all together are made smaller alike: with 100 and 100 each is asked of half.
    """
    whole = max(100.0, nps_percent + ces_percent)
    drawn = int.from_bytes(hashlib.sha256(survey_id.encode()).digest()[:8]) / 2**64 * whole
    if drawn < nps_percent:
        return NPS
    return CES if drawn < nps_percent + ces_percent else None


def is_asked(connection: Connection, survey_id: str) -> bool:
    """Whether a survey has its question already."""
    known = sa.select(extra_questions.c.id).where(extra_questions.c.survey_id == survey_id)
    return connection.execute(known).first() is not None


def ask(unit: Unit, survey: Row[Any], kind: str) -> tuple[Message, ...]:
    """Ask it, at the end of the survey's conversation."""
    phrase = unit.phrases.say(f"utter_app_{kind}_question", locale=locale_of(unit, survey.conversation_id))
    question = Draft(
        phrase.text,
        author_kind="system",
        kind=kind,
        response=phrase.response,
        expects=phrase.expects,
        choices=tuple(choice(unit.new_id(), str(n), f"{EXTRA}{kind}:{n}", str(n)) for n in SCALES[kind]),
    )
    asked = append(unit, survey.conversation_id, [question])
    unit.connection.execute(
        sa.insert(extra_questions).values(
            id=unit.new_id(),
            survey_id=survey.id,
            kind=kind,
            state="asked",
            message_id=asked[0].id,
            asked_at=unit.now,
            closes_at=survey.closes_at,
        )
    )
    set_prompt(unit, survey.conversation_id, kind)
    return asked


def open_extra(connection: Connection, conversation_id: str, now: datetime) -> Row[Any] | None:
    """The further question of a conversation while a number may be given or changed."""
    return connection.execute(
        sa.select(extra_questions)
        .join(surveys, surveys.c.id == extra_questions.c.survey_id)
        .where(
            surveys.c.conversation_id == conversation_id,
            extra_questions.c.state != "expired",
            extra_questions.c.closes_at > now,
        )
    ).first()


def answer(unit: Unit, conversation_id: str, extra: Row[Any], score: int) -> list[Draft]:
    """Write a number into the one row of its question, and say so. What nobody was thought to have read, was read."""
    again = extra.state == "answered"
    own = sa.update(extra_questions).where(extra_questions.c.id == extra.id)
    unit.connection.execute(own.values(state="answered", score=score, answered_at=extra.answered_at or unit.now))
    set_prompt(unit, conversation_id, None)
    name = "utter_app_extra_changed" if again else "utter_app_extra_thanks"
    return [app_says(unit, conversation_id, name, kind=extra.kind, score=score)]


def never_arrived(unit: Unit, message_id: str) -> None:
    """The channel says that this question does not arrive."""
    unit.connection.execute(
        sa.update(extra_questions)
        .where(extra_questions.c.message_id == message_id, extra_questions.c.state == "asked", ~_was_read())
        .values(state="undeliverable")
    )


def never_arrived_at(unit: Unit, identity_id: str) -> None:
    """The channel takes nothing for this identity any more: nor the questions whose delivery has failed by now."""
    theirs = sa.select(deliveries.c.message_id).where(
        deliveries.c.identity_id == identity_id, deliveries.c.state.in_(("failed", "sending"))
    )
    unit.connection.execute(
        sa.update(extra_questions)
        .where(extra_questions.c.state == "asked", extra_questions.c.message_id.in_(theirs), ~_was_read())
        .values(state="undeliverable")
    )


@dataclass(frozen=True, slots=True)
class ClosedExtras:
    """How many of them a sweep closed."""

    expired: int
    undeliverable: int


def close_extras(unit: Unit) -> ClosedExtras:
    """Close those whose window is over: read and unanswered → expired; never handed over → undeliverable."""
    over = sa.update(extra_questions).where(extra_questions.c.state == "asked", extra_questions.c.closes_at <= unit.now)
    expired = unit.connection.execute(over.where(_was_read()).values(state="expired")).rowcount
    return ClosedExtras(expired, unit.connection.execute(over.values(state="undeliverable")).rowcount)


def _was_read() -> sa.ColumnElement[bool]:
    """Whether any delivery of the question has reached somebody, as far as anybody knows."""
    return sa.exists().where(deliveries.c.message_id == extra_questions.c.message_id, deliveries.c.state.in_(REACHED))
