"""Proves the ledger: what must always be true of conversations, turns, deliveries, surveys, handoffs; only reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.insights.fact_rules import RECOUNTED, Recount, fact_rules, recounted
from bot.insights.rule import Rule
from bot.insights.rules import RULES
from bot.storage.tables import conversations, messages, surveys, turns

SURVEY_STATES = ("due", "asked", "answered", "expired", "undeliverable", "exempt")
MOST_EXAMPLES = 20


@dataclass(frozen=True)
class Breach:
    """One rule that does not hold."""

    rule: str
    count: int
    examples: tuple[str, ...]  # in words, with ids; at most MOST_EXAMPLES


@dataclass(frozen=True)
class Report:
    """What was looked at, and what does not hold."""

    conversations: int
    open: int
    ended: int
    messages: int
    turns: int
    surveys: Mapping[str, int]  # by state, every state named
    rules: tuple[str, ...]
    breaches: tuple[Breach, ...]

    @property
    def balanced(self) -> bool:
        return not self.breaches


def verify(connection: Connection, recount: Recount | None = None) -> Report:
    """Check every rule on one connection; call it in a transaction that sees one snapshot.

    Args:
        recount: how facts are counted once more; None: they are not.

    Returns:
        The report. It has breaches where a rule does not hold; it never raises for them.
    """
    by_state = dict.fromkeys(SURVEY_STATES, 0) | _counts(connection, surveys.c.state)
    conversations_by_state = _counts(connection, conversations.c.state)
    ended = conversations_by_state.get("ended", 0)
    rules = (*RULES, *fact_rules())
    breaches = [breach for rule in rules if (breach := _check(connection, rule)) is not None]
    if recount is not None:
        breaches += [Breach(found.rule, found.count, found.examples) for found in recounted(connection, recount)]
    if ended != sum(by_state[state] for state in SURVEY_STATES):
        breaches.insert(0, _unbalanced(ended, by_state))
    return Report(
        conversations=sum(conversations_by_state.values()),
        open=conversations_by_state.get("open", 0),
        ended=ended,
        messages=_size(connection, messages),
        turns=_size(connection, turns),
        surveys=by_state,
        rules=(BALANCE, *(rule.says for rule in rules), *(RECOUNTED if recount is not None else ())),
        breaches=tuple(breaches),
    )


BALANCE = "ended = due + asked + answered + expired + undeliverable + exempt"


def _unbalanced(ended: int, by_state: Mapping[str, int]) -> Breach:
    sums = " + ".join(f"{by_state[state]} {state}" for state in SURVEY_STATES)
    return Breach(BALANCE, 1, (f"{ended} ended conversations, but {sums}",))


def _check(connection: Connection, rule: Rule) -> Breach | None:
    count = connection.execute(sa.select(sa.func.count()).select_from(rule.broken.subquery())).scalar_one()
    if not count:
        return None
    rows = connection.execute(rule.broken.limit(MOST_EXAMPLES)).mappings()
    return Breach(rule.says, count, tuple(rule.words.format(**row) for row in rows))


def _counts(connection: Connection, column: sa.Column[str]) -> dict[str, int]:
    rows = connection.execute(sa.select(column, sa.func.count()).group_by(column))
    return {str(state): int(count) for state, count in rows}


def _size(connection: Connection, table: sa.Table) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
