"""The page on which reviews are read, published and taken down, and what becomes of them on the shop's pages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.insights.pages import publishing
from bot.staff.models import Role
from bot.storage.database import Database
from bot.storage.insight_tables import reviews
from tests.conftest import Clock
from tests.integration.insights.recorded import Recorder
from tests.support.beside import Other, until_somebody_waits
from tests.support.insight_house import InsightHouse

pytestmark = pytest.mark.integration

HERE = "/insights/reviews"


@pytest.fixture
def house(database: Database, clock: Clock, new_id: Callable[[], str]) -> InsightHouse:
    return InsightHouse(database, clock, new_id, features=[publishing])


def review(house: InsightHouse, text: str = "Splendid, and quick.", state: str = "consented", count: int = 1) -> str:
    """Somebody's review; its id."""

    def work(connection: Connection) -> str:
        recorder = Recorder(connection)
        for _ in range(count):
            conversation = recorder.conversation(survey="answered", score=5, comment=text)
            recorder.praised(conversation)
        values: dict[str, Any] = {"text": text, "state": state}
        if state != "published":
            values["published_at"] = None
        connection.execute(sa.update(reviews).values(**values))
        return str(connection.execute(sa.select(reviews.c.id).order_by(reviews.c.id).limit(1)).scalar_one())

    return house.database.write_now(work)


def stored(house: InsightHouse) -> Any:
    return house.database.read_now(lambda connection: connection.execute(sa.select(reviews)).one())


async def test_what_was_agreed_to_waits_to_be_read(house) -> None:
    review(house)
    page = (await house.analyst.get(HERE)).text
    assert "Splendid, and quick." in page
    assert "1 were asked, 1 agreed" in page


async def test_publishing_says_who_and_when_and_is_in_the_audit_log(house, clock) -> None:
    one = review(house)
    answer = await house.signed_in(Role.ANALYST, htmx=True).post(f"{HERE}/{one}/publish", data={"list": "waiting"})
    assert answer.status_code == 200
    assert "Nothing waits to be read" in answer.text
    row = stored(house)
    assert (row.state, row.published_at, row.published_by) == ("published", clock.now, house.person(Role.ANALYST).id)
    (line,) = house.audited("review_published")
    assert (line.subject, line.conversation_id) == (one, row.conversation_id)
    assert "Ana Lyst" in (await house.analyst.get(f"{HERE}?list=published")).text


async def test_without_htmx_the_page_is_led_back_to(house) -> None:
    one = review(house)
    answer = await house.analyst.post(f"{HERE}/{one}/publish", data={"list": "waiting"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{HERE}?list=waiting")


async def test_taken_down_it_may_be_published_again(house) -> None:
    one = review(house, state="published")
    await house.analyst.post(f"{HERE}/{one}/take-down")
    row = stored(house)
    assert (row.state, row.published_at, row.published_by) == ("consented", None, None)
    await house.analyst.post(f"{HERE}/{one}/publish")
    assert stored(house).state == "published"


@pytest.mark.parametrize("state", ["invited", "declined", "withdrawn"])
async def test_without_consent_nothing_is_published(house, state) -> None:
    one = review(house, state=state)
    answer = await house.signed_in(Role.ANALYST, htmx=True).post(f"{HERE}/{one}/publish")
    assert answer.status_code == 409
    assert "taken their consent back" in answer.text
    assert stored(house).state == state


async def test_the_words_of_who_took_them_back_are_shown_to_nobody(house) -> None:
    review(house, state="withdrawn")
    page = (await house.supervisor.get(f"{HERE}?list=withdrawn")).text
    assert "Splendid" not in page
    assert "took their consent back" in page


async def test_what_tells_who_somebody_is_is_masked_and_not_published(house) -> None:
    one = review(house, "Great! Write to me: mia@mail.example")
    page = (await house.analyst.get(HERE)).text
    assert "mia@mail.example" not in page
    assert "cannot be published" in page
    answer = await house.signed_in(Role.ADMIN, htmx=True).post(f"{HERE}/{one}/publish")
    assert answer.status_code == 409
    assert stored(house).state == "consented"


async def test_agents_and_strangers_have_no_business_here(house) -> None:
    one = review(house)
    assert (await house.agents.get(HERE)).status_code == 403
    assert (await house.agents.post(f"{HERE}/{one}/publish")).status_code == 403
    assert (await house.signed_in(None).get(HERE)).status_code == 303
    assert stored(house).state == "consented"


async def test_hostile_words_stay_words(house) -> None:
    review(house, "<script>alert(1)</script> & so on")
    page = (await house.analyst.get(HERE)).text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; so on" in page


async def test_many_are_shown_page_by_page(house) -> None:
    review(house, count=27)
    first, second = [(await house.analyst.get(f"{HERE}?page={number}")).text for number in (1, 2)]
    assert (first.count('class="panel todo"'), second.count('class="panel todo"')) == (25, 2)


@pytest.mark.parametrize("query", ["?list=nonsense", "?page=-1", "?page=x", "?page=9999", "?page=²"])
async def test_odd_addresses_show_what_there_is(house, query) -> None:
    assert (await house.analyst.get(HERE + query)).status_code == 200


async def test_a_review_that_is_gone_is_said_to_be(house) -> None:
    answer = await house.signed_in(Role.ANALYST, htmx=True).post(f"{HERE}/none/publish")
    assert (answer.status_code, "no such review" in answer.text) == (409, True)


async def test_a_consent_that_is_taken_back_at_that_moment_is_not_said_to_be_published(house) -> None:
    if house.database.is_sqlite:
        pytest.skip("SQLite has one writer: nobody decides at the same moment")
    one = review(house)
    taken_back = sa.update(reviews).values(state="withdrawn")
    customer = Other(house.database, lambda connection: connection.execute(taken_back))
    browser = house.signed_in(Role.ANALYST, htmx=True)
    publishing_it = asyncio.create_task(browser.post(f"{HERE}/{one}/publish", data={"list": "waiting"}))
    await until_somebody_waits(house.database, publishing_it)
    await asyncio.to_thread(customer.finish)
    answer = await publishing_it
    assert (answer.status_code, "taken their consent back" in answer.text) == (409, True)
    assert stored(house).state == "withdrawn"
    assert house.audited("review_published") == []
