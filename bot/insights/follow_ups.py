"""What became of the follow-ups of low ratings, for `bellhop csat`: how many were closed in time, with which outcome.

When one is in time is said in `bot.insights.figures.duties`, for the dashboard and for this alike. Only reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.insights.csat import TOO_FEW, Filter, of_filter
from bot.insights.figures.duties import STATES, Kept, state_at
from bot.storage.tables import conversations, follow_ups, surveys


@dataclass(frozen=True)
class FollowUpFigures:
    """Follow-ups, counted. Shares lie between 0 and 1; None where nothing has come due yet."""

    all: int
    in_time: int  # due by now, and closed by then
    late: int  # closed after that
    overdue: int  # not closed, though due
    early: int  # closed, and not due yet
    waiting: int  # neither closed nor due yet
    undated: int  # of those from before they had a time; counted nowhere else
    share: float | None  # in time, of in time + late + overdue: what is not due yet is neither, closed or not
    low: float | None  # of the 95 % Wilson interval
    high: float | None
    outcomes: dict[str, int]  # of the closed ones

    @property
    def too_few(self) -> bool:
        """Whether the share says little."""
        return self.in_time + self.late + self.overdue < TOO_FEW


def read_follow_ups(connection: Connection, wanted: Filter, now: datetime) -> FollowUpFigures:
    """The follow-ups of the surveys that a filter lets through, as they stand at `now`."""
    f = follow_ups.c
    of_surveys = follow_ups.join(surveys, surveys.c.id == f.survey_id).join(
        conversations, conversations.c.id == surveys.c.conversation_id
    )
    state = state_at(now, f.due_at, f.closed_at)
    outcome = sa.case((f.closed_at.is_not(None), f.outcome))
    rows = connection.execute(
        sa.select(state, outcome, sa.func.count())
        .select_from(of_surveys)
        .where(*of_filter(wanted))
        .group_by(state, outcome)
    )
    counts, outcomes = dict.fromkeys(STATES, 0), dict[str, int]()
    for name, came_to, count in rows:
        counts[name] += count
        if came_to:
            outcomes[came_to] = outcomes.get(came_to, 0) + count
    return summarize_follow_ups(Kept(counts), outcomes)


def summarize_follow_ups(kept: Kept, outcomes: Mapping[str, int]) -> FollowUpFigures:
    """What is told of them.

    Args:
        outcomes: how often closed ones had which.
    """
    share = kept.in_time
    return FollowUpFigures(
        all=kept.total,
        **{name: kept.counts.get(name, 0) for name in STATES},
        share=share.value,
        low=share.low,
        high=share.high,
        outcomes=dict(sorted(outcomes.items())),
    )
