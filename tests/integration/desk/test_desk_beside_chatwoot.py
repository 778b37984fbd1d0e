"""The desk where people answer in Chatwoot: it shows the way there, and offers nothing that it would refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from bot.conversations.unit import Unit
from bot.handoff import owning
from bot.handoff.models import Reason
from bot.handoff.outbound import open_outbound
from bot.helpdesk.chatwoot import outbox
from bot.helpdesk.chatwoot.links import keep_link
from bot.staff.models import Agent, Role
from bot.storage.database import Database
from tests.conftest import Clock
from tests.support.desk_house import DeskHouse

Browse = Callable[..., httpx.AsyncClient]
CHATWOOT = {
    "helpdesk": "chatwoot",
    "chatwoot_url": "https://chatwoot.example/",
    "chatwoot_token": "token",
    "chatwoot_account": 3,
    "chatwoot_inbox": 5,
    "chatwoot_webhook_secret": "secret",
}
THERE = "https://chatwoot.example/app/accounts/3/conversations/17"


@pytest.fixture
def desk(database: Database, clock: Clock, new_id: Callable[[], str]) -> DeskHouse:
    settings: dict[str, Any] = {"public_url": "https://shop.example", **CHATWOOT}
    return DeskHouse(database, clock, new_id, **settings)


@pytest.fixture
def sam(desk: DeskHouse) -> Agent:
    """Somebody who may do everything with a conversation."""
    return desk.agent("Sam Okafor", role=Role.SUPERVISOR)


async def test_nothing_can_be_taken_and_the_way_to_chatwoot_is_shown(desk: DeskHouse, browse: Browse, sam) -> None:
    waiting = await desk.house.waits()
    async with browse(sam) as browser:
        before = (await browser.get(f"/desk/c/{waiting}")).text
        await desk.house.unit_of_work(lambda unit: keep_link(unit, waiting, "17", "8", {"status": "open"}))
        page = (await browser.get(f"/desk/c/{waiting}")).text
        supervising = (await browser.get("/desk/supervise")).text
        assert (await browser.post(f"/desk/c/{waiting}/claim", data={"owner": "queue"})).status_code == 409
    for text in (before, page):
        assert "People answer in Chatwoot." in text
        assert "/claim" not in text
        assert 'data-opens="transfer"' not in text
        assert 'data-write="reply"' not in text
    assert THERE not in before
    assert f'href="{THERE}"' in page
    assert waiting in supervising
    assert f"/desk/c/{waiting}/transfer" not in supervising


async def test_what_the_assistant_has_is_not_offered_either(desk: DeskHouse, browse: Browse, sam) -> None:
    talk = await desk.house.talks()
    async with browse(sam) as browser:
        page = (await browser.get(f"/desk/c/{talk}")).text
    assert "It comes there once a person is wanted." in page
    assert "/claim" not in page


async def test_what_one_writes_of_ones_own_accord_is_answered_here(desk: DeskHouse, browse: Browse, sam) -> None:
    waiting = await desk.house.waits()
    await desk.house.does(owning.claim, waiting, sam)
    await desk.house.does(owning.resolve, waiting, sam)
    led_to = ""

    def work(unit: Unit) -> Any:
        nonlocal led_to
        led_to, change = open_outbound(unit, waiting, sam, Reason.FOLLOW_UP)
        return change

    await desk.house.does(work)
    async with browse(sam) as browser:
        page = (await browser.get(f"/desk/c/{led_to}")).text
    assert 'data-write="reply"' in page
    assert 'data-opens="transfer"' not in page, "it would be refused"


async def test_what_chatwoot_refused_is_told_beside_the_conversation(desk: DeskHouse, browse: Browse, sam) -> None:
    waiting = await desk.house.waits()

    def refuse(unit: Unit) -> None:
        outbox.enqueue(unit, waiting, outbox.Kind.NOTE, "note:1", {"text": "why"})
        (call,) = outbox.take(unit, 1)
        outbox.settle(unit, call, "failed", unit.now, error="422: <b>content</b> is too long")

    async with browse(sam) as browser:
        assert "Not all of it has got there" not in (await browser.get(f"/desk/c/{waiting}")).text
        await desk.house.unit_of_work(refuse)
        page = (await browser.get(f"/desk/c/{waiting}")).text
    assert "Not all of it has got there: <bdi>422: &lt;b&gt;content&lt;/b&gt; is too long</bdi>" in page
