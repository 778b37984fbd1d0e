"""What every step of a conversation works with inside one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from bot.cases.cases import CaseBook
from bot.conversations.phrases import Phrases


@dataclass(frozen=True, slots=True)
class Rules:
    """Times and limits a conversation keeps to."""

    idle_after: timedelta = timedelta(minutes=30)
    survey_window: timedelta = timedelta(hours=72)
    comment_window: timedelta = timedelta(minutes=15)
    max_waiting: int = 100  # a customer's unanswered messages in one conversation
    order_number_pattern: str = r"#?\s*[Ww]\s*\d{7}"


@dataclass(frozen=True, slots=True)
class Unit:
    """One transaction with all that is used in it. Rolled back unless the work returns."""

    connection: Connection
    now: datetime
    new_id: Callable[[], str]
    phrases: Phrases
    rules: Rules
    cases: CaseBook
