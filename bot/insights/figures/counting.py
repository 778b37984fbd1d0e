"""What is counted of conversations under one filter: numerators and denominators from the same rows, in one query.

Only the figures' arithmetic; which rows they are is `filters.conditions`, how they look is the pages' business.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.insights.csat import (
    DETRACTORS_TO,
    PROMOTERS_FROM,
    SATISFIED_FROM,
    TOO_FEW,
    nps_interval,
    wilson,
)
from bot.insights.facts.outcomes import OUTCOMES
from bot.insights.filters import Wanted, conditions
from bot.insights.having import ASKED, RATED
from bot.storage.insight_tables import conversation_facts as facts

EASY_FROM = 5  # of 1 to 7: "somewhat agree" and better


@dataclass(frozen=True, slots=True)
class Counts:
    """How many conversations there are of each kind, and what some of their numbers add up to."""

    conversations: int = 0
    ended: int = 0
    confirmed: int = 0
    assumed: int = 0
    abandoned: int = 0
    handed_off: int = 0
    reopened: int = 0
    asked: int = 0
    responded: int = 0  # of those asked
    rated: int = 0
    satisfied: int = 0
    points: int = 0  # of all ratings together
    rated_1: int = 0
    rated_2: int = 0
    rated_3: int = 0
    rated_4: int = 0
    rated_5: int = 0
    lost: int = 0  # in which something was not understood at least once
    turns: int = 0
    lost_turns: int = 0
    nps: int = 0
    promoters: int = 0
    detractors: int = 0
    ces: int = 0
    easy: int = 0
    effort_points: int = 0

    @property
    def outcomes(self) -> dict[str, int]:
        """The five, which add up to `ended`."""
        return {name: int(getattr(self, name)) for name in OUTCOMES}

    @property
    def scores(self) -> dict[int, int]:
        """How many gave each of the five ratings."""
        return {score: int(getattr(self, f"rated_{score}")) for score in range(1, 6)}

    @property
    def csat(self) -> Share:
        """Satisfied (4 and 5) of those who rated."""
        return Share(self.satisfied, self.rated)

    @property
    def response(self) -> Share:
        """Of those whose question reached them, those who answered it."""
        return Share(self.responded, self.asked)

    @property
    def mean(self) -> float | None:
        """The mean rating."""
        return self.points / self.rated if self.rated else None


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, with how sure it is: values between 0 and 1; None where there is nothing to divide by."""

    part: int
    n: int

    @property
    def value(self) -> float | None:
        """The share."""
        return self.part / self.n if self.n else None

    @property
    def low(self) -> float | None:
        """Where its 95 % Wilson interval begins."""
        found = wilson(self.part, self.n)
        return found[0] if found else None

    @property
    def high(self) -> float | None:
        """… and where it ends."""
        found = wilson(self.part, self.n)
        return found[1] if found else None

    @property
    def few(self) -> bool:
        """Whether it says little."""
        return self.n < TOO_FEW


_count = sa.func.count
MEASURES: Mapping[str, sa.ColumnElement[int]] = {
    "conversations": _count(),
    "ended": _count().filter(facts.c.state == "ended"),
    **{name: _count().filter(facts.c.outcome == name) for name in OUTCOMES},
    "asked": _count().filter(ASKED),
    "responded": _count().filter(ASKED, RATED),
    "rated": _count(facts.c.score),
    "satisfied": _count().filter(facts.c.score >= SATISFIED_FROM),
    "points": sa.func.coalesce(sa.func.sum(facts.c.score), 0),
    **{f"rated_{score}": _count().filter(facts.c.score == score) for score in range(1, 6)},
    "lost": _count().filter(facts.c.fallbacks > 0),
    "turns": sa.func.coalesce(sa.func.sum(facts.c.turns), 0),
    "lost_turns": sa.func.coalesce(sa.func.sum(facts.c.fallbacks), 0),
    "nps": _count(facts.c.nps),
    "promoters": _count().filter(facts.c.nps >= PROMOTERS_FROM),
    "detractors": _count().filter(facts.c.nps <= DETRACTORS_TO),
    "ces": _count(facts.c.ces),
    "easy": _count().filter(facts.c.ces >= EASY_FROM),
    "effort_points": sa.func.coalesce(sa.func.sum(facts.c.ces), 0),
}
# By what satisfaction is told apart, in one go: six queries over all rows would take three times as long.
DIMENSIONS: Mapping[str, sa.ColumnElement[str | None]] = {
    "channel": facts.c.channel,
    "language": facts.c.language,
    "topic": facts.c.topic,
    "about": facts.c.about,
    "agent": facts.c.agent_id,
    "release": facts.c.release,
}
# Of whom ratings say something of a group: those of our people nothing of a release, those of the assistant nothing of
# whoever of us wrote last.
RATED_IN: Mapping[str, str] = {"agent": "agent", "release": "bot"}
_BY_GROUP = ("conversations", "ended", "confirmed", "asked", "responded", "rated", "satisfied", "points")


