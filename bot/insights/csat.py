"""Satisfaction in numbers that say how sure they are; reads surveys, decides nothing about them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.tables import conversations, surveys

SATISFIED_FROM = 4  # of 5: the usual "top two boxes"
TOO_FEW = 30  # answers; below that an interval spans a third of the scale
CONFIDENCE_95 = 1.959964  # standard normal quantile of 97.5 %


@dataclass(frozen=True)
class Filter:
    """Which surveys count, by the end of their conversation: since ≤ end < until."""

    since: datetime | None = None
    until: datetime | None = None
    channel: str | None = None


@dataclass(frozen=True)
class SurveyRow:
    """One survey with what is known of its conversation."""

    ended_at: datetime
    answered_at: datetime | None
    conversation_id: str
    channel: str
    about: str  # bot | agent: who was rated
    state: str
    asked: bool
    score: int | None
    comment: str | None


@dataclass(frozen=True)
class Summary:
    """Satisfaction over some surveys. Shares lie between 0 and 1; None where there is nothing to divide by."""

    asked: int
    answered: int
    satisfied: int
    score: float | None
    low: float | None  # of the 95 % Wilson interval
    high: float | None
    mean: float | None  # of 1 to 5
    response_rate: float | None
    states: dict[str, int]

    @property
    def too_few(self) -> bool:
        """Whether the score says little: fewer than TOO_FEW answers."""
        return self.answered < TOO_FEW


def read_surveys(connection: Connection, wanted: Filter) -> list[SurveyRow]:
    """The surveys that a filter lets through, in the order in which their conversations ended."""
    s, c = surveys.c, conversations.c
    query = (
        sa.select(
            s.due_at, s.answered_at, s.conversation_id, c.channel, s.about, s.state, s.asked_at, s.score, s.comment
        )
        .join(conversations, c.id == s.conversation_id)
        .order_by(s.due_at, s.id)
    )
    if wanted.since is not None:
        query = query.where(s.due_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(s.due_at < wanted.until)
    if wanted.channel is not None:
        query = query.where(c.channel == wanted.channel)
    return [
        SurveyRow(
            ended_at=row.due_at,
            answered_at=row.answered_at,
            conversation_id=row.conversation_id,
            channel=row.channel,
            about=row.about,
            state=row.state,
            asked=row.asked_at is not None,
            score=row.score,
            comment=row.comment,
        )
        for row in connection.execute(query)
    ]


def summarize(rows: Sequence[SurveyRow]) -> Summary:
    """Satisfaction over exactly these surveys: score and response rate under the same filter.

    The response rate counts surveys whose question reached its channel; one that is still open counts as unanswered.
    """
    scores = [row.score for row in rows if row.state == "answered" and row.score is not None]
    asked = sum(1 for row in rows if row.asked and row.state != "exempt")
    satisfied = sum(1 for score in scores if score >= SATISFIED_FROM)
    interval = wilson(satisfied, len(scores))
    return Summary(
        asked=asked,
        answered=len(scores),
        satisfied=satisfied,
        score=satisfied / len(scores) if scores else None,
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        mean=sum(scores) / len(scores) if scores else None,
        response_rate=len(scores) / asked if asked else None,
        states=dict(sorted(Counter(row.state for row in rows).items())),
    )


def wilson(successes: int, n: int, z: float = CONFIDENCE_95) -> tuple[float, float] | None:
    """The Wilson score interval of a share; None without observations.

    It stays honest for few answers and for shares near 0 and 1, where the usual ± would leave the scale.
    """
    if n == 0:
        return None
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, centre - half), min(1.0, centre + half)
