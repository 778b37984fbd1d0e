"""What the inbox lists, counts and announces."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa

from bot.handoff import owning
from bot.handoff.queue import read_waiting
from bot.staff.models import Agent, Role
from bot.staff.teams import add_team
from bot.storage.desk_tables import conversation_tags, desk_reads, handoffs
from bot.storage.tables import conversations, customers
from tests.conftest import Clock
from tests.support.core import Visitor
from tests.support.desk_house import DeskHouse

Browse = Callable[..., httpx.AsyncClient]


def listed(page: str) -> list[str]:
    """The conversations in the list, in order."""
    return re.findall(r'data-conversation="([^"]+)"', page)


def visitor(desk: DeskHouse, name: str) -> Visitor:
    return Visitor(desk.house.service, name)


async def shown(browse: Browse, agent: Agent, query: str) -> list[str]:
    async with browse(agent) as browser:
        return listed((await browser.get(f"/desk/inbox?{query}")).text)


async def test_a_conversation_is_in_the_queue_of_whoever_has_it(desk: DeskHouse, browse: Browse, robin: Agent) -> None:
    with_bot = await desk.house.talks(visitor(desk, "bo"))
    waiting = await desk.house.waits(visitor(desk, "wu"))
    mine = await desk.house.waits(visitor(desk, "mo"))
    await desk.house.does(owning.claim, mine, robin)
    over = await desk.house.waits(visitor(desk, "oz"))
    await desk.house.does(owning.claim, over, robin)
    await desk.house.does(owning.resolve, over, robin)
    assert await shown(browse, robin, "queue=mine") == [mine]
    assert await shown(browse, robin, "queue=waiting") == [waiting]
    assert sorted(await shown(browse, robin, "queue=open")) == sorted([with_bot, waiting, mine])
    assert await shown(browse, robin, "queue=ended") == [over]
    kim = desk.agent("Kim Ode")
    assert await shown(browse, kim, "queue=mine") == []


async def test_what_is_put_off_is_not_mine_until_its_time(
    desk: DeskHouse, browse: Browse, robin: Agent, clock: Clock
) -> None:
    mine = await desk.house.waits()
    await desk.house.does(owning.claim, mine, robin)
    await desk.house.does(owning.snooze, mine, robin, clock() + timedelta(hours=2))
    assert await shown(browse, robin, "queue=mine") == []
    assert await shown(browse, robin, "queue=snoozed") == [mine]
    clock.forward(hours=3)
    assert await shown(browse, robin, "queue=mine") == [mine]


async def test_who_has_waited_longest_is_first_but_for_those_who_go_first(
    desk: DeskHouse, browse: Browse, robin: Agent, clock: Clock
) -> None:
    ids = []
    for name in ("one", "two", "three"):
        ids.append(await desk.house.waits(visitor(desk, name)))
        clock.forward(minutes=1)
    await desk.house.does(owning.claim, ids[2], robin)
    await desk.house.does(owning.release, ids[2], by=robin, why="released")
    assert await shown(browse, robin, "queue=waiting") == [ids[2], ids[0], ids[1]]


async def test_the_list_is_in_the_order_in_which_customers_are_served(
    desk: DeskHouse, browse: Browse, robin: Agent, clock: Clock
) -> None:
    ids = []
    for name in ("one", "two"):
        ids.append(await desk.house.waits(visitor(desk, name)))
        clock.forward(minutes=1)
    for let_go in reversed(ids):  # both go first now, and of these who has asked first
        await desk.house.does(owning.claim, let_go, robin)
        await desk.house.does(owning.release, let_go, by=robin, why="released")
        clock.forward(minutes=1)
    served = desk.database.read_now(
        lambda connection: [one.conversation_id for one in read_waiting(connection, clock())]
    )
    assert await shown(browse, robin, "queue=waiting") == served == ids


async def test_filters_narrow_a_queue(desk: DeskHouse, browse: Browse, robin: Agent, clock: Clock) -> None:
    on_web = await desk.house.waits()
    on_telegram = await desk.house.waits(desk.house.tom)
    team = desk.database.write_now(lambda connection: add_team(connection, team_id="t1", name="Returns", now=clock()))

    def mark(connection: sa.Connection) -> None:
        connection.execute(sa.insert(conversation_tags).values(conversation_id=on_web, tag="vip", created_at=clock()))
        of = handoffs.c.conversation_id
        connection.execute(sa.update(handoffs).where(of == on_telegram).values(team_id=team.id))
        connection.execute(sa.update(handoffs).where(of == on_web).values(first_reply_breached_at=clock()))
        connection.execute(sa.insert(desk_reads).values(conversation_id=on_web, agent_id=robin.id, seq=99))
        connection.execute(sa.update(conversations).where(conversations.c.id == on_web).values(locale="de-AT"))

    desk.database.write_now(mark)
    expected = {
        "channel=telegram": [on_telegram],
        "language=de": [on_web],
        f"team={team.id}": [on_telegram],
        "tag=vip": [on_web],
        "breached=1": [on_web],
        "unread=1": [on_telegram],
        "channel=telegram&tag=vip": [],
        "language=%25": [],
    }
    for query, found in expected.items():
        assert await shown(browse, robin, f"queue=waiting&{query}") == found, query


async def test_more_than_fifty_come_when_they_are_asked_for(desk: DeskHouse, browse: Browse, robin: Agent) -> None:
    for number in range(53):
        await visitor(desk, f"v{number}").types("hello")
    async with browse(robin) as browser:
        first = (await browser.get("/desk/inbox?queue=open")).text
        assert len(listed(first)) == 50
        more = html.unescape(re.findall(r'href="(/desk/inbox\?queue=open&amp;shown=[^"]+)"', first)[0])
        assert len(listed((await browser.get(more)).text)) == 53


@pytest.mark.parametrize(
    "query", ["queue=nonsense", "shown=9999999", "shown=-3", "shown=x", "team=%27%20OR%201=1", "tag=%00"]
)
async def test_odd_queries_are_harmless(browse: Browse, robin: Agent, query: str) -> None:
    async with browse(robin) as browser:
        assert (await browser.get(f"/desk/inbox?{query}")).status_code == 200


async def test_the_list_shows_what_was_said_last_and_how_much_is_new(
    desk: DeskHouse, browse: Browse, robin: Agent
) -> None:
    waiting = await desk.house.waits(text="my kettle leaks")
    await desk.house.wanda.types("it really does")
    async with browse(robin) as browser:
        page = (await browser.get("/desk/inbox?queue=waiting")).text
        assert "it really does" in page
        assert '<span class="unseen">unread: </span>2' in page
        told = (await browser.get("/desk/attention")).json()
    assert told["counts"] == {"waiting": 1, "unread": 0}
    assert [one["id"] for one in told["waiting"]] == [waiting]


async def test_what_is_mine_and_new_is_announced(desk: DeskHouse, browse: Browse, robin: Agent) -> None:
    mine = await desk.house.waits()
    await desk.house.does(owning.claim, mine, robin)
    desk.database.write_now(
        lambda connection: connection.execute(
            sa.insert(desk_reads).values(conversation_id=mine, agent_id=robin.id, seq=99)
        )
    )
    async with browse(robin) as browser:
        assert (await browser.get("/desk/attention")).json()["unread"] == []
        desk.database.write_now(lambda connection: connection.execute(sa.update(desk_reads).values(seq=1)))
        await desk.house.wanda.types("are you there?")
        told = (await browser.get("/desk/attention")).json()
    assert [(one["id"], one["news"]) for one in told["unread"]] == [(mine, 1)]
    assert told["counts"]["unread"] == 1


async def test_what_runs_out_of_time_is_announced(desk: DeskHouse, browse: Browse, robin: Agent, clock: Clock) -> None:
    mine, waiting = await desk.house.waits(visitor(desk, "mo")), await desk.house.waits(visitor(desk, "wu"))
    await desk.house.does(owning.claim, mine, robin)
    async with browse(robin) as browser:
        assert (await browser.get("/desk/attention")).json()["late"] == []
        warned = sa.update(handoffs).values(warned_at=clock())
        desk.database.write_now(lambda connection: connection.execute(warned))
        told = (await browser.get("/desk/attention")).json()["late"]
        assert {(one["id"], one["over"]) for one in told} == {(mine, False), (waiting, False)}
        clock.forward(hours=1)
        assert all(one["over"] for one in (await browser.get("/desk/attention")).json()["late"])
    async with browse(desk.agent("Kim Ode")) as browser:
        assert [one["id"] for one in (await browser.get("/desk/attention")).json()["late"]] == [waiting]


async def test_names_and_words_of_customers_are_text(desk: DeskHouse, browse: Browse, robin: Agent) -> None:
    await desk.house.waits(text='"><script>alert(1)</script>')
    desk.database.write_now(
        lambda connection: connection.execute(sa.update(customers).values(name="<b onmouseover=alert(1)>Bob"))
    )
    async with browse(robin) as browser:
        page = (await browser.get("/desk/inbox?queue=waiting")).text
    assert "<script>alert" not in page
    assert "<b onmouse" not in page


async def test_an_analyst_has_no_inbox_and_is_told_of_nobody(desk: DeskHouse, browse: Browse) -> None:
    analyst = desk.agent("Ann Alyst", role=Role.ANALYST)
    await desk.house.waits()
    async with browse(analyst) as browser:
        assert (await browser.get("/desk/inbox")).status_code == 403
        assert (await browser.get("/desk")).headers["location"] == "/insights"
        told = (await browser.get("/desk/attention")).json()
    assert [told[what] for what in ("waiting", "unread", "late")] == [[], [], []]


async def test_htmx_gets_the_list_alone(browse: Browse, robin: Agent) -> None:
    async with browse(robin, htmx=True) as browser:
        part = (await browser.get("/desk/inbox?queue=open")).text
    assert part.lstrip().startswith('<div id="inbox"')
    assert "<html" not in part
