"""The list of conversations: what it finds, in which order, page by page; for whom; and as a file."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from bot.insights.filters import Wanted, conditions
from bot.insights.pages.list_files import batch_for_file
from bot.insights.pages.list_reading import SORTS, read_page
from bot.staff.models import Role
from bot.storage.database import Database
from bot.storage.desk_tables import conversation_tags
from bot.storage.insight_tables import conversation_facts
from bot.storage.tables import conversations, messages
from tests.conftest import Clock
from tests.support.insight_house import InsightHouse

pytestmark = pytest.mark.integration
LIST = "/insights/conversations"


@pytest.fixture
def house(database: Database, clock: Clock, new_id: Callable[[], str]) -> InsightHouse:
    return InsightHouse(database, clock, new_id)


def ids_on(page: str) -> list[str]:
    return re.findall(rf'data-walk href="{LIST}/([\w-]+)', page)


def next_on(page: str) -> str | None:
    found = re.search(r'rel="next" href="([^"]+)"', page)
    return html.unescape(found[1]) if found else None


async def pages_of(house: InsightHouse, path: str) -> Iterator[list[str]]:
    found, following = [], path
    async with house.analyst as browser:
        while following:
            page = (await browser.get(following)).text
            found.append(ids_on(page))
            following = next_on(page) or ""
            assert len(found) < 20
    return iter(found)


@pytest.mark.parametrize("sort", ["newest", "score", "longest"])
async def test_page_by_page_each_conversation_stands_once_and_in_order(house: InsightHouse, sort: str) -> None:
    house.filled(120)
    found = [one for page in await pages_of(house, f"{LIST}?sort={sort}") for one in page]
    keys: dict[str, Callable[[Any], Any]] = {
        "newest": lambda row: 0,
        "score": lambda row: row.score or 9,
        "longest": lambda row: -(row.customer_messages + row.bot_messages + row.agent_messages),
    }
    assert found == [row.conversation_id for row in sorted(house.facts(), key=keys[sort])]


async def test_there_is_a_way_back_through_the_pages(house: InsightHouse) -> None:
    house.filled(120)
    async with house.analyst as browser:
        first = (await browser.get(LIST)).text
        second = (await browser.get(next_on(first) or "")).text
        before = re.search(r'rel="prev" href="([^"]+)"', second)
        assert before
        assert ids_on((await browser.get(html.unescape(before[1]))).text) == ids_on(first)
        assert ids_on((await browser.get(f"{LIST}?after=nonsense~x")).text) == ids_on(first)


FILTERS: dict[str, Callable[[Any], bool]] = {
    "topic=returns": lambda row: row.topic == "returns",
    "topic=returns&topic=payment": lambda row: row.topic in ("returns", "payment"),
    "outcome=handed_off": lambda row: row.outcome == "handed_off",
    "score=1,2": lambda row: row.score in (1, 2),
    "channel=telegram&language=de": lambda row: (row.channel, row.language) == ("telegram", "de"),
    "owner=agent": lambda row: row.owner == "agent",
    "verified=verified": lambda row: row.verified == "verified",
    "least=4&most=5": lambda row: 4 <= row.customer_messages + row.bot_messages + row.agent_messages <= 5,
    "fallback=yes": lambda row: row.fallbacks > 0,
    "fallback=no&commented=yes": lambda row: row.fallbacks == 0 and row.commented,
    "release=2026.2": lambda row: row.release == "2026.2",
    "handoff=asked": lambda row: row.handoff_reason == "asked",
    "survey=answered": lambda row: row.survey_state == "answered",
    "weekday=0": lambda row: row.weekday == 0,
    "hour=9": lambda row: row.hour == 9,
    "article=shipping-abroad": lambda row: row.topic == "shipping",
    "q=lamp+bro": lambda row: row.topic == "returns",
    "q=%22is+broken%22": lambda row: row.topic == "returns",
    "step=%5E&step=returns": lambda row: row.steps[0] == "returns",
    "step=answered&step=thanked&step=%24": lambda row: row.steps[-2:] == ["answered", "thanked"],
    "step=1%3Aasked+again&step=2%3A%24": lambda row: row.steps[1:] == ["asked again"],
    "survey=none": lambda row: False,
    "state=open": lambda row: False,
}


@pytest.mark.parametrize("query", FILTERS)
async def test_a_filter_finds_what_fits_and_nothing_else(house: InsightHouse, query: str) -> None:
    house.filled(60)
    async with house.analyst as browser:
        page = await browser.get(f"{LIST}?{query}")
    wanted = [row.conversation_id for row in house.facts() if FILTERS[query](row)]
    assert ids_on(page.text) == wanted[:50]
    assert f"<strong>{len(wanted)}</strong> conversation" in page.text


async def test_by_tag_and_agent_and_period_it_is_found(house: InsightHouse) -> None:
    house.filled(60)
    tagged = set(house.database.read_now(_tagged))
    robin = house.person(Role.AGENT).id
    async with house.analyst as browser:
        assert set(ids_on((await browser.get(f"{LIST}?tag=vip")).text)) == tagged
        of_robin = set(ids_on((await browser.get(f"{LIST}?agent={robin}")).text))
        week = ids_on((await browser.get(f"{LIST}?since=2026-02-23&until=2026-02-25")).text)
    assert of_robin == {row.conversation_id for row in house.facts() if row.agent_id == robin}
    assert week == [
        row.conversation_id for row in house.facts() if row.day in ("2026-02-23", "2026-02-24", "2026-02-25")
    ]


def _tagged(connection: sa.Connection) -> list[str]:
    c = conversation_tags.c
    return list(connection.execute(sa.select(c.conversation_id).where(c.tag == "vip")).scalars())


async def test_what_matches_nothing_is_said_and_can_be_widened(house: InsightHouse) -> None:
    house.filled(40)
    async with house.analyst as browser:
        page = (await browser.get(f"{LIST}?topic=returns&tag=never+used")).text
        assert "No conversation fits" in page
        assert "Without tag" in page
        assert f'href="{LIST}?topic=returns"' in page
        long_ago = (await browser.get(f"{LIST}?since=2019-01-01&until=2019-01-02")).text
        assert "At any time" in long_ago
        decade = (await browser.get(f"{LIST}?since=2016-03-03&until=2026-03-02")).text
    assert len(ids_on(decade)) == 40


async def test_bad_dates_are_answered_in_a_sentence(house: InsightHouse) -> None:
    house.filled(5)
    async with house.analyst as browser:
        answer = await browser.get(f"{LIST}?since=2026-13-01")
        assert answer.status_code == 400
        assert "is no day. Write it as 2026-03-31." in answer.text
        assert len(ids_on(answer.text)) == 5
        assert (await browser.get(f"{LIST}?score=9&as=csv")).status_code == 400


async def test_htmx_gets_the_list_alone_and_the_plain_address(house: InsightHouse) -> None:
    house.filled(5)
    async with house.signed_in(Role.ANALYST, htmx=True) as browser:
        answer = await browser.get(f"{LIST}?q=&period=7d&since=2026-02-01&until=2026-02-02&topic=&sort=newest")
    assert answer.headers["hx-push-url"] == f"{LIST}?period=7d"
    assert "<html" not in answer.text


@pytest.mark.parametrize(
    ("role", "status"), [(Role.AGENT, 403), (Role.ANALYST, 200), (Role.SUPERVISOR, 200), (None, 303)]
)
async def test_only_those_with_the_right_come_in(house: InsightHouse, role: Role | None, status: int) -> None:
    (one,) = house.filled(1)
    async with house.signed_in(role) as browser:
        answers = [await browser.get(path) for path in (LIST, f"{LIST}/{one}", f"{LIST}?as=csv")]
        assert {answer.status_code for answer in answers} == {status}
        if role is Role.AGENT:
            assert "You do not have the right" in answers[0].text
            assert (await browser.post(f"{LIST}/{one}/tags", data={"tag": "x"})).status_code == 403
            assert (await browser.post(f"{LIST}/{one}/qa", data={"tone": "2"})).status_code == 403
        if role is None:
            assert answers[0].headers["location"] == "/desk/sign-in?next=/insights/conversations"


async def test_customers_are_masked_but_for_those_who_may_see_them(house: InsightHouse) -> None:
    house.filled(60)
    async with house.analyst as browser:
        masked = (await browser.get(LIST)).text
    async with house.supervisor as browser:
        clear = (await browser.get(LIST)).text
    for words in ("Mei Halasz", "W1234567"):
        assert words in clear
        assert words not in masked
    assert "[order number]" in masked


async def test_the_list_as_a_file_is_the_list_and_noted(house: InsightHouse) -> None:
    house.filled(60)
    async with house.analyst as browser:
        told = await browser.get(f"{LIST}?topic=returns&sort=score&as=csv")
        typed = await browser.get(f"{LIST}?topic=returns&as=parquet")
        assert (await browser.get(f"{LIST}?as=pdf")).status_code == 404
    rows = list(csv.DictReader(io.StringIO(told.content.decode("utf-8-sig"))))
    wanted = sorted(house.facts(*conditions(Wanted(topics=("returns",)))), key=lambda row: row.score or 9)
    assert [row["conversation_id"] for row in rows] == [row.conversation_id for row in wanted]
    assert pq.read_table(io.BytesIO(typed.content)).num_rows == len(wanted)
    assert [line.details["rows"] for line in house.audited("export")] == [len(wanted)] * 2
    assert house.audited("export")[0].details["filter"]["Topic"] == "returns"


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_file_that_is_made_in_batches_has_each_once_and_in_order(house: InsightHouse, sort: str, size: int) -> None:
    house.filled(21)
    wanted, after, found = Wanted(), None, []
    while True:
        read = partial(batch_for_file, wanted=wanted, sort=sort, after=after, size=size)
        rows, after = house.database.read_now(read)
        found += [row["conversation_id"] for row in rows]
        if after is None:
            break
    whole = house.database.read_now(partial(read_page, wanted=wanted, sort=sort, most=100))
    assert found == [one.row.conversation_id for one in whole.listed]
    assert len(found) == 21


async def test_a_conversation_whose_words_are_deleted_says_so(house: InsightHouse) -> None:
    (one,) = house.filled(1)
    house.does(sa.update(conversations).values(emptied_at=house.clock()))
    house.does(sa.update(messages).values(text=""))
    async with house.analyst as browser:
        assert "What was said is deleted." in (await browser.get(LIST)).text
        page = await browser.get(f"{LIST}/{one}")
    assert page.status_code == 200
    assert "was deleted on 02 Mar 2026" in page.text


async def test_facts_of_another_kind_do_not_break_the_page(house: InsightHouse) -> None:
    house.filled(3)
    house.does(sa.update(conversation_facts).values(state="open", outcome=None, topic="something_new", ended_at=None))
    async with house.analyst as browser:
        page = (await browser.get(LIST)).text
    assert "Something new" in page


@pytest.mark.parametrize("key", ["0001-01-01T00:00:00+14:00~x", "9999-12-31T23:59:59-14:00~x"])
async def test_a_place_before_all_time_or_after_it_is_none(house: InsightHouse, key: str) -> None:
    house.filled(3)
    async with house.analyst as browser:
        for way in ("after", "before"):
            assert (await browser.get(LIST, params={way: key})).status_code == 200
