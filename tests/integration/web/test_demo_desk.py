"""How the demo shows to sign in at its desk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from bot.staff.demo import demo_password, demo_staff
from bot.storage.database import Database
from channels.web.demo import DemoShop
from tests.conftest import Clock
from tests.support.staffed import quick_passwords

pytestmark = pytest.mark.integration


async def asked(
    database: Database, folder: Path, *, host: str = "127.0.0.1:8080", client: str = "127.0.0.1"
) -> httpx.Response:
    app = Starlette(routes=[Route("/demo/desk.json", DemoShop(database, folder).desk)])
    transport = httpx.ASGITransport(app, client=(client, 50_000))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as http:
        return await http.get("/demo/desk.json")


@pytest.fixture
def staffed(database: Database, clock: Clock, new_id: Callable[[], str], tmp_path: Path) -> Database:
    password = demo_password(tmp_path)
    tools = {"passwords": quick_passwords(), "capacity": 4, "now": clock(), "new_id": new_id}
    database.write_now(lambda connection: demo_staff(connection, password=password, **tools))
    return database


async def test_who_works_there_and_their_password_are_told_on_this_machine(staffed: Database, tmp_path: Path) -> None:
    for host in ("127.0.0.1:8080", "localhost:8080", "[::1]:8080"):
        told = (await asked(staffed, tmp_path, host=host)).json()
        assert told["password"] == demo_password(tmp_path)
        assert [person["name"] for person in told["people"]] == ["Robin Hale", "Ines Duarte", "Sam Okafor"]


@pytest.mark.parametrize(
    "asking", [{"client": "192.0.2.1"}, {"host": "rebound.example:8080"}, {"host": "rebound.example"}]
)
async def test_nobody_else_hears_it(staffed: Database, tmp_path: Path, asking: dict[str, str]) -> None:
    answer = await asked(staffed, tmp_path, **asking)
    assert answer.status_code == 403
    assert demo_password(tmp_path) not in answer.text


async def test_where_nobody_works_no_password_is_told(database: Database, tmp_path: Path) -> None:
    assert (await asked(database, tmp_path)).json() == {"desk": "/desk", "password": None, "people": []}
