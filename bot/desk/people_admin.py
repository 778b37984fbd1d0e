"""Accounts and teams at the desk: added, changed, disabled, enabled by admins; the rules are those of `bot.staff`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError
from starlette.responses import Response
from starlette.routing import Route

from bot.desk.pages import DeskCall, Handler, NotThere, Refused, page, row_id_of
from bot.desk.tools import DeskTools, NavItem
from bot.staff.accounts import LARGEST_CAPACITY, add_team, agent_by_id, all_agents, all_teams, held_by_all
from bot.staff.errors import ChangedMeanwhile, StaffError
from bot.staff.managing import Hand, add_person, change_person, disable_person, enable_person, set_password
from bot.staff.models import Agent, Role, Team
from bot.staff.passwords import made_password
from bot.staff.presence import here
from bot.staff.rights import Right
from bot.staff.teams import remove_team, rename_team, set_members

HERE = "/desk/people"
NAV = (NavItem("People", HERE, "people", Right.MANAGE_STAFF, order=80),)
MOST_TEAMS = 50


@dataclass(frozen=True, slots=True)
class Filled:
    """What the form for an account says, as it was typed; checked where it is stored."""

    email: str = ""
    name: str = ""
    role: str = Role.AGENT.value
    languages: str = ""
    capacity: str = ""
    team_ids: tuple[str, ...] = ()
    version: str = ""  # of the account, as it was when the form was shown


def routes(tools: DeskTools) -> list[Route]:
    """Of accounts and teams."""

    def on(path: str, handler: Handler, *methods: str) -> Route:
        return Route(HERE + path, page(tools, Right.MANAGE_STAFF, handler), methods=list(methods) or None)

    return [
        on("", show),
        on("", add, "POST"),
        on("/new", form_new),
        on("/teams", add_a_team, "POST"),
        on("/teams/{id}", form_team),
        on("/teams/{id}", change_team, "POST"),
        on("/teams/{id}/remove", drop_team, "POST"),
        on("/{id}", form_known),
        on("/{id}", change, "POST"),
        on("/{id}/disable", disable, "POST"),
        on("/{id}/enable", enable, "POST"),
        on("/{id}/password", new_password, "POST"),
    ]


async def show(call: DeskCall) -> Response:
    """`GET /desk/people`: everybody, by name, and the teams."""
    return call.view("people.html", "people", **await _listed(call))


async def form_new(call: DeskCall) -> Response:
    """`GET /desk/people/new`: the form for an account, in a dialog."""
    return await _form(call, Filled(capacity=str(call.tools.settings.agent_capacity)))


async def form_known(call: DeskCall) -> Response:
    """`GET /desk/people/{id}`: the form with what an account is now."""
    return await _form(call, filled_of(await _known(call)), agent_id=row_id_of(call))


async def add(call: DeskCall) -> Response:
    """`POST /desk/people`: add an account with a password that is shown once."""
    filled = await _filled(call)
    password = made_password()
    hashed = await call.tools.sign_in.hashed(password)

    def work(connection: Connection) -> Agent:
        fields = _fields(filled)
        return add_person(
            connection,
            _hand(call),
            agent_id=call.tools.new_id(),
            password_hash=hashed,
            team_ids=filled.team_ids,
            must_change_password=True,
            **fields,
        )

    try:
        agent = await _written(call, work)
    except StaffError as error:
        return await _form(call, filled, problem=str(error))
    call.tools.live.people_changed()
    return _password(call, agent, password)


async def change(call: DeskCall) -> Response:
    """`POST /desk/people/{id}`: change an account, unless somebody else did since the form was shown."""
    filled, agent_id = await _filled(call), row_id_of(call)

    def work(connection: Connection) -> Agent:
        before = agent_by_id(connection, agent_id)
        if before is None:
            raise NotThere("There is no such account any more.")
        if version_of(before) != filled.version:
            raise _Stale(before)
        fields = _fields(filled)
        return change_person(connection, _hand(call), agent_id, team_ids=filled.team_ids, **fields)

    try:
        await _written(call, work)
    except _Stale as stale:
        problem = "Somebody else has changed this account meanwhile. This is what it is now; make your change again."
        return await _form(call, filled_of(stale.agent), agent_id=agent_id, problem=problem)
    except StaffError as error:
        return await _form(call, filled, agent_id=agent_id, problem=str(error))
    call.tools.live.people_changed()
    return _changed(call, "Saved.")


async def disable(call: DeskCall) -> Response:
    """`POST /desk/people/{id}/disable`: their sessions end at once; what they hold goes back to the queue."""
    agent_id = row_id_of(call)
    if agent_id == call.agent.id:
        raise Refused("You cannot disable your own account. Ask another admin.")
    agent, held = await _staff(call, lambda connection: disable_person(connection, _hand(call), agent_id))
    call.tools.live.sign_out(agent_id)
    call.tools.live.people_changed()
    told = f" {held} conversations of theirs go back to the queue." if held else ""
    return _changed(call, f"{agent.name} is signed out everywhere and cannot sign in.{told}")


async def enable(call: DeskCall) -> Response:
    """`POST /desk/people/{id}/enable`: they may sign in again."""
    agent = await _staff(call, lambda connection: enable_person(connection, _hand(call), row_id_of(call)))
    call.tools.live.people_changed()
    return _changed(call, f"{agent.name} can sign in again, with the password they had.")


async def new_password(call: DeskCall) -> Response:
    """`POST /desk/people/{id}/password`: another password, shown once; their sessions end."""
    password = made_password()
    hashed = await call.tools.sign_in.hashed(password)
    agent_id = row_id_of(call)
    if agent_id == call.agent.id:
        raise Refused("Change your own password on your account's page.")
    agent = await _staff(
        call, lambda connection: set_password(connection, _hand(call), agent_id, hashed, must_change_password=True)
    )
    call.tools.live.sign_out(agent_id)
    return _password(call, agent, password)


async def add_a_team(call: DeskCall) -> Response:
    """`POST /desk/people/teams`: add a team."""
    name = await call.field("name")

    def work(connection: Connection) -> Team:
        if len(all_teams(connection)) >= MOST_TEAMS:
            raise Refused(f"There are {MOST_TEAMS} teams already; that is the most.")
        team = add_team(connection, team_id=call.tools.new_id(), name=name[:200], now=call.now)
        call.note(connection, "team_added", subject=team.name, details={"team": team.id})
        return team

    team = await _staff(call, work)
    return _changed(call, f"There is a team {team.name} now.")


async def form_team(call: DeskCall) -> Response:
    """`GET /desk/people/teams/{id}`: its name and members, in a dialog."""
    people, teams = await call.read(lambda connection: (all_agents(connection), all_teams(connection)))
    team = next((team for team in teams if team.id == row_id_of(call)), None)
    if team is None:
        raise NotThere("There is no such team any more.")
    return call.fragment("team_form.html", team=team, people=people)


async def change_team(call: DeskCall) -> Response:
    """`POST /desk/people/teams/{id}`: another name, other members."""
    name, members = (await call.field("name"))[:200], await _several(call, "member")
    team_id = row_id_of(call)

    def work(connection: Connection) -> None:
        rename_team(connection, team_id, name)
        set_members(connection, team_id, members)
        details = {"team": team_id, "members": list(members)}
        call.note(connection, "team_changed", subject=name, details=details)

    await _staff(call, work)
    call.tools.live.people_changed()
    return _changed(call, "Saved.")


async def drop_team(call: DeskCall) -> Response:
    """`POST /desk/people/teams/{id}/remove`: what was meant for it is for everybody from then on."""
    team_id = row_id_of(call)

    def work(connection: Connection) -> None:
        name = next((team.name for team in all_teams(connection) if team.id == team_id), None)
        remove_team(connection, team_id)
        call.note(connection, "team_removed", subject=name, details={"team": team_id})

    await _staff(call, work)
    call.tools.live.people_changed()
    return _changed(call, "The team is gone. What was meant for it is for everybody now.")


def version_of(agent: Agent) -> str:
    """The same while nobody has changed the account."""
    told = (agent.email, agent.name, agent.role.value, agent.languages, agent.capacity, agent.active, agent.team_ids)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def filled_of(agent: Agent) -> Filled:
    """The form as an account fills it."""
    return Filled(
        agent.email,
        agent.name,
        agent.role.value,
        ", ".join(agent.languages),
        str(agent.capacity),
        agent.team_ids,
        version_of(agent),
    )


class _Stale(Exception):
    """The account is another now than the form showed."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent


