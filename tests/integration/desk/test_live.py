"""The stream that tells open pages what changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.desk import live as live_module
from bot.desk.live import Live
from bot.handoff import owning
from bot.staff.accounts import agent_by_id, change_agent
from bot.staff.models import Agent, Presence, Role
from tests.conftest import Clock
from tests.support.core import Visitor
from tests.support.desk_house import DeskHouse


class Page:
    """A page that listens."""

    def __init__(self, events: AsyncIterator[tuple[str, str]]) -> None:
        self.heard: list[tuple[str, str]] = []
        self.task = asyncio.create_task(self._listen(events))

    async def _listen(self, events: AsyncIterator[tuple[str, str]]) -> None:
        async for event in events:
            self.heard.append(event)

    async def hears(self, event: str, data: str | None = None) -> None:
        """Waits until it has heard that."""
        for _ in range(200):
            if any(kind == event and data in (None, about) for kind, about in self.heard):
                return
            await asyncio.sleep(0.01)
        pytest.fail(f"{event} was not heard, but {self.heard}")

    async def is_over(self) -> None:
        await asyncio.wait_for(self.task, 2)


@pytest.fixture
def live(desk: DeskHouse) -> Live:
    return desk.tools.live


async def opened(desk: DeskHouse, agent: Agent) -> tuple[Page, str]:
    """A page of somebody's, and the id of its session."""
    cookie = desk.cookie(agent)
    session = desk.database.read_now(
        lambda connection: desk.door.sessions.look(connection, next(iter(cookie.values())), desk.clock())
    )
    assert session is not None
    page = Page(desk.tools.live.events(agent.id, session.id))
    await page.hears("hello", desk.tools.version)
    return page, session.id


async def test_a_page_hears_of_a_conversation_that_changed(desk: DeskHouse, live: Live, robin: Agent) -> None:
    page, _ = await opened(desk, robin)
    waiting = await desk.house.waits()
    await page.hears("inbox")
    await page.hears("conversation", waiting)
    page.heard.clear()
    await desk.house.does(owning.claim, waiting, robin)
    await page.hears("conversation", waiting)
    live.stop()
    await page.is_over()


async def test_of_many_changes_at_once_a_page_hears_once(desk: DeskHouse, live: Live, robin: Agent) -> None:
    page, _ = await opened(desk, robin)
    page.heard.clear()
    for _ in range(20):
        live.people_changed()
    await page.hears("presence")
    await asyncio.sleep(live_module.QUIET_SECONDS * 2)
    assert page.heard == [("presence", "")]
    live.stop()
    await page.is_over()


async def test_the_list_is_read_again_once_a_second_and_seldom_for_what_the_assistant_says(
    desk: DeskHouse, live: Live, robin: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "INBOX_SECONDS", 0.4)
    monkeypatch.setattr(live_module, "ASSISTANTS_SECONDS", 60)
    page, _ = await opened(desk, robin)
    talk = await desk.house.waits()
    await desk.house.does(owning.claim, talk, robin)
    await page.hears("inbox")
    for _ in range(4):
        await desk.house.wanda.types("and?")
        await asyncio.sleep(0.1)
    await asyncio.sleep(0.4 + live_module.QUIET_SECONDS)
    assert 2 <= page.heard.count(("inbox", "")) <= 4
    page.heard.clear()
    other = await desk.house.talks(Visitor(desk.house.service, "bo"))
    await page.hears("conversation", other)
    assert ("inbox", "") not in page.heard
    await desk.house.does(owning.hand_back, talk, robin)
    await page.hears("inbox")
    live.stop()
    await page.is_over()


async def test_a_page_that_is_dismissed_while_it_is_told_something_hears_of_both(
    desk: DeskHouse, live: Live, robin: Agent
) -> None:
    session = desk.cookie(robin)
    read = desk.database.read_now(lambda of: desk.door.sessions.look(of, next(iter(session.values())), desk.clock()))
    assert read is not None
    events = live.events(robin.id, read.id)
    assert await anext(events) == ("hello", desk.tools.version)
    live.end_session(read.id)
    assert [event async for event in events] == [("signed-out", "")]


async def test_whoever_missed_changes_reads_all_anew(desk: DeskHouse, live: Live, robin: Agent) -> None:
    page, _ = await opened(desk, robin)
    page.heard.clear()
    desk.house.service.look_again()
    await page.hears("hello")
    live.stop()
    await page.is_over()


async def test_a_page_of_a_disabled_agent_is_dismissed(desk: DeskHouse, live: Live, robin: Agent) -> None:
    desk.agent("Ada Admin", role=Role.ADMIN)
    page, _ = await opened(desk, robin)
    desk.database.write_now(lambda connection: change_agent(connection, robin.id, desk.clock(), state="disabled"))
    await live.look()
    await page.hears("signed-out")
    await page.is_over()
    assert live.open_streams == 0


async def test_a_page_whose_session_has_expired_is_dismissed(
    desk: DeskHouse, live: Live, robin: Agent, clock: Clock
) -> None:
    page, _ = await opened(desk, robin)
    clock.forward(hours=13)
    await live.look()
    await page.hears("signed-out")
    await page.is_over()


async def test_signing_out_elsewhere_leaves_this_page(desk: DeskHouse, live: Live, robin: Agent) -> None:
    here, session_id = await opened(desk, robin)
    there, _ = await opened(desk, robin)
    live.sign_out(robin.id, but=session_id)
    await there.hears("signed-out")
    await there.is_over()
    assert not here.task.done()
    live.stop()
    await here.is_over()


async def test_an_open_page_is_its_agents_sign_of_life(
    desk: DeskHouse, live: Live, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "SIGN_OF_LIFE_SECONDS", 0.02)
    robin = desk.agent(presence=Presence.ONLINE)
    page, _ = await opened(desk, robin)
    clock.forward(minutes=5)
    for _ in range(100):
        seen = desk.database.read_now(lambda connection: agent_by_id(connection, robin.id))
        assert seen is not None
        if seen.seen_at == clock():
            break
        await asyncio.sleep(0.02)
    else:
        pytest.fail("an open page gave no sign of life")
    live.stop()
    await page.is_over()


async def test_pages_hear_when_somebody_vanishes(desk: DeskHouse, live: Live, clock: Clock) -> None:
    robin = desk.agent("Robin Hale")
    page, _ = await opened(desk, robin)
    await live.look()
    await page.hears("presence")
    page.heard.clear()
    await live.look()
    await asyncio.sleep(live_module.QUIET_SECONDS * 2)
    assert page.heard == []
    clock.now += timedelta(minutes=2)
    await live.look()
    await page.hears("presence")
    live.stop()
    await page.is_over()
