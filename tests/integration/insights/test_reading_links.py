"""Links for who has no account: they open one conversation, masked, for a while, and nothing else."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from bot.insights.pages.sharing import BURST
from bot.staff.models import Role
from bot.storage.database import Database
from bot.storage.insight_tables import reading_links
from bot.storage.tables import conversations, customers
from tests.conftest import Clock
from tests.support.insight_house import InsightHouse

pytestmark = pytest.mark.integration
LIST = "/insights/conversations"


@pytest.fixture
def house(database: Database, clock: Clock, new_id: Callable[[], str]) -> InsightHouse:
    return InsightHouse(database, clock, new_id)


async def make(house: InsightHouse, talk: str, days: int = 7) -> str:
    async with house.signed_in(Role.ANALYST, htmx=True) as browser:
        part = (await browser.post(f"{LIST}/{talk}/links", data={"days": str(days)})).text
    found = re.search(r'value="[^"]*(/insights/shared/[\w-]+)"', part)
    assert found
    return html.unescape(found[1])


async def status_of(house: InsightHouse, path: str) -> tuple[int, str]:
    async with house.signed_in(None) as browser:
        answer = await browser.get(path)
    return answer.status_code, answer.text


async def test_it_opens_the_conversation_masked_and_tells_nobody(house: InsightHouse) -> None:
    house.filled(60)
    talk = house.facts()[0].conversation_id
    house.does(sa.update(customers).values(name="Mei Halasz"))
    path = await make(house, talk)
    async with house.supervisor as browser:  # also to those who see customers elsewhere
        answer = await browser.get(path)
    assert answer.status_code == 200
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "noindex" in answer.headers["x-robots-tag"]
    assert "<script" not in answer.text
    for words in ("Mei", "mei.halasz", "W1234567", "Internal note", "/desk/c/"):
        assert words not in answer.text
    assert [line.subject is not None for line in house.audited("link_opened")] == [True]


async def test_only_its_hash_is_kept(house: InsightHouse) -> None:
    (talk,) = house.filled(1)
    token = (await make(house, talk)).rsplit("/", 1)[1]
    row = house.database.read_now(lambda connection: connection.execute(sa.select(reading_links)).one())
    assert token not in {str(value) for value in row}
    assert len(row.token_hash) == 64
    assert token not in str([line._mapping for line in house.audited("link_created")])


@pytest.mark.parametrize("days", [1, 7, 30])
async def test_it_expires(house: InsightHouse, clock: Clock, days: int) -> None:
    (talk,) = house.filled(1)
    path = await make(house, talk, days)
    clock.forward(days=days, seconds=-1)
    assert (await status_of(house, path))[0] == 200
    clock.forward(seconds=1)
    status, page = await status_of(house, path)
    assert status == 410
    assert "has expired or was taken back" in page


async def test_it_can_be_taken_back(house: InsightHouse) -> None:
    (talk,) = house.filled(1)
    path = await make(house, talk)
    link = house.database.read_now(lambda connection: connection.execute(sa.select(reading_links.c.id)).scalar_one())
    async with house.signed_in(Role.ANALYST, htmx=True) as browser:
        assert (await browser.post(f"{LIST}/{'0' * 32}/links/{link}/revoke")).status_code == 404
        assert (await browser.post(f"{LIST}/{talk}/links/{link}/revoke")).status_code == 200
        assert (await browser.post(f"{LIST}/{talk}/links/{link}/revoke")).status_code == 404
    assert (await status_of(house, path))[0] == 410
    assert [line.subject for line in house.audited("link_revoked")] == [link]


async def test_what_was_deleted_is_not_there_for_strangers_either(house: InsightHouse) -> None:
    (talk,) = house.filled(1)
    path = await make(house, talk)
    house.does(sa.update(conversations).values(emptied_at=house.clock()))
    status, page = await status_of(house, path)
    assert (status, "has been deleted" in page) == (410, True)
    async with house.signed_in(Role.ANALYST, htmx=True) as browser:
        refused = await browser.post(f"{LIST}/{talk}/links", data={"days": "7"})
    assert (refused.status_code, "nothing to be read" in refused.text) == (409, True)


async def test_guessing_opens_nothing_and_soon_not_even_that(house: InsightHouse) -> None:
    async with house.signed_in(None) as browser:
        answers = [await browser.get(f"/insights/shared/{'x' * 43}") for _ in range(int(BURST) + 5)]
    assert {answer.status_code for answer in answers[: int(BURST)]} == {404}
    assert answers[-1].status_code == 429
    assert answers[-1].headers["retry-after"] == "60"


async def test_a_link_lasts_no_longer_than_is_offered(house: InsightHouse) -> None:
    (talk,) = house.filled(1)
    async with house.signed_in(Role.ANALYST, htmx=True) as browser:
        for days in ("0", "365", "-1", "x", ""):
            assert (await browser.post(f"{LIST}/{talk}/links", data={"days": days})).status_code == 400


async def test_without_scripts_the_link_is_shown_on_a_page_of_its_own(house: InsightHouse) -> None:
    (talk,) = house.filled(1)
    async with house.analyst as browser:
        page = await browser.post(f"{LIST}/{talk}/links", data={"days": "1"})
    assert "/insights/shared/" in page.text
    assert "Back to the conversation" in page.text
