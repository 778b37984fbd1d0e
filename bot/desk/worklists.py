"""What people have promised and what they follow up: read as lists, taken on and closed; no pages.

Both are rows that one of our people makes their own. Whoever changes one says what they saw: a row that somebody else
has taken on meanwhile is not taken away from them by an old page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.cases.cases import close_case
from bot.customers.links import lock_customer_of
from bot.handoff.errors import NotPossible
from bot.storage.case_tables import cases
from bot.storage.tables import agents, conversations, customers, follow_ups, surveys

MOST_SHOWN = 200
LONGEST_WORD = 1000


class Whose(StrEnum):
    """Which rows of a list."""

    ALL = "all"
    MINE = "mine"
    NOBODYS = "nobodys"
    DONE = "done"


class FollowUpOutcome(StrEnum):
    """What came of following up a rating."""

    PUT_RIGHT = "put_right"
    EXPLAINED = "explained"
    UNREACHABLE = "unreachable"
    NOTHING_TO_DO = "nothing_to_do"


@dataclass(frozen=True, slots=True)
class Todo:
    """One row of either list."""

    id: str
    conversation_id: str
    customer_name: str | None
    channel: str
    agent_id: str | None
    agent_name: str | None
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    # of a promise
    kind: str = ""
    words: str = ""
    order_number: str | None = None
    items: tuple[str, ...] = ()
    contact: str | None = None
    level: str = ""
    # of a follow-up
    score: int | None = None
    comment: str | None = None
    about: str = ""
    outcome: str | None = None
    note: str | None = None

    def overdue(self, now: datetime) -> bool:
        """Whether it should have been done."""
        return self.closed_at is None and self.due_at is not None and self.due_at < now


@dataclass(frozen=True, slots=True)
class Counts:
    """How much of a list is open."""

    open: int
    overdue: int
    mine: int
    nobodys: int


_OF_CONVERSATION = (
    conversations.c.channel,
    customers.c.name.label("customer_name"),
    agents.c.name.label("agent_name"),
)


def promises(
    connection: Connection, *, whose: Whose = Whose.ALL, agent_id: str = "", customer_id: str | None = None
) -> list[Todo]:
    """Cases and call backs, the first due first; of those that are done the latest first.

    Args:
        agent_id: who asks, for `Whose.MINE`.
        customer_id: only those of one customer.
    """
    joined = (
        cases.join(conversations, conversations.c.id == cases.c.conversation_id)
        .join(customers, customers.c.id == conversations.c.customer_id)
        .outerjoin(agents, agents.c.id == cases.c.agent_id)
    )
    chosen = sa.select(cases, *_OF_CONVERSATION).select_from(joined).limit(MOST_SHOWN)
    chosen = chosen.where(cases.c.status == ("done" if whose is Whose.DONE else "open"))
    if customer_id is not None:
        chosen = chosen.where(conversations.c.customer_id == customer_id)
    chosen = chosen.where(*_whose(cases.c.agent_id, whose, agent_id))
    order = (cases.c.done_at.desc(),) if whose is Whose.DONE else (cases.c.due_at, cases.c.opened_at)
    return [_promise(row) for row in connection.execute(chosen.order_by(*order, cases.c.id))]


def low_ratings(
    connection: Connection, *, whose: Whose = Whose.ALL, agent_id: str = "", customer_id: str | None = None
) -> list[Todo]:
    """Follow-ups, as `promises`; those that are due at no moment come last."""
    joined = (
        follow_ups.join(conversations, conversations.c.id == follow_ups.c.conversation_id)
        .join(customers, customers.c.id == conversations.c.customer_id)
        .join(surveys, surveys.c.id == follow_ups.c.survey_id)
        .outerjoin(agents, agents.c.id == follow_ups.c.agent_id)
    )
    of_survey = (surveys.c.score, surveys.c.comment, surveys.c.about)
    chosen = sa.select(follow_ups, *of_survey, *_OF_CONVERSATION).select_from(joined).limit(MOST_SHOWN)
    chosen = chosen.where(follow_ups.c.state == ("closed" if whose is Whose.DONE else "open"))
    if customer_id is not None:
        chosen = chosen.where(conversations.c.customer_id == customer_id)
    chosen = chosen.where(*_whose(follow_ups.c.agent_id, whose, agent_id))
    due = (follow_ups.c.due_at.is_(None), follow_ups.c.due_at, follow_ups.c.created_at)
    order = (follow_ups.c.closed_at.desc(),) if whose is Whose.DONE else due
    return [_follow_up(row) for row in connection.execute(chosen.order_by(*order, follow_ups.c.id))]


def count_promises(connection: Connection, agent_id: str, now: datetime) -> Counts:
    """How many promises are open."""
    return _counts(connection, cases.c.agent_id, cases.c.due_at, cases.c.status == "open", agent_id, now)


def count_low_ratings(connection: Connection, agent_id: str, now: datetime) -> Counts:
    """How many follow-ups are open."""
    return _counts(connection, follow_ups.c.agent_id, follow_ups.c.due_at, follow_ups.c.state == "open", agent_id, now)


def take_promise(connection: Connection, case_id: str, agent_id: str, seen: str | None) -> str:
    """Make a promise this agent's; returns its conversation.

    Args:
        seen: whose it was when the agent decided; None for nobody's.

    Raises:
        NotPossible: it is done, or somebody else has it meanwhile.
    """
    return _give(connection, cases, case_id, agent_id, agent_id, seen)


def take_follow_up(connection: Connection, follow_up_id: str, agent_id: str, seen: str | None) -> str:
    """As `take_promise`."""
    return _give(connection, follow_ups, follow_up_id, agent_id, agent_id, seen)


def put_back_promise(connection: Connection, case_id: str, agent_id: str) -> str:
    """Let somebody else do it; returns its conversation. Raises as `take_promise`."""
    return _give(connection, cases, case_id, None, agent_id)


def put_back_follow_up(connection: Connection, follow_up_id: str, agent_id: str) -> str:
    """As `put_back_promise`."""
    return _give(connection, follow_ups, follow_up_id, None, agent_id)


def keep_promise(connection: Connection, case_id: str, agent_id: str, now: datetime) -> str:
    """Note that a promise is kept; returns its conversation.

    Raises:
        NotPossible: somebody else has it, or it was done before.
    """
    found = _standing(connection, cases, case_id, agent_id)
    close_case(connection, case_id, now)
    connection.execute(sa.update(cases).where(cases.c.id == case_id).values(agent_id=agent_id))
    return str(found.conversation_id)


def close_follow_up(
    connection: Connection, follow_up_id: str, agent_id: str, outcome: FollowUpOutcome, note: str, now: datetime
) -> str:
    """Note what came of following a rating up; returns its conversation. Raises as `keep_promise`."""
    found = _standing(connection, follow_ups, follow_up_id, agent_id)
    closed = {"state": "closed", "closed_at": now, "agent_id": agent_id}
    written = {"outcome": outcome.value, "note": note[:LONGEST_WORD] or None}
    connection.execute(sa.update(follow_ups).where(follow_ups.c.id == follow_up_id).values(**closed, **written))
    return str(found.conversation_id)


def _whose(column: sa.Column[Any], whose: Whose, agent_id: str) -> Sequence[sa.ColumnElement[bool]]:
    match whose:
        case Whose.MINE:
            return (column == agent_id,)
        case Whose.NOBODYS:
            return (column.is_(None),)
    return ()


def _counts(
    connection: Connection,
    agent: sa.Column[Any],
    due: sa.Column[Any],
    is_open: sa.ColumnElement[bool],
    agent_id: str,
    now: datetime,
) -> Counts:
    def number(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.count(sa.case((sa.and_(*conditions), 1))) if conditions else sa.func.count()

    chosen = sa.select(number(), number(due < now), number(agent == agent_id), number(agent.is_(None))).where(is_open)
    return Counts(*connection.execute(chosen).one())


def _standing(connection: Connection, table: sa.Table, row_id: str, *holders: str | None) -> Row[Any]:
    """The row, locked; it has to be open and held by nobody or one of `holders`.

    After its conversation: what the customer says there may change the row (`lock_customers` has the order).
    """
    about = connection.execute(sa.select(table.c.conversation_id).where(table.c.id == row_id)).scalar()
    if about is not None:
        lock_customer_of(connection, about)
        connection.execute(sa.select(conversations.c.id).where(conversations.c.id == about).with_for_update())
    found = connection.execute(sa.select(table).where(table.c.id == row_id).with_for_update()).first()
    if found is None:
        raise NotPossible("This promise or follow-up is not there any more. Load the page anew.")
    if (found.status if table is cases else found.state) != "open":
        raise NotPossible("Somebody has done this already.")
    if found.agent_id is not None and found.agent_id not in holders:
        raise NotPossible(f"{_name(connection, found.agent_id)} has taken this on.")
    return found


def _give(connection: Connection, table: sa.Table, row_id: str, to: str | None, *holders: str | None) -> str:
    found = _standing(connection, table, row_id, *holders)
    connection.execute(sa.update(table).where(table.c.id == row_id).values(agent_id=to))
    return str(found.conversation_id)


def _name(connection: Connection, agent_id: str | None) -> str:
    return connection.execute(sa.select(agents.c.name).where(agents.c.id == agent_id)).scalar() or "Somebody else"


def _promise(row: Row[Any]) -> Todo:
    return Todo(
        row.id,
        row.conversation_id,
        row.customer_name,
        row.channel,
        row.agent_id,
        row.agent_name,
        row.opened_at,
        row.due_at,
        row.done_at,
        kind=row.kind,
        words=row.words,
        order_number=row.order_number,
        items=tuple(str(item["name"]) for item in row.items),
        contact=row.contact,
        level=row.level,
    )


def _follow_up(row: Row[Any]) -> Todo:
    return Todo(
        row.id,
        row.conversation_id,
        row.customer_name,
        row.channel,
        row.agent_id,
        row.agent_name,
        row.created_at,
        row.due_at,
        row.closed_at,
        score=row.score,
        comment=row.comment,
        about=row.about,
        outcome=row.outcome,
        note=row.note,
    )
