"""Puts together, as the settings say, what the CX team works with: the digest, who listens to it, and the pages."""

from __future__ import annotations

import random
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.routing import BaseRoute

from bot.composing import new_id, tombstones_of, utc_now
from bot.conversations.duties import Duty
from bot.conversations.service import Conversations
from bot.desk.tools import DeskTools
from bot.events.courier import Courier
from bot.events.opening import event_stream_of
from bot.insights.facts.digest import Digest
from bot.insights.learning.candidates import Candidates
from bot.insights.pages.insights import Insights
from bot.knowledge.encoding import Encoder
from bot.privacy.retention import Forgetting
from bot.settings import Settings

DUTY = "digest"


@dataclass(frozen=True, slots=True)
class AtInsights:
    """What runs for the CX team."""

    pages: Insights
    digest: Digest
    duty: Duty  # one process at a time counts
    forgetting: Forgetting
    courier: Courier | None = None  # of the event stream, where somebody is told

    def routes(self) -> Sequence[BaseRoute]:
        """The pages under /insights."""
        return self.pages.routes()

    def workers(self) -> list[Coroutine[Any, Any, None]]:
        """What runs as long as the app does."""
        return [self.duty.run(self.digest.run), self.forgetting.run(), *([self.courier.run()] if self.courier else [])]


def at_insights(
    settings: Settings, conversations: Conversations, tools: DeskTools, encoder: Encoder | None = None
) -> AtInsights:
    """The pages, and what counts for them.

    Args:
        tools: the desk's.
        encoder: knows what sentences mean, where there is an engine.
    """
    database, instance = conversations.database, conversations.instance
    events = event_stream_of(
        settings, database, conversations, instance, clock=utc_now, new_id=new_id, chance=random.Random()
    )
    candidates = Candidates(settings.low_confidence, new_id, order_number=settings.order_number_pattern)
    digest = Digest(
        database,
        zone=ZoneInfo(settings.timezone),
        reopened_within=timedelta(days=settings.reopened_days),
        clock=utc_now,
        listeners=[candidates, *([events.stream] if events else [])],
        order_number=settings.order_number_pattern,
    )
    duty = Duty(conversations, DUTY, instance)
    forgetting = Forgetting(conversations, tombstones_of(settings), timedelta(days=settings.retention_days))
    return AtInsights(
        Insights(replace(tools, encoder=encoder)), digest, duty, forgetting, events.courier if events else None
    )
