"""Accounts and teams at the desk: added with a password shown once, changed by one at a time, disabled at once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from bot.desk import people_admin
from bot.desk.people_admin import version_of
from bot.staff.accounts import agent_by_email, agent_by_id, all_teams, held_by_all
from bot.staff.errors import UnknownTeam
from bot.staff.managing import Hand, change_person
from bot.staff.models import Agent, Role
from bot.staff.teams import add_team, remove_team, set_members
from bot.storage.desk_tables import audit, staff_sessions, team_members
from bot.storage.tables import agents
from tests.support.desk_house import DeskHouse
from tests.support.desk_scene import Scene

pytestmark = pytest.mark.integration
Browse = Callable[..., httpx.AsyncClient]
KIM = {"name": "Kim Lo", "email": "kim@shop.example", "role": "agent", "languages": "en, de", "capacity": "3"}


@pytest.fixture
def boss(desk: DeskHouse) -> Agent:
    return desk.agent("Ada Admin", role=Role.ADMIN)


async def sends(browse: Browse, agent: Agent, path: str = "", **data: object) -> httpx.Response:
    async with browse(agent, htmx=True) as browser:
        return await browser.post(f"/desk/people{path}", data=data)


def known(desk: DeskHouse, agent_id: str) -> Agent:
    found = desk.database.read_now(lambda connection: agent_by_id(connection, agent_id))
    assert found is not None
    return found


async def test_somebody_added_gets_a_password_that_opens_once(desk: DeskHouse, browse: Browse, boss: Agent) -> None:
    added = await sends(browse, boss, **KIM)
    made = re.search(r"data-password>([^<]+)<", added.text)
    assert made
    assert added.headers["hx-trigger"] == "desk:people-changed"
    kim = desk.database.read_now(lambda connection: agent_by_email(connection, "kim@shop.example"))
    assert kim is not None
    assert (kim.role, kim.languages, kim.capacity, kim.must_change_password) == (Role.AGENT, ("en", "de"), 3, True)
    async with browse() as browser:
        entered = await browser.post("/desk/sign-in", data={"email": kim.email, "password": made[1]})
        assert entered.status_code == 303
        led = await browser.get("/desk/inbox")
        assert led.headers["location"] == "/desk/account/password"
    listed = await (browse(boss)).get("/desk/people")
    assert "kim@shop.example" in listed.text
    assert made[1] not in listed.text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"email": "no address"}, "That is no e-mail address"),
        ({"email": "ADA@shop.example"}, "There is an account for ada@shop.example already."),
        ({"name": "   "}, "A name has 1 to 100 characters"),
        ({"name": "x" * 101}, "A name has 1 to 100 characters"),
        ({"role": "king"}, "Choose a role."),
        ({"capacity": "0"}, "A capacity is a number from 1 to 50."),
        ({"capacity": "99999999999999999999"}, "A capacity is a number from 1 to 50."),
        ({"capacity": "-1"}, "A capacity is a number from 1 to 50."),
        ({"capacity": "３"}, "A capacity is a number from 1 to 50."),
        ({"capacity": "four"}, "A capacity is a number from 1 to 50."),
        ({"languages": "English"}, "is no language&#39;s code"),
        ({"team": "no-such-team"}, "One of these teams does not exist any more."),
    ],
)
async def test_what_cannot_be_stands_in_the_form_with_all_that_was_typed(
    desk: DeskHouse, browse: Browse, boss: Agent, fields: dict[str, str], sentence: str
) -> None:
    answer = await sends(browse, boss, **(KIM | fields))
    assert answer.status_code == 200
    assert sentence in answer.text
    kept = KIM | fields
    assert f'value="{kept["email"]}"' in answer.text
    assert len(desk.house.read(sa.select(agents.c.id))) == 1


async def test_of_two_who_change_the_same_account_the_second_sees_the_first(
    desk: DeskHouse, browse: Browse, boss: Agent, robin: Agent
) -> None:
    version = version_of(robin)
    mine = {"name": "Robin One", "email": robin.email, "role": "agent", "capacity": "4", "version": version}
    assert (await sends(browse, boss, f"/{robin.id}", **mine)).status_code == 204
    late = await sends(browse, boss, f"/{robin.id}", **(mine | {"name": "Robin Two"}))
    assert "Somebody else has changed this account meanwhile." in late.text
    assert 'value="Robin One"' in late.text
    assert known(desk, robin.id).name == "Robin One"
    newer = version_of(known(desk, robin.id))
    assert f'value="{newer}"' in late.text


async def test_a_disabled_agent_is_gone_at_once(desk: DeskHouse, browse: Browse, boss: Agent, robin: Agent) -> None:
    talk = await Scene(desk).held(robin)
    async with browse(robin) as theirs:
        assert (await theirs.get("/desk/inbox")).status_code == 200
        answer = await sends(browse, boss, f"/{robin.id}/disable")
        assert "1 conversations of theirs go back to the queue" in answer.headers["hx-trigger"]
        assert (await theirs.get("/desk/inbox")).headers["location"].startswith("/desk/sign-in")
    left = desk.house.read(sa.select(staff_sessions).where(staff_sessions.c.agent_id == robin.id))
    assert left == []
    assert desk.house.owner(talk) == robin.id  # until the keeper's next round
    assert (await sends(browse, boss, f"/{robin.id}/enable")).status_code == 204
    assert known(desk, robin.id).active


async def test_a_new_password_ends_their_sessions(desk: DeskHouse, browse: Browse, boss: Agent, robin: Agent) -> None:
    async with browse(robin) as theirs:
        answer = await sends(browse, boss, f"/{robin.id}/password")
        assert "data-password" in answer.text
        assert (await theirs.get("/desk/inbox")).status_code == 303


@pytest.mark.parametrize("what", ["disable", "password"])
async def test_nobody_locks_themselves_out(browse: Browse, boss: Agent, what: str) -> None:
    assert (await sends(browse, boss, f"/{boss.id}/{what}")).status_code == 400


async def test_the_last_admin_stays_one(desk: DeskHouse, browse: Browse, boss: Agent) -> None:
    fields = {"name": boss.name, "email": boss.email, "role": "agent", "capacity": "4", "version": version_of(boss)}
    answer = await sends(browse, boss, f"/{boss.id}", **fields)
    assert "This is the only admin" in answer.text
    assert known(desk, boss.id).role is Role.ADMIN


@pytest.mark.parametrize("path", ["", "/new", "/x"])
async def test_people_are_managed_by_admins_alone(desk: DeskHouse, browse: Browse, path: str) -> None:
    supervisor = desk.agent("Sue Per", role=Role.SUPERVISOR)
    async with browse(supervisor) as browser:
        assert (await browser.get(f"/desk/people{path}")).status_code == 403
        assert (await browser.post(f"/desk/people{path}", data=KIM)).status_code in (403, 405)


@pytest.mark.parametrize("path", ["/nobody", "/nobody/disable", "/nobody/enable", "/nobody/password", "/teams/none"])
async def test_an_unknown_account_is_a_sentence(browse: Browse, boss: Agent, path: str) -> None:
    answer = await sends(browse, boss, path, **KIM)
    assert answer.status_code in (404, 409)
    assert 'class="sorry"' in answer.text


async def test_teams_are_made_changed_and_removed(desk: DeskHouse, browse: Browse, boss: Agent, robin: Agent) -> None:
    assert (await sends(browse, boss, "/teams", name="Returns")).status_code == 204
    (team,) = desk.database.read_now(all_teams)
    same = await sends(browse, boss, "/teams", name="returns")
    assert (same.status_code, "There is a team called" in same.text) == (409, True)
    changed = await sends(browse, boss, f"/teams/{team.id}", name="Returns & swaps", member=[robin.id])
    assert changed.status_code == 204
    (team,) = desk.database.read_now(all_teams)
    assert (team.name, team.member_ids) == ("Returns & swaps", (robin.id,))
    assert (await sends(browse, boss, f"/teams/{team.id}", name="x", member=["nobody"])).status_code == 409
    assert (await sends(browse, boss, f"/teams/{team.id}/remove")).status_code == 204
    assert (await sends(browse, boss, f"/teams/{team.id}/remove")).status_code == 409
    assert desk.database.read_now(all_teams) == []


async def test_a_team_that_goes_while_people_are_put_into_it_leaves_nobody_in_it(
    desk: DeskHouse, boss: Agent, robin: Agent
) -> None:
    def gone(team_id: str) -> Callable[[Connection], None]:
        return lambda connection: remove_team(connection, team_id)

    def with_all(team_id: str) -> Callable[[Connection], None]:
        return lambda connection: set_members(connection, team_id, [robin.id, boss.id])

    def of(agent: Agent, team_id: str) -> Callable[[Connection], object]:
        hand = Hand(desk.clock())
        return lambda connection: change_person(connection, hand, agent.id, team_ids=[team_id], name=agent.name)

    for number in range(6):
        team_id = f"team-{number}"
        desk.database.write_now(
            lambda connection, it=team_id: add_team(connection, team_id=it, name=it, now=desk.clock())  # type: ignore[misc]
        )
        works = [with_all(team_id), of(robin, team_id), of(boss, team_id), with_all(team_id), gone(team_id)]
        outcomes = await asyncio.gather(*map(desk.database.write, works), return_exceptions=True)
        wrong = [one for one in outcomes if isinstance(one, BaseException) and not isinstance(one, UnknownTeam)]
        assert wrong == []
    assert desk.database.read_now(all_teams) == []
    assert desk.house.read(sa.select(team_members)) == []


async def test_what_the_database_refuses_is_a_sentence(
    browse: Browse, boss: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(*_: object, **__: object) -> None:
        raise IntegrityError("INSERT", {}, Exception("UNIQUE constraint failed"))

    monkeypatch.setattr(people_admin, "add_team", taken)
    monkeypatch.setattr(people_admin, "add_person", taken)
    answer = await sends(browse, boss, "/teams", name="Returns")
    assert (answer.status_code, "at the same moment" in answer.text) == (409, True)
    assert "at the same moment" in (await sends(browse, boss, **KIM)).text


async def test_everybody_is_listed_with_what_they_hold(
    desk: DeskHouse, browse: Browse, boss: Agent, robin: Agent
) -> None:
    await Scene(desk).held(robin)
    assert dict(desk.database.read_now(held_by_all)) == {robin.id: 1}
    shown = (await browse(boss).get("/desk/people")).text
    assert re.findall(r"<td>(\d) of \d</td>", shown) == ["0", "1"]


async def test_everything_is_in_the_log(desk: DeskHouse, browse: Browse, boss: Agent, robin: Agent) -> None:
    await sends(browse, boss, **KIM)
    await sends(browse, boss, f"/{robin.id}/disable")
    await sends(browse, boss, "/teams", name="Returns")
    lines = desk.house.read(sa.select(audit.c.action).where(audit.c.agent_id == boss.id))
    assert [line.action for line in lines] == ["agent_added", "agent_disabled", "team_added"]
