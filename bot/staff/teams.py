"""Teams and who is in them; inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.staff.errors import NameTaken, UnknownAgent, UnknownTeam, WrongValue
from bot.staff.models import Team
from bot.storage.desk_tables import canned_replies, handoff_events, handoffs, team_members, teams
from bot.storage.inserts import insert_into
from bot.storage.tables import agents

_LONGEST_NAME = 60


def all_teams(connection: Connection) -> list[Team]:
    """All teams, by name, with their active members."""
    members: dict[str, list[str]] = {}
    active = team_members.join(agents, agents.c.id == team_members.c.agent_id)
    chosen = sa.select(team_members).select_from(active).where(agents.c.state == "active").order_by(agents.c.name)
    for row in connection.execute(chosen):
        members.setdefault(row.team_id, []).append(row.agent_id)
    rows = connection.execute(sa.select(teams).order_by(sa.func.lower(teams.c.name)))
    return [Team(row.id, row.name, tuple(members.get(row.id, ()))) for row in rows]


def team_by_name(connection: Connection, name: str) -> Team | None:
    """The team of that name, in capitals or not."""
    wanted = _name(name).casefold()
    return next((team for team in all_teams(connection) if team.name.casefold() == wanted), None)


def add_team(connection: Connection, *, team_id: str, name: str, now: datetime) -> Team:
    """Add a team without members.

    Raises:
        NameTaken: there is one of that name.
        WrongValue: the name is empty or too long.
    """
    name = _name(name)
    if team_by_name(connection, name):
        raise NameTaken(name)
    row = {"id": team_id, "name": name, "created_at": now}
    insert = insert_into(connection, teams).values(row).on_conflict_do_nothing(index_elements=["name"])
    if connection.execute(insert.returning(teams.c.id)).first() is None:
        raise NameTaken(name)
    return Team(team_id, name)


def rename_team(connection: Connection, team_id: str, name: str) -> None:
    """Give a team another name.

    Raises:
        NameTaken: another has it.
        UnknownTeam: there is no such team.
        WrongValue: the name is empty or too long.
    """
    name = _name(name)
    other = team_by_name(connection, name)
    if other and other.id != team_id:
        raise NameTaken(name)
    if connection.execute(sa.update(teams).where(teams.c.id == team_id).values(name=name)).rowcount == 0:
        raise UnknownTeam("There is no such team any more.")


def remove_team(connection: Connection, team_id: str) -> None:
    """Remove a team; what was meant for it is for everybody from then on.

    Raises:
        UnknownTeam: there is no such team.
    """
    # Whoever puts people into it just now is waited for, and whoever wants to afterwards finds it gone.
    if connection.execute(sa.select(teams.c.id).where(teams.c.id == team_id).with_for_update()).first() is None:
        raise UnknownTeam("There is no such team any more.")
    connection.execute(sa.delete(team_members).where(team_members.c.team_id == team_id))
    for column in (handoffs.c.team_id, canned_replies.c.team_id, handoff_events.c.to_team_id):
        connection.execute(sa.update(column.table).where(column == team_id).values({column.name: None}))
    connection.execute(sa.delete(teams).where(teams.c.id == team_id))


def set_members(connection: Connection, team_id: str, agent_ids: Iterable[str]) -> None:
    """Make these the team's members, and nobody else.

    Raises:
        UnknownTeam: there is no such team.
        UnknownAgent: there is no such account.
    """
    wanted = set(agent_ids)
    # People before teams, as an account is changed before its teams are: two who wait for each other wait for ever.
    people = sa.select(agents.c.id).where(agents.c.id.in_(wanted)).order_by(agents.c.id)
    known = set(connection.execute(people.with_for_update(read=True, key_share=True)).scalars())
    if connection.execute(sa.select(teams.c.id).where(teams.c.id == team_id).with_for_update()).first() is None:
        raise UnknownTeam("There is no such team any more.")
    if known != wanted:
        raise UnknownAgent("One of these people has no account any more.")
    connection.execute(sa.delete(team_members).where(team_members.c.team_id == team_id))
    if wanted:
        rows = [{"team_id": team_id, "agent_id": agent_id} for agent_id in sorted(wanted)]
        connection.execute(sa.insert(team_members), rows)


def set_teams(connection: Connection, agent_id: str, team_ids: Iterable[str]) -> None:
    """Make somebody a member of these teams, and of no other.

    Raises:
        UnknownTeam: one of them does not exist.
    """
    wanted = set(team_ids)
    # Of two who set the teams of one account at once, the second sees what the first made of them.
    own = sa.select(agents.c.id).where(agents.c.id == agent_id)
    connection.execute(own.with_for_update())
    kept = sa.select(teams.c.id).where(teams.c.id.in_(wanted)).order_by(teams.c.id)
    known = set(connection.execute(kept.with_for_update(read=True, key_share=True)).scalars())
    if known != wanted:
        raise UnknownTeam("One of these teams does not exist any more.")
    connection.execute(sa.delete(team_members).where(team_members.c.agent_id == agent_id))
    if wanted:
        rows = [{"team_id": team_id, "agent_id": agent_id} for team_id in sorted(wanted)]
        connection.execute(sa.insert(team_members), rows)


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise WrongValue(f"A team's name has 1 to {_LONGEST_NAME} characters.")
    return name
