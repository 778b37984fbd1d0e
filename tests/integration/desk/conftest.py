"""A desk over each kind of database, and clients that are signed in at it."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from bot.staff.models import Agent
from bot.storage.database import Database
from tests.conftest import Clock
from tests.support.desk_house import DeskHouse


@pytest.fixture
def desk(database: Database, clock: Clock, new_id: Callable[[], str]) -> DeskHouse:
    return DeskHouse(database, clock, new_id)


@pytest.fixture
def robin(desk: DeskHouse) -> Agent:
    return desk.door.add("Robin Hale")


@pytest.fixture
def here(desk: DeskHouse) -> Agent:
    """Somebody who is at the desk."""
    return desk.agent()


@pytest.fixture
def browse(desk: DeskHouse) -> Callable[..., httpx.AsyncClient]:
    """A browser: of somebody who is signed in, or of a stranger."""

    def browser(agent: Agent | None = None, *, csrf: bool = True, htmx: bool = False) -> httpx.AsyncClient:
        cookie = desk.cookie(agent) if agent else {}
        headers = {"HX-Request": "true"} if htmx else {}
        if agent and csrf:
            headers["X-CSRF-Token"] = desk.csrf(cookie)
        transport = httpx.ASGITransport(app=desk.app)
        return httpx.AsyncClient(transport=transport, base_url="http://desk.test", cookies=cookie, headers=headers)

    return browser
