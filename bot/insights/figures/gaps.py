"""Questions that were left without an answer: those no article answered, and those the assistant was unsure of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.insights.filters import Wanted, conditions
from bot.storage.article_tables import unanswered_questions
from bot.storage.insight_tables import conversation_facts as facts
from bot.storage.insight_tables import nlu_annotations

NO_ARTICLE, UNSURE = "no article", "not understood"


@dataclass(frozen=True, slots=True)
class Asked:
    """One question."""

    id: str
    message_id: str
    conversation_id: str
    text: str
    language: str
    why: str  # NO_ARTICLE | UNSURE
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Gaps:
    """The newest of them, and how many there are in all."""

    asked: tuple[Asked, ...]
    total: int


def read_gaps(connection: Connection, wanted: Wanted, *, most: int) -> Gaps:
    """The newest questions of these conversations; a message that is both counts once, as one without an article.

    Args:
        most: so many at most; `total` counts all.
    """
    u, a = unanswered_questions.c, nlu_annotations.c
    without = _questions(unanswered_questions, u.asked_at, NO_ARTICLE).where(*conditions(wanted))
    unsure = _questions(nlu_annotations, a.said_at, UNSURE).where(
        *conditions(wanted), a.state == "open", a.message_id.not_in(sa.select(u.message_id))
    )
    both = sa.union_all(without, unsure).subquery()
    total = connection.execute(sa.select(sa.func.count()).select_from(both)).scalar_one()
    rows = connection.execute(sa.select(both).order_by(both.c.asked_at.desc(), both.c.id).limit(most))
    return Gaps(
        tuple(
            Asked(row.id, row.message_id, row.conversation_id, row.text, row.language, row.why, row.asked_at)
            for row in rows
        ),
        total,
    )


def _questions(table: sa.Table, asked_at: sa.Column[datetime], why: str) -> sa.Select[Any]:
    """What one of the two tables has, with the facts beside it; nothing of what was emptied."""
    c = table.c
    columns = (c.id, c.message_id, c.conversation_id, c.text, c.language)
    return (
        sa.select(*columns, sa.literal(why).label("why"), asked_at.label("asked_at"))
        .select_from(table.join(facts, facts.c.conversation_id == c.conversation_id))
        .where(c.text != "")
    )
