"""A conversation as the CX team reads it: all that was said and made of it, masked for those who need not know who."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.staff.models import Role
from bot.storage.article_tables import article_showings
from bot.storage.database import Database
from bot.storage.insight_tables import conversation_facts, extra_questions
from bot.storage.tables import conversations, customers, deliveries, follow_ups, messages, surveys
from tests.conftest import Clock
from tests.support.insight_house import InsightHouse

pytestmark = pytest.mark.integration
LIST = "/insights/conversations"


@pytest.fixture
def house(database: Database, clock: Clock, new_id: Callable[[], str]) -> InsightHouse:
    return InsightHouse(database, clock, new_id)


def one_where(house: InsightHouse, *conditions: sa.ColumnElement[bool]) -> str:
    return str(house.facts(*conditions)[0].conversation_id)


async def test_beside_what_was_said_stands_what_was_understood_and_done(house: InsightHouse) -> None:
    house.filled(60)
    talk = one_where(house, conversation_facts.c.topic == "track_order")
    async with house.supervisor as browser:
        page = (await browser.get(f"{LIST}/{talk}")).text
    for words in (
        "where is my order #W1234567?",
        "It is on its way and comes tomorrow.",
        "Track order",
        "Order number",
        "42 ms to understand",
        "12 ms of actions",
        "Seen",
    ):
        assert words in page, words
    assert [line.conversation_id for line in house.audited("conversation_read")] == [talk]


async def test_who_need_not_know_sees_no_name_number_or_address(house: InsightHouse) -> None:
    house.filled(60)
    talk = one_where(house, conversation_facts.c.handed_off.is_(True))
    house.does(sa.update(customers).values(name="Mei Halasz"))
    house.does(
        sa.update(messages)
        .where(messages.c.author_kind == "agent")
        .values(text="Hello Mei, is +44 20 7946 0991 right?")
    )
    house.does(sa.update(surveys).values(comment="write to mei.halasz@example.com", score=1, state="answered"))
    async with house.supervisor as browser:
        clear = (await browser.get(f"{LIST}/{talk}")).text
    async with house.analyst as browser:
        masked = (await browser.get(f"{LIST}/{talk}")).text
    for words in ("Mei Halasz", "mei.halasz@example.com", "7946"):
        assert words in clear
        assert words not in masked
    assert "Hello [name]" in masked
    assert "<bdi>Robin Hale</bdi> took it" in masked
    assert "/desk/c/" in clear
    assert "/desk/c/" not in masked


async def test_edits_deliveries_articles_and_the_survey_are_told(house: InsightHouse) -> None:
    house.filled(60)
    talk = one_where(house, conversation_facts.c.topic == "shipping")
    of_it = messages.c.conversation_id == talk
    house.does(
        sa.update(messages)
        .where(of_it, messages.c.seq == 1)
        .values(edited_text="do you ship to Sweden?", edited_at=house.clock())
    )
    house.does(
        sa.update(deliveries)
        .where(deliveries.c.conversation_id == talk)
        .values(state="failed", error="the chat was not found")
    )
    house.does(sa.update(article_showings).values(helpful=False, judged_at=house.clock()))
    survey = house.database.read_now(
        lambda connection: connection.execute(sa.select(surveys.c.id).where(surveys.c.conversation_id == talk)).scalar()
    )
    house.does(
        sa.update(surveys).where(surveys.c.id == survey).values(score=2, state="answered", comment="No", about="agent")
    )
    now = house.clock()
    house.does(
        sa.insert(extra_questions).values(
            id="x",
            survey_id=survey,
            kind="nps",
            state="answered",
            score=3,
            asked_at=now,
            answered_at=now,
            closes_at=now,
        )
    )
    house.does(
        sa.insert(follow_ups).values(
            id="f",
            survey_id=survey,
            conversation_id=talk,
            state="closed",
            outcome="put_right",
            created_at=now,
            closed_at=now,
        )
    )
    async with house.supervisor as browser:
        page = (await browser.get(f"{LIST}/{talk}")).text
    for words in (
        *("do you ship to Sweden?", "do you ship to Norway?", "edited", "Not delivered", "the chat was not found"),
        *("shipping-abroad", "did not help", "of 5, for our people", "Would recommend us", "<strong>3</strong> of 10"),
        "put right",
    ):
        assert words in page, words


async def test_next_and_previous_follow_the_list_that_it_was_opened_from(house: InsightHouse) -> None:
    house.filled(60)
    query = "topic=returns&topic=payment&sort=score"
    async with house.analyst as browser:
        listed = re.findall(rf'data-walk href="({LIST}/[^"]+)"', (await browser.get(f"{LIST}?{query}")).text)
        following, seen = html.unescape(listed[0]), list[str]()
        while following and len(seen) < 60:
            seen.append(following)
            page = (await browser.get(following)).text
            found = re.search(r'rel="next" data-key="n" href="([^"]+)"', page)
            following = html.unescape(found[1]) if found else ""
        assert seen == [html.unescape(one) for one in listed]
        back = re.search(r'rel="prev" data-key="p" href="([^"]+)"', page)
        assert back
        assert html.unescape(back[1]) == seen[-2]


async def test_what_is_not_there_is_said_in_words(house: InsightHouse) -> None:
    async with house.analyst as browser:
        for path in ("0" * 32, "no;thing", "x" * 400):
            answer = await browser.get(f"{LIST}/{path}")
            assert answer.status_code == 404
        answer = await browser.get(f"{LIST}/{'0' * 32}")
    assert "There is no such conversation. It may have been deleted" in answer.text


async def test_of_a_deleted_customer_nothing_is_left_but_that_and_the_counts(house: InsightHouse) -> None:
    (talk,) = house.filled(1)
    now = house.clock()
    house.does(sa.update(conversations).values(emptied_at=now))
    house.does(sa.update(customers).values(erased_at=now, name=None))
    house.does(sa.update(messages).values(text=""))
    async with house.supervisor as browser:
        answer = await browser.get(f"{LIST}/{talk}")
    assert answer.status_code == 200
    assert "since the customer wished to be forgotten" in answer.text
    assert "What came of it" in answer.text


async def test_one_that_is_not_counted_yet_can_be_read(house: InsightHouse) -> None:
    (talk,) = house.filled(1)
    house.does(sa.delete(conversation_facts))
    async with house.analyst as browser:
        answer = await browser.get(f"{LIST}/{talk}?since=nonsense")
    assert answer.status_code == 200
    assert "Nothing is counted of it yet" in answer.text


async def test_tags_are_set_and_taken_away(house: InsightHouse) -> None:
    (talk,) = house.filled(1)
    async with house.signed_in(Role.ANALYST, htmx=True) as browser:
        part = await browser.post(f"{LIST}/{talk}/tags", data={"tag": "#Look At  Me"})
        assert "<bdi>look at me</bdi>" in part.text
        assert '<option value="look at me">' in (await browser.get(f"{LIST}/{talk}/tags?tag=look")).text
        assert (await browser.post(f"{LIST}/{talk}/tags", data={"tag": "!"})).status_code == 409
        assert "look at me" not in (await browser.post(f"{LIST}/{talk}/untag", data={"tag": "look at me"})).text
        assert (await browser.post(f"{LIST}/{'0' * 32}/tags", data={"tag": "x"})).status_code == 404
    assert [line.subject for line in house.audited("tag")] == ["look at me"]


async def test_each_reviewer_judges_once_and_the_average_is_shown(house: InsightHouse) -> None:
    (talk,) = house.filled(1)
    path = f"{LIST}/{talk}/qa"
    async with house.signed_in(Role.ANALYST, htmx=True) as browser:
        assert (await browser.post(path, data={"note": " "})).status_code == 400
        assert (await browser.post(path, data={"tone": "2", "note": "x" * 5000})).status_code == 400
        await browser.post(path, data={"tone": "0", "right": "0"})
        mine = await browser.post(path, data={"tone": "2", "right": "1", "policy": "7", "note": "Kind"})
        assert "75 %" in mine.text
        assert (await browser.post(f"{LIST}/{'0' * 32}/qa", data={"tone": "2"})).status_code == 404
    async with house.signed_in(Role.SUPERVISOR, htmx=True) as browser:
        both = (await browser.post(path, data={"tone": "1"})).text
    assert "average of 2 judgements" in both
    assert "62 %" in both
    assert "Ana Lyst" in both
    assert "Kind" in both
    async with house.signed_in(Role.ANALYST, htmx=True) as browser:
        assert "average of 1 judgement" in (await browser.post(f"{path}/delete")).text
    assert len(house.audited("qa_review")) == 3


async def test_long_conversations_are_read_in_parts(house: InsightHouse) -> None:
    (talk,) = house.filled(1)
    start = house.clock()
    rows = [
        {
            "id": f"long{number}",
            "conversation_id": talk,
            "seq": number,
            "channel": "web",
            "author_kind": "bot",
            "kind": "text",
            "text": f"number {number}!",
            "created_at": start + timedelta(seconds=number),
        }
        for number in range(100, 600)
    ]
    house.does(sa.insert(messages).values(rows))
    async with house.analyst as browser:
        page = (await browser.get(f"{LIST}/{talk}")).text
        assert "number 599!" in page
        assert "number 101!" not in page
        earlier = re.search(rf'href="({LIST}/{talk}\?before=\d+)"', page)
        assert earlier
        assert "number 101!" in (await browser.get(earlier[1])).text
