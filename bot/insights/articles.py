"""What help articles did: how often each was shown and what people said of it, and what none answered. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.article_tables import article_showings, unanswered_questions


@dataclass(frozen=True, slots=True)
class ArticleUse:
    """One article, all languages together."""

    slug: str
    shown: int
    helpful: int
    not_helpful: int


@dataclass(frozen=True, slots=True)
class Gap:
    """One question that no article answered."""

    asked_at: datetime
    language: str
    text: str
    intent: str | None
    conversation_id: str


@dataclass(frozen=True, slots=True)
class ArticleReport:
    """Both, the most shown article and the newest question first."""

    articles: tuple[ArticleUse, ...]
    gaps: tuple[Gap, ...]


def read_article_report(connection: Connection, *, gaps: int = 200) -> ArticleReport:
    """Count what was shown, and read the newest questions that none answered."""
    s, u = article_showings.c, unanswered_questions.c
    shown = sa.func.count().label("shown")
    used = connection.execute(
        sa.select(
            s.slug,
            shown,
            sa.func.count(sa.case((s.helpful.is_(True), 1))).label("helpful"),
            sa.func.count(sa.case((s.helpful.is_(False), 1))).label("not_helpful"),
        )
        .group_by(s.slug)
        .order_by(shown.desc(), s.slug)
    )
    asked = connection.execute(
        sa.select(u.asked_at, u.language, u.text, u.intent, u.conversation_id)
        .order_by(u.asked_at.desc(), u.id)
        .limit(gaps)
    )
    return ArticleReport(
        tuple(ArticleUse(row.slug, row.shown, row.helpful, row.not_helpful) for row in used),
        tuple(Gap(row.asked_at, row.language, row.text, row.intent, row.conversation_id) for row in asked),
    )
