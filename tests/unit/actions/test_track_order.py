"""Tracking one order: what is read, what is asked, what is shown."""

from __future__ import annotations

from typing import Any

import pytest

from actions.reading import read_facts
from actions.track_order import (
    ActionAskContact,
    ActionAskOrderNumber,
    ActionShowOrder,
    ValidateTrackOrderForm,
    order_kept,
)
from bot.customers.contacts import Contact
from bot.customers.proofs import Turn
from bot.customers.verification import Access, Level, Proof
from bot.orders.numbers import OrderNumbers

NUMBERS = OrderNumbers(r"#?\s*[Ww]\s*\d{7}", "#W")
EMAIL = {"email": "jo@mail.example", "postcode": None}


@pytest.fixture
def asking_for_contact(stage: Any) -> Any:
    stage.form = "track_order_form"
    stage.slots = {"requested_slot": "contact", "order_number": "#W1000001"}
    return stage


async def test_facts_given_at_once_open_the_order_at_once(stage: Any) -> None:
    stage.starts("track_order_form")
    stage.verification.proof = Proof.RIGHT
    told = await stage.run(ValidateTrackOrderForm, "where is w-1000001, mail Jo@mail.example", "track_order")
    assert stage.verification.asked == [(Turn("c1", "m1", "visitor"), "#W1000001", Contact("jo@mail.example"))]
    assert told.slots["order_number"] == "#W1000001"
    assert told.slots["requested_slot"] is None


async def test_what_a_button_stands_for_counts_as_said(stage: Any) -> None:
    stage.starts("track_order_form")
    entity = {"entity": "order_number", "value": "#W1000002"}
    await stage.run(ValidateTrackOrderForm, "Open it", "track_order", [entity])
    assert stage.verification.asked[0][1] == "#W1000002"


async def test_a_form_that_begins_without_facts_asks_and_does_not_look_anything_up(stage: Any) -> None:
    stage.starts("track_order_form")
    told = await stage.run(ValidateTrackOrderForm, "where is my order", "track_order")
    assert stage.verification.asked == []
    assert told.events
    assert "order_number" not in told.slots


async def test_the_order_shown_last_is_meant_when_none_is_named(stage: Any) -> None:
    stage.starts("track_order_form")
    stage.slots = {"current_order": "#W1000001"}
    stage.verification.proof = Proof.RIGHT
    told = await stage.run(ValidateTrackOrderForm, "when will it arrive", "track_order")
    assert told.slots["order_number"] == "#W1000001"


async def test_another_order_is_not_the_one_shown_last(stage: Any) -> None:
    stage.starts("track_order_form")
    stage.slots = {"current_order": "#W1000001"}
    told = await stage.run(ValidateTrackOrderForm, "another order", "another_order")
    assert stage.verification.asked == []
    assert "order_number" not in told.slots


async def test_a_contact_that_does_not_fit_is_asked_again_and_remembered(asking_for_contact: Any) -> None:
    asking_for_contact.verification.proof = Proof.WRONG
    told = await asking_for_contact.run(ValidateTrackOrderForm, "jo@mail.example")
    assert told.slots["contact"] is None
    assert told.slots["problem"] == "no_match"
    assert told.slots["tried_contact"] == EMAIL
    assert "requested_slot" not in told.slots


async def test_a_corrected_number_is_tried_with_the_contact_given_before(asking_for_contact: Any) -> None:
    asking_for_contact.slots["tried_contact"] = EMAIL
    asking_for_contact.verification.proof = Proof.RIGHT
    await asking_for_contact.run(ValidateTrackOrderForm, "sorry, W1000002")
    assert asking_for_contact.verification.asked[0][1:] == ("#W1000002", Contact("jo@mail.example"))


async def test_who_the_channel_knows_meanwhile_sees_the_order_without_a_contact(asking_for_contact: Any) -> None:
    asking_for_contact.verification.now = Access(Level.VERIFIED, "jo")
    asking_for_contact.verification.proof = Proof.RIGHT
    told = await asking_for_contact.run(ValidateTrackOrderForm, "+49 170 1234567", "resume")
    assert asking_for_contact.verification.asked[0][1:] == ("#W1000001", Contact())
    assert told.slots["requested_slot"] is None


