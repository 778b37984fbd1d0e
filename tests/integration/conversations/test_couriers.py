"""What couriers take, in which order, and what becomes of it, over a channel that fails in every way."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.conversations.couriers import SENDING_IS_STALE_AFTER, Couriers
from bot.conversations.deliveries import MOST_ATTEMPTS, admit_unknown, record_sent, take
from bot.conversations.errors import TransportError
from bot.conversations.models import Draft
from bot.storage import tables
from tests.support.pigeons import CHANNEL, Deliveries, Pigeon, cut_off, lost


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


async def test_messages_of_a_conversation_are_carried_in_order(couriers, pigeon, post) -> None:
    talk = await post.talk("7", "one", "two")
    await carry_all(couriers)
    assert pigeon.arrived == ["one", "two"]
    assert await post.of(talk) == ["delivered", "delivered"]


async def test_a_failed_message_is_retried_before_the_next_goes_out(couriers, pigeon, post, clock) -> None:
    pigeon.failures = [TransportError("down")]
    talk = await post.talk("7", "one", "two")
    await couriers.carry_once()
    assert await couriers.carry_once() == 0
    assert await post.of(talk) == ["waiting", "waiting"]
    clock.forward(seconds=10)
    await carry_all(couriers)
    assert pigeon.arrived == ["one", "two"]


async def test_the_channels_own_pause_is_kept_also_by_the_process_after_this_one(
    service, couriers, pigeon, post, clock
) -> None:
    pigeon.failures = [TransportError("slow down", retry_after=60)]
    await post.talk("7", "one")
    await couriers.carry_once()
    assert pigeon.pace.pauses == {"7": 60}
    after = Couriers(service, {CHANNEL: pigeon}, random.Random(3))
    clock.forward(seconds=59)
    assert await after.carry_once() == 0
    clock.forward(seconds=20)
    assert await after.carry_once() == 1


async def test_what_the_channel_only_puts_off_is_never_given_up(couriers, pigeon, post, clock) -> None:
    pigeon.failures = [TransportError("slow down", retry_after=5)] * (MOST_ATTEMPTS + 3)
    talk = await post.talk("7", "one")
    for _ in range(MOST_ATTEMPTS + 4):
        await couriers.carry_once()
        clock.forward(seconds=10)
    assert await post.of(talk) == ["delivered"]


async def test_after_many_errors_a_message_is_given_up_and_the_next_goes_on(couriers, pigeon, post, clock) -> None:
    pigeon.failures = [TransportError("broken")] * MOST_ATTEMPTS
    talk = await post.talk("7", "one", "two")
    for _ in range(MOST_ATTEMPTS):
        assert pigeon.arrived == []
        await couriers.carry_once()
        clock.forward(minutes=10)
    await carry_all(couriers)
    assert await post.of(talk) == ["failed", "delivered"]
    assert pigeon.arrived == ["two"]


async def test_a_message_that_may_be_lost_is_never_sent_again(couriers, pigeon, post, clock) -> None:
    pigeon.failures = [lost()]
    talk = await post.talk("7", "one", "two")
    await carry_all(couriers)
    clock.forward(hours=1)
    await carry_all(couriers)
    assert pigeon.arrived[0] == "two"
    assert "one" not in pigeon.arrived
    assert (await post.of(talk))[:2] == ["unknown", "delivered"]


async def test_an_error_nobody_thought_of_is_not_known_to_be_unsent(couriers, pigeon, post) -> None:
    pigeon.failures = [ValueError("a fault of ours")]
    talk = await post.talk("7", "one", "two")
    await carry_all(couriers)
    assert await post.of(talk, "state", "error") == [
        ("unknown", "ValueError"),
        ("delivered", None),
        ("delivered", None),
    ]


async def test_a_message_that_cannot_be_rendered_fails_without_a_call(couriers, pigeon, post) -> None:
    talk = await post.talk("7", "not to be rendered", "two")
    await carry_all(couriers)
    assert await post.of(talk) == ["failed", "delivered"]
    assert pigeon.arrived == ["two"]


async def test_what_was_being_sent_when_we_died_is_not_known(couriers, pigeon, post, clock) -> None:
    talk = await post.hears("7")
    first, _ = await post.says(talk, "one", "two")
    await post.change(cut_off([first]))
    clock.forward(seconds=SENDING_IS_STALE_AFTER.total_seconds())
    await carry_all(couriers)
    assert (await post.of(talk))[:2] == ["unknown", "delivered"]
    assert pigeon.arrived[0] == "two"


async def test_another_process_is_given_the_time_to_end_its_call(couriers, pigeon, post, clock, database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has one process: what was under way died with the one before")
    talk = await post.hears("7")
    (first,) = await post.says(talk, "one")
    await post.change(cut_off([first]))
    clock.forward(seconds=SENDING_IS_STALE_AFTER.total_seconds() - 1)
    assert await couriers.carry_once() == 0
    assert await post.of(talk) == ["sending"]


async def test_on_sqlite_nobody_waits_for_a_dead_process(couriers, pigeon, post, database) -> None:
    if not database.is_sqlite:
        pytest.skip("on PostgreSQL the other process may be alive")
    talk = await post.hears("7")
    first, _ = await post.says(talk, "one", "two")
    await post.change(cut_off([first]))
    await couriers.carry_once()
    assert pigeon.arrived == ["two"]


async def test_a_permanent_failure_is_final(couriers, pigeon, post) -> None:
    pigeon.failures = [TransportError("gone", permanent=True)]
    talk = await post.talk("7", "one", "two")
    await carry_all(couriers)
    assert await post.of(talk) == ["failed", "delivered"]


async def test_nobody_is_sent_two_things_at_once(couriers, pigeon, post) -> None:
    earlier = await post.talk("7", "one", "two")
    await post.ends(earlier)
    later = await post.talk("7", "three")
    assert earlier != later
    await couriers.carry_once()
    assert len(pigeon.calls) == 1
    await carry_all(couriers)
    assert pigeon.most_for_one == 1


async def test_an_earlier_conversations_messages_go_before_a_later_ones(couriers, pigeon, post, clock) -> None:
    earlier = await post.talk("7", "one", "two")
    await post.ends(earlier)
    clock.forward(seconds=1)
    await post.talk("7", "three")
    clock.forward(seconds=1)
    await carry_all(couriers)
    assert pigeon.arrived == ["one", "two", "utter_app_rating_question {score}{contact}", "three"]


async def test_what_waits_for_another_try_holds_up_no_other_conversation(couriers, pigeon, post, clock) -> None:
    pigeon.failures = [TransportError("down")]
    earlier = await post.talk("7", "one")
    await couriers.carry_once()
    await post.ends(earlier)
    await post.talk("7", "three")
    await carry_all(couriers)
    assert pigeon.arrived == ["three"]


async def test_whoever_has_much_waiting_delays_nobody_else(couriers, pigeon, post, clock) -> None:
    await post.talk("7", *(f"much {number}" for number in range(30)))
    for identity in ("8", "9"):
        clock.forward(seconds=1)
        await post.talk(identity, f"little for {identity}", "and a second")
    pigeon.pace.most = 1
    for _ in range(6):
        clock.forward(seconds=1)
        await couriers.carry_once()
    expected = ["much 0", "little for 8", "little for 9", "much 1", "and a second", "and a second"]
    assert pigeon.arrived == expected


async def test_a_long_queue_is_served_in_turns(couriers, pigeon, post, clock) -> None:
    talks = [await post.talk(str(number), "a|b", "c") for number in range(8)]
    pigeon.pace.most = 4
    for _ in range(2):
        clock.forward(seconds=1)
        await couriers.carry_once()
    assert sorted(pigeon.pace.began_for) == [str(number) for number in range(8)]
    await carry_all(couriers)
    assert [await post.of(talk) for talk in talks] == [["delivered", "delivered"]] * 8


async def test_for_who_rests_nothing_is_taken(couriers, pigeon, post) -> None:
    talk = await post.talk("7", "one")
    pigeon.pace.rests = {"7"}
    assert await couriers.carry_once() == 0
    assert await post.of(talk, "state", "attempts") == [("waiting", 0)]
    pigeon.pace.rests = set()
    assert await couriers.carry_once() == 1


async def test_no_more_is_taken_than_may_begin(couriers, pigeon, post) -> None:
    talks = [await post.talk(str(number), "one") for number in range(5)]
    pigeon.pace.most = 2
    assert await couriers.carry_once() == 2
    states = [state for talk in talks for state in await post.of(talk)]
    assert sorted(states) == ["delivered", "delivered", "waiting", "waiting", "waiting"]


async def test_messages_for_other_channels_are_not_touched(couriers, pigeon, post) -> None:
    talk = await post.hears("ann", channel="web")
    await post.says(talk, "one")
    assert await couriers.carry_once() == 0
    assert await post.of(talk, channel="web") == ["waiting"]


async def test_who_may_not_carry_takes_nothing(service, pigeon, post) -> None:
    talk = await post.talk("7", "one")
    other = Couriers(service, {CHANNEL: pigeon}, random.Random(3), may_carry=lambda unit: False)
    assert await other.carry_once() == 0
    assert await post.of(talk) == ["waiting"]


async def becomes_customer_of(conversation: str, post: Deliveries) -> None:
    """Identity 7 is the customer's whose conversation this is."""
    owner = sa.select(tables.conversations.c.customer_id).where(tables.conversations.c.id == conversation)
    seven = sa.update(tables.identities).where(tables.identities.c.external_id == "7")
    await post.change(seven.values(customer_id=owner.scalar_subquery()))


