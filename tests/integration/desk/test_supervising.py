"""What supervisors see of this moment and of a day, and that nobody is compared with anybody."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
import sqlalchemy as sa

from bot.desk import supervisor
from bot.desk.day import read_day, read_moods
from bot.handoff import owning
from bot.staff.accounts import add_team, set_members
from bot.staff.models import Agent, Role
from tests.conftest import Clock
from tests.support.desk_house import DeskHouse
from tests.support.desk_scene import Scene

pytestmark = pytest.mark.integration
Browse = Callable[..., httpx.AsyncClient]
LONDON = ZoneInfo("Europe/London")


@pytest.fixture
def scene(desk: DeskHouse) -> Scene:
    return Scene(desk)


@pytest.fixture
def boss(desk: DeskHouse) -> Agent:
    return desk.agent("Bea Boss", role=Role.SUPERVISOR)


async def page(browse: Browse, agent: Agent, path: str = "/desk/supervise") -> str:
    async with browse(agent) as browser:
        answer = await browser.get(path)
    assert answer.status_code == 200
    return answer.text


async def test_load_stands_by_name_whoever_has_more(scene: Scene, browse: Browse, boss: Agent) -> None:
    zoe, adam = scene.desk.agent("Zoe Young"), scene.desk.agent("Adam Old")
    for number in range(3):
        await scene.held(zoe, scene.visitor(f"z{number}"))
    shown = await page(browse, boss)
    assert re.findall(r'aria-label="(\d) of 4 conversations"', shown) == ["0", "0", "3"]
    names = re.findall(r'class="load-name"><bdi class="cut">([^<]+)<', shown)
    assert names == ["Adam Old", "Bea Boss", "Zoe Young"]
    assert adam.name in names


async def test_waiting_and_what_is_late_stand_out(scene: Scene, browse: Browse, boss: Agent, clock: Clock) -> None:
    waits = await scene.house.waits()
    clock.forward(minutes=20)
    shown = await page(browse, boss)
    assert "longest 20 min" in shown
    assert f'id="open-{waits}" class="late"' in shown
    assert "first reply" in shown


async def test_of_more_than_are_shown_the_most_urgent_are(
    scene: Scene, browse: Browse, boss: Agent, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoe = scene.desk.agent("Zoe Young")
    answered = await scene.held(zoe, scene.visitor("a"))
    await scene.house.does(owning.reply, answered, zoe, "Done.", key="1" * 32)
    clock.forward(minutes=1)
    waits = await scene.house.waits(scene.visitor("b"))
    shown = await page(browse, boss)
    assert re.findall(r'id="open-(\w{32})"', shown) == [waits, answered]
    monkeypatch.setattr(supervisor, "MOST_SHOWN", 1)
    assert re.findall(r'id="open-(\w{32})"', await page(browse, boss)) == [waits]


async def test_reassigning_is_one_action_of_who_may(scene: Scene, browse: Browse, boss: Agent) -> None:
    zoe, adam = scene.desk.agent("Zoe Young"), scene.desk.agent("Adam Old")
    talk = await scene.held(zoe)
    assert f'hx-get="/desk/c/{talk}/transfer"' in await page(browse, boss)
    async with browse(boss, htmx=True) as browser:
        answer = await browser.post(f"/desk/c/{talk}/transfer", data={"to": f"agent:{adam.id}", "note": "please"})
    assert (answer.status_code, scene.house.owner(talk)) == (204, adam.id)


async def test_agents_do_not_supervise(scene: Scene, browse: Browse, robin: Agent) -> None:
    async with browse(robin) as browser:
        for path in ("/desk/supervise", "/desk/supervise/day"):
            assert (await browser.get(path)).status_code == 403


async def test_a_day_says_what_it_rests_on(scene: Scene, browse: Browse, boss: Agent, clock: Clock) -> None:
    zoe = scene.desk.agent("Zoe Young")
    for number, minutes in enumerate((2, 4, 12)):
        talk = await scene.held(zoe, scene.visitor(f"c{number}"))
        clock.forward(minutes=minutes)
        await scene.house.does(owning.reply, talk, zoe, "hello", key=f"k{number}")
        await scene.house.does(owning.resolve, talk, zoe)
    await scene.house.waits(scene.visitor("still"))
    today = clock.now.astimezone(LONDON).date()
    day = scene.desk.database.read_now(lambda connection: read_day(connection, today, LONDON))
    assert (day.handed_over, day.answered, day.waiting_still, day.outcomes) == (4, 3, 1, {"resolved": 3})
    assert (day.median_wait, day.longest_wait) == (240, 720)
    assert day.breaches["first_reply"] == 1
    shown = await page(browse, boss, "/desk/supervise/day")
    assert "median of 3; longest 12 min" in shown
    assert "of 4; 1 still wait" in shown
    before = scene.desk.database.read_now(lambda connection: read_day(connection, today - timedelta(days=1), LONDON))
    assert (before.handed_over, before.median_wait) == (0, None)


@pytest.mark.parametrize("day", ["2020-02-30", "tomorrow", "9999-12-31", "0001-01-01", "", "1e9", "2026-03-01"])
async def test_any_day_can_be_asked_for(scene: Scene, browse: Browse, boss: Agent, day: str) -> None:
    assert "Handed over" in await page(browse, boss, f"/desk/supervise/day?day={day}")


async def test_a_mood_is_told_from_five_answers_of_two_people_on(
    scene: Scene, browse: Browse, boss: Agent, clock: Clock
) -> None:
    zoe, adam = scene.desk.agent("Zoe Young"), scene.desk.agent("Adam Old")

    def team(connection: sa.Connection) -> None:
        made = add_team(connection, team_id="t1", name="Returns", now=clock.now)
        set_members(connection, made.id, [zoe.id])

    scene.desk.database.write_now(team)
    today = clock.now.astimezone(LONDON).date()

    def moods() -> list[tuple[str | None, int, str]]:
        found = scene.desk.database.read_now(lambda connection: read_moods(connection, today, LONDON))
        return [(mood.team, mood.answers, f"{mood.average:.2f}") for mood in found]

    for number in range(6):
        await scene.wrapped_up(zoe, f"z{number}", 3)
    assert moods() == []  # six of one person: everybody would know whose
    await scene.wrapped_up(adam, "a0", 1)
    assert moods() == [(None, 7, "2.71")]  # the team is still one person
    scene.desk.database.write_now(lambda connection: set_members(connection, "t1", [zoe.id, adam.id]))
    assert moods() == [(None, 7, "2.71"), ("Returns", 7, "2.71")]
    shown = await page(browse, boss, "/desk/supervise/day")
    assert "n = 7" in shown
    assert "Zoe" not in shown
