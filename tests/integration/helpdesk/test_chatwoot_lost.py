"""What Chatwoot does not take, and what is deleted there: nothing said is lost by it, and the customer is served on."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from bot.handoff import owning
from bot.storage.desk_tables import helpdesk_calls
from tests.chatwoot.server import Fault
from tests.support.bridged import DESK
from tests.support.handed_over import handing_over

pytestmark = pytest.mark.integration


async def _with_robin(bridged, text: str = "a person please") -> str:
    waiting = await bridged.house.waits(text=text)
    await bridged.settle()
    bridged.chatwoot.reply(bridged.chatwoot.robin, "Your number?")
    await bridged.settle()
    return waiting


async def _asks_again(house, conversation_id: str) -> None:
    """The bot, which has it, answers what waits, and hands over at the last."""
    await house.wanda.types("a person again")
    while house.owner(conversation_id) == "bot":
        await house.turn(conversation_id, handing_over())


async def _later(bridged, rounds: int = 3) -> None:
    for _ in range(rounds):
        bridged.clock.forward(seconds=60)
        await bridged.settle()
        await bridged.bridge.look_after()


def _all_there(bridged) -> str:
    return "\n".join(said.content for said in bridged.chatwoot.talk.messages)


async def test_a_word_that_chatwoot_did_not_take_is_told_when_it_is_handed_over_again(bridged) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    waiting = await _with_robin(bridged)
    chatwoot.faults.append(Fault(422, "messages"))
    await house.wanda.types("my number is 5")
    await bridged.settle()
    assert house.owner(waiting) == "bot"
    await _asks_again(house, waiting)
    await bridged.settle()
    assert "my number is 5" in chatwoot.talk.notes[-1]
    assert "a person please" not in chatwoot.talk.notes[-1], "what was told is not told twice"


async def test_a_transcript_of_which_a_part_failed_is_told_again(bridged) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    chatwoot.faults += [Fault(422, "conversations/1/messages"), Fault(422, "conversations/1/messages")]
    waiting = await house.waits()
    await bridged.settle()
    assert chatwoot.talk.notes == []
    await house.wanda.taps(house.button(waiting, "app:go_back"))
    await _asks_again(house, waiting)
    await bridged.settle()
    assert "a person please" in chatwoot.talk.notes[-1]


async def test_a_404_of_a_proxy_takes_no_customer_away(bridged) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    waiting = await _with_robin(bridged)
    robin = house.owner(waiting)
    chatwoot.faults.append(Fault(404, "messages"))
    await house.wanda.types("my number is 5")
    await bridged.settle()
    chatwoot.faults.append(Fault(404, "GET /api/v1/accounts/3/conversations/1"))
    await _later(bridged)
    assert house.owner(waiting) == robin
    assert chatwoot.talk.incoming == ["my number is 5"]


async def test_a_proxy_that_knows_nothing_for_a_while_takes_no_customer_away(bridged) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    waiting = await _with_robin(bridged)
    robin = house.owner(waiting)
    chatwoot.faults += [Fault(404) for _ in range(12)]
    await house.wanda.types("my number is 5")
    await _later(bridged, rounds=12)
    assert house.owner(waiting) == robin
    assert chatwoot.talk.incoming == ["my number is 5"]


@pytest.mark.parametrize("found_by", ["a word", "looking"])
async def test_after_a_conversation_was_deleted_there_a_person_can_be_reached_in_a_new_one(bridged, found_by) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    waiting = await _with_robin(bridged, "my parcel ABC is broken")
    await house.wanda.types("it is blue")
    await bridged.settle()
    chatwoot.deletes()
    chatwoot.pushes.clear()
    if found_by == "a word":
        await house.wanda.types("hello?")
        await bridged.settle()
    else:
        await bridged.bridge.look_after()
    assert (house.owner(waiting), house.handoff(waiting).outcome) == ("bot", "promised")
    assert "utter_app_handoff_unreached" in "".join(await house.said(waiting))
    await _asks_again(house, waiting)
    await bridged.settle()
    assert (house.owner(waiting), chatwoot.talk.status) == ("queue", "open")
    everything = _all_there(bridged)
    for said in ("ABC", "Your number?", "it is blue"):
        assert said in everything
    chatwoot.reply(chatwoot.noor, "Noor here.")
    await bridged.settle()
    assert (await house.said(waiting))[-1] == "Noor here."


async def test_what_was_deleted_while_the_bot_had_it_is_handed_over_in_a_new_one(bridged) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    waiting = await _with_robin(bridged, "my parcel ABC is broken")
    chatwoot.set_status("pending")
    await bridged.settle()
    chatwoot.deletes()
    await _asks_again(house, waiting)
    await house.wanda.types("it is blue")
    await bridged.settle()
    assert (house.owner(waiting), chatwoot.talk.status) == ("queue", "open")
    everything = _all_there(bridged)
    for said in ("ABC", "Your number?", "a person again", "it is blue"):
        assert everything.count(said) >= 1


async def test_a_deleted_conversation_takes_nobody_from_our_own_desk(bridged) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    waiting = await _with_robin(bridged)
    chatwoot.set_status("pending")
    await bridged.settle()
    ours = house.agent("Ada")
    await house.does(owning.claim, waiting, ours)
    chatwoot.deletes()
    chatwoot.pushes.clear()
    await house.wanda.types("are you there?")
    await _later(bridged)
    assert house.owner(waiting) == ours.id
    await house.wanda.types("good")
    await _later(bridged)
    assert house.owner(waiting) == ours.id


@pytest.mark.parametrize("pause", ["0", "1000"])
async def test_while_chatwoot_will_not_listen_nobody_waits_for_ever(bridged, pause) -> None:
    house, chatwoot, bridge = bridged.house, bridged.chatwoot, bridged.bridge
    chatwoot.faults += [Fault(429, headers={"Retry-After": pause}) for _ in range(400)]
    wanda = await house.waits()
    await bridge.carry_due()
    await bridge.stop(10)
    bridge._stopping = False
    tom = (await house.tom.types("hello")).conversation_id
    await house.turn(tom)
    await house.waits(house.tom)
    for _ in range(12):
        bridged.clock.forward(seconds=60)
        await bridge.carry_due()
        if making := list(bridge._making.values()):
            await asyncio.wait(making)
        await bridge.look_after()
    assert not house.database.read_now(lambda connection: DESK.live(connection, bridged.clock(), "en"))
    assert (house.owner(wanda), house.owner(tom)) == ("bot", "bot")
    calls = house.read(sa.select(helpdesk_calls).where(helpdesk_calls.c.state == "failed"))
    assert calls == [], "and all is told once it listens again"


@pytest.mark.parametrize("pause", ["nan", "inf", "-1", "soon"])
async def test_a_pause_that_is_no_number_is_a_pause_all_the_same(bridged, pause) -> None:
    chatwoot = bridged.chatwoot
    chatwoot.faults.append(Fault(429, "contacts", headers={"Retry-After": pause}))
    await bridged.house.waits()
    await bridged.bridge.carry_due()
    await bridged.bridge.stop(10)
    (first, *_) = bridged.house.read(sa.select(helpdesk_calls).order_by(helpdesk_calls.c.number))
    assert (first.state, first.attempts) == ("waiting", 1)
