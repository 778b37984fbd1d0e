"""What every step of a conversation works with inside one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from bot.cases.cases import CaseBook
from bot.conversations.people import NOBODY, People
from bot.conversations.phrases import Phrases


@dataclass(frozen=True, slots=True)
class Rules:
    """Times and limits a conversation keeps to."""

    idle_after: timedelta = timedelta(minutes=30)
    survey_window: timedelta = timedelta(hours=72)
    comment_window: timedelta = timedelta(minutes=15)
    max_waiting: int = 100  # a customer's unanswered messages in one conversation
    order_number_pattern: str = r"#?\s*[Ww]\s*\d{7}"
    order_number_prefix: str = "#W"
    link_lives: timedelta = timedelta(minutes=10)
    link_keeps: str = "verified"  # verified | matched | nothing: of what was proven, at most that goes along a link
    chat_page: str = ""  # address of the page with the widget, for links that lead back to the website
    survey_reminder: timedelta | None = None  # after which an unanswered rating is asked for once more
    nps_percent: float = 0.0  # of raters who are asked one question more; of both kinds at most one
    ces_percent: float = 0.0
    review_invitations: bool = False
    privacy_page: str = ""  # address of the article that says what is kept; other languages are asked for by ?lang=


def new_token() -> str:
    """A fresh secret of 22 characters out of A–Z a–z 0–9 _ -: 128 bits, short enough for every channel's links."""
    return secrets.token_urlsafe(16)


@dataclass(frozen=True, slots=True)
class Unit:
    """One transaction with all that is used in it. Rolled back unless the work returns."""

    connection: Connection
    now: datetime
    new_id: Callable[[], str]
    phrases: Phrases
    rules: Rules
    cases: CaseBook
    new_token: Callable[[], str] = new_token
    people: People = NOBODY