async def test_who_the_channel_knows_meanwhile_is_asked_which_order_without_a_reproach(stage: Any) -> None:
    stage.form = "track_order_form"
    stage.slots = {"requested_slot": "order_number"}
    stage.verification.now = Access(Level.VERIFIED, "jo")
    told = await stage.run(ValidateTrackOrderForm, "+49 170 1234567", "resume")
    assert told.slots == {"problem": None}


async def test_a_lock_ends_the_form(asking_for_contact: Any) -> None:
    asking_for_contact.verification.proof = Proof.LOCKED
    told = await asking_for_contact.run(ValidateTrackOrderForm, "n1 5qt")
    assert told.slots["requested_slot"] is None
    assert told.slots["problem"] == "locked"


@pytest.mark.parametrize("text", ["1016", "AB-1200", "sw1a2aa"])
async def test_asked_for_a_postcode_any_countrys_is_one(asking_for_contact: Any, text: str) -> None:
    await asking_for_contact.run(ValidateTrackOrderForm, text)
    assert asking_for_contact.verification.asked[0][2].postcode is not None


@pytest.mark.parametrize("text", ["12345", "1406989672", "order 12"])
async def test_digits_that_are_no_order_number_are_told_so(stage: Any, text: str) -> None:
    stage.form, stage.slots = "track_order_form", {"requested_slot": "order_number"}
    told = await stage.run(ValidateTrackOrderForm, text)
    assert told.slots["problem"] == ("unreadable" if text == "order 12" else "malformed")
    assert told.slots["contact"] is None
    assert stage.verification.asked == []


async def test_a_packed_answer_is_understood_for_what_it_holds(stage: Any) -> None:
    stage.form, stage.slots = "track_order_form", {"requested_slot": "order_number"}
    told = await stage.run(ValidateTrackOrderForm, "normanb6,normanb6@email.com,1406989672")
    assert told.slots["contact"] == {"email": "normanb6@email.com", "postcode": None}


@pytest.mark.parametrize(("text", "intent"), [("are you a bot?", "bot_challenge"), ("asdf", "nlu_fallback")])
async def test_what_answers_nothing_is_left_to_the_rules(asking_for_contact: Any, text: str, intent: str) -> None:
    assert (await asking_for_contact.run(ValidateTrackOrderForm, text, intent)).events == []


async def test_another_wish_with_an_address_in_it_is_left_to_the_rules(asking_for_contact: Any) -> None:
    told = await asking_for_contact.run(
        ValidateTrackOrderForm, "please show me all the orders of jo@mail.example instead", "list_orders"
    )
    assert told.events == []


async def test_the_wish_said_once_more_is_no_interruption(stage: Any) -> None:
    stage.form, stage.slots = "track_order_form", {"requested_slot": "order_number"}
    told = await stage.run(ValidateTrackOrderForm, "where is my order??", "track_order")
    assert told.slots["problem"] is None
    stage.missed_before("track_order")
    told = await stage.run(ValidateTrackOrderForm, "where is my order??", "track_order")
    assert told.slots["problem"] == "missing"
    stage.missed_before("track_order", count=3)
    told = await stage.run(ValidateTrackOrderForm, "where is my order??", "track_order")
    assert (told.slots["requested_slot"], told.slots["problem"]) == (None, "given_up")


async def test_another_order_in_the_middle_asks_for_its_number(asking_for_contact: Any) -> None:
    told = await asking_for_contact.run(ValidateTrackOrderForm, "no, another order", "another_order")
    assert (told.slots["order_number"], told.slots["problem"]) == (None, None)


@pytest.mark.parametrize("text", ['{"a":1}', "1", "😀1", "my 1 and only postcode"])
async def test_asked_for_a_postcode_not_everything_with_a_digit_is_one(asking_for_contact: Any, text: str) -> None:
    told = await asking_for_contact.run(ValidateTrackOrderForm, text)
    assert told.slots["contact"] is None


async def test_the_question_for_the_number_offers_the_orders_that_may_be_seen(stage: Any) -> None:
    stage.verification.now = Access(Level.VERIFIED, "jo")
    stage.slots = {"current_order": "#W1000001"}
    told = await stage.run(ActionAskOrderNumber, "another order", "another_order")
    assert told.responses == ["utter_ask_order_number_known"]
    assert [button["title"] for button in told.buttons] == ["#W1000002"]
    assert told.buttons[0]["payload"] == '/track_order{"order_number": "#W1000002"}'


