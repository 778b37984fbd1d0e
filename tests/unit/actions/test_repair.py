"""Getting a conversation back on its way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from actions.one_time_code import ActionResendCode
from actions.repair import (
    ActionAffirm,
    ActionCannotProvide,
    ActionDeny,
    ActionNotUnderstood,
    ActionSomethingElse,
    ActionStop,
    ActionTakeFacts,
)
from bot.languages.languages import shipped_languages

RANKING = [
    {"name": "nlu_fallback", "confidence": 0.6},
    {"name": "another_order", "confidence": 0.2},
    {"name": "track_order", "confidence": 0.18},
    {"name": "thanks", "confidence": 0.17},
    {"name": "cancel_order", "confidence": 0.16},
    {"name": "invoice", "confidence": 0.1},
    {"name": "review", "confidence": 0.09},
]


@pytest.mark.parametrize("action", [ActionTakeFacts, ActionNotUnderstood])
@pytest.mark.parametrize("form", [None, "my_orders_form"])
async def test_a_bare_order_number_is_about_that_order(stage: Any, action: Any, form: str | None) -> None:
    stage.form = form
    assert (await stage.run(action, "w 1000001")).next_action == "track_order_form"


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ("jo@mail.example", "utter_email_noted"),
        ("N1 5QT", "utter_postcode_noted"),
        ("zip 19103", "utter_postcode_noted"),
        ("123456", "utter_no_code_open"),
        ("1406989672", "utter_number_malformed"),
        ("W482731", "utter_number_malformed"),
        ("order #12345", "utter_number_malformed"),
        ("22", "utter_number_unreadable"),
        ("hm", "utter_not_understood"),
    ],
)
async def test_a_bare_fact_is_taken_for_what_it_is(stage: Any, text: str, response: str) -> None:
    assert (await stage.run(ActionTakeFacts, text)).responses == [response]


@pytest.mark.parametrize(("action", "intent"), [(ActionTakeFacts, "inform"), (ActionResendCode, "resend_code")])
@pytest.mark.parametrize(("minutes", "response"), [(1, "utter_locked"), (60, "utter_no_code_open")])
async def test_a_code_while_trying_is_paused_hears_so(
    stage: Any, action: Any, intent: str, minutes: int, response: str
) -> None:
    stage.said_before("utter_locked")
    stage.before[-1]["timestamp"] = (stage.services.clock() - timedelta(minutes=minutes)).timestamp()
    told = await stage.run(action, "123456", intent)
    assert told.responses == [response]
    assert told.messages[0].get("minutes", 15) == 15


async def test_a_malformed_number_is_named_beside_what_one_looks_like(stage: Any) -> None:
    told = await stage.run(ActionTakeFacts, "W482731")
    assert (told.messages[0]["given"], told.messages[0]["example"]) == ("W482731", "#W1234567")


async def test_a_bare_address_is_kept_for_what_comes(stage: Any) -> None:
    told = await stage.run(ActionTakeFacts, "Jo@mail.example")
    assert told.slots["contact"] == {"email": "jo@mail.example", "postcode": None}


async def test_a_number_without_a_meaning_does_not_forget_the_address(stage: Any) -> None:
    assert "contact" not in (await stage.run(ActionTakeFacts, "W482731")).slots


@pytest.mark.parametrize(
    ("action", "problem"),
    [
        (ActionTakeFacts, "not_understood"),
        (ActionNotUnderstood, "not_understood"),
        (ActionDeny, "missing"),
        (ActionCannotProvide, "missing"),
    ],
)
async def test_in_a_form_the_forms_own_question_answers(stage: Any, action: Any, problem: str | None) -> None:
    stage.form, stage.slots = "track_order_form", {"requested_slot": "order_number"}
    told = await stage.run(action, "hm", "nlu_fallback")
    assert told.responses == []
    assert told.slots["problem"] == problem


async def test_ok_instead_of_an_answer_has_the_question_put_again_and_then_what_else_would_do(stage: Any) -> None:
    stage.form, stage.slots = "track_order_form", {"requested_slot": "order_number"}
    assert "problem" not in (await stage.run(ActionAffirm, "ok", "affirm")).slots
    stage.missed_before("affirm")
    assert (await stage.run(ActionAffirm, "ok", "affirm")).slots["problem"] == "missing"


@pytest.mark.parametrize(
    ("action", "text", "count"),
    [
        (ActionNotUnderstood, "hm", 1),
        (ActionTakeFacts, "so", 1),
        (ActionSomethingElse, "Something else", 1),
        (ActionCannotProvide, "no idea", 2),
        (ActionDeny, "no", 2),
        (ActionTakeFacts, "22", 2),
    ],
)
async def test_one_miss_too_many_in_a_form_is_a_person(stage: Any, action: Any, text: str, count: int) -> None:
    stage.form, stage.slots = "track_order_form", {"requested_slot": "order_number"}
    stage.missed_before(count=count)
    told = await stage.run(action, text, "nlu_fallback")
    assert told.responses == ["utter_callback_not_understood"]
    assert told.effects == [{"type": "request_callback", "reason": "not_understood"}]
    assert told.form_ended


async def test_the_second_message_in_a_row_that_is_not_understood_is_a_person(stage: Any) -> None:
    first = await stage.run(ActionNotUnderstood, "hm", "nlu_fallback")
    assert first.responses == ["utter_not_understood"]
    stage.missed_before()
    second = await stage.run(ActionNotUnderstood, "hm?", "nlu_fallback")
    assert second.responses == ["utter_callback_not_understood"]
    assert second.slots["misses"] is None


async def test_a_miss_after_something_that_was_understood_is_a_first_one(stage: Any) -> None:
    stage.missed_before()
    stage.heard_before("thanks", "m0a")
    assert (await stage.run(ActionNotUnderstood, "hm?", "nlu_fallback")).effects == []


async def test_no_fallback_sentence_comes_back_before_five_others(stage: Any) -> None:
    heard: list[str] = []
    for turn in range(8):
        told = await stage.run(ActionNotUnderstood, "hm", "nlu_fallback")
        heard += told.responses
        stage.slots |= told.slots
        if stage.slots["misses"]:
            stage.slots["misses"]["turn"] = f"m-{turn}"
        stage.heard_before("nlu_fallback", f"m-{turn}")
    assert all(sentence not in heard[max(0, place - 5) : place] for place, sentence in enumerate(heard))


async def test_guesses_are_buttons_in_a_customers_words(stage: Any) -> None:
    stage.ranking = RANKING
    told = await stage.run(ActionNotUnderstood, "my thing, you know", "nlu_fallback")
    assert told.responses == ["utter_guess"]
    titles = [button["title"] for button in told.buttons]
    assert titles == ["Where's my order?", "Cancel an order", "Get an invoice", "Something else"]
    assert told.buttons[-1]["payload"] == "/something_else"


async def test_guesses_are_in_the_customers_language(stage: Any) -> None:
    stage.ranking, stage.slots = RANKING, {"language": "de"}
    told = await stage.run(ActionNotUnderstood, "das ding da", "nlu_fallback")
    german = shipped_languages().responses("de")
    wishes = ("track_order", "cancel_order", "invoice", "something_else")
    assert [button["title"] for button in told.buttons] == [german[f"utter_guess_{w}"][0]["text"] for w in wishes]


async def test_a_guess_takes_the_facts_of_the_message_along(stage: Any) -> None:
    stage.ranking = RANKING
    entity = {"entity": "product", "value": "Copse candle"}
    told = await stage.run(
        ActionNotUnderstood, "W1000001 could you maybe do the thing with it for me", "nlu_fallback", [entity]
    )
    assert told.buttons[1]["payload"] == '/cancel_order{"product": "Copse candle", "order_number": "#W1000001"}'


async def test_what_was_guessed_at_is_kept_for_whoever_answers_it(stage: Any) -> None:
    stage.ranking = RANKING
    told = await stage.run(ActionNotUnderstood, "my thing, you know", "nlu_fallback")
    assert told.slots["unclear"]["text"] == "my thing, you know"
    assert told.slots["unclear"]["titles"] == ["Where's my order?", "Cancel an order", "Get an invoice"]


async def test_what_is_beyond_a_shop_is_said_to_be_and_not_guessed_at(stage: Any) -> None:
    stage.ranking = RANKING
    assert (await stage.run(ActionNotUnderstood, "who won?", "out_of_scope")).responses == ["utter_out_of_scope"]


async def test_a_second_question_beyond_a_shop_has_a_person_offered_and_a_third_asked_for(stage: Any) -> None:
    stage.missed_before("out_of_scope")
    assert (await stage.run(ActionNotUnderstood, "who won?", "out_of_scope")).responses == ["utter_offer_person"]
    stage.missed_before("out_of_scope", count=2)
    stage.said_before("utter_offer_person")
    told = await stage.run(ActionNotUnderstood, "who won?", "out_of_scope")
    assert told.responses == ["utter_callback_not_understood"]


async def test_no_to_all_guesses_asks_for_other_words(stage: Any) -> None:
    stage.said_before("utter_guess")
    assert (await stage.run(ActionDeny, "no", "deny")).responses == ["utter_something_else"]


@pytest.mark.parametrize("offer", ["utter_offer_person_again", "utter_complaint", "utter_unanswered_more"])
async def test_yes_to_a_person_asks_where_to_reach_them(stage: Any, offer: str) -> None:
    stage.said_before(offer)
    told = await stage.run(ActionAffirm, "yes", "affirm")
    assert told.effects == [{"type": "request_callback", "reason": "asked"}]


@pytest.mark.parametrize(
    ("action", "response"),
    [(ActionAffirm, "utter_affirm"), (ActionDeny, "utter_deny"), (ActionStop, "utter_nothing_to_stop")],
)
async def test_yes_and_no_and_stop_to_nothing_have_an_answer_and_a_second_wording(
    stage: Any, action: Any, response: str
) -> None:
    told = await stage.run(action, "ok", "affirm")
    assert told.responses == [response]
    stage.slots = {"said": told.slots["said"]}
    assert (await stage.run(action, "ok", "affirm")).responses == [f"{response}_again"]


async def test_asking_where_the_number_is_begins_the_search_for_it(stage: Any) -> None:
    told = await stage.run(ActionCannotProvide, "where do i find my order number", "cannot_provide")
    assert (told.slots["problem"], told.next_action) == ("missing", "track_order_form")


async def test_stop_ends_the_form_and_forgets_what_it_held(stage: Any) -> None:
    stage.form = "track_order_form"
    told = await stage.run(ActionStop, "stop", "stop")
    assert told.responses == ["utter_stopped"]
    assert told.form_ended
    assert told.slots["order_number"] is None


async def test_a_no_of_many_words_is_no_reason_to_be_content(stage: Any) -> None:
    told = await stage.run(ActionDeny, "no, I really do not think that it is so", "deny")
    assert told.responses == ["utter_not_helped"]


async def test_a_no_to_an_offered_person_may_have_many_words(stage: Any) -> None:
    stage.said_before("utter_offer_person")
    assert (await stage.run(ActionDeny, "no, I do not want that now", "deny")).responses == ["utter_deny"]


@pytest.mark.parametrize("question", ["utter_done_now", "utter_done_now_again"])
async def test_yes_to_being_done_ends_the_conversation_and_no_goes_on(stage: Any, question: str) -> None:
    stage.said_before(question)
    assert (await stage.run(ActionAffirm, "yes", "affirm")).effects == [{"type": "end", "reason": "done"}]
    told = await stage.run(ActionDeny, "no", "deny")
    assert (told.responses, told.effects) == (["utter_has_question"], [])
