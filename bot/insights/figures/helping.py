"""What help articles did in some conversations: how often each was shown, and what customers said of it."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.insights.figures.counting import Share
from bot.insights.figures.drawn import Drawn, Field, Line, opening, opens
from bot.insights.filters import Wanted, conditions
from bot.storage.article_tables import article_showings
from bot.storage.insight_tables import conversation_facts as facts


@dataclass(frozen=True, slots=True)
class Helped:
    """One article, all languages together."""

    slug: str
    shown: int
    conversations: int
    helpful: int
    not_helpful: int

    @property
    def share(self) -> Share:
        """Of those who said something of it, those whom it helped."""
        return Share(self.helpful, self.helpful + self.not_helpful)


def read_helped(connection: Connection, wanted: Wanted) -> list[Helped]:
    """Every article that was shown in these conversations, the most shown first."""
    s = article_showings.c
    shown = sa.func.count().label("shown")
    query = (
        sa.select(
            s.slug,
            shown,
            sa.func.count(s.conversation_id.distinct()).label("conversations"),
            sa.func.count().filter(s.helpful.is_(True)).label("helpful"),
            sa.func.count().filter(s.helpful.is_(False)).label("not_helpful"),
        )
        .select_from(facts.join(article_showings, s.conversation_id == facts.c.conversation_id))
        .where(*conditions(wanted))
        .group_by(s.slug)
        .order_by(shown.desc(), s.slug)
    )
    return [
        Helped(row.slug, row.shown, row.conversations, row.helpful, row.not_helpful)
        for row in connection.execute(query)
    ]


def drawn_articles(wanted: Wanted, helped: list[Helped]) -> Drawn:
    """Article by article."""
    lines = tuple(
        Line(
            (
                one.slug,
                one.shown,
                one.conversations,
                one.share.n,
                one.helpful,
                one.share.value,
                one.share.low,
                one.share.high,
            ),
            opens(conversations=opening(wanted, articles=(one.slug,))),
        )
        for one in helped
    )
    return Drawn(
        "articles",
        "Which articles help",
        sum(one.share.n for one in helped),
        "judgements",
        (
            Field("article", "Article", "text"),
            Field("shown", "Times shown"),
            Field("conversations", "Conversations"),
            Field("judged", "Judged"),
            Field("helpful", "Helped"),
            Field("share", "Helpful", "share"),
            Field("low", "from", "share"),
            Field("high", "to", "share"),
        ),
        lines,
        None,
        {"kind": "ranges", "x": "article", "y": "share", "low": "low", "high": "high", "n": "judged", "most": 25}
        | {"open": "conversations"},
        (
            "Shown counts each time; conversations count once each. Helpful is the share of those who said something,"
            " with its 95 % interval.",
        ),
        wide=True,
    )
