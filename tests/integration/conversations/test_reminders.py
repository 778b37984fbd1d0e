"""One gentle reminder of a rating that was not given: to whom, when, and never twice, on real databases."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.conversations import blocking
from bot.conversations.delivery import Handover
from bot.conversations.sweeper import Sweeper
from bot.storage.database import Database
from bot.storage.tables import conversations, surveys
from tests.conftest import Clock
from tests.support.raters import Raters

pytestmark = pytest.mark.integration

REMINDED = "utter_app_rating_reminder"


@pytest.fixture
def shop(database: Database, clock: Clock, new_id: Callable[[], str]) -> Iterator[Raters]:
    shop = Raters(database, clock, new_id, survey_reminder=timedelta(hours=20))
    yield shop
    assert shop.balances()


async def asked_on_telegram(shop: Raters) -> str:
    """Tom's question has gone out to him; his conversation."""
    talk = await shop.ended(shop.tom)
    asked = sa.update(surveys).values(state="asked", asked_at=shop.clock.now)
    shop.database.write_now(lambda connection: connection.execute(asked))
    return talk


async def reminders(shop: Raters, talk: str) -> int:
    return [message.response for message in await shop.said(talk)].count(REMINDED)


async def test_who_has_not_rated_is_reminded_once_with_the_scores(shop: Raters) -> None:
    talk = await asked_on_telegram(shop)
    shop.clock.forward(hours=19)
    assert await shop.service.remind() == 0
    shop.clock.forward(hours=1)
    assert await shop.service.remind() == 1
    assert await shop.service.remind() == 0
    last = (await shop.said(talk))[-1]
    assert (last.response, [one["value"] for one in last.choices]) == (REMINDED, ["1", "2", "3", "4", "5"])
    assert shop.survey.reminded_at == shop.clock.now
    await shop.tom.rates(last.choices[3]["id"])
    assert shop.survey.score == 4


async def test_a_typed_score_after_the_reminder_counts_as_well(shop: Raters) -> None:
    await asked_on_telegram(shop)
    shop.clock.forward(hours=21)
    await shop.service.remind()
    await shop.tom.types("5")
    assert (shop.survey.state, shop.survey.score) == ("answered", 5)


async def test_where_nobody_wants_it_nobody_is_reminded(database, clock, new_id) -> None:
    shop = Raters(database, clock, new_id)
    await asked_on_telegram(shop)
    shop.clock.forward(hours=70)
    assert await shop.service.remind() == 0


async def test_never_after_an_answer(shop: Raters) -> None:
    talk = await asked_on_telegram(shop)
    await shop.tom.types("3")
    shop.clock.forward(hours=30)
    assert (await shop.service.remind(), await reminders(shop, talk)) == (0, 0)


async def test_never_once_its_time_is_over(shop: Raters) -> None:
    await asked_on_telegram(shop)
    shop.clock.forward(hours=72)
    assert await shop.service.remind() == 0


async def test_on_the_website_the_open_question_is_seen_and_nothing_is_sent(shop: Raters) -> None:
    talk = await shop.ended(shop.wanda)
    await shop.service.record_handover("web", Handover(sent={talk: 99}))
    shop.clock.forward(hours=30)
    assert await shop.service.remind() == 0
    assert shop.survey.reminded_at is None
    await shop.wanda.taps(await shop.choice(talk, "rating", "5"))
    assert shop.survey.score == 5


async def test_a_question_that_never_went_out_is_not_reminded_of(shop: Raters) -> None:
    await shop.ended(shop.tom)
    shop.clock.forward(hours=30)
    assert await shop.service.remind() == 0


async def test_who_has_blocked_us_is_not_reminded(shop: Raters) -> None:
    await asked_on_telegram(shop)
    await shop.service.changes(lambda unit: blocking.blocked(unit, "telegram", "42"))
    shop.clock.forward(hours=30)
    assert (await shop.service.remind(), shop.survey.state) == (0, "asked")


async def test_who_has_begun_something_new_is_not_disturbed(shop: Raters) -> None:
    await asked_on_telegram(shop)
    await shop.tom.types("where is my parcel")
    shop.clock.forward(hours=30)
    assert await shop.service.remind() == 0


async def test_two_processes_remind_once(shop: Raters, clock: Clock, new_id: Callable[[], str]) -> None:
    talk = await asked_on_telegram(shop)
    shop.clock.forward(hours=21)
    second = Database(shop.database.url)
    try:
        other = Raters(second, clock, new_id, survey_reminder=timedelta(hours=20))
        sent = await asyncio.gather(*(process.service.remind() for process in (shop, other) * 4))
    finally:
        second.close()
    assert (sum(sent), await reminders(shop, talk)) == (1, 1)


async def test_the_sweep_reminds(shop: Raters) -> None:
    talk = await asked_on_telegram(shop)
    shop.clock.forward(hours=21)
    await Sweeper(shop.service, every_seconds=1).sweep()
    assert await reminders(shop, talk) == 1


async def test_a_conversation_that_was_emptied_is_not_written_in(shop: Raters) -> None:
    await asked_on_telegram(shop)
    emptied = sa.update(conversations).values(emptied_at=shop.clock.now)
    shop.database.write_now(lambda connection: connection.execute(emptied))
    shop.clock.forward(hours=21)
    assert await shop.service.remind() == 0
