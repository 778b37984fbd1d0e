"""Who is there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.staff.accounts import agent_by_id, change_agent
from bot.staff.models import Agent, Presence, Role
from bot.staff.presence import choose, here, sign_of_life, who_answers
from tests.support.staffed import Desk

pytestmark = pytest.mark.integration
MINUTE = timedelta(seconds=60)


def go(desk: Desk, agent: Agent, presence: Presence) -> None:
    desk.database.write_now(lambda connection: choose(connection, agent.id, presence, desk.clock()))


def now_is(desk: Desk, agent: Agent) -> Presence:
    found = desk.database.read_now(lambda connection: agent_by_id(connection, agent.id))
    assert found is not None
    return here(found, desk.clock(), MINUTE)


def test_whoever_is_online_and_silent_counts_as_away_until_their_next_sign_of_life(desk: Desk) -> None:
    robin = desk.add()
    assert now_is(desk, robin) is Presence.OFFLINE
    go(desk, robin, Presence.ONLINE)
    desk.clock.forward(seconds=60)
    assert now_is(desk, robin) is Presence.ONLINE
    desk.clock.forward(seconds=1)
    assert now_is(desk, robin) is Presence.AWAY
    desk.database.write_now(lambda connection: sign_of_life(connection, robin.id, desk.clock()))
    assert now_is(desk, robin) is Presence.ONLINE


def test_what_somebody_chose_stays_what_they_chose(desk: Desk) -> None:
    robin = desk.add()
    for chosen in (Presence.AWAY, Presence.OFFLINE):
        go(desk, robin, chosen)
        desk.clock.forward(minutes=5)
        assert now_is(desk, robin) is chosen


def test_a_sign_of_life_that_comes_late_does_not_turn_the_clock_back(desk: Desk) -> None:
    robin = desk.add()
    go(desk, robin, Presence.ONLINE)
    early = desk.clock() - timedelta(seconds=20)
    desk.clock.forward(seconds=50)
    desk.database.write_now(lambda connection: sign_of_life(connection, robin.id, early))
    assert now_is(desk, robin) is Presence.ONLINE


def test_after_the_clock_was_set_back_those_are_there_whose_desks_give_signs_of_life(desk: Desk) -> None:
    left, stays = desk.add("Left Early"), desk.add("Stays On")
    for agent in (left, stays):
        go(desk, agent, Presence.ONLINE)
    desk.clock.forward(hours=-3)
    desk.database.write_now(lambda connection: sign_of_life(connection, stays.id, desk.clock()))
    for _ in range(3):
        assert [now_is(desk, agent) for agent in (left, stays)] == [Presence.AWAY, Presence.ONLINE]
        found = desk.database.read_now(lambda connection: who_answers(connection, desk.clock(), MINUTE))
        assert [agent.name for agent in found] == ["Stays On"]
        desk.clock.forward(hours=1)
        desk.database.write_now(lambda connection: sign_of_life(connection, stays.id, desk.clock()))


def test_machines_whose_clocks_differ_a_little_agree_on_who_is_there(desk: Desk) -> None:
    robin = desk.add()
    go(desk, robin, Presence.ONLINE)
    desk.clock.forward(seconds=-20)
    assert now_is(desk, robin) is Presence.ONLINE


def test_only_those_answer_who_are_there_and_of_a_role_that_does(desk: Desk) -> None:
    people = {role: desk.add(f"{role.value.title()} One", role=role) for role in Role}
    gone, away, silent = desk.add("Gone Long"), desk.add("Away Now"), desk.add("Silent Sue")
    go(desk, silent, Presence.ONLINE)
    desk.clock.forward(seconds=61)
    for agent in (*people.values(), gone):
        go(desk, agent, Presence.ONLINE)
    go(desk, away, Presence.AWAY)
    desk.database.write_now(lambda connection: change_agent(connection, gone.id, desk.clock(), state="disabled"))

    found = desk.database.read_now(lambda connection: who_answers(connection, desk.clock(), MINUTE))
    assert [agent.name for agent in found] == ["Admin One", "Agent One", "Supervisor One"]


def test_a_disabled_account_cannot_come_online(desk: Desk) -> None:
    robin = desk.add()
    go(desk, robin, Presence.ONLINE)
    desk.database.write_now(lambda connection: change_agent(connection, robin.id, desk.clock(), state="disabled"))
    go(desk, robin, Presence.ONLINE)
    assert now_is(desk, robin) is Presence.OFFLINE
    desk.database.write_now(lambda connection: change_agent(connection, robin.id, desk.clock(), state="active"))
    assert now_is(desk, robin) is Presence.OFFLINE
