"""Satisfaction in numbers that say how sure they are: CSAT, and of the sampled further questions NPS and CES.

Reads surveys, decides nothing about them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.insight_tables import extra_questions
from bot.storage.tables import conversations, surveys

SATISFIED_FROM = 4  # of 5: the usual "top two boxes"
TOO_FEW = 30  # answers; below that an interval spans a third of the scale
PROMOTERS_FROM, DETRACTORS_TO = 9, 6  # of 0 to 10, as NPS has it
EASIEST, HARDEST = 7, 1  # of CES
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
class ExtraRow:
    """One further question: NPS or CES."""

    kind: str
    state: str
    score: int | None


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
    query = query.where(*of_filter(wanted))
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


def read_extras(connection: Connection, wanted: Filter) -> list[ExtraRow]:
    """The further questions after the surveys that a filter lets through."""
    e = extra_questions.c
    query = (
        sa.select(e.kind, e.state, e.score)
        .select_from(
            extra_questions.join(surveys, surveys.c.id == e.survey_id).join(
                conversations, conversations.c.id == surveys.c.conversation_id
            )
        )
        .where(*of_filter(wanted))
        .order_by(e.asked_at, e.id)
    )
    return [ExtraRow(row.kind, row.state, row.score) for row in connection.execute(query)]


def of_filter(wanted: Filter) -> list[sa.ColumnElement[bool]]:
    """What a filter demands of surveys joined with their conversations."""
    demands: list[sa.ColumnElement[bool]] = []
    if wanted.since is not None:
        demands.append(surveys.c.due_at >= wanted.since)
    if wanted.until is not None:
        demands.append(surveys.c.due_at < wanted.until)
    if wanted.channel is not None:
        demands.append(conversations.c.channel == wanted.channel)
    return demands


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


# -- further questions --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NpsSummary:
    """How likely people recommend the shop. `nps` and its interval lie between -100 and 100."""

    asked: int
    answered: int
    promoters: int
    passives: int
    detractors: int
    nps: float | None
    low: float | None  # of the 95 % interval
    high: float | None
    response_rate: float | None

    @property
    def too_few(self) -> bool:
        """Whether the score says little: fewer than TOO_FEW answers."""
        return self.answered < TOO_FEW


@dataclass(frozen=True)
class CesSummary:
    """How easy it was, 1 to 7: the mean with its interval."""

    asked: int
    answered: int
    mean: float | None
    low: float | None  # of the 95 % interval; none of a single answer, nor where all agree
    high: float | None
    response_rate: float | None

    @property
    def too_few(self) -> bool:
        """Whether the mean says little: fewer than TOO_FEW answers."""
        return self.answered < TOO_FEW


def summarize_nps(rows: Sequence[ExtraRow]) -> NpsSummary:
    """NPS over exactly these questions: the share of promoters less that of detractors, in points.

    One that never reached anybody does not count as asked; one that is still open counts as unanswered.
    """
    asked, scores = _asked_and_scores(rows, "nps")
    promoters = sum(1 for score in scores if score >= PROMOTERS_FROM)
    detractors = sum(1 for score in scores if score <= DETRACTORS_TO)
    interval = nps_interval(promoters, detractors, len(scores))
    return NpsSummary(
        asked=asked,
        answered=len(scores),
        promoters=promoters,
        passives=len(scores) - promoters - detractors,
        detractors=detractors,
        nps=100 * (promoters - detractors) / len(scores) if scores else None,
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        response_rate=len(scores) / asked if asked else None,
    )


def summarize_ces(rows: Sequence[ExtraRow]) -> CesSummary:
    """CES over exactly these questions: the mean, and how far off it may be."""
    asked, scores = _asked_and_scores(rows, "ces")
    interval = mean_interval(scores, HARDEST, EASIEST)
    return CesSummary(
        asked=asked,
        answered=len(scores),
        mean=sum(scores) / len(scores) if scores else None,
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        response_rate=len(scores) / asked if asked else None,
    )


def nps_interval(promoters: int, detractors: int, n: int, z: float = CONFIDENCE_95) -> tuple[float, float] | None:
    """The adjusted Wald interval of an NPS, in points; None without answers.

    Three answers are added, three quarters of one to either end and the rest between: without them the interval of
    few answers, or of answers that agree, is far too narrow (Rocks, "Interval estimation for the Net Promoter Score",
    The American Statistician 70, 2016).
    """
    if n == 0:
        return None
    whole = n + 3
    most, least = (promoters + 0.75) / whole, (detractors + 0.75) / whole
    centre = most - least
    half = z * math.sqrt((most + least - centre * centre) / whole)
    return 100 * max(-1.0, centre - half), 100 * min(1.0, centre + half)


def mean_interval(scores: Sequence[int], lowest: float, highest: float) -> tuple[float, float] | None:
    """The 95 % interval of a mean by Student's t, within the scale.

    None for fewer than two scores, and where all are the same: its width would be nothing, which is no certainty.
    """
    n = len(scores)
    if len(set(scores)) < 2:
        return None
    mean = sum(scores) / n
    variance = sum((score - mean) ** 2 for score in scores) / (n - 1)
    quantile = _STUDENT[n - 2] if n - 2 < len(_STUDENT) else _student(n - 1)
    half = quantile * math.sqrt(variance / n)
    return max(lowest, mean - half), min(highest, mean + half)


# Student's t at 97.5 %, for 1, 2, 3 … degrees of freedom.
_QUANTILES = """
12.706 4.303 3.182 2.776 2.571 2.447 2.365 2.306 2.262 2.228 2.201 2.179 2.160 2.145 2.131
2.120 2.110 2.101 2.093 2.086 2.080 2.074 2.069 2.064 2.060 2.056 2.052 2.048 2.045 2.042
"""
_STUDENT = tuple(map(float, _QUANTILES.split()))


def _student(freedom: int) -> float:
    """The same beyond the table: by its expansion in 1 / freedom (Abramowitz and Stegun, 26.7.5)."""
    z = CONFIDENCE_95
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


def _asked_and_scores(rows: Sequence[ExtraRow], kind: str) -> tuple[int, list[int]]:
    asked = [row for row in rows if row.kind == kind and row.state != "undeliverable"]
    return len(asked), [row.score for row in asked if row.state == "answered" and row.score is not None]
