"""Filters that are kept under a name: own ones, shared ones, names that are taken, deletion."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest

from bot.staff.models import Role
from bot.storage.database import Database
from tests.conftest import Clock
from tests.support.insight_house import InsightHouse

pytestmark = pytest.mark.integration
FILTERS, LIST = "/insights/filters", "/insights/conversations"


@pytest.fixture
def house(database: Database, clock: Clock, new_id: Callable[[], str]) -> InsightHouse:
    return InsightHouse(database, clock, new_id)


async def save(house: InsightHouse, role: Role, name: str, query: str, *, shared: bool = False) -> tuple[int, str]:
    async with house.signed_in(role, htmx=True) as browser:
        form = {"name": name, "query": query, **({"shared": "yes"} if shared else {})}
        answer = await browser.post(FILTERS, data=form)
    return answer.status_code, html.unescape(answer.text)


async def listed(house: InsightHouse, role: Role) -> list[tuple[str, str]]:
    async with house.signed_in(role) as browser:
        page = (await browser.get(LIST)).text
    found = re.findall(rf'<a class="menu-item" href="{LIST}\??([^"]*)"><span class="cut"><bdi>([^<]*)</bdi>', page)
    return [(html.unescape(name), html.unescape(query)) for query, name in found]


async def test_what_is_saved_can_be_chosen_and_keeps_its_meaning(house: InsightHouse) -> None:
    status, part = await save(house, Role.ANALYST, "  Bad   ratings ", "score=2&score=1&period=yesterday&page=7")
    assert status == 200
    assert "Bad ratings" in part
    assert await listed(house, Role.ANALYST) == [("Bad ratings", "period=yesterday&score=1&score=2")]
    assert await listed(house, Role.SUPERVISOR) == []


async def test_a_shared_one_is_everybodys_and_only_its_owner_deletes_it(house: InsightHouse) -> None:
    await save(house, Role.ANALYST, "Returns", "topic=returns", shared=True)
    assert await listed(house, Role.SUPERVISOR) == [("Returns", "topic=returns")]
    async with house.analyst as browser:
        page = (await browser.get(LIST)).text
    found = re.search(rf"{FILTERS}/(\w+)/delete", page)
    assert found
    path = f"{FILTERS}/{found[1]}"
    async with house.signed_in(Role.SUPERVISOR, htmx=True) as browser:
        assert (await browser.post(f"{path}/delete")).status_code == 404
        assert (await browser.post(f"{path}/share", data={"shared": "no"})).status_code == 404
    async with house.signed_in(Role.ANALYST, htmx=True) as browser:
        assert "yours alone" in (await browser.post(f"{path}/share", data={"shared": "no"})).text
    assert await listed(house, Role.SUPERVISOR) == []
    async with house.signed_in(Role.ANALYST, htmx=True) as browser:
        assert "is deleted" in (await browser.post(f"{path}/delete")).text
        again = await browser.post(f"{path}/delete")
    assert (again.status_code, "was deleted already" in again.text) == (404, True)


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("Complaints of zeb.q@canary.example", "topic=returns"),
        ("One who calls", "q=%2B44+20+7946+0958"),
        ("The lost one", "period=all&q=%22%23W7654321%22"),
    ],
)
async def test_one_that_tells_whom_somebody_looks_for_is_not_shown_to_masked_readers(
    house: InsightHouse, name: str, query: str
) -> None:
    await save(house, Role.SUPERVISOR, name, query, shared=True)
    await save(house, Role.SUPERVISOR, "Lamps", "q=lamp", shared=True)
    assert [one for one, _ in await listed(house, Role.ADMIN)] == sorted([name, "Lamps"], key=str.lower)
    assert await listed(house, Role.ANALYST) == [("Lamps", "q=lamp")]


async def test_a_name_is_given_once_by_one_person(house: InsightHouse) -> None:
    await save(house, Role.ANALYST, "Returns", "topic=returns")
    status, said = await save(house, Role.ANALYST, "returns", "topic=payment")
    assert (status, "You have a filter called “returns” already" in said) == (409, True)
    assert (await save(house, Role.SUPERVISOR, "Returns", "topic=payment"))[0] == 200


@pytest.mark.parametrize(
    ("name", "query", "status", "says"),
    [
        ("", "", 409, "Give the filter a name."),
        ("x" * 81, "", 409, "at most 80 characters"),
        ("x", "since=2026-99-99", 400, "is no day"),
        ("x", "&".join(f"tag={number:0>100}" for number in range(50)), 409, "too much at once"),
    ],
)
async def test_what_cannot_be_saved_is_said(house: InsightHouse, name: str, query: str, status: int, says: str) -> None:
    assert (await save(house, Role.ANALYST, name, query))[0] == status
    assert says in (await save(house, Role.ANALYST, name, query))[1]


async def test_an_agent_saves_none(house: InsightHouse) -> None:
    assert (await save(house, Role.AGENT, "x", ""))[0] == 403
