"""Accounts: who our people are, added, read and changed inside the caller's transaction.

Teams are in `bot.staff.teams`, and can be had from here as well.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from bot.staff.errors import EmailTaken, LastAdmin, UnknownAgent, WrongValue
from bot.staff.models import Agent, Presence, Role
from bot.staff.teams import add_team, all_teams, remove_team, rename_team, set_members, set_teams
from bot.storage.desk_tables import staff_sessions, team_members
from bot.storage.inserts import insert_into
from bot.storage.tables import agents, conversations

__all__ = [
    "add_agent",
    "add_team",
    "agent_by_email",
    "agent_by_id",
    "all_agents",
    "all_teams",
    "change_agent",
    "held_by_all",
    "holds",
    "normal_email",
    "prefer",
    "read_agents",
    "remove_team",
    "rename_team",
    "set_members",
    "set_teams",
]

LARGEST_CAPACITY = 50
_EMAIL = re.compile(r"[^\s@<>()\",;:\\\[\]]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)*[^\W_](?:[\w-]{0,61}[^\W_])?")
_LONGEST_EMAIL, _LONGEST_NAME = 254, 100
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def normal_email(email: str) -> str:
    """The e-mail address as it is stored and compared.

    Raises:
        WrongValue: it is none.
    """
    email = email.strip().casefold()
    if len(email) > _LONGEST_EMAIL or not email.isprintable() or not _EMAIL.fullmatch(email):
        raise WrongValue("That is no e-mail address; write one like robin@example.com.")
    return email


def agent_by_id(connection: Connection, agent_id: str) -> Agent | None:
    """The account of that id, active or not."""
    return next(iter(read_agents(connection, agents.c.id == agent_id)), None)


def agent_by_email(connection: Connection, email: str) -> Agent | None:
    """The account of that e-mail address, active or not; None also for what is no address."""
    try:
        normal = normal_email(email)
    except WrongValue:
        return None
    return next(iter(read_agents(connection, agents.c.email == normal)), None)


def all_agents(connection: Connection, *, active_only: bool = True) -> list[Agent]:
    """Everybody, by name."""
    return read_agents(connection, *([agents.c.state == "active"] if active_only else []))


def read_agents(connection: Connection, *conditions: sa.ColumnElement[bool]) -> list[Agent]:
    """The accounts that all of `conditions` hold for, by name, with their teams."""
    chosen = sa.select(agents).where(*conditions).order_by(sa.func.lower(agents.c.name), agents.c.id)
    rows = connection.execute(chosen).mappings().all()
    memberships: dict[str, list[str]] = {}
    of_them = team_members.c.agent_id.in_([row["id"] for row in rows])
    for row in connection.execute(sa.select(team_members).where(of_them).order_by(team_members.c.team_id)):
        memberships.setdefault(row.agent_id, []).append(row.team_id)
    return [_agent(row, memberships.get(row["id"], ())) for row in rows]


def add_agent(
    connection: Connection,
    *,
    agent_id: str,
    email: str,
    name: str,
    role: Role,
    password_hash: str,
    capacity: int,
    now: datetime,
    languages: Iterable[str] = (),
    demo: bool = False,
    must_change_password: bool = False,
) -> Agent:
    """Add an account, active and offline.

    Raises:
        EmailTaken: there is one with that e-mail address; also where somebody else adds it at this moment.
        WrongValue: a field cannot be so.
    """
    row = _checked({"email": email, "name": name, "role": role, "languages": tuple(languages), "capacity": capacity})
    row |= {
        "id": agent_id,
        "password_hash": password_hash,
        "state": "active",
        "presence": Presence.OFFLINE.value,
        "must_change_password": must_change_password,
        "demo": demo,
        "preferences": {},
        "created_at": now,
    }
    insert = insert_into(connection, agents).values(row).on_conflict_do_nothing(index_elements=["email"])
    if connection.execute(insert.returning(agents.c.id)).first() is None:
        raise EmailTaken(row["email"])
    (agent,) = read_agents(connection, agents.c.id == agent_id)
    return agent


def change_agent(connection: Connection, agent_id: str, now: datetime, **fields: Any) -> Agent:
    """Change some of an account's fields and return it as it is then.

    Disabling (`state="disabled"`) ends all their sessions and takes them offline; the conversations they hold are the
    caller's to release. A new `password_hash` ends no session here: who changes their own stays signed in (see
    `Sessions.end_all`).

    Args:
        fields: email, name, role, languages, capacity, state, presence, password_hash, must_change_password,
            preferences.

    Raises:
        UnknownAgent: there is no such account.
        LastAdmin: nobody would be left who may manage people.
        EmailTaken: another account has that e-mail address.
        WrongValue: a field cannot be so.
    """
    values = _checked(fields)
    if values.get("state") == "disabled" or values.get("role", Role.ADMIN.value) != Role.ADMIN.value:
        _keep_an_admin(connection, agent_id)
    if connection.execute(sa.select(agents.c.id).where(agents.c.id == agent_id).with_for_update()).first() is None:
        raise UnknownAgent("There is no such account any more.")
    if "email" in values and (other := agent_by_email(connection, values["email"])) and other.id != agent_id:
        raise EmailTaken(values["email"])
    if values.get("state") == "disabled":
        values |= {"presence": Presence.OFFLINE.value, "disabled_at": now}
        connection.execute(sa.delete(staff_sessions).where(staff_sessions.c.agent_id == agent_id))
    elif values.get("state") == "active":
        values["disabled_at"] = None
    if values:
        connection.execute(sa.update(agents).where(agents.c.id == agent_id).values(values))
    (after,) = read_agents(connection, agents.c.id == agent_id)
    return after


def prefer(connection: Connection, agent_id: str, now: datetime, chosen: Mapping[str, Any]) -> None:
    """Set some of somebody's preferences; the others stay as they are at this moment, whoever has set them.

    Raises:
        UnknownAgent: there is no such account.
    """
    kept = sa.select(agents.c.preferences).where(agents.c.id == agent_id).with_for_update()
    before = connection.execute(kept).scalar()
    change_agent(connection, agent_id, now, preferences={**(before or {}), **chosen})


def holds(connection: Connection, agent_id: str) -> int:
    """How many open conversations are theirs just now."""
    theirs = (conversations.c.owner == agent_id) & (conversations.c.state == "open")
    return int(connection.execute(sa.select(sa.func.count()).select_from(conversations).where(theirs)).scalar_one())


def held_by_all(connection: Connection) -> Mapping[str, int]:
    """How many open conversations everybody has just now, by the agent's id; nobody's are 0."""
    open_ones = sa.select(conversations.c.owner, sa.func.count()).where(conversations.c.state == "open")
    found = connection.execute(open_ones.group_by(conversations.c.owner))
    return Counter({str(owner): int(count) for owner, count in found})


def _keep_an_admin(connection: Connection, agent_id: str) -> None:
    """See that somebody else is an admin. The demo's count for themselves: they open nothing without it."""
    admins = connection.execute(
        sa.select(agents.c.id, agents.c.demo)
        .where(agents.c.role == Role.ADMIN.value, agents.c.state == "active")
        .order_by(agents.c.id)  # one order for all: two who disable each other at once must not both succeed
        .with_for_update()
    ).all()
    demo = {row.id: row.demo for row in admins}
    if agent_id in demo and not any(row.demo == demo[agent_id] for row in admins if row.id != agent_id):
        raise LastAdmin


