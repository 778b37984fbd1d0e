"""Agents who write in Chatwoot without being asked: the customer stays theirs, and nothing that was said is lost."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.conversations.models import Incoming
from bot.storage.desk_tables import helpdesk_calls
from bot.storage.tables import conversations
from tests.chatwoot.server import Fault

pytestmark = pytest.mark.integration


async def _with_robin(bridged) -> str:
    waiting = await bridged.house.waits()
    await bridged.settle()
    bridged.chatwoot.reply(bridged.chatwoot.robin, "Hello.")
    await bridged.settle()
    return waiting


async def _a_minute_later(bridged) -> None:
    bridged.clock.forward(seconds=60)
    await bridged.settle()
    await bridged.bridge.look_after()
    await bridged.settle()


def _all_there(bridged) -> str:
    return "\n".join(said.content for talk in bridged.chatwoot.kept.talks.values() for said in talk.messages)


def _open_one(house) -> str:
    (row,) = house.read(sa.select(conversations.c.id).where(conversations.c.state == "open"))
    return str(row.id)


async def test_who_writes_in_a_pending_conversation_keeps_the_customer(bridged) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    waiting = await _with_robin(bridged)
    robin = house.owner(waiting)
    chatwoot.set_status("pending")
    await bridged.settle()
    assert house.owner(waiting) == "bot"
    chatwoot.reply(chatwoot.robin, "One more thing.")
    await bridged.settle()
    await _a_minute_later(bridged)
    assert (house.owner(waiting), chatwoot.talk.status) == (robin, "open")
    assert (await house.said(waiting))[-1] == "One more thing."


@pytest.mark.parametrize("opened_first", [False, True])
async def test_who_writes_after_the_end_keeps_the_customer(bridged, opened_first) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    ended = await _with_robin(bridged)
    robin = house.owner(ended)
    chatwoot.set_status("resolved")
    await bridged.settle()
    if opened_first:
        chatwoot.set_status("open")
    chatwoot.reply(chatwoot.robin, "It has left our house just now.")
    await bridged.settle()
    await _a_minute_later(bridged)
    begun = _open_one(house)
    assert begun != ended
    assert (house.owner(begun), chatwoot.talk.status) == (robin, "open")
    await house.wanda.types("thank you!")
    await bridged.settle()
    assert chatwoot.talk.incoming == ["thank you!"]


async def test_who_takes_a_pending_conversation_by_assignment_keeps_the_customer(bridged) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    waiting = await _with_robin(bridged)
    chatwoot.set_status("pending")
    await bridged.settle()
    await house.talks(text="where is order 77")
    chatwoot.set_status("open")
    chatwoot.assign(chatwoot.noor)
    await bridged.settle()
    await _a_minute_later(bridged)
    assert (await house.said(waiting))[-1] == "utter_app_handoff_taken Noor"
    assert (house.handoff(waiting).state, chatwoot.talk.status) == ("held", "open")
    assert "order 77" in _all_there(bridged)


@pytest.mark.parametrize("answered", [False, True], ids=["the bot still thinks", "the bot has answered"])
async def test_who_takes_over_from_the_bot_reads_what_it_was_told(bridged, answered) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    await _with_robin(bridged)
    chatwoot.set_status("pending")
    await bridged.settle()
    if answered:
        await house.talks(text="where is order 77")
    else:
        await house.wanda.types("where is order 77")
    chatwoot.reply(chatwoot.robin, "Me again.")
    await bridged.settle()
    assert "order 77" in chatwoot.talk.notes[-1]
    assert "Hello." not in chatwoot.talk.notes[-1], "Robin's own words are there already"
    await house.wanda.types("ok thanks")
    await bridged.settle()
    assert chatwoot.talk.incoming == ["ok thanks"]


async def test_who_answers_while_the_customer_goes_back_has_them(bridged) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    waiting = await house.waits()
    await bridged.settle()
    await house.wanda.taps(house.button(waiting, "app:go_back"))
    chatwoot.reply(chatwoot.robin, "Here I am.")
    await bridged.told()
    robin = house.owner(waiting)
    assert robin != "bot"
    for _ in range(3):
        await _a_minute_later(bridged)
    assert (house.owner(waiting), chatwoot.talk.status) == (robin, "open")


async def test_a_word_that_comes_just_before_resolved_is_not_left_unanswered(bridged) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    waiting = await _with_robin(bridged)
    robin = house.owner(waiting)
    await house.wanda.types("wait, one more question")
    chatwoot.set_status("resolved")
    await bridged.told()
    await bridged.settle()
    await _a_minute_later(bridged)
    assert (house.conversation(waiting).state, house.owner(waiting)) == ("open", robin)
    assert (chatwoot.talk.incoming, chatwoot.talk.status) == (["wait, one more question"], "open")
    chatwoot.set_status("resolved")
    await bridged.settle()
    assert house.conversation(waiting).end_reason == "resolved"


async def test_words_that_wait_are_told_where_the_conversation_goes_on(bridged) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    ended = await _with_robin(bridged)
    chatwoot.faults.append(Fault(503, "messages"))
    await house.wanda.types("my number is 5")
    await bridged.bridge.carry_all()
    await house.service.receive(Incoming("web", "wanda", "bye", None, None, "en", command="end"))
    chatwoot.reply(chatwoot.robin, "One more thing.")
    await bridged.told()
    await _a_minute_later(bridged)
    begun = _open_one(house)
    assert begun != ended
    assert chatwoot.talk.incoming == ["my number is 5"]
    assert "ended the conversation" in chatwoot.talk.notes[-1]
    assert (house.handoff(begun).state, chatwoot.talk.status) == ("held", "open")
    assert house.read(sa.select(helpdesk_calls.c.error).where(helpdesk_calls.c.state == "failed")) == []
