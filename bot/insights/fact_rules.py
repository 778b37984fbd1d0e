"""Proves the facts: that every ended conversation has one outcome, and that they are what the tables say; only reads.

What changed of late may not be counted yet, and is left out: the mark tells up to when everything is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.models import Json
from bot.insights.facts.changes import signs_of_change
from bot.insights.facts.computing import Computed, compute
from bot.insights.facts.digest import MOST, OVERLAP
from bot.insights.facts.keeping import read_mark
from bot.insights.facts.outcomes import OUTCOMES
from bot.insights.rule import Rule
from bot.storage.insight_tables import conversation_facts, conversation_words
from bot.storage.tables import conversations

ONE_OUTCOME = "every ended conversation has exactly one outcome"
SUM = "ended = " + " + ".join(OUTCOMES)
EQUAL = "facts are what the tables say"
WORDS = "what can be searched is what was said"
RECOUNTED = (ONE_OUTCOME, SUM, EQUAL, WORDS)
SAMPLE = 2000  # conversations that are counted once more, where nobody asks for all of them
MOST_EXAMPLES = 20

_f, _c, _w = conversation_facts.c, conversations.c, conversation_words.c


@dataclass(frozen=True, slots=True)
class Recount:
    """How facts are counted once more.

    Args:
        most: so many conversations: always the same ones, the first by their ids, which are random. None: all of them.
    """

    zone: ZoneInfo
    reopened_within: timedelta
    most: int | None = SAMPLE


@dataclass(frozen=True, slots=True)
class Found:
    """One rule that does not hold, and where."""

    rule: str
    count: int
    examples: tuple[str, ...]


def fact_rules() -> Iterator[Rule]:
    """What must be true of facts whenever they were made."""
    yield Rule(
        "nothing can be searched of a conversation that was emptied",
        "conversation {conversation_id} was emptied, and its words are still kept",
        sa.select(_w.conversation_id)
        .join(conversations, _c.id == _w.conversation_id)
        .where(_c.emptied_at.is_not(None)),
    )
    yield Rule(
        "a conversation that was reopened says by which, and no other does",
        "conversation {conversation_id} has the outcome {outcome}, and was reopened by {reopened_by}",
        sa.select(_f.conversation_id, _f.outcome, _f.reopened_by).where(
            sa.func.coalesce(_f.outcome == "reopened", sa.false()) != _f.reopened_by.is_not(None)
        ),
    )


def recounted(connection: Connection, how: Recount) -> list[Found]:
    """Count once more, and tell where that comes to something else. Nothing is said where nothing was ever counted."""
    mark = read_mark(connection)
    if mark is None:
        return []
    sure_until = mark - OVERLAP
    late = {str(sign[0]) for sign in signs_of_change(connection, sure_until)}
    found = [_without_outcome(connection, late), _sum(connection, late), *_other_than_said(connection, how, late)]
    return [one for one in found if one is not None]


def _without_outcome(connection: Connection, late: set[str]) -> Found | None:
    wrong = connection.execute(
        sa.select(_c.id, _f.outcome)
        .select_from(conversations.outerjoin(conversation_facts, _f.conversation_id == _c.id))
        .where(_c.state == "ended", sa.or_(_f.outcome.is_(None), _f.outcome.not_in(OUTCOMES)))
        .order_by(_c.id)
    )
    return _told(
        ONE_OUTCOME,
        [f"conversation {row.id} ended with the outcome {row.outcome}" for row in wrong if row.id not in late],
    )


def _sum(connection: Connection, late: set[str]) -> Found | None:
    """Both counts without those of which something has just happened."""
    ended = set(connection.execute(sa.select(_c.id).where(_c.state == "ended")).scalars()) - late
    rows = connection.execute(sa.select(_f.conversation_id, _f.outcome).where(_f.outcome.in_(OUTCOMES)))
    counts = dict.fromkeys(OUTCOMES, 0)
    for row in rows:
        if row.conversation_id not in late:
            counts[row.outcome] += 1
    if sum(counts.values()) == len(ended):
        return None
    sums = " + ".join(f"{count} {outcome}" for outcome, count in counts.items())
    return Found(SUM, 1, (f"{len(ended)} ended conversations, but {sums}",))


def _other_than_said(connection: Connection, how: Recount, late: set[str]) -> Iterator[Found | None]:
    wanted = sa.select(_f.conversation_id).order_by(_f.conversation_id)
    ids = list(connection.execute(wanted.limit(how.most)).scalars())
    ids = [own for own in ids if own not in late]
    facts: list[str] = []
    words: list[str] = []
    for first in range(0, len(ids), MOST):
        _compare(connection, ids[first : first + MOST], how, facts, words)
    yield _told(EQUAL, facts)
    yield _told(WORDS, words)


def _compare(connection: Connection, ids: Sequence[str], how: Recount, facts: list[str], words: list[str]) -> None:
    kept = {
        row["conversation_id"]: row
        for row in connection.execute(sa.select(conversation_facts).where(_f.conversation_id.in_(ids))).mappings()
    }
    searched: dict[str, str] = {
        row.conversation_id: row.words
        for row in connection.execute(sa.select(_w.conversation_id, _w.words).where(_w.conversation_id.in_(ids)))
    }
    # Of no matter when this is: that alone is not compared.
    now = max(row["computed_at"] for row in kept.values())
    for one in compute(connection, ids, now=now, zone=how.zone, reopened_within=how.reopened_within):
        own = one.row["conversation_id"]
        facts += _differences(one.row, kept[own])
        if (one.words or None) != searched.get(own):
            words.append(_of_words(one, searched.get(own)))


def _differences(row: Json, kept: Any) -> list[str]:
    names = [name for name in row if name != "computed_at" and row[name] != kept[name]]
    if not names:
        return []
    told = ", ".join(f"{name} {kept[name]} instead of {row[name]}" for name in names[:4])
    return [f"conversation {row['conversation_id']}: {told}"]


def _of_words(one: Computed, searched: str | None) -> str:
    """Without the words themselves: they are customers'."""
    if searched is None:
        return f"conversation {one.row['conversation_id']} cannot be found by its words"
    return f"conversation {one.row['conversation_id']} is found by other words than were said in it"


def _told(rule: str, examples: Sequence[str]) -> Found | None:
    return Found(rule, len(examples), tuple(examples[:MOST_EXAMPLES])) if examples else None
