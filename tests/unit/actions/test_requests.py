"""Having something changed, as a conversation: asked for what is missing, summed up, repaired, resumed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from actions.request_turn import FORM
from actions.requests import (
    ActionAskAnswer,
    ActionNothingBefore,
    ActionPastChoice,
    ActionResumeRequest,
    ValidateRequestForm,
)
from bot.customers.verification import Access, Level, Proof
from bot.orders.changes import CancelOrder, ChangeOrderAddress, ChangePhone, ReturnItems
from bot.orders.models import OrderStatus
from bot.self_service.request import Task
from tests.support.asked_shop import CARD, DELIVERED, GIFT, NEW, PENDING, SECOND, SHIPPED
from tests.support.request_talk import SURE, VERIFIED, Talk


async def cancel_summed_up(talk: Talk) -> None:
    await talk.wants(Task.CANCEL, f"cancel {PENDING}, ordered by mistake")


# -- from the wish to the deed ---------------------------------------------------------------------------------------


async def test_with_everything_said_at_once_only_the_yes_is_asked(talk: Talk) -> None:
    assert await talk.wants(Task.CANCEL, f"cancel {PENDING}, I don't need it any more") == ["summary_cancel_order"]
    assert talk.shop.changes == []
    assert await talk.says("yes", "affirm", SURE) == ["done_cancel_order"]
    assert talk.shop.changes == [CancelOrder(PENDING, "no longer needed")]
    assert not talk.open
    assert talk.requests == ()


async def test_only_what_is_missing_is_asked_one_by_one_with_buttons(talk: Talk) -> None:
    assert await talk.wants(Task.RETURN, "I want to return something") == ["order_number_return_items"]
    assert await talk.presses(DELIVERED) == ["items_return_items"]
    assert await talk.presses("Mug") == ["items_others"]
    assert await talk.presses("Mug") == ["items_others"]
    assert await talk.presses("No, that's all") == ["payment_method_refund"]
    assert await talk.presses("Gift card") == ["summary_return_items"]
    assert (await talk.presses("Yes"))[0].startswith("done_return_items")
    assert talk.shop.changes == [ReturnItems(DELIVERED, ("mug-moss", "mug-moss"), GIFT)]


async def test_the_same_can_be_typed(talk: Talk) -> None:
    await talk.wants(Task.RETURN, "I want to return both mugs and get the money on my gift card")
    await talk.says("yes please", "affirm", SURE)
    assert talk.shop.changes == [ReturnItems(DELIVERED, ("mug-moss", "mug-moss"), GIFT)]


async def test_several_orders_are_done_one_after_the_other_each_on_its_own_yes(talk: Talk) -> None:
    said = await talk.wants(Task.CANCEL, f"cancel {PENDING} and {SECOND}, ordered by mistake")
    assert said == ["summary_cancel_order"]
    said = await talk.says("yes", "affirm", SURE)
    assert said[0] == "done_cancel_order"
    assert said[-1].startswith("summary_cancel_order")
    await talk.says("yes", "affirm", SURE)
    assert [change.number for change in talk.shop.changes] == [PENDING, SECOND]  # type: ignore[union-attr]
    assert len(set(talk.shop.keys)) == 2


async def test_a_profile_is_changed(talk: Talk) -> None:
    await talk.wants(Task.PROFILE, "my new phone number is 020 7946 0958")
    await talk.says("yes", "affirm", SURE)
    assert talk.shop.changes == [ChangePhone("02079460958")]


async def test_a_problem_that_nobody_can_solve_at_once_becomes_a_case_with_a_promise(talk: Talk, stage: Any) -> None:
    stage.message_id = "m9"
    stage.starts(FORM)
    told = await stage.run(ValidateRequestForm, f"{SHIPPED} has not arrived", "order_problem", None, SURE)
    assert told.responses == ["utter_request_case_late"]
    assert told.effects
    assert told.slots["requests"] is None


# -- repair ----------------------------------------------------------------------------------------------------------


async def test_a_second_task_pauses_the_first_which_is_gone_on_with_afterwards(talk: Talk) -> None:
    await talk.wants(Task.CANCEL, f"cancel {PENDING}")
    said = await talk.wants(Task.ADDRESS, f"wait, first please send {SECOND} to 3 Hill Road, York YO1 7HH")
    assert said == ["summary_change_order_address"]
    assert [one.task for one in talk.requests] == [Task.ADDRESS, Task.CANCEL]
    said = await talk.says("yes", "affirm", SURE)
    assert said == ["done_change_order_address", "back", "reason_again"]
    assert talk.shop.changes == [ChangeOrderAddress(SECOND, NEW)]
    await talk.says("I no longer need it")
    await talk.says("yes", "affirm", SURE)
    assert talk.shop.changes[1:] == [CancelOrder(PENDING, "no longer needed")]


async def test_what_is_wanted_instead_replaces_what_was_begun(talk: Talk) -> None:
    await talk.wants(Task.CANCEL, f"cancel {PENDING}")
    await talk.wants(Task.ADDRESS, "I'd rather send it to another address instead")
    assert [(one.task, one.number) for one in talk.requests] == [(Task.ADDRESS, PENDING)]


async def test_stopping_the_second_task_goes_on_with_the_first(talk: Talk) -> None:
    await talk.wants(Task.CANCEL, f"cancel {PENDING}")
    await talk.wants(Task.PROFILE, "and update my phone number")
    assert await talk.says("stop", "stop", SURE) == ["dropped", "back", "reason_again"]
    assert [one.task for one in talk.requests] == [Task.CANCEL]


@pytest.mark.parametrize(("text", "intent"), [("go back", "go_back"), ("back to the previous question", "inform")])
async def test_going_back_puts_the_question_before_again(talk: Talk, text: str, intent: str) -> None:
    await talk.wants(Task.CANCEL, f"cancel {PENDING}")
    await talk.presses("I no longer need it")
    said = await talk.says(text, intent, SURE)
    assert said[-1].startswith("reason")
    assert talk.requests[0].reason is None


async def test_there_is_nothing_to_go_back_to_at_the_first_question(talk: Talk) -> None:
    await talk.wants(Task.CANCEL, "cancel my order")
    assert (await talk.says("go back", "go_back", SURE))[0] == "note_nothing_before"


async def test_a_first_no_asks_what_should_be_different_and_a_second_drops_it(talk: Talk) -> None:
    await cancel_summed_up(talk)
    assert await talk.says("no", "deny", SURE) == ["declined"]
    assert await talk.says("no", "deny", SURE) == ["dropped"]
    assert not talk.open
    assert talk.shop.keys == []


async def test_a_choice_of_an_earlier_question_corrects_it(talk: Talk) -> None:
    await talk.wants(Task.CANCEL, f"cancel {PENDING}")
    reasons = talk.buttons
    await talk.presses("I no longer need it")
    await talk.presses("I ordered it by mistake", among=reasons)
    await talk.presses("Yes")
    assert talk.shop.changes == [CancelOrder(PENDING, "ordered by mistake")]


async def test_a_button_of_a_past_request_does_nothing(talk: Talk) -> None:
    await cancel_summed_up(talk)
    old = talk.buttons
    await talk.presses("Yes")
    await talk.wants(Task.CANCEL, f"cancel {SECOND}, ordered by mistake")
    said = await talk.presses("Yes", among=old)
    assert said[0] == "note_past_choice"
    assert len(talk.shop.changes) == 1


async def test_what_is_about_something_else_is_left_to_the_rules(talk: Talk) -> None:
    await talk.wants(Task.CANCEL, f"cancel {PENDING}")
    kept = talk.stage.slots["requests"]
    assert await talk.says("what is your return policy?", "returns_policy", SURE) == []
    assert talk.stage.slots["requests"] == kept


async def test_what_was_interrupted_is_asked_again(talk: Talk, stage: Any) -> None:
    await cancel_summed_up(talk)
    told = await stage.run(ActionAskAnswer, "and how much is delivery?", "shipping_costs")
    assert told.responses[0].startswith("utter_request_summary_cancel_order")
    assert [button["value"] for button in told.buttons] == ["yes", "no"]


async def test_an_order_that_has_moved_on_since_is_told_instead_of_asked_about(talk: Talk, stage: Any) -> None:
    await cancel_summed_up(talk)
    talk.shop.orders[PENDING] = replace(talk.shop.orders[PENDING], status=OrderStatus.SHIPPED)
    told = await stage.run(ActionAskAnswer, "and how much is delivery?", "shipping_costs")
    assert told.responses == ["utter_request_refused_not_pending_cancel_order"]


# -- around the form -------------------------------------------------------------------------------------------------


async def test_what_was_begun_is_resumed(talk: Talk, stage: Any) -> None:
    await talk.wants(Task.CANCEL, f"cancel {PENDING}")
    stage.form = None
    assert (await stage.run(ActionResumeRequest, "go on", "resume")).next_action == FORM
    assert (await talk.says("go on", "resume", SURE, starting=True))[0] == "back"


@pytest.mark.parametrize(
    ("action", "response"),
    [
        (ActionResumeRequest, "utter_nothing_to_stop"),
        (ActionNothingBefore, "utter_request_note_nothing_before"),
        (ActionPastChoice, "utter_request_note_past_choice"),
    ],
)
async def test_where_nothing_is_open_that_is_said(talk: Talk, stage: Any, action: Any, response: str) -> None:
    assert (await stage.run(action, "x")).responses == [response]


async def test_who_is_not_known_is_asked_first_and_what_was_said_is_kept(talk: Talk, stage: Any) -> None:
    stage.verification.now = Access(Level.ANONYMOUS)
    assert await talk.wants(Task.CANCEL, f"cancel {PENDING}, ordered by mistake") == ["utter_ask_email"]
    stage.verification.proof = Proof.SENT
    assert await talk.says("jo@mail.example") == ["utter_ask_one_time_code"]
    stage.verification.proof = Proof.RIGHT
    check_code = stage.verification.check_code

    async def verified(turn: Any, code: str) -> Proof:
        stage.verification.now = VERIFIED
        return await check_code(turn, code)  # type: ignore[no-any-return]

    stage.verification.check_code = verified
    assert await talk.says("123456") == ["known", "summary_cancel_order"]


async def test_who_the_channel_knows_meanwhile_is_not_asked_again(talk: Talk, stage: Any) -> None:
    stage.verification.now = Access(Level.ANONYMOUS)
    assert await talk.wants(Task.CANCEL, f"cancel {PENDING}, ordered by mistake") == ["utter_ask_email"]
    stage.verification.now = VERIFIED
    assert await talk.says("+49 170 1234567", "resume", SURE) == ["known", "summary_cancel_order"]


async def test_a_verification_that_runs_out_in_the_middle_is_asked_for_again(talk: Talk, stage: Any) -> None:
    await cancel_summed_up(talk)
    stage.verification.now = Access(Level.ANONYMOUS)
    assert await talk.says("yes", "affirm", SURE) == ["utter_ask_email"]
    assert talk.shop.keys == []
    assert talk.requests[0].number == PENDING


async def test_too_many_wrong_codes_end_it_and_nothing_is_kept(talk: Talk, stage: Any) -> None:
    stage.verification.now = Access(Level.ANONYMOUS)
    await talk.wants(Task.CANCEL, f"cancel {PENDING}")
    stage.verification.proof = Proof.LOCKED
    assert (await talk.says("jo@mail.example"))[-1].startswith("utter_locked")
    assert talk.requests == ()


async def test_a_customer_whom_the_shop_has_lost_is_told(talk: Talk, stage: Any) -> None:
    stage.verification.now = Access(Level.VERIFIED, "nobody")
    assert await talk.wants(Task.CANCEL, "cancel my order") == ["note_not_allowed_unknown_customer"]
    assert talk.requests == ()


async def test_a_card_that_was_picked_by_hand_is_charged(talk: Talk) -> None:
    await talk.wants(Task.SWAP, f"change the lamp of {PENDING} to sage")
    assert (await talk.presses("Visa"))[0] == "summary_change_order_items"
    assert talk.requests[0].payment == CARD
