"""What raters are asked after the comment, on a real database: one question of NPS or CES at most, and never rudely."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from bot.conversations import blocking
from bot.conversations.delivery import Handover
from bot.conversations.errors import Refused
from bot.storage.database import Database
from bot.storage.insight_tables import extra_questions
from bot.storage.tables import conversations, deliveries
from tests.conftest import Clock
from tests.support.raters import Raters

pytestmark = pytest.mark.integration

Make = Callable[..., Raters]


@pytest.fixture
def make(database: Database, clock: Clock, new_id: Callable[[], str]) -> Iterator[Make]:
    """Whatever is asked and answered, the ledger balances."""
    made: list[Raters] = []

    def make(**rules: object) -> Raters:
        made.append(Raters(database, clock, new_id, **rules))
        return made[-1]

    yield make
    assert made[-1].balances()


@pytest.mark.parametrize("comment", ["it was quick", None])
@pytest.mark.parametrize(("kind", "numbers"), [("nps", 11), ("ces", 7)])
async def test_after_the_comment_one_question_more_is_asked(make: Make, kind, numbers, comment) -> None:
    shop = make(**{f"{kind}_percent": 100})
    talk = await shop.rated(shop.wanda, 4, comment)
    question = (await shop.said(talk))[-1]
    assert (question.kind, question.response) == (kind, f"utter_app_{kind}_question")
    values = [one["value"] for one in question.choices]
    assert (len(values), values[-1]) == (numbers, {"nps": "10", "ces": "7"}[kind])
    assert (shop.extra.kind, shop.extra.state, shop.extra.message_id) == (kind, "asked", question.id)
    assert shop.extra.closes_at == shop.survey.closes_at


async def test_nobody_is_asked_before_the_comment_is_given_or_declined(make: Make) -> None:
    shop = make(nps_percent=100)
    await shop.ended(shop.wanda)
    await shop.wanda.types("5")
    assert shop.rows(extra_questions) == []


@pytest.mark.parametrize(("score", "asked"), [(1, 0), (2, 0), (3, 1), (4, 1), (5, 1)])
async def test_whoever_is_unhappy_is_asked_nothing_more(make: Make, score, asked) -> None:
    shop = make(nps_percent=50, ces_percent=50)
    await shop.rated(shop.wanda, score, "that is how it was")
    assert len(shop.rows(extra_questions)) == asked


async def test_where_nobody_wants_them_no_questions_are_asked(make: Make) -> None:
    shop = make()
    await shop.rated(shop.wanda, 5, "splendid")
    assert shop.rows(extra_questions) == []


async def test_a_tap_answers_and_another_changes_it(make: Make) -> None:
    shop = make(nps_percent=100)
    talk = await shop.rated(shop.wanda, 5, "splendid")
    await shop.wanda.taps(await shop.choice(talk, "nps", "0"))
    assert (shop.extra.state, shop.extra.score) == ("answered", 0)
    answered_at = shop.extra.answered_at
    assert (await shop.said(talk))[-1].response == "utter_app_extra_thanks"
    shop.clock.forward(hours=1)
    await shop.wanda.taps(await shop.choice(talk, "nps", "9"))
    await shop.wanda.taps(await shop.choice(talk, "nps", "9"))
    assert (shop.extra.score, shop.extra.answered_at) == (9, answered_at)
    assert [m.response for m in await shop.said(talk)][-2:] == ["utter_app_extra_thanks", "utter_app_extra_changed"]


@pytest.mark.parametrize(
    ("kind", "typed", "score"),
    [("nps", "10", 10), ("nps", "8/10", 8), ("nps", "4", 4), ("nps", "nine out of ten", 9), ("ces", "sieben", 7)],
)
async def test_a_typed_number_counts_for_what_was_asked_last(make: Make, kind, typed, score) -> None:
    shop = make(**{f"{kind}_percent": 100})
    await shop.rated(shop.wanda, 5, "splendid")
    await shop.wanda.types(typed)
    assert (shop.extra.score, shop.survey.score) == (score, 5)
    assert len(shop.rows(conversations)) == 1


async def test_four_out_of_five_still_is_the_rating(make: Make) -> None:
    shop = make(nps_percent=100)
    await shop.rated(shop.wanda, 5, "splendid")
    await shop.wanda.types("4/5")
    assert (shop.extra.state, shop.survey.score) == ("asked", 4)


async def test_a_typed_number_changes_the_answer_too(make: Make) -> None:
    shop = make(ces_percent=100)
    await shop.rated(shop.wanda, 5, "splendid")
    await shop.wanda.types("7")
    await shop.wanda.types("2")
    assert (shop.extra.score, shop.survey.score) == (2, 5)


async def test_whoever_says_no_is_left_alone(make: Make) -> None:
    shop = make(nps_percent=100)
    talk = await shop.rated(shop.wanda, 5, "splendid")
    await shop.wanda.types("no thanks")
    assert shop.extra.state == "asked"
    assert (await shop.said(talk))[-1].response == "utter_app_comment_declined"
    assert len(shop.rows(conversations)) == 1


async def test_anything_else_typed_begins_a_new_conversation_and_the_buttons_stay_good(make: Make) -> None:
    shop = make(nps_percent=100)
    talk = await shop.rated(shop.wanda, 5, "splendid")
    ten = await shop.choice(talk, "nps", "10")
    receipt = await shop.wanda.types("where is my parcel")
    assert receipt.conversation_id != talk
    await shop.wanda.taps(ten)
    assert shop.extra.score == 10


async def test_nobody_is_asked_twice_however_often_they_change_their_mind(make: Make) -> None:
    shop = make(nps_percent=100)
    talk = await shop.rated(shop.wanda, 3, "so so")
    await shop.wanda.types("5/5")
    await shop.wanda.types("4/5")
    assert len([m for m in await shop.said(talk) if m.kind == "nps"]) == 1


async def test_a_question_that_was_read_and_not_answered_expires(make: Make) -> None:
    shop = make(nps_percent=100)
    talk = await shop.rated(shop.wanda, 5, "splendid")
    ten = await shop.choice(talk, "nps", "10")
    await shop.service.record_handover("web", Handover(sent={talk: 99}))
    shop.clock.forward(hours=73)
    assert (await shop.service.close_surveys()).extras == 1
    assert shop.extra.state == "expired"
    with pytest.raises(Refused):
        await shop.wanda.taps(ten)


async def test_a_question_that_nobody_was_handed_is_undeliverable(make: Make) -> None:
    shop = make(nps_percent=100)
    await shop.rated(shop.wanda, 5, "splendid")
    shop.clock.forward(hours=73)
    await shop.service.close_surveys()
    assert shop.extra.state == "undeliverable"


async def test_an_answer_that_is_there_does_not_expire(make: Make) -> None:
    shop = make(nps_percent=100)
    await shop.rated(shop.wanda, 5, "splendid")
    await shop.wanda.types("7")
    shop.clock.forward(hours=73)
    assert (await shop.service.close_surveys()).extras == 0
    assert shop.extra.state == "answered"


async def test_nobody_answers_anothers_question(make: Make) -> None:
    shop = make(nps_percent=100)
    talk = await shop.rated(shop.wanda, 5, "splendid")
    await shop.tom.types("hello")
    with pytest.raises(Refused):
        await shop.tom.taps(await shop.choice(talk, "nps", "10"))


async def test_whoever_blocks_us_before_it_arrives_makes_it_undeliverable_at_once(make: Make) -> None:
    shop = make(nps_percent=100)
    await shop.rated(shop.tom, 5, "splendid")
    failed = sa.select(deliveries.c.state)
    await shop.service.changes(lambda unit: blocking.blocked(unit, "telegram", "42"))
    assert set(shop.database.read_now(lambda c: c.execute(failed).scalars().all())) == {"failed"}
    assert shop.extra.state == "undeliverable"
