"""Whether somebody answers just now: within business hours, online, and with a desk that gives signs of life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from bot.cases.hours import BusinessHours, hours_of
from bot.settings import Settings
from bot.staff.models import Agent, Presence
from bot.staff.presence import here, who_answers
from bot.staff.rights import Right, may


@dataclass(frozen=True, slots=True)
class Staffing:
    """Who is there, and when.

    Args:
        hours: when the shop's people are there.
        vanishes_after: how long a desk may be silent before its agent counts as away.
    """

    hours: BusinessHours
    vanishes_after: timedelta

    def live(self, connection: Connection, now: datetime, language: str) -> bool:
        """Whether a person can take over a conversation in that language just now, be it after a wait.

        Those who answer in it are preferred; where nobody of them is there, everybody who is there does.
        """
        return self.hours.is_open(now) and bool(self.answering(connection, now))

    def answering(self, connection: Connection, now: datetime) -> list[Agent]:
        """Those of our people who take conversations now, whatever the hours."""
        return who_answers(connection, now, self.vanishes_after)

    def answers(self, agent: Agent, now: datetime) -> bool:
        """Whether that one of our people takes conversations now, whatever the hours."""
        return may(agent.role, Right.ANSWER) and here(agent, now, self.vanishes_after) is Presence.ONLINE

    def next_opening(self, now: datetime) -> datetime:
        """When the shop's people are there next, in UTC: `now` itself within business hours.

        Raises:
            HoursError: holidays leave no business hours for more than a year.
        """
        return self.hours.opens_next(now)


def staffing_of(settings: Settings) -> Staffing:
    """Who is there by a shop's settings."""
    hours = hours_of(settings)
    return Staffing(hours, timedelta(seconds=settings.agent_vanishes_seconds))
