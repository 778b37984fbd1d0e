"""What became of the follow-ups of low ratings: how many were closed in time, and with which outcome; only reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.insights.csat import TOO_FEW, Filter, of_filter, wilson
from bot.insights.filters import Wanted, conditions
from bot.storage.insight_tables import conversation_facts
from bot.storage.tables import conversations, follow_ups, surveys


@dataclass(frozen=True)
class FollowUpRow:
    """One follow-up: when it was to be closed, and when it was."""

    due_at: datetime | None
    closed_at: datetime | None
    outcome: str | None


@dataclass(frozen=True)
class FollowUpFigures:
    """Follow-ups, counted. Shares lie between 0 and 1; None where nothing has come due yet."""

    all: int
    in_time: int  # closed, by the time it was due
    late: int  # closed after that
    overdue: int  # not closed, though due
    open: int  # not closed, and not due yet
    undated: int  # of those from before they had a time; counted nowhere else
    share: float | None  # in time, of in time + late + overdue: what is not due yet is neither
    low: float | None  # of the 95 % Wilson interval
    high: float | None
    outcomes: dict[str, int]  # of the closed ones

    @property
    def too_few(self) -> bool:
        """Whether the share says little."""
        return self.in_time + self.late + self.overdue < TOO_FEW


def follow_up_figures(connection: Connection, wanted: Wanted, now: datetime) -> FollowUpFigures:
    """The follow-ups of the conversations that are wanted, as they stand at `now`."""
    query = _QUERY.join(conversation_facts, conversation_facts.c.conversation_id == follow_ups.c.conversation_id)
    return summarize_follow_ups(_rows(connection, query.where(*conditions(wanted))), now)


def read_follow_ups(connection: Connection, wanted: Filter) -> list[FollowUpRow]:
    """The follow-ups of the surveys that a filter lets through."""
    query = _QUERY.join(surveys, surveys.c.id == follow_ups.c.survey_id).join(
        conversations, conversations.c.id == surveys.c.conversation_id
    )
    return _rows(connection, query.where(*of_filter(wanted)))


def summarize_follow_ups(rows: Sequence[FollowUpRow], now: datetime) -> FollowUpFigures:
    """Count them. What is still open is late only once its time is over."""
    states = Counter(_state(row, now) for row in rows)
    come_due = states["in_time"] + states["late"] + states["overdue"]
    interval = wilson(states["in_time"], come_due)
    return FollowUpFigures(
        all=len(rows),
        in_time=states["in_time"],
        late=states["late"],
        overdue=states["overdue"],
        open=states["open"],
        undated=states["undated"],
        share=states["in_time"] / come_due if come_due else None,
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        outcomes=dict(sorted(Counter(row.outcome for row in rows if row.closed_at and row.outcome).items())),
    )


_QUERY = sa.select(follow_ups.c.due_at, follow_ups.c.closed_at, follow_ups.c.outcome)


def _rows(connection: Connection, query: sa.Select[tuple[datetime, datetime, str]]) -> list[FollowUpRow]:
    return [FollowUpRow(row.due_at, row.closed_at, row.outcome) for row in connection.execute(query)]


def _state(row: FollowUpRow, now: datetime) -> str:
    if row.due_at is None:
        return "undated"
    if row.closed_at is None:
        return "open" if row.due_at > now else "overdue"
    return "in_time" if row.closed_at <= row.due_at else "late"
