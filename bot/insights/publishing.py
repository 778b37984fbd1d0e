"""The reviews that customers have agreed to, as the CX team decides on them: read, published, taken down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.privacy.masking import mask
from bot.storage.insight_tables import reviews
from bot.storage.tables import agents, conversations

ON_A_PAGE = 25
LISTS = {"waiting": "consented", "published": "published", "withdrawn": "withdrawn"}


@dataclass(frozen=True, slots=True)
class Review:
    """One review as the team sees it."""

    id: str
    conversation_id: str
    channel: str
    state: str
    name: str | None
    score: int
    text: str  # masked: what would stand between the brackets is not for publishing either
    language: str
    decided_at: datetime | None
    published_at: datetime | None
    publisher: str | None
    tells_too_much: bool  # something in it tells who somebody is: it cannot be published


def review_counts(connection: Connection) -> Mapping[str, int]:
    """How many there are, by state; every state is named."""
    found = connection.execute(sa.select(reviews.c.state, sa.func.count()).group_by(reviews.c.state))
    states = dict.fromkeys(("invited", "consented", "declined", "published", "withdrawn"), 0)
    return states | {str(state): int(count) for state, count in found}


def reviews_of(connection: Connection, state: str, number: int, order_number: str) -> tuple[list[Review], bool]:
    """Page `number` (from 1) of those in a state, the latest decided first, and whether there is another.

    Args:
        order_number: regular expression of the shop's order numbers.
    """
    query = (
        sa.select(reviews, conversations.c.channel, agents.c.name.label("publisher"))
        .select_from(
            reviews.join(conversations, conversations.c.id == reviews.c.conversation_id).outerjoin(
                agents, agents.c.id == reviews.c.published_by
            )
        )
        .where(reviews.c.state == state)
        .order_by(reviews.c.decided_at.desc(), reviews.c.id)
        .limit(ON_A_PAGE + 1)
        .offset((number - 1) * ON_A_PAGE)
    )
    rows = connection.execute(query).all()
    return [_review(row, order_number) for row in rows[:ON_A_PAGE]], len(rows) > ON_A_PAGE


class CannotPublish(Exception):
    """It is not published, or not taken down; the text says why."""


def publish(connection: Connection, review_id: str, agent_id: str, now: datetime, order_number: str) -> str:
    """Show a review that was consented to; its conversation.

    Raises:
        CannotPublish: there is none by now, or it tells too much.
    """
    # Whoever takes their consent back at this moment is waited for, or waits.
    row = connection.execute(sa.select(reviews).where(reviews.c.id == review_id).with_for_update()).first()
    if row is None or row.state not in ("consented", "published"):
        raise CannotPublish("The customer has taken their consent back, or there is no such review.")
    if tells_too_much(row.text, order_number):
        raise CannotPublish("It holds something that tells who somebody is, and can only be shown word for word.")
    own = sa.update(reviews).where(reviews.c.id == review_id, reviews.c.state == "consented")
    values: dict[str, Any] = {"state": "published", "published_at": now, "published_by": agent_id}
    connection.execute(own.values(**values))
    return str(row.conversation_id)


def take_down(connection: Connection, review_id: str) -> str:
    """Show a review no longer; the consent stays, so that it may be shown again. Its conversation.

    Raises:
        CannotPublish: it is not shown.
    """
    own = sa.update(reviews).where(reviews.c.id == review_id, reviews.c.state == "published")
    values = {"state": "consented", "published_at": None, "published_by": None}
    row = connection.execute(own.values(**values).returning(reviews.c.conversation_id)).first()
    if row is None:
        raise CannotPublish("It is not shown any more.")
    return str(row.conversation_id)


def tells_too_much(text: str, order_number: str) -> bool:
    """Whether a text holds an address, a number, a link or the like; looked for as everywhere else."""
    return mask(text, order_number=order_number) != text


def _review(row: Row[Any], order_number: str) -> Review:
    masked = mask(row.text, order_number=order_number)
    return Review(
        row.id,
        row.conversation_id,
        row.channel,
        row.state,
        row.name,
        row.score,
        masked,
        row.language,
        row.decided_at,
        row.published_at,
        row.publisher,
        masked != row.text,
    )
