"""The page for taking data out: what it shows, what it streams, to whom, and what the audit log knows of it."""

from __future__ import annotations

import csv
import io

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from bot.insights.pages import exports
from bot.staff.models import Role
from bot.storage.tables import customers, messages
from tests.support.insight_house import InsightHouse

PAGE, FILE = "/insights/exports", "/insights/exports/file"
COUNT = 130  # more than a batch


@pytest.fixture
def house(database, clock, new_id) -> InsightHouse:
    house = InsightHouse(database, clock, new_id, features=[exports])
    house.filled(COUNT, days=20)
    house.does(sa.update(customers).values(name="Mei Halasz"))
    house.does(sa.update(messages).values(text="=Mei Halasz, mei@example.com"))
    return house


async def test_the_page_shows_the_columns_with_their_first_rows(house) -> None:
    answer = await house.analyst.get(f"{PAGE}?what=messages&topic=track_order")
    assert answer.status_code == 200
    for said in ("Exports", "latency_seconds", "[e-mail]", "track order", "Download CSV", "Messages of"):
        assert said in answer.text
    assert "Halasz" not in answer.text
    assert f'href="{FILE}?what=messages&amp;as=csv&amp;topic=track_order"' in answer.text


async def test_a_file_is_streamed_whole_and_masked(house) -> None:
    answer = await house.analyst.get(f"{FILE}?what=messages&as=csv&period=all")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="bellhop-messages-')
    assert answer.headers["cache-control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    counted = sa.select(sa.func.count()).select_from(messages)
    assert len(rows) == house.database.read_now(lambda connection: connection.execute(counted).scalar_one())
    assert {row["text"] for row in rows} == {"'=[name], [e-mail]"}
    (line,) = house.audited("export")
    assert line.agent_id == house.person(Role.ANALYST).id
    assert (line.subject, line.details["conversations"], line.details["as"]) == ("messages", COUNT, "csv")
    assert line.details["filter"]["identifiers"] == "masked"


async def test_parquet_comes_whole_and_filtered(house) -> None:
    answer = await house.supervisor.get(f"{FILE}?what=conversations&as=parquet&outcome=confirmed&period=all")
    table = pq.read_table(io.BytesIO(answer.content))
    assert set(table.column("outcome").to_pylist()) == {"confirmed"}
    assert table.num_rows == len([row for row in house.facts() if row.outcome == "confirmed"])
    assert table.schema.metadata[b"Outcome"] == b"confirmed resolved"


async def test_who_may_see_who_customers_are_may_also_take_it_out(house) -> None:
    answer = await house.supervisor.get(f"{FILE}?what=messages&identifiers=shown")
    assert "'=Mei Halasz, mei@example.com" in answer.text
    assert house.audited("export")[-1].details["filter"]["identifiers"] == "shown"
    assert "Mei Halasz" in (await house.supervisor.get(f"{PAGE}?what=messages&identifiers=shown")).text
    for path in (PAGE, FILE):
        refused = await house.analyst.get(f"{path}?what=messages&identifiers=shown")
        assert refused.status_code == 403
        assert "Halasz" not in refused.text
    assert "Who customers are" not in (await house.analyst.get(PAGE)).text
    assert "Mei" not in (await house.supervisor.get(f"{FILE}?what=messages")).text


async def test_who_may_not_take_data_out_gets_nothing(house) -> None:
    for path in (PAGE, FILE):
        assert (await house.agents.get(path)).status_code == 403
        assert (await house.signed_in(None).get(path)).status_code == 303
    assert house.audited("export") == []


async def test_a_filter_that_matches_nothing_says_so_and_gives_a_header(house) -> None:
    answer = await house.analyst.get(f"{PAGE}?channel=pigeon")
    assert "No conversation fits" in answer.text
    assert "Download" not in answer.text
    assert "period=all" in answer.text
    file = await house.analyst.get(f"{FILE}?channel=pigeon")
    assert len(file.content.splitlines()) == 1


async def test_what_makes_no_sense_is_said(house) -> None:
    answer = await house.analyst.get(f"{PAGE}?since=soon")
    assert answer.status_code == 400
    assert "is no day" in answer.text
    refused = await house.analyst.get(f"{FILE}?since=soon")
    assert refused.status_code == 400
    assert "is no day" in refused.text
    for wrong in ("what=customers", "as=xlsx"):
        assert (await house.analyst.get(f"{FILE}?{wrong}")).status_code == 404


async def test_htmx_gets_the_part_that_changes_and_the_address(house) -> None:
    answer = await house.signed_in(Role.ANALYST, htmx=True).get(f"{PAGE}?what=messages&as=parquet&score=1")
    assert answer.headers["hx-push-url"] == f"{PAGE}?what=messages&as=parquet&score=1"
    assert "<main" not in answer.text
    assert "Download Parquet" in answer.text
