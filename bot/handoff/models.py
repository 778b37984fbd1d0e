"""The typed values of handing over; no behaviour, no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.conversations.models import Json

BOT, QUEUE = "bot", "queue"  # owners that are no agent


class Reason(StrEnum):
    """Why a person is wanted."""

    ASKED = "asked"  # the customer's wish
    NOT_UNDERSTOOD = "not_understood"  # the second miss in a row
    UPSET = "upset"  # angry words twice
    FAILED_ACTION = "failed_action"
    POLICY = "policy"  # a wish that only a person may grant
    LOW_RATING = "low_rating"
    ENGINE_SILENT = "engine_silent"
    TAKEN_OVER = "taken_over"  # an agent stepped in unasked
    PROMISED = "promised"  # an agent keeps what was promised
    FOLLOW_UP = "follow_up"  # an agent follows up a rating


class Outcome(StrEnum):
    """How a handoff ended."""

    RESOLVED = "resolved"
    HANDED_BACK = "handed_back"
    WITHDRAWN = "withdrawn"  # the customer went on with the bot instead
    PROMISED = "promised"  # the people went home first
    LEFT = "left"
    OTHER = "other"  # ended by an agent for another reason: spam, a duplicate …
    IDLE = "idle"
    ERASED = "erased"


class Ending(StrEnum):
    """Why an agent ended a conversation."""

    RESOLVED = "resolved"
    CUSTOMER_LEFT = "customer_left"
    DUPLICATE = "duplicate"  # the same wish is answered elsewhere
    SPAM = "spam"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Handoff:
    """A handoff as it is stored."""

    id: str
    conversation_id: str
    reason: str
    state: str  # queued | held | closed
    language: str
    team_id: str | None
    priority: int
    packet: Json
    requested_at: datetime
    queued_at: datetime
    held_by: str | None
    held_at: datetime | None
    first_reply_at: datetime | None
    waiting_since: datetime | None
    snoozed_until: datetime | None
    first_reply_due: datetime | None
    next_reply_due: datetime | None
    resolution_due: datetime | None
    warned_at: datetime | None
    first_reply_breached_at: datetime | None
    next_reply_breached_at: datetime | None
    resolution_breached_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    wrap_up: int | None
    resolution_left: float | None = None  # business seconds, while that time stands still


@dataclass(frozen=True, slots=True)
class Place:
    """Where a conversation stands in the queue."""

    position: int  # from 1
    eta_seconds: int | None  # None where nothing is known that an honest estimate could rest on


@dataclass(frozen=True, slots=True)
class QueuePlaceOf:
    """A customer's place in the queue."""

    customer_id: str
    conversation_id: str
    place: Place