async def _listed(call: DeskCall) -> dict[str, Any]:
    people, teams, held = await call.read(
        lambda connection: (all_agents(connection, active_only=False), all_teams(connection), held_by_all(connection))
    )
    present = {agent.id: here(agent, call.now, call.tools.vanishes_after) for agent in people}
    return {"people": people, "teams": teams, "held": held, "present": present, "roles": tuple(Role)}


async def _known(call: DeskCall) -> Agent:
    found = await call.read(lambda connection: agent_by_id(connection, row_id_of(call)))
    if found is None:
        raise NotThere("There is no such account any more.")
    return found


async def _filled(call: DeskCall) -> Filled:
    text = {name: (await call.field(name))[:300] for name in ("email", "name", "role", "languages", "capacity")}
    version = (await call.field("version"))[:40]
    return Filled(**text, team_ids=tuple(await _several(call, "team")), version=version)


async def _several(call: DeskCall, name: str) -> Sequence[str]:
    return [str(value).replace("\0", "")[:36] for value in (await call.form()).getlist(name)][:500]


def _fields(filled: Filled) -> dict[str, Any]:
    """The account's fields.

    Raises:
        StaffError: one cannot be so.
    """
    try:
        role = Role(filled.role)
    except ValueError:
        raise StaffError("Choose a role.") from None
    if not filled.capacity.strip().isascii() or not filled.capacity.strip().isdigit() or len(filled.capacity) > 6:
        raise StaffError(f"A capacity is a number from 1 to {LARGEST_CAPACITY}.")
    return {
        "email": filled.email,
        "name": filled.name,
        "role": role,
        "languages": tuple(filled.languages.replace(";", ",").split(",")),
        "capacity": int(filled.capacity),
    }


