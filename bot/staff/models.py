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
    vouched_for: bool = False  # by another helpdesk, whose account of them is the one that counts


@dataclass(frozen=True, slots=True)
class Team:
    """People who share a kind of work; `member_ids` has those whose account is active."""

    id: str
    name: str
    member_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the log: who did what, when, from where. Nobody (`agent_id` None) is us, or whoever has a shell."""

    number: int
    at: datetime
    agent_id: str | None
    agent_name: str | None
    action: str
    conversation_id: str | None
    subject: str | None
    details: Json | None
    address: str | None
