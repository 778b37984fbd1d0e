"""The typed values of our people; no behaviour, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.conversations.models import Json


class Role(StrEnum):
    """What somebody is at the desk."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ANALYST = "analyst"
    ADMIN = "admin"


class Presence(StrEnum):
    """Whether somebody takes conversations."""

    ONLINE = "online"
    AWAY = "away"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Agent:
    """One of our people.

    `presence` is what they chose; whether their desk still gives a sign of life is said by `seen_at`.
    """

    id: str
    email: str
    name: str
    role: Role
    active: bool
    languages: tuple[str, ...]  # codes they answer in; empty: any
    capacity: int
    presence: Presence
    seen_at: datetime | None
    must_change_password: bool
    demo: bool
    preferences: Json = field(default_factory=dict)
    team_ids: tuple[str, ...] = ()
