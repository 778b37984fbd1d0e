"""The published reviews as JSON: what is consented to and published, and nothing more of anybody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from starlette.applications import Starlette

from bot.storage.database import Database
from bot.storage.insight_tables import reviews
from bot.storage.tables import surveys
from channels.web.reviews import CACHED_SECONDS, PublishedReviews
from tests.integration.insights.recorded import Recorder

pytestmark = pytest.mark.integration

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
SHOP = "https://shop.example"


class Seconds:
    """A clock that only the test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
async def client(database: Database, seconds: Seconds) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=PublishedReviews(database, frozenset({SHOP}), seconds).routes())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://bot") as client:
        yield client


def publish(database: Database, *texts: str, state: str = "published", language: str = "en") -> None:
    """Reviews, each newer than the one before by a day."""

    def work(connection: Connection) -> None:
        recorder = Recorder(connection)
        recorder._numbers = iter(range(*_fresh(connection)))  # type: ignore[assignment]  # goes on where others ended
        for day, text in enumerate(texts):
            conversation = recorder.conversation(survey="answered", score=5, comment=text)
            recorder.praised(conversation)
            at = START + timedelta(days=day) if state == "published" else None
            values = {"text": text, "state": state, "published_at": at, "language": language}
            own = sa.update(reviews).where(reviews.c.conversation_id == conversation)
            connection.execute(own.values(**values))

    database.write_now(work)


def _fresh(connection: Connection) -> tuple[int, int]:
    known = connection.execute(sa.select(sa.func.count()).select_from(surveys)).scalar_one()
    return known * 1000 + 1, 10**6


async def read(client: httpx.AsyncClient, query: str = "") -> Any:
    answer = await client.get(f"/api/web/reviews{query}")
    assert answer.status_code == 200
    return answer.json()


async def test_a_review_tells_no_more_than_a_first_name(client, database) -> None:
    publish(database, "Splendid.")
    assert await read(client) == {
        "reviews": [{"name": "Mia", "score": 5, "text": "Splendid.", "language": "en", "published_on": "2026-03-02"}],
        "page": 1,
        "pages": 1,
        "count": 1,
    }


@pytest.mark.parametrize("state", ["invited", "consented", "declined", "withdrawn"])
async def test_only_what_is_published_is_served(client, database, state) -> None:
    publish(database, "Splendid.", state=state)
    assert (await read(client))["count"] == 0


async def test_the_newest_come_first_page_by_page(client, database) -> None:
    publish(database, *(f"number {n}" for n in range(5)))
    pages = [await read(client, f"?per_page=2&page={page}") for page in (1, 2, 3, 4)]
    texts = [[review["text"] for review in page["reviews"]] for page in pages]
    assert texts == [["number 4", "number 3"], ["number 2", "number 1"], ["number 0"], []]
    assert {page["pages"] for page in pages} == {3}


async def test_those_in_one_language_can_be_asked_for(client, database) -> None:
    publish(database, "Splendid.")
    publish(database, "Wunderbar.", language="de")
    assert [review["text"] for review in (await read(client, "?language=de"))["reviews"]] == ["Wunderbar."]


async def test_an_answer_is_kept_for_a_minute_and_no_longer(client, database, seconds) -> None:
    assert (await read(client))["count"] == 0
    publish(database, "Splendid.")
    assert (await read(client))["count"] == 0
    seconds.now += CACHED_SECONDS
    assert (await read(client))["count"] == 1


async def test_pages_of_the_shop_may_read_it_and_others_may_not(client) -> None:
    mine = await client.get("/api/web/reviews", headers={"Origin": SHOP})
    assert mine.headers["access-control-allow-origin"] == SHOP
    assert mine.headers["cache-control"] == f"public, max-age={CACHED_SECONDS}"
    assert mine.headers["vary"] == "Origin"
    others = await client.get("/api/web/reviews", headers={"Origin": "https://evil.example"})
    assert (others.status_code, others.json()["error"]["code"]) == (403, "forbidden_origin")
    assert "access-control-allow-origin" not in others.headers


@pytest.mark.parametrize(
    "query", ["?page=0", "?page=x", "?per_page=51", "?per_page=-1", "?page=²", "?language=EN-x", "?page=99999999999"]
)
async def test_a_bad_question_is_answered_in_words(client, query) -> None:
    answer = await client.get(f"/api/web/reviews{query}")
    assert answer.status_code == 400
    assert "must be" in answer.json()["error"]["message"]


async def test_the_script_can_be_loaded_by_any_page(client) -> None:
    answer = await client.get("/widget/reviews.js")
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "bellhop-reviews" in answer.text
