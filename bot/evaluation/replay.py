"""Carries out a task's actions on plain dicts as τ²-bench retail's tools would; shares no code with the shop."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.evaluation.tasks import ADDRESS, TRANSFER, Action, Shop

PENDING, DELIVERED = "pending", "delivered"
ITEMS_CHANGED = "pending (item modified)"
REASONS = ("no longer needed", "ordered by mistake")

Record = dict[str, Any]


class CannotReplay(Exception):
    """The tools would refuse that action, and nothing would change; the text says why."""


def only_customer(shop: Shop, customer: str) -> Shop:
    """A copy of one customer with their orders, and of the products, which nothing changes."""
    user = copy.deepcopy(shop["users"][customer])
    orders = {number: copy.deepcopy(order) for number, order in shop["orders"].items() if order["user_id"] == customer}
    return {"users": {customer: user}, "orders": orders, "products": shop["products"]}


def replay(shop: Shop, actions: Sequence[Action]) -> list[str]:
    """Carry the actions out on `shop`, one after another; what the tools would refuse changes nothing.

    Returns:
        why actions were refused, a line each; empty where all were done.
    """
    refused = []
    for action in actions:
        try:
            act(shop, action)
        except CannotReplay as error:
            refused.append(f"{action.name}: {error}")
    return refused


def act(shop: Shop, action: Action) -> None:
    """Carry out one action that changes something.

    Raises:
        CannotReplay: it would be refused; nothing was changed.
    """
    if action.name != TRANSFER:
        _ACTIONS[action.name](shop, action.arguments)


def _order(shop: Shop, number: str) -> Record:
    if number not in shop["orders"]:
        raise CannotReplay(f"there is no order {number}")
    order: Record = shop["orders"][number]
    return order


def _needs(order: Record, status: str) -> None:
    if order["status"] != status:
        raise CannotReplay(f"order {order['order_id']} is {order['status']}, not {status}")


def _method(shop: Shop, order: Record, method: str) -> Record:
    methods: dict[str, Record] = shop["users"][order["user_id"]]["payment_methods"]
    if method not in methods:
        raise CannotReplay(f"the customer has no payment method {method}")
    return methods[method]


def _credit(method: Record, amount: float) -> None:
    """Put money on a gift card, or take it off with a negative amount; others have no balance."""
    if method["source"] == "gift_card":
        method["balance"] = round(method["balance"] + amount, 2)


def _must_cover(method: Record, amount: float) -> None:
    if method["source"] == "gift_card" and method["balance"] < amount:
        raise CannotReplay(f"the gift card holds {method['balance']}, not {amount}")


def _payment(kind: str, amount: float, method: str) -> Record:
    return {"transaction_type": kind, "amount": amount, "payment_method_id": method}


def _cancel(shop: Shop, wanted: Mapping[str, Any]) -> None:
    order = _order(shop, wanted["order_id"])
    _needs(order, PENDING)
    if wanted["reason"] not in REASONS:
        raise CannotReplay(f"{wanted['reason']!r} is no reason")
    refunds = []
    for paid in order["payment_history"]:
        refunds.append(_payment("refund", paid["amount"], paid["payment_method_id"]))
        _credit(_method(shop, order, paid["payment_method_id"]), paid["amount"])
    order["payment_history"] += refunds
    order["status"], order["cancel_reason"] = "cancelled", wanted["reason"]


def _change_order_address(shop: Shop, wanted: Mapping[str, Any]) -> None:
    order = _order(shop, wanted["order_id"])
    # The tools let the address of an order through whose items were changed before.
    if PENDING not in order["status"]:
        raise CannotReplay(f"order {order['order_id']} is {order['status']}, not pending")
    order["address"] = {key: wanted[key] for key in ADDRESS}


def _change_user_address(shop: Shop, wanted: Mapping[str, Any]) -> None:
    if wanted["user_id"] not in shop["users"]:
        raise CannotReplay(f"there is no customer {wanted['user_id']}")
    shop["users"][wanted["user_id"]]["address"] = {key: wanted[key] for key in ADDRESS}


def _change_payment(shop: Shop, wanted: Mapping[str, Any]) -> None:
    order = _order(shop, wanted["order_id"])
    if PENDING not in order["status"]:
        raise CannotReplay(f"order {order['order_id']} is {order['status']}, not pending")
    history = order["payment_history"]
    if len(history) != 1 or history[0]["transaction_type"] != "payment":
        raise CannotReplay("the order was not paid in one payment")
    before, after = history[0]["payment_method_id"], wanted["payment_method_id"]
    if before == after:
        raise CannotReplay("it is the payment method the order has")
    new, amount = _method(shop, order, after), history[0]["amount"]
    _must_cover(new, amount)
    history += [_payment("payment", amount, after), _payment("refund", amount, before)]
    _credit(new, -amount)
    _credit(_method(shop, order, before), amount)


def _check_in_order(order: Record, item_ids: Sequence[str]) -> None:
    there = [item["item_id"] for item in order["items"]]
    for item_id in item_ids:
        if item_ids.count(item_id) > there.count(item_id):
            raise CannotReplay(f"there are not that many of item {item_id} in order {order['order_id']}")


def _swaps(shop: Shop, order: Record, wanted: Mapping[str, Any]) -> tuple[list[tuple[Record, Record]], float]:
    """(item of the order, variant) for each swap, and what they cost more."""
    old, new = list(wanted["item_ids"]), list(wanted["new_item_ids"])
    _check_in_order(order, old)
    if len(old) != len(new):
        raise CannotReplay("as many new items as old ones are needed")
    free = list(order["items"])
    pairs = []
    for item_id, new_id in zip(old, new, strict=True):
        item = next(one for one in free if one["item_id"] == item_id)
        free = [one for one in free if one is not item]
        variant = shop["products"][item["product_id"]]["variants"].get(new_id)
        if variant is None or not variant["available"]:
            raise CannotReplay(f"{new_id} is not an available variant of {item['name']}")
        pairs.append((item, variant))
    return pairs, round(sum(variant["price"] - item["price"] for item, variant in pairs), 2)


def _change_items(shop: Shop, wanted: Mapping[str, Any]) -> None:
    order = _order(shop, wanted["order_id"])
    _needs(order, PENDING)
    pairs, difference = _swaps(shop, order, wanted)
    if any(item["item_id"] == variant["item_id"] for item, variant in pairs):
        raise CannotReplay("the new item is the old one")
    method = _method(shop, order, wanted["payment_method_id"])
    _must_cover(method, difference)
    kind = "payment" if difference > 0 else "refund"
    order["payment_history"].append(_payment(kind, abs(difference), wanted["payment_method_id"]))
    _credit(method, -difference)
    for item, variant in pairs:
        item.update(item_id=variant["item_id"], price=variant["price"], options=dict(variant["options"]))
    order["status"] = ITEMS_CHANGED


def _return(shop: Shop, wanted: Mapping[str, Any]) -> None:
    order = _order(shop, wanted["order_id"])
    _needs(order, DELIVERED)
    target = wanted["payment_method_id"]
    original = order["payment_history"][0]["payment_method_id"]
    if _method(shop, order, target)["source"] != "gift_card" and target != original:
        raise CannotReplay("the refund goes to what was paid with, or to a gift card")
    _check_in_order(order, list(wanted["item_ids"]))
    order["status"] = "return requested"
    order["return_items"] = sorted(wanted["item_ids"])
    order["return_payment_method_id"] = target


def _exchange(shop: Shop, wanted: Mapping[str, Any]) -> None:
    order = _order(shop, wanted["order_id"])
    _needs(order, DELIVERED)
    _, difference = _swaps(shop, order, wanted)
    _must_cover(_method(shop, order, wanted["payment_method_id"]), difference)
    order["status"] = "exchange requested"
    order["exchange_items"] = sorted(wanted["item_ids"])
    order["exchange_new_items"] = sorted(wanted["new_item_ids"])
    order["exchange_payment_method_id"] = wanted["payment_method_id"]
    order["exchange_price_difference"] = difference


_ACTIONS: Mapping[str, Callable[[Shop, Mapping[str, Any]], None]] = {
    "cancel_pending_order": _cancel,
    "modify_pending_order_address": _change_order_address,
    "modify_pending_order_items": _change_items,
    "modify_pending_order_payment": _change_payment,
    "return_delivered_order_items": _return,
    "exchange_delivered_order_items": _exchange,
    "modify_user_address": _change_user_address,
}
