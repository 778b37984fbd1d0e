"""Where a conversation's rating question stands in the chat, and what it shows now; decides no score, sends nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.models import Message
from bot.storage.channel_tables import delivery_parts
from bot.storage.tables import messages, surveys

_ANSWERS = frozenset(
    {
        "utter_app_rating_thanks",
        "utter_app_rating_sorry",
        "utter_app_rating_changed",
        "utter_app_comment_declined",
    }
)
_TAPS = (":tap:", ":choice:")  # within the external id of what was tapped, and not typed


@dataclass(frozen=True, slots=True)
class Question:
    """A rating question in a chat: the number of its message, its scores as choices, and how its survey stands."""

    number: int
    scores: tuple[dict[str, Any], ...]
    standing: int | None
    closes_at: datetime  # until then a score may be given or changed


def answers_in_place(message: Message) -> bool:
    """Whether a message answers a tap under the rating question."""
    tapped = any(tap in (message.in_reply_to or "") for tap in _TAPS)
    return tapped and message.response in _ANSWERS


def question_of(connection: Connection, conversation_id: str, prefix: str) -> Question | None:
    """The last rating question of a conversation that a chat shows; None where it shows none.

    Args:
        prefix: what ids of messages in that chat begin with.
    """
    row = connection.execute(
        sa.select(delivery_parts.c.external_id, messages.c.choices, surveys.c.score, surveys.c.closes_at)
        .select_from(
            messages.join(delivery_parts, delivery_parts.c.message_id == messages.c.id).join(
                surveys, surveys.c.conversation_id == messages.c.conversation_id
            )
        )
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.kind == "rating",
            delivery_parts.c.external_id.startswith(prefix, autoescape=True),
        )
        .order_by(messages.c.seq.desc(), delivery_parts.c.part.desc())
        .limit(1)
    ).first()
    if row is None or not str(row.external_id).removeprefix(prefix).isdecimal():
        return None
    number = int(row.external_id.removeprefix(prefix))
    return Question(number, tuple(row.choices or ()), row.score, row.closes_at)
