"""What becomes of a survey, and of a conversation, whose messages do not arrive."""

from __future__ import annotations

import random

import pytest
import sqlalchemy as sa

from bot.conversations.couriers import Couriers
from bot.conversations.deliveries import MOST_ATTEMPTS, record_failure, take
from bot.conversations.errors import TransportError
from bot.conversations.models import Draft, Incoming
from bot.insights.ledger import verify
from bot.storage import tables
from tests.support.pigeons import CHANNEL, Deliveries, Pigeon, lost

REFUSED = TransportError("too strange", permanent=True)
BLOCKED = TransportError("Forbidden: bot was blocked", blocked=True)


@pytest.fixture
def pigeon() -> Pigeon:
    return Pigeon()


@pytest.fixture
def post(service) -> Deliveries:
    return Deliveries(service)


@pytest.fixture
def couriers(service, pigeon) -> Couriers:
    return Couriers(service, {CHANNEL: pigeon}, random.Random(3))


async def carry_all(couriers: Couriers) -> None:
    while await couriers.carry_once():
        continue


@pytest.mark.parametrize(
    ("failures", "expected"),
    [([], "asked"), ([lost()], "asked"), ([REFUSED], "undeliverable"), ([BLOCKED], "undeliverable")],
    ids=["delivered", "unknown", "refused", "blocked"],
)
async def test_a_survey_whose_question_is(couriers, pigeon, post, database, failures, expected) -> None:
    talk = await post.hears("7")
    await post.ends(talk)
    pigeon.failures = list(failures)
    await carry_all(couriers)
    assert await post.survey(talk) == expected
    assert not database.read_now(verify).breaches


async def test_a_survey_is_due_while_its_question_is_tried(couriers, pigeon, post, clock) -> None:
    talk = await post.hears("7")
    await post.ends(talk)
    pigeon.failures = [TransportError("broken")] * MOST_ATTEMPTS
    for _ in range(MOST_ATTEMPTS):
        assert await post.survey(talk) == "due"
        await couriers.carry_once()
        clock.forward(minutes=10)
    assert await post.survey(talk) == "undeliverable"


async def test_another_message_that_fails_leaves_the_survey_alone(couriers, pigeon, post) -> None:
    talk = await post.talk("7", "one")
    await post.ends(talk)
    pigeon.failures = [REFUSED]
    await carry_all(couriers)
    assert await post.of(talk) == ["failed", "delivered"]
    assert await post.survey(talk) == "asked"


async def test_a_question_that_can_still_be_read_elsewhere_is_not_given_up(couriers, pigeon, post) -> None:
    talk = await post.hears("7")
    await post.shared_with(talk, "ann", channel="web")
    await post.ends(talk)
    pigeon.failures = [REFUSED]
    await carry_all(couriers)
    assert await post.survey(talk) == "due"


async def test_the_question_asked_once_more_on_another_channel_counts(couriers, pigeon, post) -> None:
    talk = await post.hears("ann", channel="web")
    await post.ends(talk)
    seven = await post.shared_with(talk, "7")
    this = tables.conversations.c.id == talk
    await post.change(sa.update(tables.conversations).where(this).values(channel=CHANNEL, identity_id=seven))
    await post.says(talk, Draft("How was it?", author_kind="system", kind="rating", expects="rating"))
    assert await post.survey(talk) == "due"
    await carry_all(couriers)
    assert await post.survey(talk) == "asked"


async def test_who_has_blocked_us_has_left(service, couriers, pigeon, post, heard, database) -> None:
    pigeon.failures = [BLOCKED]
    talk = await post.talk("7", "one", "two")
    await carry_all(couriers)
    assert len(pigeon.calls) == 1
    assert await post.of(talk) == ["failed", "failed"]
    assert (await service.status(CHANNEL, "7")).state == "ended"
    assert await post.survey(talk) == "exempt"
    assert heard.changes[-1].ended
    assert not database.read_now(verify).breaches


async def test_a_refusal_that_is_older_than_their_last_message_blocks_nobody(
    service, couriers, pigeon, post, clock, database
) -> None:
    talk = await post.talk("7", "one")
    taken = await service.transact(lambda unit: take(unit, CHANNEL, lambda *_: 1, resting=(), most=9))
    (parcel,) = taken.parcels
    clock.forward(seconds=1)
    back = Incoming(CHANNEL, "7", "7:1:99", "hello again", None, "en")
    await service.receive(back)
    late = await service.transact(lambda unit: record_failure(unit, parcel, BLOCKED, random.Random(1)))
    assert late == []
    assert await post.of(talk) == ["waiting"]
    assert (await service.status(CHANNEL, "7")).state == "open"
    clock.forward(minutes=1)
    await carry_all(couriers)
    assert await post.of(talk) == ["delivered"]
    assert not database.read_now(verify).breaches


async def test_where_they_can_be_reached_otherwise_the_conversation_goes_on_there(
    service, couriers, pigeon, post
) -> None:
    pigeon.failures = [BLOCKED]
    talk = await post.talk("7", "one")
    await post.shared_with(talk, "ann", channel="web")
    await carry_all(couriers)
    assert (await service.status("web", "ann")).state == "open"
    await post.says(talk, "two")
    assert await post.of(talk, channel="web") == ["waiting"]
