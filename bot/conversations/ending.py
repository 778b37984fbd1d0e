"""How conversations end, and the survey that every end opens: one ledger, one row a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.conversations import extra_questions, reviews
from bot.conversations.commands import APP, COMMANDS
from bot.conversations.models import Change, Draft, EndReason, Message
from bot.conversations.prompting import app_says, locale_of, set_prompt
from bot.conversations.rating_words import SCORES
from bot.conversations.transcript import append, choice
from bot.conversations.unanswered import keep_wish
from bot.conversations.unit import Unit
from bot.storage.tables import awaits_turn, conversations, follow_ups, messages, surveys, turns

NOTHING_ASKED = "nothing_asked"
PERSON = "app:person"  # the button under the question what went wrong


def end_conversation(unit: Unit, conversation_id: str, reason: EndReason) -> tuple[Message, ...] | None:
    """End an open conversation and open its survey, in the caller's transaction.

    Returns:
        The rating question; nothing where the customer has asked nothing, and so cannot say how it was; None where the
        conversation was not open.
    """
    if not asked_something(unit.connection, conversation_id):
        return () if end_unasked(unit, conversation_id, reason, exempt=NOTHING_ASKED) else None
    ended = _close(unit, conversation_id, reason)
    if ended is None:
        return None
    agent = _agent_who_spoke(unit.connection, conversation_id)
    name = "utter_app_rating_question" if agent is None else "utter_app_rating_question_agent"
    phrase = unit.phrases.say(name, locale=ended.locale, agent=agent)
    question = Draft(
        phrase.text,
        author_kind="system",
        kind="rating",
        response=phrase.response,
        expects="rating",
        choices=tuple(choice(unit.new_id(), str(score), f"app:rate:{score}", str(score)) for score in SCORES),
    )
    asked = append(unit, conversation_id, [question])
    _open_survey(unit, conversation_id, message_id=asked[0].id, state="due")
    return asked


def end_unasked(unit: Unit, conversation_id: str, reason: EndReason, *, exempt: str) -> bool:
    """End an open conversation whose customer cannot be asked how it was; its survey says why: `exempt`.

    Returns:
        Whether it was open.
    """
    if _close(unit, conversation_id, reason) is None:
        return False
    _open_survey(unit, conversation_id, state="exempt", exempt_reason=exempt)
    return True


def asked_something(connection: Connection, conversation_id: str) -> bool:
    """Whether there is anything to rate: words or a wish of the customer's, or those of a person.

    None of it is what the app itself answers (its own commands, a sticker, a picture without words) and a greeting that
    was chosen from a menu.
    """
    payload = sa.func.coalesce(messages.c.payload, "")
    had_a_turn = sa.or_(
        messages.c.handled_at.is_(None),
        sa.exists().where(turns.c.message_id == messages.c.id),
        messages.c.answered_with.is_not(None),
    )
    wish = sa.or_(
        messages.c.kind == "text",
        sa.and_(messages.c.kind == "choice", ~payload.startswith(f"{APP}unlink:")),
        sa.and_(messages.c.kind == "command", ~payload.startswith(APP), payload != COMMANDS["start"]),
        sa.and_(messages.c.kind == "media", had_a_turn),
    )
    found = sa.select(messages.c.id).where(
        messages.c.conversation_id == conversation_id,
        sa.or_(messages.c.author_kind == "agent", sa.and_(messages.c.author_kind == "customer", wish)),
    )
    return connection.execute(found.limit(1)).first() is not None


def open_survey(connection: Connection, conversation_id: str, now: datetime) -> Row[Any] | None:
    """The survey of a conversation while a score may be given or changed."""
    return connection.execute(
        sa.select(surveys).where(
            surveys.c.conversation_id == conversation_id,
            surveys.c.state.in_(("due", "asked", "answered")),
            surveys.c.closes_at > now,
        )
    ).first()


def rate(unit: Unit, survey: Row[Any], score: int) -> list[Draft]:
    """Write a score into the one row of its survey, and say what comes next.

    A 1 or 2 opens a follow-up for a person; a better second thought leaves it open, since somebody was unhappy. While
    the question for a comment is open, a changed score asks it again: its answer may stand in the question's place.
    """
    again = survey.state == "answered"
    unit.connection.execute(
        sa.update(surveys)
        .where(surveys.c.id == survey.id)
        .values(
            state="answered",
            score=score,
            asked_at=survey.asked_at or unit.now,
            answered_at=survey.answered_at or unit.now,
            changes=survey.changes + (1 if again and survey.score != score else 0),
        )
    )
    if score <= 2:
        known = unit.connection.execute(sa.select(follow_ups.c.id).where(follow_ups.c.survey_id == survey.id)).first()
        if known is None:
            unit.connection.execute(
                sa.insert(follow_ups).values(
                    id=unit.new_id(),
                    survey_id=survey.id,
                    conversation_id=survey.conversation_id,
                    state="open",
                    created_at=unit.now,
                    due_at=unit.cases.promises.follow_up(unit.now),
                )
            )
    reviews.score_changed(unit, survey.id, score)
    if again and not _comment_is_open(unit, survey):
        return [app_says(unit, survey.conversation_id, "utter_app_rating_changed", score=score)]
    set_prompt(unit, survey.conversation_id, "comment")
    name = "utter_app_rating_sorry" if score <= 2 else "utter_app_rating_thanks"
    locale = locale_of(unit, survey.conversation_id)
    options = [choice(unit.new_id(), unit.phrases.label("no_thanks", locale=locale), "app:no_comment")]
    if score <= 2 and unit.people.are_there(unit, unit.phrases.language_for(locale)):
        options.append(choice(unit.new_id(), unit.phrases.label("person_now", locale=locale), PERSON))
    asked = unit.phrases.say(name, locale=locale, score=score)
    return [
        Draft(
            asked.text,
            author_kind="system",
            kind="comment",
            response=name,
            expects="comment",
            choices=tuple(options),
        ),
    ]


def _comment_is_open(unit: Unit, survey: Row[Any]) -> bool:
    """Whether a comment was asked for, and neither given nor declined."""
    own = conversations.c.id == survey.conversation_id
    prompt = unit.connection.execute(sa.select(conversations.c.prompt).where(own)).scalar_one()
    return survey.comment is None and prompt == "comment"


def comment(unit: Unit, survey: Row[Any], text: str) -> list[Draft]:
    """Keep a comment beside the score; a second one is added below the first."""
    kept = text if survey.comment is None else f"{survey.comment}\n{text}"
    unit.connection.execute(sa.update(surveys).where(surveys.c.id == survey.id).values(comment=kept))
    set_prompt(unit, survey.conversation_id, None)
    return [app_says(unit, survey.conversation_id, "utter_app_comment_thanks")]


def decline_comment(unit: Unit, conversation_id: str) -> list[Draft]:
    """The customer would rather not say more."""
    set_prompt(unit, conversation_id, None)
    return [app_says(unit, conversation_id, "utter_app_comment_declined")]


@dataclass(frozen=True, slots=True)
class Closed:
    """How many surveys a sweep closed, and of their further questions."""

    expired: int
    undeliverable: int
    extras: int = 0


def close_surveys(unit: Unit) -> Closed:
    """Close surveys whose window is over: asked and unanswered → expired; never handed over → undeliverable.

    So are their further questions.
    """

    def close(state: str, into: str) -> int:
        return unit.connection.execute(
            sa.update(surveys).where(surveys.c.state == state, surveys.c.closes_at <= unit.now).values(state=into)
        ).rowcount

    expired, undeliverable = close("asked", "expired"), close("due", "undeliverable")
    extras = extra_questions.close_extras(unit)
    return Closed(expired, undeliverable, extras.expired + extras.undeliverable)


def end_idle(unit: Unit, *, most: int = 100) -> list[Change]:
    """End open conversations of the bot that have been silent for too long, at most `most` of them.

    One with a message that still waits for its turn is not silent: we are.
    """
    waiting = sa.exists().where(
        messages.c.conversation_id == conversations.c.id,
        awaits_turn,
    )
    silent = unit.connection.execute(
        sa.select(conversations.c.id, conversations.c.customer_id)
        .where(
            conversations.c.state == "open",
            conversations.c.owner == "bot",
            conversations.c.active_at <= unit.now - unit.rules.idle_after,
            ~waiting,
        )
        .order_by(conversations.c.active_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    changes = []
    for row in silent:
        asked = end_conversation(unit, row.id, "idle")
        if asked is not None:
            changes.append(Change(row.id, row.customer_id, messages=asked, ended=True))
    return changes


def _close(unit: Unit, conversation_id: str, reason: EndReason) -> Row[Any] | None:
    """End it, if it is open. Nobody has to take it over any more: after the end the app alone speaks."""
    closed = unit.connection.execute(
        sa.update(conversations)
        .where(conversations.c.id == conversation_id, conversations.c.state == "open")
        .values(state="ended", ended_at=unit.now, end_reason=reason, prompt=None, owner="bot")
        .returning(conversations.c.locale, conversations.c.channel)
    ).first()
    if closed is not None:
        unit.people.ended(unit, conversation_id, reason)
        if reason != "erased":
            keep_wish(unit, conversation_id, closed.channel)
    return closed


def _open_survey(unit: Unit, conversation_id: str, **values: Any) -> None:
    unit.connection.execute(
        sa.insert(surveys).values(
            id=unit.new_id(),
            conversation_id=conversation_id,
            about="bot" if _agent_who_spoke(unit.connection, conversation_id) is None else "agent",
            changes=0,
            due_at=unit.now,
            closes_at=unit.now + unit.rules.survey_window,
            **values,
        )
    )


def _agent_who_spoke(connection: Connection, conversation_id: str) -> str | None:
    """The name of the one of our people who wrote last in it, if one did: then they are what is rated."""
    spoke = connection.execute(
        sa.select(messages.c.author_name)
        .where(messages.c.conversation_id == conversation_id, messages.c.author_kind == "agent")
        .order_by(messages.c.seq.desc())
        .limit(1)
    ).first()
    return None if spoke is None else str(spoke.author_name)
