"""The bot goes on: it knows what was said meanwhile, and asks no more what it was asking before."""

from __future__ import annotations

import pytest

from bot.conversations.models import TurnResult
from bot.handoff import owning, requesting

pytestmark = pytest.mark.integration

FORM = [
    {"event": "action", "name": "action_session_start"},
    {"event": "session_started"},
    {"event": "action", "name": "action_listen"},
    {"event": "slot", "name": "language", "value": "en"},
    {"event": "active_loop", "name": "track_order_form"},
    {"event": "slot", "name": "requested_slot", "value": "order_number"},
]


async def in_a_form(house) -> str:
    """A conversation in which the bot is asking for an order's number; its id."""
    conversation = (await house.wanda.types("where is my order?")).conversation_id
    due = await house.service.next_turn(conversation)
    heard = {"event": "user", "text": due.text, "message_id": due.message_id, "parse_data": {}}
    result = TurnResult([*FORM, heard], [heard], (), {"intent": {"name": "track_order"}}, "m", 1.0, 0.0, "en")
    await house.service.commit_turn(due, result, 1)
    return conversation


async def with_robin(house, robin) -> str:
    conversation = await in_a_form(house)
    await house.does(owning.claim, conversation, robin)
    await house.wanda.types("it is W2507194, or no: #W 1234567")
    await house.does(owning.reply, conversation, robin, "Thanks, I see #W1234567 here.", key="k")
    await house.does(owning.hand_back, conversation, robin)
    return conversation


async def test_the_form_is_left_and_slots_stay(house, robin) -> None:
    history = house.conversation(await with_robin(house, robin)).history
    slots, form = {}, "none"
    for event in history:
        if event["event"] == "slot":
            slots[event["name"]] = event["value"]
        elif event["event"] == "active_loop":
            form = event["name"]
    assert form is None
    assert (slots["language"], slots["requested_slot"]) == ("en", None)


async def test_the_order_they_talked_about_is_at_hand(house, robin) -> None:
    history = house.conversation(await with_robin(house, robin)).history
    named = [event["value"] for event in history if event["event"] == "slot" and event["name"] == "current_order"]
    assert named == ["#W1234567"]


async def test_the_words_of_both_are_there_in_order(house, robin) -> None:
    history = house.conversation(await with_robin(house, robin)).history
    words = [(event["event"], event.get("text")) for event in history if event["event"] in ("user", "bot")]
    assert words[:3] == [
        ("user", "where is my order?"),
        ("user", "it is W2507194, or no: #W 1234567"),
        ("bot", "Thanks, I see #W1234567 here."),
    ]


async def test_the_next_turn_is_given_all_that(house, robin) -> None:
    conversation = await with_robin(house, robin)
    await house.wanda.types("so where is it?")
    due = await house.service.next_turn(conversation)
    assert due.history == house.conversation(conversation).history
    change = await house.turn(conversation)
    assert [m.text for m in change.messages] == ["You said so where is it?"]


async def test_after_a_second_handover_nothing_is_remembered_twice(house, robin) -> None:
    conversation = await with_robin(house, robin)
    await house.does(owning.claim, conversation, robin)
    await house.does(owning.reply, conversation, robin, "One more thing.", key="k2")
    await house.does(owning.hand_back, conversation, robin)
    history = house.conversation(conversation).history
    words = [event.get("text") for event in history if event["event"] in ("user", "bot") and event.get("text")]
    assert len(words) == len(set(words)) == 4


async def test_who_goes_back_from_the_queue_is_known_by_what_they_wrote_there(house) -> None:
    waiting = await house.waits()
    await house.wanda.types("it's about W7654321")
    await house.wanda.taps(house.button(waiting, "app:go_back"))
    history = house.conversation(waiting).history
    assert {"name": "current_order", "value": "#W7654321"}.items() <= next(
        event for event in history if event.get("name") == "current_order"
    ).items()


async def test_where_the_bot_never_had_a_turn_a_session_begins(house, robin) -> None:
    conversation = (await house.wanda.types("W7654321")).conversation_id
    await house.does(owning.claim, conversation, robin)
    await house.does(owning.hand_back, conversation, robin)
    history = house.conversation(conversation).history
    assert [event["event"] for event in history[:3]] == ["action", "session_started", "action"]
    assert any(event.get("name") == "current_order" and event["value"] == "#W7654321" for event in history)


async def test_what_was_asked_in_the_queue_is_answered_by_the_bot_after_all(house, clock) -> None:
    waiting = await house.waits()
    clock.forward(minutes=3)
    await house.wanda.types("do you ship to Spain?")
    clock.forward(minutes=3)
    change = (await house.wanda.taps(house.button(waiting, "app:go_back"))).change
    assert (change.owner, house.ledger().breaches) == ("bot", ())
    due = await house.service.next_turn(waiting)
    assert (due.text, due.received_at) == ("do you ship to Spain?", clock())
    assert "do you ship to Spain?" not in [event.get("text") for event in due.history], "it is heard in its turn"
    await house.turn(waiting)
    assert (await house.said(waiting))[-2:] == ["utter_app_went_back", "You said do you ship to Spain?"]
    assert await house.service.next_turn(waiting) is None


async def test_what_an_agent_leaves_unanswered_is_answered_by_the_bot(house, robin, clock) -> None:
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    await house.wanda.types("do you ship to Spain?")
    await house.does(owning.reply, waiting, robin, "We do.", key="k")
    for text in ("and how long", "does it take?"):
        await house.wanda.types(text)
    await house.does(owning.hand_back, waiting, robin)
    due = await house.service.next_turn(waiting)
    assert due.text == "and how long\ndoes it take?"
    await house.turn(waiting)
    assert await house.service.next_turn(waiting) is None


async def test_what_an_agent_answered_is_answered_once(house, robin) -> None:
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    await house.wanda.types("do you ship to Spain?")
    await house.does(owning.reply, waiting, robin, "We do.", key="k")
    await house.does(owning.hand_back, waiting, robin)
    assert await house.service.next_turn(waiting) is None


async def test_a_promise_leaves_what_was_asked_to_people(house) -> None:
    waiting = await house.waits()
    await house.wanda.types("do you ship to Spain?")
    await house.does(requesting.promise_instead, waiting, requesting.NobodyComes.CLOSED)
    assert await house.service.next_turn(waiting) is None
