"""By when people of the made-up year do what was promised, and when they really do it."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from bot.cases.hours import hours_of
from bot.cases.promises import promises_of
from bot.orders.formatting import Formatting
from bot.settings import Settings

_LASTS = timedelta(minutes=12)  # so long before the end of a day nobody takes anything new
_OF_THEM = 660  # seconds of these


class Hours:
    """The shop's hours, its promises, and how long things stay open.

    Args:
        end: of the year: what would be done later is not done yet.
    """

    def __init__(self, settings: Settings, formatting: Formatting, end: datetime) -> None:
        # A demo's people are there always, unless its hours were set: these do go home.
        settings = settings.model_copy(update={"business_hours": settings.business_hours})
        self.business, self.promises, self.end = hours_of(settings), promises_of(settings, formatting), end
        self.first_reply = settings.first_reply_minutes / 60
        self.survey_window = timedelta(hours=settings.survey_hours)
        self.idle = timedelta(minutes=settings.idle_minutes)

    def are_there(self, at: datetime) -> bool:
        """Whether people are there, and for another while."""
        return self.business.business_seconds(at, at + _LASTS) > _OF_THEM

    def kept(self, at: datetime, due: datetime, chance: random.Random) -> datetime | None:
        """When a promise of that moment was kept, mostly in time; None: it is not yet."""
        left = (due - at).total_seconds()
        done = at + timedelta(seconds=left * min(3.0, chance.lognormvariate(-0.8, 0.55)))
        return None if done > self.end or chance.random() < 0.012 else done
