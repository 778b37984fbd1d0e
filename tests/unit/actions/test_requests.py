"""Having something changed, as a conversation: asked for what is missing, summed up, done once on a clear yes."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import Any

import pytest

from actions.request_turn import FORM
from actions.requests import (
    ActionAskAnswer,
    ActionNothingBefore,
    ActionPastChoice,
    ActionRequestOver,
    ActionResumeRequest,
    ValidateRequestForm,
)
from bot.customers.verification import Access, Level, Proof
from bot.orders.catalogue import CatalogueKeeper
from bot.orders.changes import CancelOrder, ChangeOrderAddress, ChangePhone, ReturnItems
from bot.orders.models import OrderStatus
from bot.orders.shop import OutcomeUnknown, ShopUnavailable
from bot.self_service.request import Request, Task, requests_in
from tests.support.asked_shop import CARD, DELIVERED, GIFT, NEW, NOW, PENDING, SAMS, SECOND, SHIPPED, AskedShop

VERIFIED = Access(Level.VERIFIED, "jo")
SURE = 0.95


class Talk:
    """A conversation as the engine leads it: the form hears a message, keeps its slots, and asks on."""

    def __init__(self, stage: Any, shop: AskedShop) -> None:
        self.stage = stage
        self.shop = shop
        self.buttons: list[dict[str, Any]] = []
        self._count = itertools.count(1)

    @property
    def requests(self) -> tuple[Request, ...]:
        return requests_in(self.stage.slots.get("requests"))

    @property
    def open(self) -> bool:
        return self.stage.form == FORM

    async def says(
        self,
        text: str,
        intent: str = "inform",
        confidence: float = 0.0,
        entities: list[dict[str, Any]] | None = None,
        *,
        starting: bool = False,
        same_turn: bool = False,
    ) -> list[str]:
        """What the bot says to it, by the names of its responses without "utter_request_"."""
        stage = self.stage
        stage.message_id = stage.message_id if same_turn else f"m{next(self._count)}"
        stage.after.clear()
        if starting:
            stage.starts(FORM)
        told = await stage.run(ValidateRequestForm, text, intent, entities, confidence)
        names, buttons = list(told.responses), told.buttons
        stage.slots |= told.slots
        if told.responses:
            stage.after.append({"event": "bot", "text": "…"})
        if told.slots.get("requested_slot") == "answer":
            asked = await stage.run(ActionAskAnswer, text, intent, entities, confidence)
        elif "requested_slot" in told.slots:
            stage.form = None
            asked = await stage.run(ActionRequestOver, text, intent)
        else:
            return names
        stage.slots |= asked.slots
        self.buttons = [*buttons, *asked.buttons]
        return [name.removeprefix("utter_request_") for name in (*names, *asked.responses)]

    async def wants(self, task: Task | str, text: str) -> list[str]:
        """A wish that begins the form, or comes while it asks."""
        return await self.says(text, str(task), SURE, starting=not self.open)

    async def presses(self, title: str, *, among: list[dict[str, Any]] | None = None) -> list[str]:
        """A button of the last question, or of an earlier one."""
        button = next(one for one in among or self.buttons if title in one["title"])
        chosen = json.loads(button["payload"].removeprefix("/choose"))["chosen"]
        return await self.says(button["title"], "choose", 1.0, [{"entity": "chosen", "value": chosen}])


@pytest.fixture
def shop() -> AskedShop:
    return AskedShop()


@pytest.fixture
def talk(stage: Any, shop: AskedShop) -> Talk:
    products = CatalogueKeeper(shop, stage.services.products._vocabulary, lambda: NOW)
    stage.services = replace(stage.services, shop=shop, products=products)
    stage.verification.now = VERIFIED
    return Talk(stage, shop)


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


# -- a yes does it once, and nothing that is no longer true ----------------------------------------------------------


async def cancel_summed_up(talk: Talk) -> None:
    await talk.wants(Task.CANCEL, f"cancel {PENDING}, ordered by mistake")


async def test_a_yes_to_a_summary_that_a_correction_has_made_stale_does_nothing(talk: Talk) -> None:
    await cancel_summed_up(talk)
    old = talk.buttons
    await talk.says("sorry, I no longer need it")
    said = await talk.presses("Yes", among=old)
    assert said[0] == "note_stale_yes"
    assert talk.shop.changes == []
    await talk.presses("Yes")
    assert talk.shop.changes == [CancelOrder(PENDING, "no longer needed")]


async def test_a_yes_to_what_the_shop_has_changed_meanwhile_does_nothing(talk: Talk) -> None:
    await cancel_summed_up(talk)
    talk.shop.orders[PENDING] = replace(talk.shop.orders[PENDING], status=OrderStatus.SHIPPED)
    said = await talk.says("yes", "affirm", SURE)
    assert said == ["note_stale_yes", "refused_not_pending_cancel_order"]
    assert talk.shop.keys == []


async def test_a_turn_that_is_run_again_does_it_once_under_the_same_key(talk: Talk) -> None:
    await cancel_summed_up(talk)
    before = dict(talk.stage.slots)
    first = await talk.says("yes", "affirm", SURE)
    talk.stage.slots, talk.stage.form = before, FORM
    assert await talk.says("yes", "affirm", SURE, same_turn=True) == first == ["done_cancel_order"]
    assert len(talk.shop.changes) == 1


async def test_a_change_that_would_be_possible_again_is_done_under_the_same_key(talk: Talk) -> None:
    await talk.wants(Task.PROFILE, "my new phone number is 020 7946 0958")
    before = dict(talk.stage.slots)
    for _ in range(2):
        talk.stage.slots, talk.stage.form = dict(before), FORM
        await talk.says("yes", "affirm", SURE, same_turn=True)
    assert len(talk.shop.changes) == 1
    assert len(set(talk.shop.keys)) == 1


@pytest.mark.parametrize("text", ["yes no", "yes but wait", "maybe", "what?"])
async def test_what_is_no_clear_yes_does_nothing(talk: Talk, text: str) -> None:
    await cancel_summed_up(talk)
    await talk.says(text, "inform", 0.3)
    assert talk.shop.keys == []


# -- a shop that is away, or silent ----------------------------------------------------------------------------------


async def test_while_the_shop_is_away_the_summary_stays_and_a_later_yes_does_it(talk: Talk) -> None:
    await cancel_summed_up(talk)
    summary = talk.requests[0].summary
    talk.shop.failures = [ShopUnavailable()]
    said = await talk.says("yes", "affirm", SURE)
    assert said[0] == "shop_away"
    assert talk.requests[0].summary == summary
    assert talk.shop.changes == []
    assert (await talk.says("yes", "affirm", SURE))[0] == "done_cancel_order"
    assert len(set(talk.shop.keys)) == 1


@pytest.mark.parametrize("text", ["check", "yes", "what happened?", "no"])
async def test_a_change_whose_answer_was_lost_is_looked_up_and_not_done_twice(talk: Talk, text: str) -> None:
    await cancel_summed_up(talk)
    talk.shop.failures, talk.shop.done_all_the_same = [OutcomeUnknown()], True
    assert await talk.says("yes", "affirm", SURE) == ["outcome_unknown"]
    assert talk.requests[0].sent
    assert await talk.says(text) == ["done_cancel_order"]
    assert len(talk.shop.changes) == len(talk.shop.keys) == 1


async def test_a_change_that_never_arrived_is_sent_again_under_the_same_key(talk: Talk) -> None:
    await cancel_summed_up(talk)
    talk.shop.failures = [OutcomeUnknown()]
    await talk.says("yes", "affirm", SURE)
    assert await talk.says("check") == ["done_cancel_order"]
    assert len(talk.shop.keys) == 2
    assert len(set(talk.shop.keys)) == 1


async def test_a_no_to_a_change_that_never_arrived_keeps_it_undone(talk: Talk) -> None:
    await cancel_summed_up(talk)
    talk.shop.failures = [OutcomeUnknown()]
    await talk.says("yes", "affirm", SURE)
    await talk.says("no, leave it", "deny", SURE)
    assert talk.shop.changes == []
    assert not talk.requests[0].sent


async def test_a_button_cannot_correct_what_may_have_been_done(talk: Talk) -> None:
    await talk.wants(Task.CANCEL, f"cancel {PENDING}")
    reasons = talk.buttons
    await talk.presses("I no longer need it")
    talk.shop.failures, talk.shop.done_all_the_same = [OutcomeUnknown()], True
    await talk.presses("Yes")
    assert await talk.presses("I ordered it by mistake", among=reasons) == ["done_cancel_order"]
    assert talk.shop.changes == [CancelOrder(PENDING, "no longer needed")]


async def test_after_something_else_the_lost_answer_is_looked_for_first(talk: Talk) -> None:
    await cancel_summed_up(talk)
    talk.shop.failures, talk.shop.done_all_the_same = [OutcomeUnknown()], True
    await talk.says("yes", "affirm", SURE)
    talk.stage.form = None
    assert "done_cancel_order" in await talk.says("on with it", "resume", SURE, starting=True)


async def test_a_refusal_by_the_shop_itself_is_told_and_nothing_is_done(talk: Talk, shop: AskedShop) -> None:
    await talk.wants(Task.ADDRESS, f"send {PENDING} to 3 Hill Road, York YO1 7HH")
    stays = dict(shop.orders)

    async def moved_on(customer_id: str, limit: int) -> tuple[Any, ...]:
        return tuple(one for one in stays.values() if one.customer_id == customer_id)

    shop.orders_of = moved_on  # type: ignore[method-assign]  # what was read is older than what is there
    shop.orders[PENDING] = replace(shop.orders[PENDING], status=OrderStatus.SHIPPED)
    said = await talk.says("yes", "affirm", SURE)
    assert said[0] == "note_not_allowed_not_pending"
    assert shop.changes == []


# -- somebody else's -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", [Task.CANCEL, Task.ADDRESS, Task.PAYMENT, Task.RETURN, Task.SWAP, Task.PROBLEM])
async def test_another_customers_order_is_refused_like_one_that_does_not_exist(talk: Talk, task: Task) -> None:
    said = []
    for number in (SAMS, "#W0000000"):
        talk.stage.slots, talk.stage.form = {}, None
        said.append(await talk.wants(task, f"about order {number}"))
    assert said[0] == said[1]
    assert said[0][0] == "note_unknown_order"


@pytest.mark.parametrize("number", [SAMS, "#W0000000", "x"])
async def test_a_forged_button_with_another_customers_order_is_refused_alike(talk: Talk, number: str) -> None:
    await talk.wants(Task.CANCEL, "cancel my order")
    chosen = f"{talk.requests[0].id}|order_number|{number}|"
    said = await talk.says("x", "choose", 1.0, [{"entity": "chosen", "value": chosen}])
    assert said[0] == "refused_unknown_order"
    assert talk.shop.keys == []


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


GOOD: dict[str, Any] = {"id": "r1", "task": "return_items", "number": DELIVERED, "asked": "items", "opened": True}


@pytest.mark.parametrize(
    "kept",
    [
        *(None, 5, "x", {}, [None], [{}], [[]], [{"id": "r1", "task": "dance"}]),
        *([{**GOOD, name: value}] for name in GOOD if name != "task" for value in (5, [], {}, "x")),
        *([{**GOOD, "picked": value}] for value in ([99], ["a"], [-1], 5)),
        *([{**GOOD, "unsure": [98, 99]}], [{**GOOD, "wanted": {"99": "x"}}], [{**GOOD, "hints": {"99": "x"}}]),
        *([{**GOOD, "about": 99, "asked": "variant", "task": task}] for task in Task),
        *([{**GOOD, "task": task, "what": "dance", "remedy": "sing"}] for task in Task),
        *([{**GOOD, "task": task, "number": None}] for task in Task),
        *([{**GOOD, "candidates": ["#W0"], "number": None}], [{**GOOD, "offer": "dance", "asked": "confirmation"}]),
        *([{**GOOD, "sent": True, "summary": "x"}], [{**GOOD, "trail": ["dance"]}], [GOOD, 5, GOOD]),
        [{**GOOD, "of_tomorrow": True}],
    ],
    ids=repr,
)
@pytest.mark.parametrize(("text", "intent"), [("yes", "affirm"), ("the lamp", "inform"), ("go back", "go_back")])
async def test_whatever_is_in_the_slot_does_no_harm(talk: Talk, kept: Any, text: str, intent: str) -> None:
    talk.stage.form, talk.stage.slots = FORM, {"requests": kept, "requested_slot": "answer", "asking": "items"}
    said = await talk.says(text, intent, SURE)
    assert talk.shop.keys == []
    assert all(name != "None" for name in said)


@pytest.mark.parametrize(
    "value", ["", "|", "|||", "x|y|z|w", "a|b|c|²", "m1-0|variant|x|99999", "m1-0|items||", "m1-0|what|x|"]
)
async def test_whatever_a_button_says_does_no_harm(talk: Talk, value: str) -> None:
    await talk.wants(Task.SWAP, f"another version of the lamp in {PENDING}")
    await talk.says("x", "choose", 1.0, [{"entity": "chosen", "value": value}])
    assert talk.shop.keys == []


async def test_a_card_that_was_picked_by_hand_is_charged(talk: Talk) -> None:
    await talk.wants(Task.SWAP, f"change the lamp of {PENDING} to sage")
    assert (await talk.presses("Visa"))[0] == "summary_change_order_items"
    assert talk.requests[0].payment == CARD
