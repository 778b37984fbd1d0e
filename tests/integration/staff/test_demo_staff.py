"""The people of the demo's desk."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from bot.staff.accounts import all_agents, change_agent
from bot.staff.demo import FILE, PEOPLE, demo_agents, demo_password, demo_staff
from bot.staff.errors import SignInRefused
from bot.staff.models import Agent, Role
from bot.staff.teams import all_teams
from tests.support.staffed import Desk

pytestmark = pytest.mark.integration


@pytest.fixture
def demo(desk: Desk) -> Desk:
    return Desk(desk.database, desk.clock, desk.new_id, demo=True)


def start(desk: Desk, password: str) -> list[Agent]:
    return desk.database.write_now(
        lambda connection: demo_staff(
            connection, password=password, passwords=desk.passwords, capacity=4, now=desk.clock(), new_id=desk.new_id
        )
    )


async def test_they_sign_in_with_the_password_of_the_file_and_keep_it_over_starts(demo: Desk, tmp_path: Path) -> None:
    password = demo_password(tmp_path)
    first = start(demo, password)
    cookie = (await demo.enter(first[0], password)).cookie

    assert demo_password(tmp_path) == password
    assert start(demo, password) == first
    assert await demo.is_in(cookie)
    assert [agent.role for agent in first] == [Role.AGENT, Role.AGENT, Role.ADMIN]
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


async def test_a_password_that_is_lost_is_made_anew_and_ends_their_sessions(demo: Desk, tmp_path: Path) -> None:
    old = demo_password(tmp_path)
    robin, *_ = start(demo, old)
    cookie = (await demo.enter(robin, old)).cookie
    (tmp_path / FILE).write_text("")

    new = demo_password(tmp_path)
    start(demo, new)

    assert new != old
    assert not await demo.is_in(cookie)
    assert await demo.enter(robin, new)
    with pytest.raises(SignInRefused):
        await demo.enter(robin, old)


async def test_outside_of_the_demo_their_password_opens_nothing(desk: Desk, tmp_path: Path) -> None:
    password = demo_password(tmp_path)
    for agent in start(desk, password):
        with pytest.raises(SignInRefused):
            await desk.enter(agent, password)


def test_what_was_changed_about_them_stays(demo: Desk) -> None:
    robin, ines, _ = start(demo, "a password of the demo")

    def work(connection) -> None:
        change_agent(connection, robin.id, demo.clock(), capacity=9)
        change_agent(connection, ines.id, demo.clock(), state="disabled")

    demo.database.write_now(work)
    again = start(demo, "a password of the demo")
    assert [(agent.name, agent.capacity) for agent in again] == [("Robin Hale", 9), ("Sam Okafor", 4)]
    assert len(demo.database.read_now(all_teams)) == 2


def test_somebody_real_with_one_of_the_addresses_is_left_alone(demo: Desk) -> None:
    real = demo.add(email=PEOPLE[0].email, name="The real Robin")
    start(demo, "a password of the demo")
    assert real in demo.database.read_now(all_agents)
    assert [agent.name for agent in demo.database.read_now(demo_agents)] == ["Ines Duarte", "Sam Okafor"]
