"""The wish for a person, from wherever it comes: the queue where people are there, a promise where nobody is."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.conversations.app_prompts import notice
from bot.conversations.errors import Refused
from bot.conversations.models import Reply
from bot.conversations.turns import say_while_waiting
from bot.handoff import owning
from bot.handoff.models import QUEUE, Place
from bot.handoff.requesting import NobodyComes, promise_instead
from bot.storage.case_tables import cases
from bot.storage.tables import callbacks, follow_ups
from tests.support.handed_over import handing_over

pytestmark = pytest.mark.integration


async def test_handed_over_by_a_turn_the_customer_hears_place_and_wait(house) -> None:
    conversation = (await house.wanda.types("a person please")).conversation_id
    change = await house.turn(conversation, handing_over("upset"))
    assert (change.owner, house.owner(conversation)) == (QUEUE, QUEUE)
    assert [m.text for m in change.messages] == ["I'm getting somebody.", "utter_app_handoff_queued 2: about 4 minutes"]
    assert [option["title"] for option in change.messages[1].choices] == ["Go on with the assistant"]
    handoff = house.handoff(conversation)
    assert (handoff.state, handoff.reason, handoff.packet["reason"]) == ("queued", "upset", "upset")
    assert handoff.waiting_since == handoff.requested_at
    assert handoff.first_reply_due == handoff.requested_at + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        (Place(1, 30), "utter_app_handoff_queued_next: less than a minute"),
        (Place(3, None), "utter_app_handoff_queued_unknown 3"),
        (Place(1, None), "utter_app_handoff_queued_next_unknown"),
        (None, "utter_app_handoff_queued_next_unknown"),
    ],
)
async def test_no_more_is_promised_than_is_known(house, place, sentence) -> None:
    house.place = place
    assert (await house.said(await house.waits()))[-1] == sentence


async def test_what_was_written_during_the_turn_waits_for_the_person_too(house) -> None:
    conversation = (await house.wanda.types("a person please")).conversation_id
    due = await house.service.next_turn(conversation)
    await house.wanda.types("and hurry")
    house.engine.scripted["a person please"] = [(handing_over(),)]
    change = await house.service.commit_turn(due, await house.engine.run(due, due.history), 1)
    assert change.handled == ("wanda:1", "wanda:2")
    assert await house.service.next_turn(conversation) is None


async def test_without_people_the_web_is_asked_for_a_contact_or_offers_to_answer_here(house) -> None:
    house.there.on = False
    conversation = await house.waits()
    assert house.owner(conversation) == "bot"
    assert (await house.said(conversation))[-1] == "utter_app_callback_contact"
    await house.wanda.taps(house.button(conversation, "app:callback_here"))
    assert (await house.said(conversation))[-1] == "utter_app_promise_here by 11:00 today"
    (case,) = house.read(sa.select(cases))
    assert (case.kind, case.contact, case.status) == ("call_back", "on our website", "open")
    (callback,) = house.read(sa.select(callbacks))
    assert (callback.reason, callback.contact) == ("asked", "on our website")
    # What they type now is for the bot, not for a question that is over.
    assert (await house.wanda.types("07700 900123")).needs_turn


async def test_without_people_a_pushed_channel_asks_for_nothing(house) -> None:
    house.there.on = False
    conversation = await house.waits(house.tom)
    assert (await house.said(conversation))[-1] == "utter_app_promise_here by 11:00 today"
    (case,) = house.read(sa.select(cases))
    assert case.contact == "on Telegram"
    await house.turn((await house.tom.types("person!")).conversation_id, handing_over())
    assert (await house.said(conversation))[-1] == "utter_app_promise_here by 11:00 today"
    assert len(house.read(sa.select(cases))) == 1


async def test_a_contact_typed_instead_is_kept(house) -> None:
    house.there.on = False
    conversation = await house.waits()
    await house.wanda.types("wanda@shop.example")
    assert (await house.said(conversation))[-1] == "utter_app_callback_stored wanda@shop.example"


async def test_a_wish_without_a_contact_is_a_case_when_the_conversation_ends(house, clock) -> None:
    house.there.on = False
    conversation = await house.waits()
    assert house.read(sa.select(cases)) == []
    clock.forward(hours=2)
    assert await house.service.end_idle() == 1
    (case,) = house.read(sa.select(cases))
    assert (case.conversation_id, case.kind, case.contact) == (conversation, "call_back", "on our website")
    assert case.due_at > clock()
    (callback,) = house.read(sa.select(callbacks))
    assert (callback.state, callback.contact) == ("open", "on our website")


async def test_a_wish_that_a_person_has_answered_is_no_case(house, robin, clock) -> None:
    house.there.on = False
    conversation = await house.waits()
    clock.forward(minutes=1)
    await house.does(owning.claim, conversation, robin)
    await house.does(owning.reply, conversation, robin, "Here I am.", key=house.key())
    await house.does(owning.resolve, conversation, robin)
    assert house.read(sa.select(cases)) == []
    (callback,) = house.read(sa.select(callbacks))
    assert (callback.state, callback.contact) == ("closed", None)


async def test_what_the_customer_writes_while_they_wait_needs_no_worker(house) -> None:
    waiting = await house.waits()
    received = await house.wanda.types("my order is #W2507194")
    assert not received.needs_turn
    assert received.change.handled == ("wanda:2",)
    assert received.change.turn is None
    assert await house.service.waiting() == []
    stored = (await house.messages(waiting))[-1]
    assert (stored.text, stored.turn_complete) == ("my order is #W2507194", True)


async def test_a_button_of_the_bots_question_is_for_the_person_now(house, robin) -> None:
    conversation = (await house.wanda.types("cancel it")).conversation_id
    await house.turn(conversation, Reply("Sure?", buttons=({"title": "Yes", "payload": "/affirm"},)))
    await house.does(owning.claim, conversation, robin)
    received = await house.wanda.taps((await house.messages(conversation))[1].choices[0]["id"])
    assert not received.needs_turn
    assert [m.text for m in received.change.messages] == ["Yes"]


async def test_who_would_rather_go_on_with_the_bot_does(house) -> None:
    waiting = await house.waits()
    received = await house.wanda.taps(house.button(waiting, "app:go_back"))
    assert (received.change.owner, house.owner(waiting)) == ("bot", "bot")
    assert (await house.said(waiting))[-2:] == ["Go on with the assistant", "utter_app_went_back"]
    assert (house.handoff(waiting).outcome, house.kinds(waiting)) == ("withdrawn", ["requested", "withdrawn"])
    assert (await house.wanda.types("where is my order?")).needs_turn


async def test_a_way_back_that_is_tapped_too_late_is_for_the_person(house, robin) -> None:
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    received = await house.wanda.taps(house.button(waiting, "app:go_back"))
    assert house.owner(waiting) == robin.id
    assert [m.text for m in received.change.messages] == ["Go on with the assistant"]
    assert not received.needs_turn  # the engine would not know what to do with it
    await house.does(owning.hand_back, waiting, robin)
    again = await house.wanda.taps(house.button(waiting, "app:go_back"))
    assert (len(again.change.messages), house.owner(waiting)) == (1, "bot")


async def test_when_the_engine_is_silent_the_offer_leads_to_a_person(house) -> None:
    received = await house.wanda.types("hello?")
    conversation = received.conversation_id
    await house.service.offer_person(received.change.turn)
    tapped = await house.wanda.taps(house.button(conversation, "app:callback"))
    assert tapped.change.owner == QUEUE
    assert tapped.change.handled == ("wanda:2", "wanda:1")
    assert house.handoff(conversation).reason == "engine_silent"
    # The engine comes back: too late, and nobody says that it takes a moment.
    assert await house.service.next_turn(conversation) is None
    told = house.service.phrases.say("utter_app_delay_notice").text
    await house.service.say_it_takes_a_moment(received.change.turn)
    assert told not in await house.said(conversation)


async def test_tapped_twice_the_offer_hands_over_once(house) -> None:
    received = await house.wanda.types("hello?")
    await house.service.offer_person(received.change.turn)
    button = house.button(received.conversation_id, "app:callback")
    await house.wanda.taps(button)
    again = await house.wanda.taps(button)
    assert [m.author_kind for m in again.change.messages] == ["customer"]
    assert len(house.handoffs(received.conversation_id)) == 1


async def test_without_people_the_offer_asks_where_to_call(house) -> None:
    house.there.on = False
    received = await house.wanda.types("hello?")
    await house.service.offer_person(received.change.turn)
    await house.wanda.taps(house.button(received.conversation_id, "app:callback"))
    assert (await house.said(received.conversation_id))[-1] == "utter_app_callback_contact"
    assert (await house.wanda.types("wanda@shop.example")).needs_turn is False


# -- after a rating ------------------------------------------------------------------------------------------


async def rated(house, score: int) -> str:
    """A conversation that was rated so; its id."""
    conversation = await house.talks()
    await house.turn(
        (await house.wanda.types("bye")).conversation_id,
        Reply("Bye.", custom={"effects": [{"type": "end", "reason": "done"}]}),
    )
    await house.wanda.taps(house.button(conversation, f"app:rate:{score}"))
    return conversation


async def test_a_low_rating_offers_a_person_in_a_conversation_that_knows_the_last(house) -> None:
    conversation = await rated(house, 2)
    asked = (await house.messages(conversation))[-1]
    assert [option["title"] for option in asked.choices] == ["No, thanks", "Talk to a person now"]
    received = await house.wanda.taps(house.button(conversation, "app:person"))
    assert received.conversation_id != conversation
    assert received.change.opened
    assert (received.change.owner, house.owner(received.conversation_id)) == (QUEUE, QUEUE)
    assert house.conversation(received.conversation_id).previous_id == conversation
    handoff = house.handoff(received.conversation_id)
    assert handoff.reason == "low_rating"
    assert handoff.packet["earlier"][0]["score"] == 2
    assert await house.said(received.conversation_id) == [
        "Talk to a person now",
        "utter_app_handoff_queued 2: about 4 minutes",
    ]


async def test_the_button_counts_also_in_what_was_begun_since(house) -> None:
    conversation = await rated(house, 1)
    begun = await house.talks(text="where is my order #W2507194?")
    assert begun != conversation
    received = await house.wanda.taps(house.button(conversation, "app:person"))
    assert (received.conversation_id, house.owner(begun)) == (begun, QUEUE)


async def test_a_person_is_offered_only_while_one_is_there(house) -> None:
    house.there.on = False
    conversation = await rated(house, 1)
    assert [option["title"] for option in (await house.messages(conversation))[-1].choices] == ["No, thanks"]


async def test_who_went_home_before_the_tap_leaves_a_promise(house) -> None:
    conversation = await rated(house, 1)
    house.there.on = False
    received = await house.wanda.taps(house.button(conversation, "app:person"))
    assert (await house.said(received.conversation_id))[-1] == "utter_app_callback_contact"
    assert house.owner(received.conversation_id) == "bot"


async def test_a_good_rating_offers_nobody(house) -> None:
    conversation = await rated(house, 3)
    assert [option["title"] for option in (await house.messages(conversation))[-1].choices] == ["No, thanks"]


async def test_another_customers_button_is_unknown(house) -> None:
    conversation = await rated(house, 1)
    await house.talks(house.tom)
    with pytest.raises(Refused):
        await house.tom.taps(house.button(conversation, "app:person"))


async def test_a_low_rating_is_followed_up_in_business_time(house, clock) -> None:
    await rated(house, 1)
    (follow_up,) = house.read(sa.select(follow_ups))
    # Sixteen hours of days with eight and a half, from Monday nine o'clock on.
    assert follow_up.due_at == clock() + timedelta(days=1, hours=7.5)


# -- ends ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("claimed", [False, True])
async def test_the_customer_can_end_it_while_people_have_it(house, robin, claimed) -> None:
    waiting = await house.waits(house.tom)
    if claimed:
        await house.does(owning.claim, waiting, robin)
        await house.does(owning.reply, waiting, robin, "Hello.", key="k")
    received = await house.tom.commands("end")
    assert received.change.ended
    conversation = house.conversation(waiting)
    assert (conversation.state, conversation.owner, conversation.end_reason) == ("ended", "bot", "done")
    handoff = house.handoff(waiting)
    assert (handoff.state, handoff.outcome, handoff.held_by) == ("closed", "left", None)
    (survey,) = house.surveys(waiting)
    assert survey.about == ("agent" if claimed else "bot")
    ended = house.events(waiting)[-1]
    assert (ended.kind, ended.details["with"]) == ("ended", robin.id if claimed else None)


async def test_silence_ends_only_what_the_bot_has(house, robin, clock) -> None:
    waiting, taken = await house.waits(), await house.waits(house.tom)
    await house.does(owning.claim, taken, robin)
    clock.forward(hours=5)
    assert await house.service.end_idle() == 0
    assert (house.owner(waiting), house.owner(taken)) == (QUEUE, robin.id)
    await house.does(owning.hand_back, taken, robin)
    clock.forward(hours=5)
    assert await house.service.end_idle() == 1


@pytest.mark.parametrize("why", NobodyComes)
async def test_when_nobody_comes_a_promise_is_given_that_says_why_and_the_bot_goes_on(house, robin, why) -> None:
    waiting = await house.waits()
    change = await house.does(promise_instead, waiting, why)
    assert (change.owner, house.owner(waiting)) == ("bot", "bot")
    assert [m.text for m in change.messages] == [f"{why} by 11:00 today"]
    assert house.handoff(waiting).outcome == "promised"
    (case,) = house.read(sa.select(cases))
    assert (case.kind, case.contact) == ("call_back", "on our website")
    assert await house.does(promise_instead, waiting, why) is None
    assert (await house.wanda.types("ok")).needs_turn


async def test_nothing_is_said_while_waiting_that_a_person_answers(house, robin) -> None:
    received = await house.wanda.types("hello?")
    await house.does(owning.claim, received.conversation_id, robin)

    told = await house.service.change(
        lambda unit: say_while_waiting(unit, received.change.turn, notice(unit, "utter_app_delay_notice", "en"))
    )
    assert told is None