async def goes_on_with(other: str, conversation: str, post: Deliveries) -> None:
    """A conversation goes on with whom the other one speaks to."""
    theirs = sa.select(tables.conversations.c.identity_id).where(tables.conversations.c.id == other)
    spoken = sa.update(tables.conversations).where(tables.conversations.c.id == conversation)
    await post.change(spoken.values(identity_id=theirs.scalar_subquery()))


async def test_who_became_anothers_customer_still_hears_the_end_of_what_they_had_begun(couriers, pigeon, post) -> None:
    await post.talk("7", "how was it?")
    await becomes_customer_of(await post.hears("8"), post)
    await carry_all(couriers)
    assert pigeon.arrived == ["how was it?"]


async def test_what_is_no_longer_theirs_is_not_sent(couriers, pigeon, post) -> None:
    talk = await post.talk("7", "a|b")
    await couriers.carry_once()
    stranger = await post.talk("8", "for the stranger")
    await becomes_customer_of(stranger, post)
    await goes_on_with(stranger, talk, post)
    await carry_all(couriers)
    assert await post.of(talk, "state", "error") == [("failed", "unlinked")]
    assert pigeon.arrived == ["a", "for the stranger"]


async def test_that_a_link_is_undone_is_the_last_thing_sent_to_who_is_no_longer_theirs(couriers, pigeon, post) -> None:
    farewell = Draft("undone", author_kind="system", kind="notice", response="utter_app_unlinked")
    talk = await post.talk("7", farewell, "not theirs")
    stranger = await post.hears("8")
    await becomes_customer_of(stranger, post)
    await goes_on_with(stranger, talk, post)
    await carry_all(couriers)
    assert await post.of(talk) == ["delivered", "failed"]
    assert pigeon.arrived == ["undone"]


