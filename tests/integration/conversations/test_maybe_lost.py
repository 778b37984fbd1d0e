"""What is said where a message may be lost, and how it is shown again."""

from __future__ import annotations

import random

import pytest
import sqlalchemy as sa

from bot.conversations.couriers import SENDING_IS_STALE_AFTER, Couriers
from bot.conversations.deliveries import MOST_ATTEMPTS
from bot.conversations.errors import TransportError
from bot.conversations.models import Choice, Draft
from bot.conversations.repeats import MAYBE_LOST, SAY_AGAIN, say_again
from bot.storage import tables
from tests.support.pigeons import CHANNEL, Deliveries, Pigeon, cut_off, lost

SHOW_AGAIN = f"{MAYBE_LOST} {{score}}{{contact}}"  # as the tests' phrases are


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


async def payloads(database) -> list[str]:  # type: ignore[no-untyped-def]
    query = sa.select(tables.choices.c.payload).where(tables.choices.c.payload.like(f"{SAY_AGAIN}%"))
    return list(await database.read(lambda connection: connection.execute(query).scalars().all()))


async def test_the_customer_is_told_and_can_have_it_shown_again(couriers, pigeon, post, heard, database) -> None:
    pigeon.failures = [lost()]
    talk = await post.hears("7")
    (first,) = await post.says(talk, "one")
    await carry_all(couriers)
    assert pigeon.arrived == [SHOW_AGAIN]
    assert await payloads(database) == [SAY_AGAIN + first]
    (offer,) = heard.changes[-1].messages
    assert (offer.kind, offer.choices[0]["title"]) == ("notice", "Show it again")


async def test_one_offer_stands_for_all_that_was_lost(service, couriers, pigeon, post, database) -> None:
    pigeon.failures = [lost(), None, lost(), None, lost()]
    talk = await post.hears("7")
    first, *_ = await post.says(talk, "one", "two", "three", "four", "five")
    await carry_all(couriers)
    assert pigeon.arrived == ["two", "four", SHOW_AGAIN]
    again = await service.transact(lambda unit: say_again(unit, talk, first))
    assert [draft.text for draft in again] == ["one", "three", "five"]


async def test_once_the_customer_has_written_another_offer_is_made(couriers, pigeon, post, database) -> None:
    pigeon.failures = [lost()]
    talk = await post.talk("7", "one")
    await carry_all(couriers)
    await post.hears("7", "what now?")
    pigeon.failures = [lost()]
    await post.says(talk, "two")
    await carry_all(couriers)
    assert len(await payloads(database)) == 2


async def test_no_offer_is_made_for_an_offer_or_for_a_mere_notice(couriers, pigeon, post, database) -> None:
    pigeon.failures = [lost(), lost(), lost()]
    talk = await post.talk("7", Draft("one moment", author_kind="system", kind="notice"), "one")
    await carry_all(couriers)
    assert await post.of(talk) == ["unknown", "unknown", "waiting"]
    assert len(await payloads(database)) == 1


async def test_the_offer_itself_is_sent_until_it_is_confirmed(couriers, pigeon, post, clock) -> None:
    pigeon.failures = [lost()] * (2 * MOST_ATTEMPTS)
    talk = await post.talk("7", "one")
    await carry_all(couriers)
    assert await couriers.carry_once() == 0  # not at once again
    for _ in range(2 * MOST_ATTEMPTS):
        clock.forward(minutes=2)
        await carry_all(couriers)
    assert pigeon.arrived == [SHOW_AGAIN]
    assert await post.of(talk) == ["unknown", "delivered"]
    assert [outcome for _, outcome, _ in await post.parts(talk)] == ["unknown", "sent"]


async def test_an_offer_that_was_being_sent_when_we_died_is_sent_again(couriers, pigeon, post, clock) -> None:
    talk = await post.hears("7")
    offer = Draft("lost?", author_kind="system", kind="notice", response=MAYBE_LOST)
    await post.change(cut_off(await post.says(talk, offer)))
    clock.forward(seconds=SENDING_IS_STALE_AFTER.total_seconds())
    await carry_all(couriers)
    assert pigeon.arrived == ["lost?"]
    assert await post.of(talk) == ["delivered"]


async def test_a_notice_that_can_be_answered_is_worth_an_offer(couriers, pigeon, post, new_id, database) -> None:
    pigeon.failures = [lost()]
    undo = Choice(new_id(), "Undo", "app:unlink:1")
    await post.talk("7", Draft("linked", author_kind="system", kind="notice", choices=(undo,)))
    await carry_all(couriers)
    assert len(await payloads(database)) == 1


async def test_who_goes_on_elsewhere_reads_it_there(couriers, pigeon, post, service, database) -> None:
    pigeon.failures = [lost()]
    talk = await post.talk("7", "one")
    ann = await post.shared_with(talk, "ann", channel="web")
    this = tables.conversations.c.id == talk
    await post.change(sa.update(tables.conversations).where(this).values(channel="web", identity_id=ann))
    await carry_all(couriers)
    assert (await post.of(talk))[0] == "unknown"
    assert await payloads(database) == []


async def test_what_failed_for_sure_is_not_offered_again(couriers, pigeon, post, database) -> None:
    pigeon.failures = [TransportError("gone", permanent=True)]
    await post.talk("7", "one")
    await carry_all(couriers)
    assert await payloads(database) == []


async def test_nothing_of_another_conversation_is_shown_again(service, post) -> None:
    mine, other = await post.hears("7"), await post.hears("8")
    (secret,) = await post.says(other, "for nobody else")
    own_words = (await service.messages_after(mine, 0))[0].id
    for unheard_of in (secret, own_words, "no message"):
        assert await service.transact(lambda unit, it=unheard_of: say_again(unit, mine, it)) == []
