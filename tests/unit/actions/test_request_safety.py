"""Nothing is done twice, nothing half, nothing that was not said yes to, nothing of somebody else's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from actions.request_turn import FORM
from bot.orders.changes import CancelOrder
from bot.orders.models import OrderStatus
from bot.orders.shop import OutcomeUnknown, ShopUnavailable
from bot.self_service.request import Task
from tests.support.asked_shop import DELIVERED, PENDING, SAMS
from tests.support.request_talk import SURE, Talk


async def cancel_summed_up(talk: Talk) -> None:
    await talk.wants(Task.CANCEL, f"cancel {PENDING}, ordered by mistake")


# -- a yes does it once, and nothing that is no longer true ----------------------------------------------------------


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
    assert not talk.requests


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


async def test_a_refusal_by_the_shop_itself_is_told_and_nothing_is_done(talk: Talk) -> None:
    await talk.wants(Task.ADDRESS, f"send {PENDING} to 3 Hill Road, York YO1 7HH")
    stays, shop = dict(talk.shop.orders), talk.shop

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


# -- whatever comes in -----------------------------------------------------------------------------------------------


GOOD: dict[str, Any] = {"id": "r1", "task": "return_items", "number": DELIVERED, "asked": "items", "opened": True}

NO_VALUES: tuple[Any, ...] = (5, [], {}, "x")


@pytest.mark.parametrize(
    "kept",
    [
        *(None, 5, "x", {}, [None], [{}], [[]], [{"id": "r1", "task": "dance"}]),
        *([{**GOOD, name: value}] for name in GOOD if name != "task" for value in NO_VALUES),
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
