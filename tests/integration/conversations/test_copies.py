"""Messages of a conversation that spans channels, shown where the customer is not writing just now."""

from __future__ import annotations

import random

import pytest
import sqlalchemy as sa

from bot.conversations import transcript
from bot.conversations.couriers import Couriers
from bot.conversations.delivery import Handover
from bot.conversations.errors import TransportError
from bot.conversations.models import Reply
from bot.storage import channel_tables, tables
from tests.support.pigeons import CHANNEL, Deliveries, Pigeon, lost

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


@pytest.fixture
async def talk(post) -> str:
    """A conversation on the web in which `7` on Telegram takes part as well."""
    talk = await post.hears("ann", channel="web")
    await post.shared_with(talk, "7")
    return talk


async def carry_all(couriers: Couriers) -> None:
    while await couriers.carry_once():
        continue


async def test_what_we_say_is_shown_on_both_channels(couriers, pigeon, post, talk) -> None:
    await post.says(talk, "one", "two")
    await carry_all(couriers)
    assert pigeon.arrived == ["one", "two"]
    assert {(call.external_identity, call.copy) for call in pigeon.calls} == {("7", True)}
    assert await post.of(talk, "state", "copy", channel="web") == [("waiting", False)] * 2
    assert await post.of(talk, "state", "copy") == [("delivered", True)] * 2


async def test_what_the_bot_answers_is_shown_on_both_channels(engine, worker, service, couriers, pigeon, post) -> None:
    engine.scripted["go on"] = [(Reply("one"), Reply("two"))]
    talk = await post.hears("ann", channel="web")
    await worker.stop(2)
    await post.shared_with(talk, "7")
    await post.hears("ann", "go on", channel="web")
    await worker.stop(2)
    await carry_all(couriers)
    assert pigeon.arrived[-2:] == ["one", "two"]


async def test_where_the_customer_writes_there_is_no_copy(post, talk) -> None:
    this = tables.conversations.c.id == talk
    seven = sa.select(tables.identities.c.id).where(tables.identities.c.external_id == "7").scalar_subquery()
    await post.change(sa.update(tables.conversations).where(this).values(channel=CHANNEL, identity_id=seven))
    await post.says(talk, "one")
    assert await post.of(talk, "copy") == [False]
    assert await post.of(talk, channel="web") == []


async def test_what_the_customer_wrote_can_be_shown_on_the_other_channel(service, couriers, pigeon, post, talk) -> None:
    (own,) = [message for message in await service.messages_after(talk, 0) if message.author_kind == "customer"]
    await service.transact(lambda unit: transcript.copies(unit, talk, [(own.id, own.seq)], channel="web"))
    await post.says(talk, "one")
    await carry_all(couriers)
    assert pigeon.arrived == ["hello", "one"]
    assert [call.message.author_kind for call in pigeon.calls] == ["customer", "system"]


async def test_a_conversation_on_one_channel_has_no_copies(service, post) -> None:
    talk = await post.hears("ann", channel="web")
    (own,) = await service.messages_after(talk, 0)
    await service.transact(lambda unit: transcript.copies(unit, talk, [(own.id, own.seq)], channel="web"))
    await post.says(talk, "one")
    assert await post.of(talk) == []


async def test_who_left_gets_no_copies(post, talk, clock) -> None:
    await post.change(sa.update(channel_tables.participants).values(left_at=clock.now))
    await post.says(talk, "one")
    assert await post.of(talk) == []


async def test_who_is_no_longer_this_customer_gets_no_copies(post, talk) -> None:
    stranger = await post.hears("8")
    owner = sa.select(tables.conversations.c.customer_id).where(tables.conversations.c.id == stranger)
    seven = tables.identities.c.external_id == "7"
    await post.change(sa.update(tables.identities).where(seven).values(customer_id=owner.scalar_subquery()))
    await post.says(talk, "one")
    assert await post.of(talk) == []


async def test_of_two_identities_on_one_channel_the_later_gets_the_copies(couriers, pigeon, post, talk, clock) -> None:
    clock.forward(seconds=1)
    another = await post.hears("9")
    await post.change(_join(talk, another, clock.now))
    nine = sa.select(tables.conversations.c.identity_id).where(tables.conversations.c.id == another).scalar_subquery()
    owner = sa.select(tables.conversations.c.customer_id).where(tables.conversations.c.id == talk).scalar_subquery()
    await post.change(sa.update(tables.identities).where(tables.identities.c.id == nine).values(customer_id=owner))
    await post.says(talk, "one")
    await carry_all(couriers)
    assert {call.external_identity for call in pigeon.calls} == {"9"}


def _join(talk: str, of: str, now) -> sa.Insert:  # type: ignore[no-untyped-def]
    identity = sa.select(
        sa.literal(talk), tables.conversations.c.identity_id, sa.literal(now, type_=tables.UtcDateTime())
    )
    columns = ["conversation_id", "identity_id", "joined_at"]
    return sa.insert(channel_tables.participants).from_select(columns, identity.where(tables.conversations.c.id == of))


async def test_a_copy_that_fails_changes_nothing_else(couriers, pigeon, post, talk) -> None:
    pigeon.failures = [TransportError("too strange", permanent=True)]
    await post.ends(talk)
    await carry_all(couriers)
    assert await post.of(talk) == ["failed"]
    assert await post.survey(talk) == "due"


async def test_a_copy_that_may_be_lost_is_offered_to_nobody(couriers, pigeon, post, talk) -> None:
    pigeon.failures = [lost()]
    await post.says(talk, "one")
    await carry_all(couriers)
    assert await post.of(talk) == ["unknown"]
    assert await post.texts(talk) == ["one"]


async def test_a_question_that_arrived_as_a_copy_was_asked(couriers, pigeon, post, talk) -> None:
    await post.ends(talk)
    await carry_all(couriers)
    assert await post.survey(talk) == "asked"


async def test_who_blocks_us_where_they_are_not_writing_stays_where_they_write(
    service, couriers, pigeon, post, talk, database
) -> None:
    pigeon.failures = [BLOCKED]
    await post.says(talk, "one", "two")
    await carry_all(couriers)
    assert await post.of(talk) == ["failed", "failed"]
    assert len(pigeon.calls) == 1
    seven = sa.select(tables.identities.c.blocked_at).where(tables.identities.c.external_id == "7")
    assert await database.read(lambda connection: connection.execute(seven).scalar_one()) is not None
    assert (await service.status("web", "ann")).state == "open"
    await post.says(talk, "three")
    assert len(await post.of(talk)) == 2


async def test_a_question_read_on_the_web_was_asked_though_it_was_for_another_channel(service, post, talk) -> None:
    this = tables.conversations.c.id == talk
    seven = sa.select(tables.identities.c.id).where(tables.identities.c.external_id == "7").scalar_subquery()
    await post.change(sa.update(tables.conversations).where(this).values(channel=CHANNEL, identity_id=seven))
    await post.ends(talk)
    await service.record_handover("web", Handover(sent={talk: 1}))
    assert await post.survey(talk) == "due"
    await service.record_handover("web", Handover(sent={talk: 2}))
    assert await post.survey(talk) == "asked"
