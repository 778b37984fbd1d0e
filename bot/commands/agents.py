"""What `bellhop agents` prints, and how somebody who is named by e-mail address is found and changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from bot.commands.reports import printable
from bot.composing import new_id
from bot.staff.accounts import agent_by_email, all_agents, held_by_all, holds, normal_email
from bot.staff.errors import EmailTaken, UnknownAgent
from bot.staff.managing import Hand, add_person, change_person, disable_person, enable_person, set_password
from bot.staff.models import Agent, AuditEntry, Presence, Role
from bot.staff.presence import here
from bot.staff.teams import add_team, all_teams, team_by_name


@dataclass(frozen=True, slots=True)
class NewAgent:
    """Somebody to be added, as typed."""

    email: str
    name: str
    role: str
    languages: tuple[str, ...]
    teams: tuple[str, ...]
    capacity: int


@dataclass(frozen=True, slots=True)
class Person:
    """An account with what it is shown with."""

    agent: Agent
    teams: tuple[str, ...]
    conversations: int


def check_new(connection: Connection, email: str) -> None:
    """See that an account can be added for `email`.

    Raises:
        EmailTaken, WrongValue: it cannot.
    """
    if agent_by_email(connection, normal_email(email)):
        raise EmailTaken(normal_email(email))


def the_one(connection: Connection, email: str) -> Agent:
    """The account of `email`, active or not.

    Raises:
        UnknownAgent: there is none.
    """
    if agent := agent_by_email(connection, email):
        return agent
    raise UnknownAgent(f"There is no account for {printable(email)}; `bellhop agents list --all` shows all.")


def add(connection: Connection, new: NewAgent, password_hash: str, *, made: bool) -> str:
    """Add somebody; returns what to say.

    Raises:
        StaffError: nothing was added.
    """
    now = datetime.now(UTC)
    agent = add_person(
        connection,
        Hand(now),
        agent_id=new_id(),
        email=new.email,
        name=new.name,
        role=Role(new.role),
        password_hash=password_hash,
        capacity=new.capacity,
        languages=new.languages,
        team_ids=_team_ids(connection, new.teams, now),
        must_change_password=made,
    )
    return f"{agent.name} ({agent.role.value}) can sign in at /desk with {agent.email}."


def disable(connection: Connection, email: str) -> str:
    """Disable an account; returns what to say.

    Raises:
        UnknownAgent, LastAdmin: nothing was changed.
    """
    agent = the_one(connection, email)
    if not agent.active:
        return f"{agent.name} was disabled already."
    _, held = disable_person(connection, Hand(datetime.now(UTC)), agent.id)
    what = {0: "They hold no conversation.", 1: "The conversation they hold goes back to the queue"}.get(
        held, f"The {held} conversations they hold go back to the queue"
    )
    when = " within seconds, or when Bellhop is started; the customers are told." if held else ""
    return f"{agent.name} is disabled; all their sessions have ended. {what}{when}"


def enable(connection: Connection, email: str) -> str:
    """Make an account active again; returns what to say.

    Raises:
        UnknownAgent: there is none.
    """
    agent = the_one(connection, email)
    if agent.active:
        return f"{agent.name} was active already."
    enable_person(connection, Hand(datetime.now(UTC)), agent.id)
    return f"{agent.name} can sign in again, with the password they had."


def give_password(connection: Connection, email: str, password_hash: str, *, made: bool) -> str:
    """Give somebody another password; returns what to say.

    Raises:
        UnknownAgent: there is no such account.
    """
    agent = the_one(connection, email)
    set_password(connection, Hand(datetime.now(UTC)), agent.id, password_hash, must_change_password=made)
    return f"{agent.name} has another password; all their sessions have ended."


def change(connection: Connection, email: str, fields: Mapping[str, Any], *, teams: Sequence[str] | None = None) -> str:
    """Change an account; returns what to say.

    Raises:
        StaffError: nothing was changed.
    """
    agent = the_one(connection, email)
    now = datetime.now(UTC)
    team_ids = None if teams is None else _team_ids(connection, teams, now)
    changed = change_person(connection, Hand(now), agent.id, team_ids=team_ids, **fields)
    names = {team.id: team.name for team in all_teams(connection)}
    return "\n".join(_lines(_person(changed, names, holds(connection, changed.id)), Presence.OFFLINE)[:-1])


def read_people(connection: Connection, *, active_only: bool) -> list[Person]:
    """Everybody, by name, with teams and how many conversations they hold."""
    names = {team.id: team.name for team in all_teams(connection)}
    held = held_by_all(connection)
    return [_person(agent, names, held[agent.id]) for agent in all_agents(connection, active_only=active_only)]


def people_text(people: Sequence[Person], now: datetime, vanishes_after: timedelta) -> str:
    """The list for people."""
    if not people:
        return "Nobody can sign in at the desk yet; `bellhop agents add` adds somebody."
    shown = [_lines(person, here(person.agent, now, vanishes_after)) for person in people]
    return "\n\n".join("\n".join(lines) for lines in shown)


def people_json(people: Sequence[Person]) -> str:
    """The same for programs; times are UTC."""
    rows = [asdict(person.agent) | {"teams": person.teams, "conversations": person.conversations} for person in people]
    return json.dumps(rows, ensure_ascii=False, indent=2, default=datetime.isoformat)


def audit_text(entries: Sequence[AuditEntry], zone: ZoneInfo) -> str:
    """The log for people, a line each; times are the shop's."""
    if not entries:
        return "Nothing is written there."
    return "\n".join(_audit_line(entry, zone) for entry in entries)


def audit_json(entries: Sequence[AuditEntry]) -> str:
    """The same for programs; times are UTC."""
    return json.dumps([asdict(entry) for entry in entries], ensure_ascii=False, indent=2, default=datetime.isoformat)


def _team_ids(connection: Connection, names: Iterable[str], now: datetime) -> list[str]:
    found = []
    for name in names:
        team = team_by_name(connection, name) or add_team(connection, team_id=new_id(), name=name, now=now)
        found.append(team.id)
    return found


def _person(agent: Agent, team_names: Mapping[str, str], conversations: int) -> Person:
    teams = tuple(team_names[team_id] for team_id in agent.team_ids if team_id in team_names)
    return Person(agent, teams, conversations)


def _lines(person: Person, presence: Presence) -> list[str]:
    agent = person.agent
    remarks = [
        "" if agent.active else "disabled",
        "of the demo" if agent.demo else "",
        "has to change their password" if agent.must_change_password else "",
    ]
    lines = [
        f"{agent.name}  {agent.email}  {agent.role.value}",
        f"  answers  {', '.join(agent.languages) or 'any language'}, up to {agent.capacity} at once",
        f"  teams    {', '.join(person.teams)}",
        f"  account  {', '.join(remark for remark in remarks if remark)}",
        f"  now      {presence.value}, {person.conversations} open",
    ]
    return [printable(line) for line in lines if len(line.split()) > 1]


def _audit_line(entry: AuditEntry, zone: ZoneInfo) -> str:
    who = entry.agent_name or ("a command" if entry.agent_id is None and entry.address is None else entry.agent_id)
    parts = [
        f"{entry.number:>6}  {entry.at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
        who or "somebody",
        entry.action.replace("_", " "),
        entry.subject,
        f"chat {entry.conversation_id}" if entry.conversation_id else None,
        f"from {entry.address}" if entry.address else None,
        json.dumps(entry.details, ensure_ascii=False) if entry.details else None,
    ]
    return printable("  ".join(part for part in parts if part))