async def test_what_another_process_gave_up_as_unknown_may_still_be_confirmed(
    service, pigeon, post, clock, phrases
) -> None:
    talk = await post.talk("7", "a|b")
    first = await service.transact(lambda unit: take(unit, CHANNEL, pigeon.parts, resting=(), most=1))
    clock.forward(minutes=5)
    await service.transact(lambda unit: admit_unknown(unit, CHANNEL, until=None, but=()))
    second = await service.transact(lambda unit: take(unit, CHANNEL, pigeon.parts, resting=(), most=1))
    await service.transact(lambda unit: record_sent(unit, first.parcels[0], "7:late"))
    assert await post.of(talk) == ["sending"]
    assert await post.parts(talk) == [(0, "sent", "7:late")]
    await service.transact(lambda unit: record_sent(unit, second.parcels[0], "7:then"))
    assert await post.of(talk) == ["delivered"]


async def test_a_late_confirmation_settles_a_message_that_was_out_already(service, pigeon, post, clock) -> None:
    talk = await post.talk("7", "one")
    taken = await service.transact(lambda unit: take(unit, CHANNEL, pigeon.parts, resting=(), most=1))
    await service.transact(lambda unit: admit_unknown(unit, CHANNEL, until=None, but=()))
    assert (await post.of(talk))[0] == "unknown"
    await service.transact(lambda unit: record_sent(unit, taken.parcels[0], "7:late"))
    assert (await post.of(talk))[0] == "delivered"


async def test_what_is_said_of_when_to_look_again(service, pigeon, post, clock) -> None:
    await post.talk("7", "one")
    await post.talk("8", "two")
    taken = await service.transact(lambda unit: take(unit, CHANNEL, pigeon.parts, resting={"8"}, most=5))
    assert [parcel.external_identity for parcel in taken.parcels] == ["7"]
    assert taken.more
    clock.now += timedelta(seconds=1)
    rest = await service.transact(lambda unit: take(unit, CHANNEL, pigeon.parts, resting=(), most=5))
    assert [parcel.external_identity for parcel in rest.parcels] == ["8"]
    assert not rest.more


async def test_who_was_sent_something_else_just_before_gets_the_message_later_and_nothing_is_in_doubt(
    couriers, pigeon, post
) -> None:
    pigeon.pace.quicker = {"7"}
    talk = await post.talk("7", "one", "two")
    assert await couriers.carry_once() == 1
    assert pigeon.calls == []
    assert await post.of(talk, "state", "attempts") == [("waiting", 0), ("waiting", 0)]
    await carry_all(couriers)
    assert pigeon.arrived == ["one", "two"]
    assert await post.of(talk) == ["delivered", "delivered"]


async def test_calls_that_were_set_aside_and_are_not_made_are_given_back(couriers, pigeon, post) -> None:
    for identity in ("7", "8", "9"):
        await post.talk(identity, "one")
    pigeon.pace.most, pigeon.pace.quicker = 10, {"8"}
    await couriers.carry_once()
    assert pigeon.pace.set_aside == 0


async def test_messages_are_read_at_once_however_many_are_taken_and_counted_in_their_language(
    service, pigeon, post
) -> None:
    for identity in ("7", "8", "9"):
        await post.talk(identity, f"to {identity}")
    asked, spoken = [], []

    def parts_of(message, locale) -> int:  # type: ignore[no-untyped-def]
        spoken.append(locale)
        return 1

    sa.event.listen(service.database.engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
    taken = await service.transact(lambda unit: take(unit, CHANNEL, parts_of, resting=(), most=5))
    assert len([statement for statement in asked if "FROM messages" in statement]) == 1
    assert {parcel.message.text for parcel in taken.parcels} == {"to 7", "to 8", "to 9"}
    assert spoken == [parcel.locale for parcel in taken.parcels] == ["en"] * 3
