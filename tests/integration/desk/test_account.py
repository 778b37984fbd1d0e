"""One's own account at the desk: password, preferences, sessions, presence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest
from sqlalchemy.engine import Connection

from bot.staff.accounts import agent_by_id, prefer
from bot.staff.models import Agent, Presence
from tests.support.desk_house import DeskHouse
from tests.support.staffed import PASSWORD

Browse = Callable[..., httpx.AsyncClient]
NEW = "seven quiet lanterns"


def agent_now(desk: DeskHouse, agent: Agent) -> Agent:
    found = desk.database.read_now(lambda connection: agent_by_id(connection, agent.id))
    assert found is not None
    return found


async def test_preferences_are_kept(desk: DeskHouse, browse: Browse, robin: Agent) -> None:
    async with browse(robin) as browser:
        saved = await browser.post("/desk/account/preferences", data={"theme": "dark", "notifications": "on"})
        assert saved.status_code == 204
        assert 'data-theme="dark"' in (await browser.get("/desk/inbox")).text
        assert (await browser.post("/desk/account/preferences", data={"theme": "pink"})).status_code == 400
        shown = (await browser.get("/desk/inbox")).text
        assert 'data-keys="off"' in shown
    kept = {"theme": "dark", "sound": False, "notifications": True, "keys": False}
    assert agent_now(desk, robin).preferences == kept


async def test_preferences_that_were_set_elsewhere_meanwhile_stay(desk: DeskHouse, robin: Agent) -> None:
    def work(name: str) -> Callable[[Connection], None]:
        return lambda connection: prefer(connection, robin.id, desk.clock(), {name: True})

    await asyncio.gather(*(desk.database.write(work(name)) for name in ("sound", "enter_sends", "keys")))
    assert agent_now(desk, robin).preferences == {"sound": True, "enter_sends": True, "keys": True}


async def test_a_new_password_ends_all_other_sessions(desk: DeskHouse, browse: Browse, robin: Agent) -> None:
    async with browse(robin) as elsewhere, browse(robin) as here:
        form = {"current": PASSWORD, "new": NEW, "again": NEW}
        changed = await here.post("/desk/account/password", data=form)
        assert changed.headers["location"] == "/desk/account?changed=1"
        assert (await here.get("/desk/inbox")).status_code == 200
        assert (await elsewhere.get("/desk/inbox")).status_code == 303
    assert (await desk.door.enter(robin, NEW)).agent.id == robin.id


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"current": "wrong", "new": NEW, "again": NEW}, "not your current password"),
        ({"current": PASSWORD, "new": NEW, "again": "another one"}, "not the same"),
        ({"current": PASSWORD, "new": "short", "again": "short"}, "at least"),
    ],
)
async def test_a_password_is_not_changed_by(browse: Browse, robin: Agent, form: dict[str, str], sentence: str) -> None:
    async with browse(robin) as browser:
        refused = await browser.post("/desk/account/password", data=form)
    assert refused.status_code == 422
    assert sentence in refused.text


async def test_one_signs_out_elsewhere_but_only_oneself(desk: DeskHouse, browse: Browse, robin: Agent) -> None:
    kim = desk.door.add("Kim Ode")
    async with browse(robin) as here, browse(robin) as there, browse(kim) as others:
        assert (await here.get("/desk/account")).text.count('name="session"') == 1
        assert (await here.post("/desk/account/sessions")).status_code == 303
        assert (await there.get("/desk/inbox")).status_code == 303
        assert (await here.get("/desk/inbox")).status_code == 200
        assert (await others.get("/desk/inbox")).status_code == 200


async def test_the_session_of_somebody_else_cannot_be_ended(desk: DeskHouse, browse: Browse, robin: Agent) -> None:
    kim = desk.door.add("Kim Ode")
    async with browse(kim) as others, browse(robin) as here:
        session = await desk.tools.sessions.of_cookie(desk.database, others.cookies["bellhop_desk"], desk.clock())
        assert session is not None
        await here.post("/desk/account/sessions", data={"session": session.id})
        assert (await others.get("/desk/inbox")).status_code == 200


async def test_presence_is_chosen(desk: DeskHouse, browse: Browse, robin: Agent) -> None:
    async with browse(robin) as browser:
        assert "You are offline" in (await browser.get("/desk/inbox")).text
        chosen = await browser.post("/desk/presence", data={"presence": "online"})
        assert "desk:toast" in chosen.headers["hx-trigger"]
        assert "You are offline" not in (await browser.get("/desk/inbox")).text
    assert agent_now(desk, robin).presence is Presence.ONLINE
