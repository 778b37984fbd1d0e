"""A conversation saved outside Bellhop: all of it, by those who may, and never unnoticed."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
import sqlalchemy as sa

from bot.desk import exporting
from bot.desk.notes import add_note
from bot.handoff import owning
from bot.staff.models import Agent, Role
from bot.storage.desk_tables import audit
from tests.support.desk_house import DeskHouse

Browse = Callable[..., httpx.AsyncClient]


@pytest.fixture
def boss(desk: DeskHouse) -> Agent:
    return desk.agent("Kim Doe", role=Role.SUPERVISOR)


async def handed(desk: DeskHouse, agent: Agent) -> str:
    conversation_id = await desk.house.waits(text="a <b>person</b>, please")
    await desk.house.does(owning.claim, conversation_id, agent)
    await desk.house.does(owning.reply, conversation_id, agent, "Here I am", key="k")
    await desk.house.does(add_note, conversation_id, agent, "Only for us", key="n" * 32)
    return conversation_id


def lines(desk: DeskHouse) -> list[dict[str, object]]:
    return [row.details for row in desk.house.read(sa.select(audit.c.details).where(audit.c.action == "export"))]


@pytest.mark.parametrize("most", [2, 500])
async def test_saved_as_json_all_of_it_is_there(
    desk: DeskHouse, browse: Browse, robin: Agent, boss: Agent, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(exporting, "MOST", most)
    conversation_id = await handed(desk, robin)
    async with browse(boss) as browser:
        saved = await browser.get(f"/desk/c/{conversation_id}/export?as=json")
    assert saved.headers["content-disposition"] == f'attachment; filename="conversation-{conversation_id}.json"'
    told = saved.json()
    assert (told["id"], told["channel"], told["ended_at"]) == (conversation_id, "web", None)
    said = [(one["by"], one["text"]) for one in told["entries"] if one["what"] == "message"]
    assert ("customer", "a <b>person</b>, please") in said
    assert ("agent", "Here I am") in said
    numbers = [one["number"] for one in told["entries"] if one["what"] == "message"]
    assert numbers == list(range(1, len(numbers) + 1))
    assert [one["text"] for one in told["entries"] if one["what"] == "note"] == ["Only for us"]
    assert [one["kind"] for one in told["entries"] if one["what"] == "event"] == ["requested", "claimed"]
    assert lines(desk) == [{"as": "json", "entries": len(told["entries"])}]


async def test_saved_as_text_it_can_be_read(desk: DeskHouse, browse: Browse, robin: Agent, boss: Agent) -> None:
    conversation_id = await handed(desk, robin)
    async with browse(boss) as browser:
        assert f"/desk/c/{conversation_id}/export?as=txt" in (await browser.get(f"/desk/c/{conversation_id}")).text
        saved = await browser.get(f"/desk/c/{conversation_id}/export?as=txt")
    assert saved.headers["content-type"] == "text/plain; charset=utf-8"
    assert "] Customer: a <b>person</b>, please\n" in saved.text
    assert "] Agent Robin Hale: Here I am\n" in saved.text
    assert "] Internal note by Robin Hale: Only for us\n" in saved.text
    assert "-- claimed, Robin Hale" in saved.text


async def test_who_may_not_save_it_cannot(desk: DeskHouse, browse: Browse, robin: Agent, boss: Agent) -> None:
    conversation_id = await handed(desk, robin)
    async with browse(robin) as browser:
        assert (await browser.get(f"/desk/c/{conversation_id}/export?as=json")).status_code == 403
        assert "/export" not in (await browser.get(f"/desk/c/{conversation_id}")).text
    async with browse(boss) as browser:
        for wrong in (f"{conversation_id}/export?as=pdf", f"{'0' * 32}/export"):
            assert (await browser.get(f"/desk/c/{wrong}")).status_code == 404
    assert lines(desk) == []


async def test_to_whom_customers_are_masked_may_not_save_what_is_not(
    desk: DeskHouse, browse: Browse, robin: Agent
) -> None:
    conversation_id = await handed(desk, robin)
    async with browse(desk.agent("Ana Lyst", role=Role.ANALYST)) as browser:
        assert (await browser.get(f"/desk/c/{conversation_id}/export?as=json")).status_code == 403
    assert lines(desk) == []
