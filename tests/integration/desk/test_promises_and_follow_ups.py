"""Promises and low ratings at the desk: in order of their due times, taken on by one, written to, and closed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

import httpx
import pytest
import sqlalchemy as sa

from bot.cases.cases import CaseKind
from bot.desk.worklists import count_low_ratings, count_promises
from bot.handoff import owning
from bot.staff.models import Agent, Role
from bot.storage.case_tables import cases
from bot.storage.desk_tables import audit, handoffs, notes
from bot.storage.tables import callbacks, follow_ups
from tests.support.desk_house import DeskHouse
from tests.support.desk_scene import Scene

pytestmark = pytest.mark.integration
Browse = Callable[..., httpx.AsyncClient]


@pytest.fixture
def scene(desk: DeskHouse) -> Scene:
    return Scene(desk)


async def sends(browse: Browse, agent: Agent, path: str, **data: str) -> httpx.Response:
    async with browse(agent, htmx=True) as browser:
        return await browser.post(path, data=data)


async def page(browse: Browse, agent: Agent, path: str) -> str:
    async with browse(agent) as browser:
        answer = await browser.get(path)
    assert answer.status_code == 200
    return answer.text


async def test_what_is_overdue_comes_first(scene: Scene, browse: Browse, robin: Agent) -> None:
    talk = await scene.house.talks()
    later = await scene.case(talk, CaseKind.LATE, hours=5, words="later one")
    overdue = await scene.case(talk, CaseKind.DAMAGED, hours=-2, words="overdue one")
    soon = await scene.case(talk, CaseKind.WRONG, hours=1, words="soon one")
    shown = await page(browse, robin, "/desk/promises")
    assert re.findall(r'<li id="([^"]+)" class="panel todo', shown) == [overdue, soon, later]
    assert "1 overdue" in shown


async def test_counts_stand_in_the_rail(scene: Scene, browse: Browse, robin: Agent) -> None:
    talk = await scene.house.talks()
    await scene.case(talk, hours=-2)
    await scene.case(talk, CaseKind.LATE)
    await scene.rated(await scene.house.talks(scene.visitor("kim")), 1)
    told = await page(browse, robin, "/desk/counts")
    assert re.findall(r'class="rail-count( late)?" id="count-([\w-]+)"[^>]*>(\d+)', told) == [
        (" late", "promises", "2"),
        ("", "follow-ups", "1"),
    ]
    analyst = scene.desk.door.add("Ana Lyst", role=Role.ANALYST)
    assert "rail-count" not in await page(browse, analyst, "/desk/counts")


async def test_one_takes_it_on_and_the_other_hears_who(scene: Scene, browse: Browse, robin: Agent) -> None:
    sam = scene.desk.agent("Sam Okoro")
    case = await scene.case(await scene.house.talks())
    answers = await asyncio.gather(*(sends(browse, who, f"/desk/promises/{case}/take") for who in (robin, sam)))
    assert sorted(answer.status_code for answer in answers) == [204, 409]
    held = scene.house.read(sa.select(cases.c.agent_id))[0].agent_id
    winner = {robin.id: "Robin Hale", sam.id: "Sam Okoro"}[held]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert f"{winner} has taken this on." in refused.text


async def test_taking_over_takes_a_second_look(scene: Scene, browse: Browse, robin: Agent) -> None:
    sam = scene.desk.agent("Sam Okoro")
    case = await scene.case(await scene.house.talks())
    await sends(browse, sam, f"/desk/promises/{case}/take")
    assert (await sends(browse, robin, f"/desk/promises/{case}/take")).status_code == 409
    assert (await sends(browse, robin, f"/desk/promises/{case}/take", seen=sam.id)).status_code == 204
    assert (await sends(browse, sam, f"/desk/promises/{case}/put-back")).status_code == 409
    assert (await sends(browse, robin, f"/desk/promises/{case}/put-back")).status_code == 204
    assert scene.house.read(sa.select(cases.c.agent_id))[0].agent_id is None


async def test_writing_leads_to_a_conversation_that_is_theirs(scene: Scene, browse: Browse) -> None:
    robin = scene.desk.agent()
    talk = await scene.house.talks()
    case = await scene.case(talk)
    await scene.rated(talk, 5)
    led = await sends(browse, robin, f"/desk/promises/{case}/write")
    opened = led.headers["hx-redirect"].rsplit("/", 1)[-1]
    assert (scene.house.owner(opened), opened != talk) == (robin.id, True)
    reasons = scene.house.read(sa.select(handoffs.c.reason).where(handoffs.c.conversation_id == opened))
    assert reasons[0].reason == "promised"
    assert scene.house.read(sa.select(cases.c.agent_id))[0].agent_id == robin.id


async def test_done_with_a_word_closes_the_call_back_too(scene: Scene, browse: Browse, robin: Agent) -> None:
    talk = await scene.house.talks()
    case = await scene.call_back(talk, "07700 900115")
    nothing = await sends(browse, robin, f"/desk/promises/{case}/done", word="  ")
    assert (nothing.status_code, "Say in a word" in nothing.text) == (400, True)
    await sends(browse, robin, f"/desk/promises/{case}/done", word="Called, all is well")
    (row,) = scene.house.read(sa.select(cases))
    assert (row.status, row.agent_id) == ("done", robin.id)
    assert [note.text for note in scene.house.read(sa.select(notes))] == ["Promise kept: Called, all is well"]
    assert {row.state for row in scene.house.read(sa.select(callbacks))} <= {"closed"}
    again = await sends(browse, robin, f"/desk/promises/{case}/done", word="again")
    assert (again.status_code, "done this already" in again.text) == (409, True)
    assert "Called" not in await page(browse, robin, "/desk/promises")
    assert case in await page(browse, robin, "/desk/promises?whose=done")


@pytest.mark.parametrize("what", ["promises", "follow-ups"])
@pytest.mark.parametrize("step", ["take", "put-back", "write", "done"])
@pytest.mark.parametrize("row", ["0" * 32, "nothing", "x" * 99, "%00"])
async def test_an_unknown_row_is_a_sentence(
    scene: Scene, browse: Browse, robin: Agent, what: str, step: str, row: str
) -> None:
    answer = await sends(browse, robin, f"/desk/{what}/{row}/{step}", word="x", outcome="explained")
    assert answer.status_code in (404, 409)
    assert 'class="sorry"' in answer.text


@pytest.mark.parametrize("whose", ["mine", "nobodys", "done", "nonsense", "%00"])
async def test_lists_can_be_narrowed(scene: Scene, browse: Browse, robin: Agent, whose: str) -> None:
    case = await scene.case(await scene.house.talks())
    shown = await page(browse, robin, f"/desk/promises?whose={whose}")
    assert (case in shown) is (whose in ("nobodys", "nonsense", "%00"))


async def test_a_low_rating_is_followed_up(scene: Scene, browse: Browse) -> None:
    robin = scene.desk.agent()
    talk = await scene.house.talks()
    row = await scene.rated(talk, 1, "Nobody listened")
    shown = await page(browse, robin, "/desk/follow-ups")
    assert "Nobody listened" in shown
    assert "about the assistant" in shown
    led = await sends(browse, robin, f"/desk/follow-ups/{row}/write")
    opened = led.headers["hx-redirect"].rsplit("/", 1)[-1]
    assert scene.house.handoff(opened).reason == "follow_up"
    closed = await sends(browse, robin, f"/desk/follow-ups/{row}/done", outcome="put_right", word="Sent a new one")
    assert closed.status_code == 204
    (stored,) = scene.house.read(sa.select(follow_ups))
    assert (stored.state, stored.outcome, stored.note, stored.agent_id) == (
        "closed",
        "put_right",
        "Sent a new one",
        robin.id,
    )
    assert "Sent a new one" in await page(browse, robin, "/desk/follow-ups?whose=done")


@pytest.mark.parametrize(("data", "sentence"), [({}, "Choose how it ended."), ({"outcome": "liked"}, "Choose how")])
async def test_a_follow_up_ends_with_one_of_four_outcomes(
    scene: Scene, browse: Browse, robin: Agent, data: dict[str, str], sentence: str
) -> None:
    row = await scene.rated(await scene.house.talks(), 2)
    answer = await sends(browse, robin, f"/desk/follow-ups/{row}/done", **data)
    assert (answer.status_code, sentence in answer.text) == (400, True)


async def test_somebody_elses_follow_up_is_theirs_to_close(scene: Scene, browse: Browse, robin: Agent) -> None:
    sam = scene.desk.agent("Sam Okoro")
    row = await scene.rated(await scene.house.talks(), 2)
    await sends(browse, sam, f"/desk/follow-ups/{row}/take")
    answer = await sends(browse, robin, f"/desk/follow-ups/{row}/done", outcome="explained")
    assert (answer.status_code, "Sam Okoro has taken this on." in answer.text) == (409, True)


async def test_numbers_of_each_list(scene: Scene, robin: Agent) -> None:
    talk = await scene.house.talks()
    await scene.case(talk, hours=-1)
    await scene.case(talk, CaseKind.LATE)
    await scene.rated(await scene.house.talks(scene.visitor("kim")), 2, hours=-3)
    now = scene.desk.clock()
    promised = scene.desk.database.read_now(lambda connection: count_promises(connection, robin.id, now))
    low = scene.desk.database.read_now(lambda connection: count_low_ratings(connection, robin.id, now))
    assert (promised.open, promised.overdue, promised.mine, promised.nobodys) == (2, 1, 0, 2)
    assert (low.open, low.overdue) == (1, 1)


async def test_how_it_was_takes_one_tap(scene: Scene, browse: Browse) -> None:
    robin, sam = scene.desk.agent(), scene.desk.agent("Sam Okoro")
    talk = await scene.held(robin)
    await scene.house.does(owning.resolve, talk, robin)
    async with browse(robin) as browser:
        assert "How was that for you?" in (await browser.get(f"/desk/c/{talk}/wrap-up")).text
    assert "Thank you" in (await sends(browse, robin, f"/desk/c/{talk}/wrap-up", how="3")).text
    assert scene.house.handoff(talk).wrap_up == 3
    assert (await sends(browse, sam, f"/desk/c/{talk}/wrap-up", how="1")).status_code == 409
    for nonsense in ("", "0", "4", "３", "x" * 99):
        assert (await sends(browse, robin, f"/desk/c/{talk}/wrap-up", how=nonsense)).status_code == 400
    assert scene.house.handoff(talk).wrap_up == 3


async def test_who_talks_to_nobody_works_on_neither_list(scene: Scene, browse: Browse) -> None:
    analyst = scene.desk.door.add("Ana Lyst", role=Role.ANALYST)
    async with browse(analyst) as browser:
        for path in ("/desk/promises", "/desk/follow-ups"):
            assert (await browser.get(path)).status_code == 403


async def test_what_is_done_is_in_the_log(scene: Scene, browse: Browse, robin: Agent) -> None:
    case = await scene.case(await scene.house.talks())
    await sends(browse, robin, f"/desk/promises/{case}/take")
    await sends(browse, robin, f"/desk/promises/{case}/done", word="done")
    row = await scene.rated(await scene.house.talks(scene.visitor("kim")), 1)
    await sends(browse, robin, f"/desk/follow-ups/{row}/done", outcome="unreachable")
    lines = scene.house.read(sa.select(audit.c.action, audit.c.subject).order_by(audit.c.number))
    assert {("promise_taken", case), ("promise_done", case), ("follow_up_closed", row)} <= {
        tuple(line) for line in lines
    }
