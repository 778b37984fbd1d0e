"""Keeps what articles did: shown, judged, missing. Applied inside the transaction of the turn that did it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.article_tables import article_showings, unanswered_questions

SHOWN, FEEDBACK, UNANSWERED = "article_shown", "article_feedback", "unanswered_question"
EFFECTS = (SHOWN, FEEDBACK, UNANSWERED)
LONGEST_HEADING, LONGEST_TEXT = 200, 4000
_MARKUP = re.compile(r"<[^>]*>|https?://\S+")
_WORD = re.compile(r"[^\W\d_]{2,}")
_NOISE = 2  # words, at most


def shown(slug: str, language: str, heading: str | None) -> dict[str, Any]:
    """The effect of having shown a passage."""
    return {"type": SHOWN, "slug": slug, "language": language, "passage": (heading or "")[:LONGEST_HEADING]}


def feedback(*, helpful: bool) -> dict[str, Any]:
    """The effect of a customer's word on what was shown last."""
    return {"type": FEEDBACK, "helpful": helpful}


def asks_something(text: str) -> bool:
    """Whether a text that no article answers is worth keeping: neither markup nor a word or two of noise."""
    words = _WORD.findall(_MARKUP.sub(" ", text))
    return len(words) > _NOISE or (len(words) == _NOISE and "?" in text)


def unanswered(text: str, language: str, intent: str | None) -> dict[str, Any]:
    """The effect of a question that no article answers."""
    return {"type": UNANSWERED, "text": text[:LONGEST_TEXT], "language": language, "intent": intent}


def record(
    connection: Connection,
    effect: Mapping[str, Any],
    *,
    row_id: str,
    conversation_id: str,
    message_id: str,
    now: datetime,
) -> None:
    """Apply one of the effects above.

    Args:
        message_id: the customer's message that is being answered.

    Raises:
        ValueError: none of them.
    """
    of_turn = {"id": row_id, "conversation_id": conversation_id, "message_id": message_id}
    match effect["type"]:
        case "article_shown":
            values = {name: effect[name] for name in ("slug", "language", "passage")}
            connection.execute(sa.insert(article_showings).values(**of_turn, **values, shown_at=now))
        case "article_feedback":
            _judge(connection, conversation_id, now, helpful=bool(effect["helpful"]))
        case "unanswered_question":
            values = {name: effect[name] for name in ("text", "language", "intent")}
            connection.execute(sa.insert(unanswered_questions).values(**of_turn, **values, asked_at=now))
        case unknown:
            raise ValueError(f"{unknown!r} is no effect of articles")


def _judge(connection: Connection, conversation_id: str, now: datetime, *, helpful: bool) -> None:
    """The word counts for what was shown last; a second word replaces the first."""
    last = (
        sa.select(article_showings.c.id)
        .where(article_showings.c.conversation_id == conversation_id)
        .order_by(article_showings.c.shown_at.desc(), article_showings.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    judged = sa.update(article_showings).where(article_showings.c.id == last)
    connection.execute(judged.values(helpful=helpful, judged_at=now))