async def test_no_question_is_put_twice_in_the_same_words(stage: Any) -> None:
    stage.slots = {"problem": "no_match", "order_number": "#W1000001"}
    heard = []
    for _ in range(6):
        told = await stage.run(ActionAskContact, "x@mail.example")
        heard += told.responses
        stage.slots["said"] = told.slots["said"]
    assert heard == [f"utter_ask_contact_no_match{ending}" for ending in ("", "_again", "_more")] * 2


async def test_after_an_interruption_the_question_is_picked_up_again(asking_for_contact: Any) -> None:
    asking_for_contact.after.append({"event": "bot", "text": "I'm an automated assistant"})
    told = await asking_for_contact.run(ActionAskContact, "are you a bot?", "bot_challenge")
    assert told.responses == ["utter_ask_contact_back"]


async def test_an_open_order_is_shown_with_its_card(stage: Any) -> None:
    stage.slots = {"order_number": "#W1000001"}
    stage.verification.now = Access(Level.MATCHED, order_numbers=frozenset({"#W1000001"}))
    told = await stage.run(ActionShowOrder, "n1 5qt")
    assert told.responses == ["utter_order_pending"]
    assert told.messages[0]["expected"] == "Thursday 5 March"
    assert told.cards[0]["title"] == "Order #W1000001"
    assert (told.slots["current_order"], told.slots["order_number"]) == ("#W1000001", None)


@pytest.mark.parametrize(
    ("number", "access"),
    [
        ("#W1000001", Access(Level.ANONYMOUS)),
        ("#W1000001", Access(Level.MATCHED, order_numbers=frozenset({"#W1000002"}))),
        ("#W1000001", Access(Level.VERIFIED, "tunde")),
        ("#W9999999", Access(Level.VERIFIED, "jo")),
    ],
)
async def test_an_order_that_may_not_be_seen_is_not_shown_whatever_the_slot_says(
    stage: Any, number: str, access: Access
) -> None:
    stage.slots, stage.verification.now = {"order_number": number}, access
    told = await stage.run(ActionShowOrder, "show it", "track_order")
    assert told.responses == ["utter_order_gone"]
    assert told.cards == []


async def test_a_lock_is_told_in_other_words_the_second_time(stage: Any) -> None:
    stage.slots = {"order_number": "#W1000001", "problem": "locked"}
    assert (await stage.run(ActionShowOrder, "n1 5qt")).responses == ["utter_locked"]
    stage.slots["said"] = ["utter_locked"]
    assert (await stage.run(ActionShowOrder, "n1 5qt")).responses == ["utter_locked_again"]


@pytest.mark.parametrize("text", ["where is W482731", "track W12345678", "where is order #12345"])
async def test_a_number_of_the_wrong_length_is_named_from_the_start(stage: Any, text: str) -> None:
    stage.starts("track_order_form")
    stage.slots = {"current_order": "#W1000001"}
    told = await stage.run(ValidateTrackOrderForm, text, "track_order")
    assert told.slots["problem"] == "malformed"
    assert told.slots["malformed"] == text.split()[-1]
    assert stage.verification.asked == []


async def test_a_malformed_number_is_no_postcode(asking_for_contact: Any) -> None:
    told = await asking_for_contact.run(ValidateTrackOrderForm, "W482731")
    assert asking_for_contact.verification.asked == []
    assert (told.slots["contact"], told.slots["problem"]) == (None, "not_understood")


async def test_misses_that_rasa_hides_from_the_tracker_count_in_the_same_form(stage: Any) -> None:
    stage.form, stage.slots = "track_order_form", {"requested_slot": "order_number"}
    stage.heard_before("track_order", "m-9")
    stage.slots["misses"] = {"count": 2, "turn": "m0", "form": "track_order_form"}
    told = await stage.run(ValidateTrackOrderForm, "W12")
    assert told.slots["problem"] == "given_up"
    stage.slots["misses"]["form"] = "my_orders_form"
    told = await stage.run(ValidateTrackOrderForm, "W12")
    assert told.slots["problem"] == "unreadable"


