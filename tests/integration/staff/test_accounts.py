"""Accounts and teams."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bot.staff.accounts import agent_by_email, agent_by_id, all_agents, change_agent, holds
from bot.staff.audit import read_audit
from bot.staff.errors import EmailTaken, LastAdmin, NameTaken, UnknownAgent, UnknownTeam, WrongValue
from bot.staff.managing import Hand, add_person, change_person, disable_person
from bot.staff.models import Agent, Presence, Role
from bot.staff.teams import add_team, all_teams, remove_team, rename_team, set_members, set_teams, team_by_name
from tests.support.staffed import Desk

pytestmark = pytest.mark.integration


def change(desk: Desk, agent: Agent, **fields: Any) -> Agent:
    return desk.database.write_now(lambda connection: change_agent(connection, agent.id, desk.clock(), **fields))


def test_an_account_is_found_again_as_it_was_added(desk: Desk) -> None:
    added = desk.add(email="Robin.Hale@Shop.Example", languages=("en", "DE", "en"), role=Role.SUPERVISOR, capacity=7)

    assert added.email == "robin.hale@shop.example"
    assert (added.languages, added.capacity, added.role) == (("en", "de"), 7, Role.SUPERVISOR)
    assert (added.active, added.presence, added.seen_at) == (True, Presence.OFFLINE, None)
    database = desk.database
    assert database.read_now(lambda connection: agent_by_id(connection, added.id)) == added
    assert database.read_now(lambda connection: agent_by_email(connection, " ROBIN.hale@shop.example")) == added
    assert database.read_now(lambda connection: agent_by_email(connection, "nonsense")) is None


def test_people_are_listed_by_name_and_the_disabled_apart(desk: Desk) -> None:
    for name in ("sam Okafor", "Ines Duarte", "Robin Hale"):
        desk.add(name)
    gone = desk.add("Gone Long")
    change(desk, gone, state="disabled")

    def names(*, active_only: bool) -> list[str]:
        found = desk.database.read_now(lambda connection: all_agents(connection, active_only=active_only))
        return [agent.name for agent in found]

    assert names(active_only=True) == ["Ines Duarte", "Robin Hale", "sam Okafor"]
    assert names(active_only=False) == ["Gone Long", "Ines Duarte", "Robin Hale", "sam Okafor"]


def test_of_eight_who_add_the_same_address_at_once_one_succeeds(desk: Desk) -> None:
    def add(number: int) -> str:
        try:
            return desk.add(f"Robin {number}", agent_id=f"a{number}", email="robin@shop.example").name
        except EmailTaken:
            return "taken"

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(add, range(8)))
    assert outcomes.count("taken") == 7
    assert len(desk.database.read_now(all_agents)) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"email": "nonsense"},
        {"email": "a@b@c.example"},
        {"email": "a b@c.example"},
        {"email": "x" * 250 + "@c.example"},
        {"email": "<script>@c.example"},
        {"email": "a@c.example\nb@c.example"},
        {"name": "  "},
        {"name": "x" * 101},
        {"name": "Robin\x00Hale"},
        {"name": "Robin\N{RIGHT-TO-LEFT OVERRIDE}"},
        {"languages": ("english",)},
        {"capacity": 0},
        {"capacity": 51},
    ],
)
def test_a_field_that_cannot_be_so_is_refused(desk: Desk, fields: dict[str, Any]) -> None:
    with pytest.raises(WrongValue):
        desk.add(**fields)
    assert desk.database.read_now(all_agents) == []


def test_a_field_that_is_none_of_an_accounts_is_a_mistake_of_ours(desk: Desk) -> None:
    robin = desk.add()
    with pytest.raises(TypeError, match="seen_at"):
        change(desk, robin, seen_at=desk.clock())


def test_an_address_that_another_has_cannot_be_taken(desk: Desk) -> None:
    robin, ines = desk.add(), desk.add("Ines Duarte")
    with pytest.raises(EmailTaken):
        change(desk, ines, email="ROBIN@shop.example")
    assert change(desk, robin, email="ROBIN@shop.example").email == robin.email


def test_who_is_gone_cannot_be_changed(desk: Desk) -> None:
    with pytest.raises(UnknownAgent):
        desk.database.write_now(lambda connection: change_agent(connection, "nobody", desk.clock(), name="X"))


def test_the_last_admin_stays(desk: Desk) -> None:
    sam = desk.add("Sam Okafor", role=Role.ADMIN)
    desk.add("Demo Sam", role=Role.ADMIN, demo=True)  # opens nothing outside the demo: does not count
    for fields in ({"state": "disabled"}, {"role": Role.AGENT}):
        with pytest.raises(LastAdmin):
            change(desk, sam, **fields)
    desk.add("Robin Hale", role=Role.ADMIN)
    assert not change(desk, sam, state="disabled").active


def test_two_admins_who_disable_each_other_at_once_leave_one(desk: Desk) -> None:
    pair = [desk.add(name, role=Role.ADMIN) for name in ("Sam Okafor", "Robin Hale")]

    def disable(agent: Agent) -> bool:
        try:
            return not change(desk, agent, state="disabled").active
        except LastAdmin:
            return False

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(disable, pair)) == [False, True]


def test_a_team_has_its_active_members(desk: Desk) -> None:
    robin, ines = desk.add(), desk.add("Ines Duarte")
    database = desk.database
    team = database.write_now(lambda connection: add_team(connection, team_id="t", name=" Returns ", now=desk.clock()))
    database.write_now(lambda connection: set_members(connection, team.id, [robin.id, ines.id]))
    change(desk, ines, state="disabled")

    (found,) = database.read_now(all_teams)
    assert (found.name, found.member_ids) == ("Returns", (robin.id,))
    assert database.read_now(lambda connection: team_by_name(connection, "returns")) == found
    again = database.read_now(lambda connection: agent_by_id(connection, robin.id))
    assert again is not None
    assert again.team_ids == ("t",)


def test_names_of_teams_are_unique_however_written(desk: Desk) -> None:
    def work(connection: Any) -> None:
        add_team(connection, team_id="t1", name="Returns", now=desk.clock())
        add_team(connection, team_id="t2", name="Delivery", now=desk.clock())
        with pytest.raises(NameTaken):
            add_team(connection, team_id="t3", name="RETURNS", now=desk.clock())
        with pytest.raises(NameTaken):
            rename_team(connection, "t2", "returns")
        rename_team(connection, "t1", "returns")
        with pytest.raises(UnknownTeam):
            rename_team(connection, "t9", "Other")
        with pytest.raises(WrongValue):
            add_team(connection, team_id="t4", name=" ", now=desk.clock())

    desk.database.write_now(work)
    assert [team.name for team in desk.database.read_now(all_teams)] == ["Delivery", "returns"]


def test_a_team_that_is_removed_leaves_its_people(desk: Desk) -> None:
    robin = desk.add()

    def work(connection: Any) -> None:
        add_team(connection, team_id="t", name="Returns", now=desk.clock())
        set_teams(connection, robin.id, ["t"])
        remove_team(connection, "t")
        with pytest.raises(UnknownTeam):
            set_teams(connection, robin.id, ["t"])
        with pytest.raises(UnknownTeam):
            remove_team(connection, "t")

    desk.database.write_now(work)
    again = desk.database.read_now(lambda connection: agent_by_id(connection, robin.id))
    assert again is not None
    assert again.team_ids == ()


def test_what_is_done_to_accounts_is_written_down_with_who_did_it(desk: Desk) -> None:
    sam = desk.add("Sam Okafor", role=Role.ADMIN)
    hand = Hand(desk.clock(), by=sam.id, address="192.0.2.1")

    def work(connection: Any) -> None:
        robin = add_person(
            connection,
            hand,
            agent_id="r",
            email="r@shop.example",
            name="Robin",
            role=Role.AGENT,
            password_hash="x",
            capacity=4,
        )
        change_person(connection, hand, robin.id, capacity=4)  # nothing changes: nothing is written
        change_person(connection, hand, robin.id, capacity=6, role=Role.SUPERVISOR)
        disable_person(connection, hand, robin.id)

    desk.database.write_now(work)
    entries = desk.database.read_now(lambda connection: read_audit(connection, limit=9))
    assert [entry.action for entry in entries] == ["agent_disabled", "agent_changed", "agent_added"]
    assert {(entry.agent_id, entry.agent_name, entry.address) for entry in entries} == {
        (sam.id, "Sam Okafor", "192.0.2.1")
    }
    assert entries[1].details == {
        "agent": "r",
        "was": {"capacity": 4, "role": "agent"},
        "became": {"capacity": 6, "role": "supervisor"},
    }


def test_who_holds_nothing_holds_none(desk: Desk) -> None:
    robin = desk.add()
    assert desk.database.read_now(lambda connection: holds(connection, robin.id)) == 0
