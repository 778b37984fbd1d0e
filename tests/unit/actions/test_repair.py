"""Getting a conversation back on its way, and ending it."""

from __future__ import annotations

from typing import Any

import pytest

from actions.goodbye import ActionGoodbye
from actions.person import ActionOfferPerson, ActionRequestCallback
from actions.repair import (
    ActionAffirm,
    ActionAskRephrase,
    ActionCannotProvide,
    ActionDeny,
    ActionStop,
    ActionTakeFacts,
)
from actions.smalltalk import ActionGreet, ActionThanks


@pytest.mark.parametrize("action", [ActionTakeFacts, ActionAskRephrase])
@pytest.mark.parametrize("form", [None, "my_orders_form"])
async def test_a_bare_order_number_is_about_that_order(stage: Any, action: Any, form: str | None) -> None:
    stage.form = form
    assert (await stage.run(action, "w 1000001")).next_action == "track_order_form"


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ("jo@mail.example", "utter_email_noted"),
        ("N1 5QT", "utter_postcode_noted"),
        ("123456", "utter_no_code_open"),
        ("1406989672", "utter_number_unreadable"),
        ("hm", "utter_ask_rephrase"),
    ],
)
async def test_a_bare_fact_is_taken_for_what_it_is(stage: Any, text: str, response: str) -> None:
    assert (await stage.run(ActionTakeFacts, text)).responses == [response]


async def test_a_bare_address_is_kept_for_what_comes(stage: Any) -> None:
    told = await stage.run(ActionTakeFacts, "Jo@mail.example")
    assert told.slots == {"contact": {"email": "jo@mail.example", "postcode": None}}


@pytest.mark.parametrize(
    ("action", "problem"),
    [
        (ActionTakeFacts, "not_understood"),
        (ActionAskRephrase, "not_understood"),
        (ActionAffirm, "not_understood"),
        (ActionDeny, "missing"),
        (ActionCannotProvide, "missing"),
    ],
)
async def test_in_a_form_the_forms_own_question_answers(stage: Any, action: Any, problem: str) -> None:
    stage.form, stage.slots = "track_order_form", {"requested_slot": "order_number"}
    told = await stage.run(action, "hm", "nlu_fallback")
    assert told.responses == []
    assert told.slots == {"problem": problem}


@pytest.mark.parametrize(
    ("action", "response"),
    [
        (ActionAffirm, "utter_affirm"),
        (ActionDeny, "utter_deny"),
        (ActionGreet, "utter_greet"),
        (ActionThanks, "utter_youre_welcome"),
    ],
)
async def test_outside_of_a_form_there_is_an_answer_of_its_own(stage: Any, action: Any, response: str) -> None:
    assert (await stage.run(action, "ok", "affirm")).responses == [response]


async def test_asking_where_the_number_is_begins_the_search_for_it(stage: Any) -> None:
    told = await stage.run(ActionCannotProvide, "where do i find my order number", "cannot_provide")
    assert (told.slots["problem"], told.next_action) == ("missing", "track_order_form")


async def test_stop_ends_the_form_and_forgets_what_it_held(stage: Any) -> None:
    stage.form = "track_order_form"
    told = await stage.run(ActionStop, "stop", "stop")
    assert told.responses == ["utter_stopped"]
    assert told.form_ended
    assert told.slots["order_number"] is None


async def test_stop_with_nothing_running_says_so(stage: Any) -> None:
    assert (await stage.run(ActionStop, "cancel it", "stop")).responses == ["utter_nothing_to_stop"]


@pytest.mark.parametrize(
    ("intent", "response"), [("nlu_fallback", "utter_ask_rephrase"), ("out_of_scope", "utter_out_of_scope")]
)
async def test_what_is_not_understood_is_asked_for_in_other_words_each_time(
    stage: Any, intent: str, response: str
) -> None:
    assert (await stage.run(ActionAskRephrase, "hm", intent)).responses == [response]
    stage.said_before(response)
    assert (await stage.run(ActionAskRephrase, "hm", intent)).responses == [f"{response}_again"]


@pytest.mark.parametrize(
    ("intent", "offered", "reason"),
    [
        ("human", "utter_greet", "asked"),
        ("affirm", "utter_offer_person", "not_understood"),
        ("nlu_fallback", "utter_offer_person", "not_understood"),
    ],
)
async def test_a_call_back_says_why_and_leaves_the_form(stage: Any, intent: str, offered: str, reason: str) -> None:
    stage.form = "track_order_form"
    stage.said_before(offered)
    told = await stage.run(ActionRequestCallback, "a person please", intent)
    assert told.effects == [{"type": "request_callback", "reason": reason}]
    assert told.form_ended


async def test_what_only_a_person_can_do_offers_a_way_back_to_the_form(stage: Any) -> None:
    stage.form = "my_orders_form"
    told = await stage.run(ActionOfferPerson, "i want a refund", "needs_person")
    assert told.responses == ["utter_needs_person"]
    assert [button["payload"] for button in told.buttons] == ["/list_orders"]
    assert told.form_ended


async def test_goodbye_ends_the_conversation(stage: Any) -> None:
    told = await stage.run(ActionGoodbye, "bye", "goodbye")
    assert told.effects == [{"type": "end", "reason": "done"}]
    assert told.form_ended
