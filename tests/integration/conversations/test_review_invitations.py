"""Consent to publish what a delighted customer wrote: asked for once, never assumed, taken back at any time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversations.errors import Refused
from bot.storage.database import Database
from bot.storage.insight_tables import extra_questions, reviews
from bot.storage.shop_tables import shop_customers
from bot.storage.tables import conversations, customers, verifications
from tests.conftest import Clock
from tests.support.raters import Raters

pytestmark = pytest.mark.integration


@pytest.fixture
def shop(database: Database, clock: Clock, new_id: Callable[[], str]) -> Iterator[Raters]:
    """A shop that invites, and would ask everybody else for NPS."""
    shop = Raters(database, clock, new_id, review_invitations=True, nps_percent=100)
    yield shop
    assert shop.balances()


async def test_who_gives_a_five_and_says_why_is_invited_instead_of_asked_more(shop: Raters) -> None:
    talk = await shop.rated(shop.wanda, 5, "splendid, and quick")
    question = (await shop.said(talk))[-1]
    assert (question.kind, question.expects) == ("review", None)  # the plain sentences of tests expect nothing
    assert [one["value"] for one in question.choices] == ["yes", "no"]
    review = shop.review
    assert (review.state, review.score, review.text, review.name) == ("invited", 5, "splendid, and quick", None)
    assert (review.conversation_id, review.survey_id, review.language) == (talk, shop.survey.id, "en")
    assert shop.rows(extra_questions) == []


@pytest.mark.parametrize(("score", "comment"), [(5, None), (4, "good")])
async def test_nobody_else_is_invited(shop: Raters, score, comment) -> None:
    await shop.rated(shop.wanda, score, comment)
    assert shop.rows(reviews) == []
    assert shop.extra.kind == "nps"


async def agreed(shop: Raters) -> tuple[str, str]:
    """The conversation of somebody who has agreed, and the button with which they take it back."""
    talk = await shop.rated(shop.wanda, 5, "splendid")
    await shop.wanda.taps(await shop.choice(talk, "review", "yes"))
    (back,) = (await shop.said(talk))[-1].choices
    return talk, str(back["id"])


async def test_a_yes_is_consent_with_its_time_and_shows_how_to_take_it_back(shop: Raters) -> None:
    talk, _ = await agreed(shop)
    assert (shop.review.state, shop.review.decided_at) == ("consented", shop.clock.now)
    last = (await shop.said(talk))[-1]
    assert (last.response, [one["title"] for one in last.choices]) == ("utter_app_review_agreed", ["Take it back"])


@pytest.mark.parametrize(("typed", "state"), [("yes please", "consented"), ("No, thanks", "declined")])
async def test_a_typed_yes_or_no_counts(shop: Raters, typed, state) -> None:
    await shop.rated(shop.wanda, 5, "splendid")
    await shop.wanda.types(typed)
    assert shop.review.state == state
    assert len(shop.rows(conversations)) == 1


async def test_a_yes_that_comes_much_later_is_about_something_else(shop: Raters) -> None:
    await shop.rated(shop.wanda, 5, "splendid")
    shop.clock.forward(hours=1)
    await shop.wanda.types("yes please")
    assert shop.review.state == "invited"
    assert len(shop.rows(conversations)) == 2


async def test_a_no_is_kept_and_final(shop: Raters) -> None:
    talk = await shop.rated(shop.wanda, 5, "splendid")
    yes = await shop.choice(talk, "review", "yes")
    await shop.wanda.taps(await shop.choice(talk, "review", "no"))
    assert shop.review.state == "declined"
    with pytest.raises(Refused):
        await shop.wanda.taps(yes)


async def test_after_the_window_nobody_agrees_any_more(shop: Raters) -> None:
    talk = await shop.rated(shop.wanda, 5, "splendid")
    yes = await shop.choice(talk, "review", "yes")
    shop.clock.forward(hours=73)
    with pytest.raises(Refused):
        await shop.wanda.taps(yes)
    assert shop.review.state == "invited"


@pytest.mark.parametrize("state", ["consented", "published"])
async def test_consent_is_taken_back_a_year_later_too(shop: Raters, state) -> None:
    talk, back = await agreed(shop)
    publish(shop, state)
    await shop.wanda.types("something new")
    shop.clock.forward(hours=24 * 365)
    await shop.wanda.taps(back)
    assert (shop.review.state, shop.review.published_at, shop.review.published_by) == ("withdrawn", None, None)
    assert "utter_app_review_withdrawn" in [m.response for m in await shop.said(talk)]
    said = len(await shop.said(talk))
    await shop.wanda.taps(back)
    assert len(await shop.said(talk)) == said


@pytest.mark.parametrize(
    ("before", "after"), [("invited", "declined"), ("consented", "withdrawn"), ("published", "withdrawn")]
)
async def test_who_thinks_less_of_us_by_now_is_not_shown_as_delighted(shop: Raters, before, after) -> None:
    talk = await shop.rated(shop.wanda, 5, "splendid")
    if before != "invited":
        await shop.wanda.taps(await shop.choice(talk, "review", "yes"))
        publish(shop, before)
    await shop.wanda.taps(await shop.choice(talk, "rating", "2"))
    assert shop.review.state == after


async def test_nobody_agrees_for_another(shop: Raters) -> None:
    talk = await shop.rated(shop.wanda, 5, "splendid")
    yes = await shop.choice(talk, "review", "yes")
    await shop.tom.types("hello")
    with pytest.raises(Refused):
        await shop.tom.taps(yes)


async def test_the_name_is_the_first_name_kept_with_them(shop: Raters) -> None:
    await shop.wanda.types("hello")
    write(shop, sa.update(customers).values(name="Wanda Maximoff"))
    await shop.rated(shop.wanda, 5, "splendid")
    assert shop.review.name == "Wanda"


@pytest.mark.parametrize(("level", "name"), [("verified", "Mia"), ("matched", None)])
async def test_the_name_is_of_whom_they_have_proven_to_be(shop: Raters, level, name) -> None:
    talk = (await shop.wanda.types("hello")).conversation_id
    at = datetime(2026, 1, 1, tzinfo=UTC)
    mia = {"id": "mia", "first_name": "Mia", "last_name": "Li", "email": "m@x.example", "email_key": "m@x.example"}
    write(shop, sa.insert(shop_customers).values(**mia, address={}, since=at))
    proof = {"id": "v", "shop_customer_id": "mia", "method": "one_time_code", "granted_at": at}
    until = at + timedelta(hours=1)
    write(shop, sa.insert(verifications).values(**proof, conversation_id=talk, level=level, expires_at=until))
    await shop.rated(shop.wanda, 5, "splendid")
    assert shop.review.name == name


def publish(shop: Raters, state: str) -> None:
    at = shop.clock.now if state == "published" else None
    write(shop, sa.update(reviews).values(state=state, published_at=at))


def write(shop: Raters, statement: Any) -> None:
    shop.database.write_now(lambda connection: connection.execute(statement))