def _agent(row: RowMapping, team_ids: Iterable[str]) -> Agent:
    return Agent(
        id=row["id"],
        email=row["email"],
        name=row["name"],
        role=Role(row["role"]),
        active=row["state"] == "active",
        languages=tuple(row["languages"]),
        capacity=row["capacity"],
        presence=Presence(row["presence"]),
        seen_at=row["seen_at"],
        must_change_password=row["must_change_password"],
        demo=row["demo"],
        preferences=row["preferences"],
        team_ids=tuple(team_ids),
    )


def _checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as they are stored.

    Raises:
        WrongValue: one cannot be so.
        TypeError: there is no such field.
    """
    if unknown := set(fields) - set(_CHECKS):
        raise TypeError(f"an account has no {sorted(unknown)} that can be changed")
    return {name: _CHECKS[name](value) for name, value in fields.items()}


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise WrongValue(f"A name has 1 to {_LONGEST_NAME} characters; customers read it.")
    return name


def _languages(codes: Iterable[str]) -> list[str]:
    found = list(dict.fromkeys(code.strip().lower() for code in codes if code.strip()))
    if wrong := [code for code in found if not _LANGUAGE.fullmatch(code)]:
        raise WrongValue(f"{wrong[0]!r} is no language's code; write them like en, de.")
    return found


def _capacity(capacity: int) -> int:
    if not 1 <= capacity <= LARGEST_CAPACITY:
        raise WrongValue(f"A capacity is a number from 1 to {LARGEST_CAPACITY}.")
    return int(capacity)


def _state(state: str) -> str:
    if state not in ("active", "disabled"):
        raise WrongValue("An account is active or disabled.")
    return state


_CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "email": normal_email,
    "name": _name,
    "role": lambda role: Role(role).value,
    "languages": _languages,
    "capacity": _capacity,
    "state": _state,
    "presence": lambda presence: Presence(presence).value,
    "password_hash": str,
    "must_change_password": bool,
    "preferences": dict,
}
