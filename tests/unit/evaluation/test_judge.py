"""The judge: which differences count, and how pass^k is counted."""

from __future__ import annotations

import copy

import pytest

from bot.evaluation.judge import by_task, differences, others_changed, pass_hat
from bot.evaluation.tasks import Shop
from tests.support.small_shop import small_shop


def changed(**of_order: object) -> tuple[Shop, Shop]:
    wanted, found = small_shop(), small_shop()
    found["orders"]["#W1000001"].update(of_order)
    return wanted, found


def test_equal_data_has_no_differences() -> None:
    assert differences(*changed(), "ada_berg") == []


def test_a_difference_is_told_with_its_place_and_both_values() -> None:
    assert differences(*changed(status="cancelled"), "ada_berg") == [
        "order #W1000001 status is cancelled, should be pending"
    ]


@pytest.mark.parametrize("status", ["pending (item modified)", "pending (items modified)", "pending (items modifed)"])
def test_the_spellings_of_a_changed_order_are_one(status: str) -> None:
    wanted, found = changed(status=status)
    wanted["orders"]["#W1000001"]["status"] = "pending (item modified)"
    assert differences(wanted, found, "ada_berg") == []


def test_a_payment_of_nothing_and_a_field_without_value_make_no_difference() -> None:
    wanted, found = changed(cancel_reason=None)
    nothing = {"transaction_type": "refund", "amount": 0.0, "payment_method_id": "paypal_1"}
    wanted["orders"]["#W1000001"]["payment_history"].append(nothing)
    assert differences(wanted, found, "ada_berg") == []


def test_amounts_are_compared_to_the_cent() -> None:
    wanted, found = changed(exchange_price_difference=0.15)
    wanted["orders"]["#W1000001"]["exchange_price_difference"] = 0.1500000001
    assert differences(wanted, found, "ada_berg") == []


def test_the_order_of_what_is_sent_back_makes_no_difference() -> None:
    wanted, found = changed(return_items=["m1", "j1"])
    wanted["orders"]["#W1000001"]["return_items"] = ["j1", "m1"]
    assert differences(wanted, found, "ada_berg") == []


def test_a_balance_and_an_order_too_many_are_differences() -> None:
    wanted, found = small_shop(), small_shop()
    found["users"]["ada_berg"]["payment_methods"]["gift_card_1"]["balance"] = 5.0
    found["orders"]["#W2"] = {**copy.deepcopy(found["orders"]["#W1000001"]), "order_id": "#W2"}
    assert differences(wanted, found, "ada_berg") == [
        "customer ada_berg payment_methods gift_card_1 balance is 5.0, should be 20.0",
        "order #W2 is too much",
    ]


def test_a_change_of_another_customer_is_not_compared_but_noticed_unless_somebody_speaks_for_them() -> None:
    before, now = {"ada": 1, "tom": 2, "": 3}, {"ada": 9, "tom": 8, "": 3}
    assert others_changed(before, now, {"ada"}) == ["changed, and nobody asked for it: tom"]
    assert others_changed(before, now, {"ada", "tom"}) == []
    assert others_changed(before, {**before, "": 4}, set()) == ["changed, and nobody asked for it: the catalogue"]


def test_pass_hat_is_the_mean_chance_that_k_trials_all_passed() -> None:
    # Of two tasks with four trials, one passed always and one twice: C(2,k)/C(4,k) is 1/2, 1/6, 0, 0.
    assert pass_hat([4, 2], 4) == pytest.approx({1: 0.75, 2: (1 + 1 / 6) / 2, 3: 0.5, 4: 0.5})


def test_pass_hat_of_nothing_is_empty() -> None:
    assert pass_hat([], 4) == {}


def test_passes_are_counted_by_task_also_where_none_did() -> None:
    assert by_task([("a", True), ("b", False), ("a", True)]) == {"a": 2, "b": 0}
