"""Where a question with scores stands in the chat, and what it shows now; decides no score, sends nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations import extra_questions
from bot.conversations.models import Message
from bot.storage.channel_tables import delivery_parts
from bot.storage.insight_tables import extra_questions as extras
from bot.storage.tables import messages, surveys

RATING = "rating"
KINDS = (RATING, *extra_questions.KINDS)  # of messages whose choices are scores
_ANSWERS = frozenset(
    {
        "utter_app_rating_thanks",
        "utter_app_rating_sorry",
        "utter_app_rating_changed",
        "utter_app_comment_declined",
    }
)
_EXTRA_ANSWERS = ("utter_app_extra_thanks", "utter_app_extra_changed")  # of the kind of what they answer
_TAPS = (":tap:", ":choice:")  # within the external id of what was tapped, and not typed


@dataclass(frozen=True, slots=True)
class Question:
    """A question with scores in a chat: the number of its message, its scores as choices, and how it stands."""

    number: int
    scores: tuple[dict[str, Any], ...]
    standing: int | None
    closes_at: datetime  # until then a score may be given or changed


def answers_in_place(message: Message) -> str | None:
    """Of which kind the question is whose scores a message answers a tap on; None where it answers none."""
    if not any(tap in (message.in_reply_to or "") for tap in _TAPS):
        return None
    if message.response in _EXTRA_ANSWERS:
        return message.kind
    return RATING if message.response in _ANSWERS else None


def question_of(connection: Connection, conversation_id: str, prefix: str, kind: str = RATING) -> Question | None:
    """The last question of that kind in a conversation that a chat shows; None where it shows none.

    Args:
        prefix: what ids of messages in that chat begin with.
    """
    shown = messages.join(delivery_parts, delivery_parts.c.message_id == messages.c.id)
    if kind == RATING:
        standing = surveys
        shown = shown.join(surveys, surveys.c.conversation_id == messages.c.conversation_id)
    else:
        standing = extras
        shown = shown.join(extras, extras.c.message_id == messages.c.id)
    row = connection.execute(
        sa.select(delivery_parts.c.external_id, messages.c.choices, standing.c.score, standing.c.closes_at)
        .select_from(shown)
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.kind == kind,
            messages.c.choices.is_not(None),
            delivery_parts.c.external_id.startswith(prefix, autoescape=True),
        )
        .order_by(messages.c.seq.desc(), delivery_parts.c.part.desc())
        .limit(1)
    ).first()
    if row is None or not str(row.external_id).removeprefix(prefix).isdecimal():
        return None
    number = int(row.external_id.removeprefix(prefix))
    return Question(number, tuple(row.choices or ()), row.score, row.closes_at)
