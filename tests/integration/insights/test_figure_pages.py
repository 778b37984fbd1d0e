"""The pages with figures: who may see them, what they say, and that a file holds just what is drawn."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from bot.storage.article_tables import unanswered_questions
from bot.storage.database import Database
from tests.conftest import Clock
from tests.support.insight_house import InsightHouse

DASHBOARD, JOURNEY, QUESTIONS, ARTICLES = (
    f"/insights/{name}" for name in ("dashboards", "journey", "questions", "articles")
)
PAGES = (DASHBOARD, JOURNEY, QUESTIONS, ARTICLES, "/insights/duties/promises", "/insights/duties/follow_ups")


@pytest.fixture
def house(database: Database, clock: Clock, new_id: Callable[[], str]) -> InsightHouse:
    made = InsightHouse(database, clock, new_id)
    made.filled(80)
    return made


def table_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.mark.parametrize("path", PAGES)
async def test_figures_are_for_those_with_the_right(house: InsightHouse, path: str) -> None:
    async with house.analyst as analyst, house.agents as agent:
        assert (await analyst.get(path)).status_code == 200
        assert (await agent.get(path)).status_code == 403


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("query", ["q=nothing+of+the+kind", "since=2016-01-01&until=2026-01-01", "period=all"])
async def test_pages_stand_filters_that_find_nothing_and_ten_years(house: InsightHouse, path: str, query: str) -> None:
    async with house.analyst as analyst:
        assert (await analyst.get(f"{path}?{query}")).status_code == 200


async def test_what_finds_nothing_says_so(house: InsightHouse) -> None:
    async with house.analyst as analyst:
        assert "No conversations here" in (await analyst.get(f"{DASHBOARD}?q=nothing+of+the+kind")).text


async def test_a_filter_that_makes_no_sense_is_answered_in_words(house: InsightHouse) -> None:
    async with house.analyst as analyst:
        page = await analyst.get(f"{DASHBOARD}?since=2026-99-99")
        file = await analyst.get(f"{DASHBOARD}?since=2026-99-99&figure=ratings&as=csv")
    assert page.status_code == 400
    assert "is no day" in page.text
    assert "Shown are the last 30 days instead" in page.text
    assert file.status_code == 400


async def test_few_answers_are_marked(house: InsightHouse) -> None:
    async with house.analyst as analyst:
        few = (await analyst.get(f"{DASHBOARD}?period=7d")).text
        enough = (await analyst.get(f"{DASHBOARD}?period=all")).text
    told = re.compile(r"few ratings \(([0-9]+)\)")
    assert 0 < int(told.findall(few)[0]) < 30
    assert "few ratings" not in enough.split('data-figure="csat-over-time"')[1].split("data-figure=")[0]


async def test_a_file_holds_just_what_is_drawn(house: InsightHouse) -> None:
    async with house.analyst as analyst:
        page = (await analyst.get(f"{DASHBOARD}?period=all")).text
        names = re.findall(r'data-figure="([a-z-]+)"', page)
        assert len(names) > 8
        for name in names:
            query = f"{DASHBOARD}?period=all&figure={name}&as="
            drawn = (await analyst.get(query + "json")).json()
            rows = table_of((await analyst.get(query + "csv")).content)
            saved = pq.read_table(io.BytesIO((await analyst.get(query + "parquet")).content))
            assert rows[0] == [field["name"] for field in drawn["fields"]] == saved.column_names
            assert len(rows) - 1 == len(drawn["rows"]) == saved.num_rows
            shown = [["" if value is None else str(value) for value in row] for row in drawn["rows"]]
            assert [[cell.removeprefix("'") for cell in row] for row in rows[1:]] == shown
    assert len(house.audited("export")) == 2 * len(names)


async def test_charts_are_given_what_their_tables_show(house: InsightHouse) -> None:
    async with house.analyst as analyst:
        page = (await analyst.get(f"{DASHBOARD}?period=all")).text
    charts = re.findall(r'data-chart="([a-z-]+)"', page)
    assert charts
    for name in charts:
        assert f'data-chart-of="{name}"' in page
    assert page.count('<details class="chart-table">') == len(charts)
    assert "style=" not in page


async def test_there_is_no_such_figure(house: InsightHouse) -> None:
    async with house.analyst as analyst:
        for path in (f"{DASHBOARD}?figure=none&as=csv", f"{JOURNEY}?figure=none&as=csv", "/insights/duties/none"):
            assert (await analyst.get(path)).status_code == 404
        assert (await analyst.get(f"{DASHBOARD}?figure=ratings&as=exe")).status_code == 404


async def test_a_group_of_questions_opens_just_its_questions(house: InsightHouse) -> None:
    async with house.analyst as analyst:
        page = (await analyst.get(f"{QUESTIONS}?period=all")).text
        everything = table_of((await analyst.get(f"{QUESTIONS}?period=all&as=csv")).content)[1:]
        asked = house.database.read_now(
            lambda connection: connection.execute(sa.select(sa.func.count(unanswered_questions.c.id))).scalar_one()
        )
        assert len(everything) == asked > 0
        found = re.findall(r'class="question-count" href="([^"]+)"[^>]*><strong>(\d+)', page)
        assert sum(int(count) for _, count in found) == asked
        for address, count in found:
            group = (await analyst.get(address.replace("&amp;", "&"))).text
            assert group.count("read it</a>") == int(count)


async def test_questions_are_masked_to_who_may_not_see_customers(house: InsightHouse) -> None:
    house.does(sa.update(unanswered_questions).values(text="write to mei.halasz@example.com about the wug"))
    async with house.analyst as analyst, house.supervisor as supervisor:
        masked = [await analyst.get(f"{QUESTIONS}?period=all{form}") for form in ("", "&as=csv")]
        clear = await supervisor.get(f"{QUESTIONS}?period=all")
    assert all("mei.halasz@example.com" not in page.text and "[e-mail]" in page.text for page in masked)
    assert "mei.halasz@example.com" in clear.text


async def test_without_an_engine_it_is_said_that_words_decide(house: InsightHouse) -> None:
    async with house.analyst as analyst:
        assert "Grouped by the words they share" in (await analyst.get(f"{QUESTIONS}?period=all")).text


async def test_an_agents_name_is_in_the_order_of_the_alphabet(house: InsightHouse) -> None:
    async with house.analyst as analyst:
        drawn = (await analyst.get(f"{DASHBOARD}?period=all&figure=csat-by-agent&as=json")).json()
    names = [row[0] for row in drawn["rows"]]
    assert names == sorted(names, key=str.casefold)