async def _staff(call: DeskCall, work: Callable[[Connection], Any]) -> Any:
    """Do it; what cannot be done is a sentence."""
    try:
        return await _written(call, work)
    except StaffError as error:
        raise Refused(str(error), 409) from error


async def _written(call: DeskCall, work: Callable[[Connection], Any]) -> Any:
    """Do it; `ChangedMeanwhile` where the database says that it cannot be any more, though it could when we looked."""
    try:
        return await call.write(work)
    except IntegrityError as error:
        raise ChangedMeanwhile from error


def _hand(call: DeskCall) -> Hand:
    return Hand(call.now, call.agent.id, call.address)


async def _form(call: DeskCall, filled: Filled, *, agent_id: str = "", problem: str = "") -> Response:
    teams = await call.read(all_teams)
    return call.fragment(
        "person_form.html",
        filled=filled,
        agent_id=agent_id,
        problem=problem,
        teams=teams,
        roles=tuple(Role),
        most=LARGEST_CAPACITY,
    )


def _password(call: DeskCall, agent: Agent, password: str) -> Response:
    return call.fragment(
        "person_password.html", headers={"HX-Trigger": "desk:people-changed"}, person=agent, password=password
    )


def _changed(call: DeskCall, said: str) -> Response:
    return call.done(said, events={"desk:people-changed": {}})
