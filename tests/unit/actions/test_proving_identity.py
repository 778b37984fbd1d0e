"""Proving who one is, and what that shows: all orders, the profile."""

from __future__ import annotations

from typing import Any

import pytest

from actions.my_orders import ActionListOrders, ValidateMyOrdersForm
from actions.my_profile import ActionShowProfile
from actions.one_time_code import ActionAskOneTimeCode, ActionResendCode
from bot.customers.verification import Access, Level, Proof

JO = "jo@mail.example"


@pytest.fixture
def asking_for_code(stage: Any) -> Any:
    stage.form = "my_orders_form"
    stage.slots = {"requested_slot": "one_time_code", "email": JO}
    return stage


async def test_an_address_asks_for_a_code_to_it(stage: Any) -> None:
    stage.starts("my_orders_form")
    stage.verification.proof = Proof.SENT
    told = await stage.run(ValidateMyOrdersForm, "my orders, JO@mail.example", "list_orders")
    assert told.effects == [{"type": "send_code", "shop_customer_id": "jo", "email": JO}]
    assert told.slots["email"] == JO


async def test_an_address_on_no_file_is_answered_in_the_same_words(stage: Any) -> None:
    heard = []
    for email in (JO, "nobody@mail.example"):
        stage.after.clear()
        stage.starts("my_orders_form")
        stage.verification.proof = Proof.SENT
        told = await stage.run(ValidateMyOrdersForm, email)
        stage.slots = {"email": email, "problem": told.slots["problem"]}
        heard.append((await stage.run(ActionAskOneTimeCode, email)).responses)
        stage.slots = {}
    assert heard[0] == heard[1] == ["utter_ask_one_time_code"]


async def test_an_address_given_earlier_is_used(stage: Any) -> None:
    stage.starts("my_orders_form")
    stage.slots = {"contact": {"email": JO, "postcode": None}}
    stage.verification.proof = Proof.SENT
    assert (await stage.run(ValidateMyOrdersForm, "my orders", "list_orders")).effects[0]["email"] == JO


async def test_a_code_that_is_still_open_is_not_sent_again(stage: Any) -> None:
    stage.starts("my_orders_form")
    stage.slots = {"email": JO, "contact": {"email": JO, "postcode": None}}
    stage.verification.now = Access(Level.ANONYMOUS, code_open=True)
    told = await stage.run(ValidateMyOrdersForm, "my orders", "list_orders")
    assert told.effects == []
    assert told.slots["email"] == JO


async def test_who_is_verified_is_asked_nothing(stage: Any) -> None:
    stage.starts("my_orders_form")
    stage.verification.now = Access(Level.VERIFIED, "jo")
    told = await stage.run(ValidateMyOrdersForm, "my orders", "list_orders")
    assert told.slots["requested_slot"] is None


@pytest.mark.parametrize(
    ("proof", "slots"),
    [
        (Proof.RIGHT, {"requested_slot": None, "problem": None}),
        (Proof.LOCKED, {"requested_slot": None, "problem": "locked"}),
        (Proof.WRONG, {"problem": "wrong"}),
        (Proof.EXPIRED, {"problem": "expired"}),
    ],
)
async def test_a_typed_code_is_judged(asking_for_code: Any, proof: Proof, slots: dict[str, Any]) -> None:
    asking_for_code.verification.proof = proof
    told = await asking_for_code.run(ValidateMyOrdersForm, "its 123 456")
    assert asking_for_code.verification.asked[0][1:] == ("123456",)
    assert told.slots == slots


async def test_another_address_at_the_code_gets_a_new_code(asking_for_code: Any) -> None:
    asking_for_code.verification.proof = Proof.SENT
    told = await asking_for_code.run(ValidateMyOrdersForm, "sorry, other@mail.example")
    assert told.effects[0]["email"] == "other@mail.example"
    assert told.slots["problem"] == "resent"


@pytest.mark.parametrize("intent", ["track_order", "inform"])
async def test_an_order_number_at_the_code_is_left_to_the_rules(asking_for_code: Any, intent: str) -> None:
    assert (await asking_for_code.run(ValidateMyOrdersForm, "where is W1000001", intent)).events == []


async def test_too_many_codes_end_the_form(stage: Any) -> None:
    stage.starts("my_orders_form")
    stage.verification.proof = Proof.LOCKED
    told = await stage.run(ValidateMyOrdersForm, JO)
    assert told.slots["requested_slot"] is None
    assert told.effects == []


async def test_a_new_code_goes_to_the_same_address(asking_for_code: Any) -> None:
    asking_for_code.verification.proof = Proof.SENT
    told = await asking_for_code.run(ActionResendCode, "send a new code", "resend_code")
    assert told.effects[0]["email"] == JO
    assert told.slots["problem"] == "resent"


async def test_too_many_new_codes_are_refused_in_words(asking_for_code: Any) -> None:
    asking_for_code.verification.proof = Proof.LOCKED
    told = await asking_for_code.run(ActionResendCode, "send a new code", "resend_code")
    assert told.responses == ["utter_locked"]
    assert told.form_ended


async def test_a_new_code_without_a_first_one_is_explained(stage: Any) -> None:
    assert (await stage.run(ActionResendCode, "send a new code", "resend_code")).responses == ["utter_no_code_open"]


async def test_all_orders_are_cards_with_a_button_each(stage: Any) -> None:
    stage.verification.now = Access(Level.VERIFIED, "jo")
    told = await stage.run(ActionListOrders, "123456")
    assert told.responses == ["utter_orders"]
    assert [card["title"] for card in told.cards] == ["Order #W1000001", "Order #W1000002"]
    assert [button["title"] for button in told.buttons] == ["#W1000001", "#W1000002"]


async def test_the_profile_is_a_card(stage: Any) -> None:
    stage.verification.now = Access(Level.VERIFIED, "jo")
    told = await stage.run(ActionShowProfile, "123456")
    assert told.cards[0]["title"] == "Jo Hart"
    assert {"label": "Payment", "value": "Visa ending in 4242", "href": None} in told.cards[0]["fields"]


@pytest.mark.parametrize("action", [ActionListOrders, ActionShowProfile])
@pytest.mark.parametrize("level", [Level.ANONYMOUS, Level.MATCHED])
async def test_nothing_is_listed_for_who_is_not_verified(stage: Any, action: Any, level: Level) -> None:
    stage.verification.now = Access(level, order_numbers=frozenset({"#W1000001"}))
    told = await stage.run(action, "show me", "list_orders")
    assert told.responses == ["utter_not_verified"]
    assert told.cards == []