async def test_the_third_unreadable_answer_in_a_row_leads_to_a_person(stage: Any) -> None:
    stage.form, stage.slots = "track_order_form", {"requested_slot": "order_number"}
    stage.missed_before("inform", count=2)
    told = await stage.run(ValidateTrackOrderForm, "W12")
    assert (told.slots["requested_slot"], told.slots["problem"]) == (None, "given_up")
    stage.slots |= {"problem": "given_up"}
    told = await stage.run(ActionShowOrder, "W12")
    assert told.effects == [{"type": "request_callback", "reason": "not_understood"}]


@pytest.mark.parametrize("intent", ["human", "cancel_order"])
async def test_a_wish_that_is_sure_is_no_answer_even_with_a_number_in_it(stage: Any, intent: str) -> None:
    stage.form, stage.slots = "track_order_form", {"requested_slot": "order_number"}
    told = await stage.run(ValidateTrackOrderForm, "W1000001 human please", intent, confidence=0.9)
    assert told.events == []


async def test_a_short_answer_counts_where_the_wish_is_a_mere_guess(asking_for_contact: Any) -> None:
    await asking_for_contact.run(ValidateTrackOrderForm, "its jo@mail.example", "newsletter", confidence=0.4)
    assert asking_for_contact.verification.asked[0][2] == Contact("jo@mail.example")


async def test_all_orders_named_are_shown_one_after_the_other(stage: Any) -> None:
    stage.starts("track_order_form")
    stage.verification.proof = Proof.RIGHT
    told = await stage.run(ValidateTrackOrderForm, "where are W1000001 and W1000002? jo@mail.example", "track_order")
    assert told.slots["other_orders"] == {"turn": None, "numbers": ["#W1000002"]}
    stage.slots = told.slots
    stage.verification.now = Access(Level.MATCHED, order_numbers=frozenset({"#W1000001"}))
    shown = await stage.run(ActionShowOrder, "where are W1000001 and W1000002? jo@mail.example", "track_order")
    assert shown.next_action == "track_order_form"
    stage.slots = told.slots | shown.slots
    await stage.run(ValidateTrackOrderForm, "where are W1000001 and W1000002? jo@mail.example", "track_order")
    assert [number for _, number, _ in stage.verification.asked] == ["#W1000001", "#W1000002"]


async def test_orders_named_once_are_forgotten_by_the_next_form(stage: Any) -> None:
    stage.starts("track_order_form")
    stage.slots = {"other_orders": {"turn": None, "numbers": ["#W1000002"]}}
    told = await stage.run(ValidateTrackOrderForm, "where is W1000001", "track_order")
    assert told.slots["other_orders"] is None


async def test_the_same_order_asked_for_again_is_told_in_other_words_without_its_card(stage: Any) -> None:
    stage.slots = {"order_number": "#W1000001"}
    stage.verification.now = Access(Level.MATCHED, order_numbers=frozenset({"#W1000001"}))
    first = await stage.run(ActionShowOrder, "n1 5qt")
    stage.slots = {**first.slots, "order_number": "#W1000001"}
    second = await stage.run(ActionShowOrder, "is it coming tomorrow?", "track_order")
    assert second.responses == ["utter_order_pending_again"]
    assert second.messages[0]["expected"] == "Thursday 5 March"
    assert (len(first.cards), len(second.cards)) == (1, 0)


async def test_another_order_in_the_same_state_has_its_card(stage: Any) -> None:
    stage.slots = {"order_number": "#W1000002", "current_order": "#W1000001", "said": ["utter_order_pending"]}
    stage.verification.now = Access(Level.VERIFIED, "jo")
    told = await stage.run(ActionShowOrder, "and W1000002")
    assert told.responses == ["utter_order_pending"]
    assert told.cards


@pytest.mark.parametrize("form", [None, "track_order_form"])
async def test_an_order_named_with_another_wish_is_the_one_meant_later(stage: Any, form: str | None) -> None:
    stage.form = form
    tracker = stage.tracker("W1000001 cancel it please", "cancel_order")
    kept = {event["name"]: event["value"] for event in order_kept(tracker, read_facts(tracker, NUMBERS))}
    assert kept == {"current_order": "#W1000001"} | ({"order_number": "#W1000001"} if form else {})
