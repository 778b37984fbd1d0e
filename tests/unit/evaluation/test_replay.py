"""The replay: what the benchmark's tools do to the data, by their rules."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from bot.evaluation.replay import CannotReplay, act, only_customer, replay
from bot.evaluation.tasks import Action, Shop
from tests.support.small_shop import (
    AWAY,
    BOTH_MUGS,
    CANCEL,
    CHANGE,
    EXCHANGE,
    ORDER_ADDRESS,
    PAYMENT,
    RETURN,
    USER_ADDRESS,
    small_shop,
)


def action(step: dict[str, Any], **other: Any) -> Action:
    return Action(step["name"], {**step["arguments"], **other})


def after(*actions: Action) -> Shop:
    shop = small_shop()
    for one in actions:
        act(shop, one)
    return shop


def test_a_cancellation_gives_each_payment_back_and_gift_cards_at_once() -> None:
    shop = after(action(CANCEL))
    order = shop["orders"]["#W1000002"]
    assert (order["status"], order["cancel_reason"]) == ("cancelled", "ordered by mistake")
    assert order["payment_history"][1] == {
        "transaction_type": "refund",
        "amount": 40.0,
        "payment_method_id": "gift_card_1",
    }
    assert shop["users"]["ada_berg"]["payment_methods"]["gift_card_1"]["balance"] == 60.0


def test_a_change_of_items_replaces_them_in_place_and_takes_the_difference_from_the_gift_card() -> None:
    shop = after(action(CHANGE))
    order = shop["orders"]["#W1000001"]
    assert [item["item_id"] for item in order["items"]] == ["j2", "m1"]
    assert order["items"][0]["price"] == 95.5
    assert order["items"][0]["options"] == {"color": "olive", "size": "M"}
    assert order["status"] == "pending (item modified)"
    assert order["payment_history"][-1] == {
        "transaction_type": "payment",
        "amount": 15.5,
        "payment_method_id": "gift_card_1",
    }
    assert shop["users"]["ada_berg"]["payment_methods"]["gift_card_1"]["balance"] == 4.5


def test_a_cheaper_item_is_a_refund() -> None:
    shop = after(action(CHANGE, new_item_ids=["j3"]))
    assert shop["orders"]["#W1000001"]["payment_history"][-1]["transaction_type"] == "refund"
    assert shop["users"]["ada_berg"]["payment_methods"]["gift_card_1"]["balance"] == 29.75


def test_another_payment_method_pays_and_the_first_one_gets_its_money_back() -> None:
    paid = after(action(PAYMENT))["orders"]["#W1000001"]["payment_history"]
    assert [(one["transaction_type"], one["amount"], one["payment_method_id"]) for one in paid] == [
        ("payment", 92.0, "credit_card_1"),
        ("payment", 92.0, "paypal_1"),
        ("refund", 92.0, "credit_card_1"),
    ]


def test_a_return_notes_the_items_sorted() -> None:
    order = after(action(RETURN))["orders"]["#W1000003"]
    assert (order["status"], order["return_items"]) == ("return requested", ["j2", "l2"])
    assert order["return_payment_method_id"] == "paypal_1"


def test_an_exchange_notes_both_sides_sorted_and_the_difference_to_the_cent() -> None:
    order = after(action(EXCHANGE))["orders"]["#W1000003"]
    assert (order["exchange_items"], order["exchange_new_items"]) == (["j1", "l2"], ["j3", "l1"])
    assert order["exchange_price_difference"] == 0.15
    assert order["status"] == "exchange requested"


def test_the_same_thing_twice_is_two_things() -> None:
    order = after(action(BOTH_MUGS))["orders"]["#W1000004"]
    assert (order["exchange_items"], order["exchange_new_items"]) == (["m1", "m1"], ["m2", "m2"])


def test_addresses_are_replaced_whole() -> None:
    shop = after(action(ORDER_ADDRESS), action(USER_ADDRESS))
    assert shop["orders"]["#W1000001"]["address"] == AWAY
    assert shop["users"]["ada_berg"]["address"] == AWAY


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (action(CANCEL, order_id="#W1000003"), "is delivered, not pending"),
        (action(CANCEL, order_id="#W9999999"), "no order"),
        (action(CANCEL, reason="too dear"), "is no reason"),
        (action(RETURN, order_id="#W1000001"), "is pending, not delivered"),
        (action(RETURN, payment_method_id="credit_card_1"), "or to a gift card"),
        (action(RETURN, item_ids=["j2", "j2"]), "not that many"),
        (action(CHANGE, new_item_ids=["j4"]), "not an available variant"),
        (action(CHANGE, new_item_ids=["m2"]), "not an available variant"),
        (action(CHANGE, new_item_ids=["j1"]), "the old one"),
        (action(CHANGE, payment_method_id="paypal_2"), "no payment method"),
        (action(EXCHANGE, payment_method_id="gift_card_1", new_item_ids=["j2", "l1"]), "the gift card holds"),
        (action(PAYMENT, payment_method_id="credit_card_1"), "the order has"),
        (action(PAYMENT, payment_method_id="gift_card_1"), "the gift card holds"),
        (action(ORDER_ADDRESS, order_id="#W1000003"), "is delivered, not pending"),
    ],
)
def test_what_the_rules_forbid_changes_nothing(step: Action, why: str) -> None:
    shop, before = small_shop(), small_shop()
    with pytest.raises(CannotReplay, match=why):
        act(shop, step)
    assert shop == before


def test_the_items_of_an_order_are_changed_once() -> None:
    shop = after(action(CHANGE))
    with pytest.raises(CannotReplay):
        act(shop, action(CHANGE, item_ids=["m1"], new_item_ids=["m2"]))


def test_a_replay_goes_on_after_what_is_refused_and_says_so() -> None:
    shop = small_shop()
    refused = replay(shop, [action(CANCEL, reason="too dear"), action(RETURN)])
    assert len(refused) == 1
    assert shop["orders"]["#W1000003"]["status"] == "return requested"


def test_a_customer_alone_is_a_copy() -> None:
    shop = small_shop()
    mine = only_customer(shop, "ada_berg")
    replay(mine, [action(CANCEL), action(USER_ADDRESS)])
    assert shop == small_shop()
    assert list(mine["orders"]) == [f"#W100000{number}" for number in (1, 2, 3, 4)]
    assert copy.deepcopy(mine["products"]) == shop["products"]
