"""The people of the demo's desk: made with one password that is kept in a file; they open nothing without the demo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.staff.accounts import add_agent, agent_by_email, change_agent
from bot.staff.models import Agent, Role
from bot.staff.passwords import SHORTEST, Passwords, made_password
from bot.staff.sessions import end_sessions
from bot.staff.teams import add_team, all_teams, set_teams
from bot.storage.secret import kept_in
from bot.storage.tables import agents

FILE = "demo-desk.txt"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody who works for the demo shop."""

    name: str
    email: str
    role: Role
    languages: tuple[str, ...] = ()
    team: str | None = None
    task: str = ""  # what to try as them


PEOPLE = (
    DemoPerson(
        "Robin Hale",
        "robin@marlow-finch.example",
        Role.AGENT,
        ("en", "de"),
        "Deliveries",
        "answers customers in English and German",
    ),
    DemoPerson(
        "Ines Duarte",
        "ines@marlow-finch.example",
        Role.AGENT,
        ("en", "es", "fr"),
        "Returns",
        "answers customers in English, Spanish and French",
    ),
    DemoPerson(
        "Sam Okafor", "sam@marlow-finch.example", Role.ADMIN, (), None, "sees everybody's load, and manages the desk"
    ),
)


def demo_password(data_path: Path) -> str:
    """The password of all of them, made at the first start; a damaged file is replaced."""
    path = data_path / FILE
    kept = kept_in(path, made_password)
    if len(kept) < SHORTEST:
        path.unlink(missing_ok=True)
        kept = kept_in(path, made_password)
    return kept


def demo_staff(
    connection: Connection,
    *,
    password: str,
    passwords: Passwords,
    capacity: int,
    now: datetime,
    new_id: Callable[[], str],
) -> list[Agent]:
    """See that the demo's people are there and sign in with `password`; what else was changed about them stays.

    Where an account that is not the demo's has one of the addresses, it is left alone.

    Args:
        capacity: conversations at once of those who are new.
    """
    stored = _stored_hashes(connection)
    hashed = next((known for known in stored.values() if passwords.matches(known, password)), None)
    hashed = hashed or passwords.hash(password)  # one for all: each takes a while, and the password is one
    with_teams = not all_teams(connection)
    for person in PEOPLE:
        agent = agent_by_email(connection, person.email)
        if agent is None:
            agent_id = new_id()
            add_agent(
                connection,
                agent_id=agent_id,
                email=person.email,
                name=person.name,
                role=person.role,
                password_hash=hashed,
                capacity=capacity,
                now=now,
                languages=person.languages,
                demo=True,
            )
            if person.team and with_teams:
                set_teams(connection, agent_id, [add_team(connection, team_id=new_id(), name=person.team, now=now).id])
        elif agent.demo and stored[agent.id] != hashed:
            change_agent(connection, agent.id, now, password_hash=hashed, must_change_password=False)
            end_sessions(connection, agent.id)
    return demo_agents(connection)


def demo_agents(connection: Connection) -> list[Agent]:
    """Those of the demo's people who can sign in, in the order of `PEOPLE`."""
    found = (agent_by_email(connection, person.email) for person in PEOPLE)
    return [agent for agent in found if agent and agent.demo and agent.active]


def demo_tasks(people: Sequence[DemoPerson] = PEOPLE) -> dict[str, str]:
    """What to try as whom, by e-mail address."""
    return {person.email: person.task for person in people}


def _stored_hashes(connection: Connection) -> dict[str, str]:
    rows = connection.execute(sa.select(agents.c.id, agents.c.password_hash).where(agents.c.demo.is_(True)))
    return {row.id: row.password_hash for row in rows}