def count_all(connection: Connection, wanted: Wanted) -> Counts:
    """All of it together."""
    query = sa.select(*(measure.label(name) for name, measure in MEASURES.items())).where(*conditions(wanted))
    return Counts(**_whole(connection.execute(query).mappings().one()))


def count_by_day(connection: Connection, wanted: Wanted) -> dict[str, Counts]:
    """By day of the shop, only days on which there was something, in order."""
    query = (
        sa.select(facts.c.day, *(measure.label(name) for name, measure in MEASURES.items()))
        .where(*conditions(wanted))
        .group_by(facts.c.day)
        .order_by(facts.c.day)
    )
    rows = connection.execute(query).mappings()
    return {row["day"]: Counts(**_whole({name: row[name] for name in MEASURES})) for row in rows}


def count_by_group(connection: Connection, wanted: Wanted) -> dict[str, dict[str, Counts]]:
    """For each of `DIMENSIONS`, what is counted of each of its values; rows without a value are in none.

    Only what is asked of groups is counted, and in those of `RATED_IN` only conversations of which just that is rated.
    """
    query = (
        sa.select(*DIMENSIONS.values(), *(MEASURES[name] for name in _BY_GROUP))
        .where(*conditions(wanted))
        .group_by(*DIMENSIONS.values())
    )
    names = tuple(DIMENSIONS)
    sums: dict[str, dict[str, list[int]]] = {name: {} for name in names}
    for row in connection.execute(query):
        about = row[names.index("about")]
        numbers = row[len(names) :]
        for place, name in enumerate(names):
            value = row[place]
            if value is None or RATED_IN.get(name, about) != about:
                continue
            known = sums[name].setdefault(value, [0] * len(_BY_GROUP))
            for index, number in enumerate(numbers):
                known[index] += int(number or 0)
    return {
        name: {
            value: Counts(**dict(zip(_BY_GROUP, numbers, strict=True))) for value, numbers in sorted(sums[name].items())
        }
        for name in names
    }


def together(counts: Iterable[Counts]) -> Counts:
    """Counts of rows that have none in common, as counts of all of them."""
    rows = list(counts)
    return Counts(**{one.name: sum(getattr(row, one.name) for row in rows) for one in fields(Counts)})


def percents(counts: Sequence[int]) -> list[float]:
    """Shares in per cent with one decimal that add up to exactly 100; the largest rests get what is left."""
    whole = sum(counts)
    if whole == 0:
        return [0.0] * len(counts)
    exact = [count * 1000 / whole for count in counts]
    floors = [math.floor(value) for value in exact]
    rests = sorted(range(len(counts)), key=lambda place: (floors[place] - exact[place], place))
    for place in rests[: 1000 - sum(floors)]:
        floors[place] += 1
    return [value / 10 for value in floors]


def net_promoters(counts: Counts) -> tuple[float, float, float] | None:
    """The Net Promoter Score, -100 to 100, with its 95 % interval; None without answers.

    The interval is that of `csat.nps_interval`.
    """
    interval = nps_interval(counts.promoters, counts.detractors, counts.nps)
    if interval is None:
        return None
    return 100 * (counts.promoters - counts.detractors) / counts.nps, *interval


def _whole(row: Mapping[Any, Any]) -> dict[str, int]:
    """PostgreSQL adds up to decimals."""
    return {str(name): int(value or 0) for name, value in row.items()}
