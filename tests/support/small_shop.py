"""A small shop in the tasks' file format, and tasks about it."""

from __future__ import annotations

import copy
from typing import Any

from bot.evaluation.tasks import Shop

HOME = {
    "address1": "12 Quay Street",
    "address2": "Flat 3",
    "city": "Boston",
    "country": "USA",
    "state": "MA",
    "zip": "02110",
}
AWAY = {
    "address1": "9 Mill Lane",
    "address2": "",
    "city": "Austin",
    "country": "USA",
    "state": "TX",
    "zip": "78701",
}


def _variant(item_id: str, price: float, *, available: bool = True, **options: str) -> dict[str, Any]:
    return {"item_id": item_id, "options": options, "available": available, "price": price}


_PRODUCTS = {
    "p1": (
        "Rain Jacket",
        [
            _variant("j1", 80.0, color="navy", size="M"),
            _variant("j2", 95.5, color="olive", size="M"),
            _variant("j3", 70.25, color="navy", size="L"),
            _variant("j4", 60.0, available=False, color="red", size="M"),
        ],
    ),
    "p2": ("Mug", [_variant("m1", 12.0, color="white"), _variant("m2", 12.0, color="blue")]),
    "p3": ("Lantern", [_variant("l1", 40.0, power="battery"), _variant("l2", 30.1, power="USB")]),
}


def _item(product_id: str, place: int) -> dict[str, Any]:
    name, variants = _PRODUCTS[product_id]
    chosen = {key: copy.deepcopy(variants[place][key]) for key in ("item_id", "price", "options")}
    return {"name": name, "product_id": product_id, **chosen}


def _order(number: str, user: str, status: str, items: list[dict[str, Any]], paid_with: str) -> dict[str, Any]:
    amount = round(sum(item["price"] for item in items), 2)
    return {
        "order_id": number,
        "user_id": user,
        "address": dict(HOME),
        "items": items,
        "status": status,
        "fulfillments": [],
        "payment_history": [{"transaction_type": "payment", "amount": amount, "payment_method_id": paid_with}],
    }


def small_shop() -> Shop:
    """A fresh copy: Ada Berg with four orders and three ways to pay, and Tom Hill with one of each."""
    ada = {
        "gift_card_1": {"source": "gift_card", "id": "gift_card_1", "balance": 20.0},
        "paypal_1": {"source": "paypal", "id": "paypal_1"},
        "credit_card_1": {"source": "credit_card", "id": "credit_card_1", "brand": "visa", "last_four": "4321"},
    }
    orders = [
        _order("#W1000001", "ada_berg", "pending", [_item("p1", 0), _item("p2", 0)], "credit_card_1"),
        _order("#W1000002", "ada_berg", "pending", [_item("p3", 0)], "gift_card_1"),
        _order("#W1000003", "ada_berg", "delivered", [_item("p1", 0), _item("p1", 1), _item("p3", 1)], "paypal_1"),
        _order("#W1000004", "ada_berg", "delivered", [_item("p2", 0), _item("p2", 0)], "paypal_1"),
        _order("#W1000005", "tom_hill", "pending", [_item("p3", 0)], "paypal_2"),
    ]
    users = {
        "ada_berg": {
            "user_id": "ada_berg",
            "name": {"first_name": "Ada", "last_name": "Berg"},
            "address": dict(HOME),
            "email": "ada.berg@example.com",
            "payment_methods": ada,
            "orders": [order["order_id"] for order in orders[:4]],
        },
        "tom_hill": {
            "user_id": "tom_hill",
            "name": {"first_name": "Tom", "last_name": "Hill"},
            "address": dict(AWAY),
            "email": "tom.hill@example.com",
            "payment_methods": {"paypal_2": {"source": "paypal", "id": "paypal_2"}},
            "orders": ["#W1000005"],
        },
    }
    products = {
        product_id: {
            "name": name,
            "product_id": product_id,
            "variants": {variant["item_id"]: copy.deepcopy(variant) for variant in variants},
        }
        for product_id, (name, variants) in _PRODUCTS.items()
    }
    return {"users": users, "orders": {order["order_id"]: order for order in orders}, "products": products}


CANCEL = {"name": "cancel_pending_order", "arguments": {"order_id": "#W1000002", "reason": "ordered by mistake"}}
CHANGE = {
    "name": "modify_pending_order_items",
    "arguments": {
        "order_id": "#W1000001",
        "item_ids": ["j1"],
        "new_item_ids": ["j2"],
        "payment_method_id": "gift_card_1",
    },
}
RETURN = {
    "name": "return_delivered_order_items",
    "arguments": {"order_id": "#W1000003", "item_ids": ["l2", "j2"], "payment_method_id": "paypal_1"},
}
EXCHANGE = {
    "name": "exchange_delivered_order_items",
    "arguments": {
        "order_id": "#W1000003",
        "item_ids": ["j1", "l2"],
        "new_item_ids": ["j3", "l1"],
        "payment_method_id": "credit_card_1",
    },
}
BOTH_MUGS = {
    "name": "exchange_delivered_order_items",
    "arguments": {
        "order_id": "#W1000004",
        "item_ids": ["m1", "m1"],
        "new_item_ids": ["m2", "m2"],
        "payment_method_id": "paypal_1",
    },
}
ORDER_ADDRESS = {"name": "modify_pending_order_address", "arguments": {"order_id": "#W1000001", **AWAY}}
USER_ADDRESS = {"name": "modify_user_address", "arguments": {"user_id": "ada_berg", **AWAY}}
PAYMENT = {
    "name": "modify_pending_order_payment",
    "arguments": {"order_id": "#W1000001", "payment_method_id": "paypal_1"},
}
TRANSFER = {"name": "transfer_to_human_agents", "arguments": {"summary": "wants something else"}}


def a_task(*actions: dict[str, Any], name: str = "1", words: str = "") -> dict[str, Any]:
    """A task of Ada's as a file holds it."""
    known = f"You are Ada Berg (ada_berg), zip code 02110. {words}"
    scenario = {"persona": None, "instructions": {"reason_for_call": "You want something.", "known_info": known}}
    return {"id": name, "user_scenario": scenario, "evaluation_criteria": {"actions": list(actions)}}
