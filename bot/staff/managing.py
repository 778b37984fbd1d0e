"""What is done to accounts, each with its line in the audit log: for the commands and the desk's page alike.

`by` is the agent who does it; None is whoever has a shell on the machine. All in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from bot.staff.accounts import add_agent, agent_by_id, change_agent, holds
from bot.staff.audit import note
from bot.staff.errors import UnknownAgent
from bot.staff.models import Agent, Role
from bot.staff.sessions import end_sessions
from bot.staff.teams import set_teams


@dataclass(frozen=True, slots=True)
class Hand:
    """Who acts, when, from where."""

    now: datetime
    by: str | None = None
    address: str | None = None


def add_person(
    connection: Connection,
    hand: Hand,
    *,
    agent_id: str,
    email: str,
    name: str,
    role: Role,
    password_hash: str,
    capacity: int,
    languages: Iterable[str] = (),
    team_ids: Iterable[str] = (),
    must_change_password: bool = False,
) -> Agent:
    """Add an account, in its teams.

    Raises:
        EmailTaken, WrongValue, UnknownTeam: nothing was added.
    """
    agent = add_agent(
        connection,
        agent_id=agent_id,
        email=email,
        name=name,
        role=role,
        password_hash=password_hash,
        capacity=capacity,
        now=hand.now,
        languages=languages,
        must_change_password=must_change_password,
    )
    set_teams(connection, agent_id, team_ids)
    _note(connection, hand, "agent_added", agent, role=agent.role.value)
    return _known(connection, agent_id)


def change_person(
    connection: Connection, hand: Hand, agent_id: str, *, team_ids: Iterable[str] | None = None, **fields: Any
) -> Agent:
    """Change name, e-mail, role, languages or capacity, and the teams where `team_ids` is given.

    Raises:
        UnknownAgent, UnknownTeam, EmailTaken, LastAdmin, WrongValue: nothing was changed.
    """
    before = _known(connection, agent_id)
    change_agent(connection, agent_id, hand.now, **fields)
    if team_ids is not None:
        set_teams(connection, agent_id, team_ids)
    after = _known(connection, agent_id)
    changed = [name for name in (*fields, "team_ids") if getattr(before, name) != getattr(after, name)]
    if changed:
        became = {name: _plain(getattr(after, name)) for name in changed}
        was = {name: _plain(getattr(before, name)) for name in changed}
        _note(connection, hand, "agent_changed", after, was=was, became=became)
    return after


def disable_person(connection: Connection, hand: Hand, agent_id: str) -> tuple[Agent, int]:
    """Disable an account: their sessions end at once, and they take nothing any more.

    Returns:
        The account, and how many open conversations they hold: those are for the caller to release, or go back to the
        queue by themselves where Bellhop runs.

    Raises:
        UnknownAgent, LastAdmin: nothing was changed.
    """
    _known(connection, agent_id)
    agent = change_agent(connection, agent_id, hand.now, state="disabled")
    held = holds(connection, agent_id)
    _note(connection, hand, "agent_disabled", agent, conversations=held)
    return agent, held


def enable_person(connection: Connection, hand: Hand, agent_id: str) -> Agent:
    """Make a disabled account active again; they sign in with the password they had.

    Raises:
        UnknownAgent: there is no such account.
    """
    agent = change_agent(connection, agent_id, hand.now, state="active")
    _note(connection, hand, "agent_enabled", agent)
    return agent


def set_password(
    connection: Connection, hand: Hand, agent_id: str, password_hash: str, *, must_change_password: bool
) -> Agent:
    """Give somebody another password; all their sessions end.

    Raises:
        UnknownAgent: there is no such account.
    """
    fields = {"password_hash": password_hash, "must_change_password": must_change_password}
    agent = change_agent(connection, agent_id, hand.now, **fields)
    ended = end_sessions(connection, agent_id)
    _note(connection, hand, "password_set", agent, sessions_ended=ended)
    return agent


def _known(connection: Connection, agent_id: str) -> Agent:
    if agent := agent_by_id(connection, agent_id):
        return agent
    raise UnknownAgent("There is no such account any more.")


def _note(connection: Connection, hand: Hand, action: str, agent: Agent, **details: Any) -> None:
    about = {"agent": agent.id, **details}
    note(
        connection,
        now=hand.now,
        action=action,
        agent_id=hand.by,
        subject=agent.email,
        details=about,
        address=hand.address,
    )


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
