"""What a rater is asked once the comment is given or declined: nothing, or one thing; and what they answer to it.

Whoever gave a 1 or 2 is asked nothing more: they wait for somebody to put it right, not for our statistics. Whoever
gave a 5 and said why may be asked whether it may be published, and then nothing else.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from bot.conversations import extra_questions, reviews
from bot.conversations.models import Draft, Message
from bot.conversations.prompting import app_says, set_prompt
from bot.conversations.rating_words import declines_comment, parse_scale
from bot.conversations.unit import Unit
from bot.languages.languages import plain
from bot.storage.tables import surveys

RUDE_UP_TO = 2


def ask_further(unit: Unit, conversation_id: str) -> tuple[Message, ...]:
    """Ask what is still to be asked of who has rated this conversation; once, whatever they do afterwards."""
    survey = unit.connection.execute(sa.select(surveys).where(surveys.c.conversation_id == conversation_id)).one()
    if survey.state != "answered" or survey.score <= RUDE_UP_TO or survey.closes_at <= unit.now:
        return ()
    if extra_questions.is_asked(unit.connection, survey.id) or reviews.is_invited(unit.connection, survey.id):
        return ()
    rules = unit.rules
    if rules.review_invitations and survey.score == reviews.BEST and survey.comment:
        return reviews.invite(unit, survey)
    kind = extra_questions.sampled(survey.id, rules.nps_percent, rules.ces_percent)
    return extra_questions.ask(unit, survey, kind) if kind is not None else ()


def answer_further(unit: Unit, conversation: Row[Any], text: str) -> list[Draft] | None:
    """What is said to a typed text that answers a further question of an ended conversation; None where it does not.

    The question that came last takes a bare number, also to change it; "4/5" or "four stars" still is the rating.
    """
    heard, prompt = unit.phrases.languages.heard, conversation.prompt
    extra = extra_questions.open_extra(unit.connection, conversation.id, unit.now)
    if extra is not None:
        score = parse_scale(text, heard, extra_questions.SCALES[extra.kind])
        if score is not None:
            return extra_questions.answer(unit, conversation.id, extra, score)
    if prompt in extra_questions.KINDS and declines_comment(text, heard):
        set_prompt(unit, conversation.id, None)
        return [app_says(unit, conversation.id, "utter_app_comment_declined")]
    fresh = conversation.active_at > unit.now - unit.rules.comment_window  # later on a "sure" is about something else
    if prompt == reviews.PROMPT and fresh:
        yes = plain(text) in heard.agreements
        review = reviews.review_in(unit.connection, conversation.id)
        if (yes or plain(text) in heard.refusals) and review is not None and review.state == "invited":
            return reviews.decide(unit, review, yes=yes)
    return None
