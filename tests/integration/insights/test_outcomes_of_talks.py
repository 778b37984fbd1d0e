"""Outcomes as conversations go on, end, and are spoken of afterwards."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.storage.article_tables import article_showings
from bot.storage.database import Database
from bot.storage.tables import callbacks
from tests.integration.insights.lived import Life, digest_of, facts

pytestmark = pytest.mark.integration


@pytest.fixture
def life(database: Database, clock) -> Life:
    return Life(database, clock)


async def test_who_comes_back_for_the_same_reopens_what_ended_and_not_what_is_another(database, clock, life) -> None:
    digest = digest_of(database, clock)
    customer = life.customer()
    first = life.lived(customer)
    life.rates(first, 5)
    other = life.lived(life.customer())
    await digest.catch_up()
    assert facts(database, first).outcome == "confirmed"

    clock.forward(days=6)
    again = life.begins(customer)
    life.says(again, "hello", "greet", "utter_greet")
    await digest.catch_up()
    assert facts(database, first).outcome == "confirmed"  # nobody knows yet what it is about
    life.says(again, "it is still not there", "track_order", "utter_order_late")
    clock.forward(seconds=1)
    await digest.catch_up()
    row = facts(database, first)
    assert (row.outcome, row.reopened_by, row.score) == ("reopened", again, 5)
    assert facts(database, other).outcome == "assumed"


@pytest.mark.parametrize(("intent", "days"), [("cancel_order", 1), ("track_order", 8), ("greet", 1)])
async def test_another_topic_or_a_later_week_reopens_nothing(database, clock, life, intent: str, days: int) -> None:
    digest = digest_of(database, clock)
    customer = life.customer()
    first = life.lived(customer)
    await digest.catch_up()
    clock.forward(days=days)
    life.lived(customer, intent)
    await digest.catch_up()

    assert facts(database, first).outcome == "assumed"


async def test_small_talk_twice_is_not_the_same_topic(database, clock, life) -> None:
    customer = life.customer()
    first = life.lived(customer, "greet")
    life.lived(customer, "greet")
    await digest_of(database, clock).catch_up()

    assert facts(database, first).outcome == "assumed"


async def test_handing_over_and_what_a_person_says(database, clock, life) -> None:
    digest = digest_of(database, clock)
    talk = life.begins(life.customer())
    life.says(talk, "a person please", "human", "utter_handoff_asked")
    await digest.catch_up()
    clock.forward(minutes=1)
    handoff = life.asks_for_a_person(talk)
    assert await digest.catch_up() == 1
    assert (facts(database, talk).handed_off, facts(database, talk).handoff_reason) == (True, "asked")
    clock.forward(minutes=3)
    agent = life.agent()
    life.agent_says(talk, handoff, agent, "Robin here")
    await digest.catch_up()
    row = facts(database, talk)
    assert (row.owner, row.agent_id, row.person_seconds, row.agent_messages) == ("agent", agent, 180.0, 1)
    assert row.steps == ["person", "to a person", "a person answered"]
    life.ends(talk)
    life.rates(talk, 5)
    clock.forward(seconds=1)
    await digest.catch_up()
    assert facts(database, talk).outcome == "handed_off"


async def test_a_wish_for_a_person_that_was_taken_back_hands_nothing_over(database, clock, life) -> None:
    digest = digest_of(database, clock)
    talk = life.lived(life.customer())
    handoff = life.asks_for_a_person(talk)
    await digest.catch_up()
    assert facts(database, talk).outcome == "handed_off"
    clock.forward(minutes=1)
    life.withdraws(talk, handoff)
    await digest.catch_up()
    assert (facts(database, talk).outcome, facts(database, talk).handed_off) == ("assumed", False)


async def test_a_promised_answer_hands_over(database, clock, life) -> None:
    talk = life.lived(life.customer())
    promise = {"id": "p1", "conversation_id": talk, "reason": "delay", "state": "open", "created_at": clock()}
    database.write_now(lambda connection: connection.execute(sa.insert(callbacks).values(**promise)))
    await digest_of(database, clock).catch_up()

    assert (facts(database, talk).outcome, facts(database, talk).handoff_reason) == ("handed_off", "delay")


async def test_an_article_that_helped_confirms_unless_something_is_asked_after_it(database, clock, life) -> None:
    digest = digest_of(database, clock)
    helped, went_on = life.begins(life.customer()), life.begins(life.customer())
    for talk in (helped, went_on):
        message = life.says(talk, "returns?", "policy_question", "utter_article")
        shown = {"id": f"w{talk}", "conversation_id": talk, "message_id": message, "slug": "returns", "language": "en"}
        row = {**shown, "passage": "", "shown_at": clock()}
        database.write_now(lambda connection, row=row: connection.execute(sa.insert(article_showings).values(**row)))
    await digest.catch_up()
    clock.forward(minutes=1)
    judged = sa.update(article_showings).values(helpful=True, judged_at=clock())
    database.write_now(lambda connection: connection.execute(judged))
    assert await digest.catch_up() == 2
    clock.forward(minutes=1)
    life.says(went_on, "and my order?", "track_order", "utter_order_late")
    for talk in (helped, went_on):
        life.ends(talk)
    await digest.catch_up()

    assert (facts(database, helped).outcome, facts(database, helped).helpful) == ("confirmed", 1)
    assert facts(database, went_on).outcome == "assumed"


async def test_nothing_asked_is_abandoned(database, clock, life) -> None:
    talk = life.begins(life.customer())
    life.ends(talk, survey="exempt")
    await digest_of(database, clock).catch_up()

    assert (facts(database, talk).outcome, facts(database, talk).asked) == ("abandoned", False)
