"""A shop of two customers in a database: what tests of the `Shop` protocol begin with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.orders.models import Address
from bot.storage.shop_tables import (
    shop_customers,
    shop_order_items,
    shop_orders,
    shop_payment_methods,
    shop_payments,
    shop_products,
    shop_shipments,
    shop_variants,
)

ANN, BOB = "ann.lee", "bob.lee"
HOME = Address("14 Rose Lane", "Flat 2", "Leeds", "", "LS1 4AB", "GB")
WORK = Address("3 Dock Street", "", "Leeds", "", "LS10 1JF", "GB")
BOBS_HOME = Address("8 Harbour Road", "", "Hull", "", "HU1 2XY", "GB")

CARD, PAYPAL, GIFT_CARD, BOBS_CARD = "credit_card_1", "paypal_1", "gift_card_1", "credit_card_2"
GIFT_CARD_BALANCE = Decimal("20.00")
DELIVERY_FEE = Decimal("4.50")

MUG_RED, MUG_BLUE, MUG_GOLD, MUG_GREEN = "mug-red", "mug-blue", "mug-gold", "mug-green"  # green is sold out
LAMP_SMALL, LAMP_LARGE = "lamp-small", "lamp-large"

PENDING, PAID_BY_GIFT_CARD, DELIVERED, SHIPPED = "#W1000001", "#W1000002", "#W1000003", "#W1000004"  # Ann's
SOMEBODY_ELSES = "#W1000005"

_MUG: dict[str, Any] = {"name": "Mug", "kind": "mugs", "attributes": {"made in": "Leeds"}, "keywords": ["cup"]}
_LAMP: dict[str, Any] = {"name": "Lamp", "kind": "lamps", "attributes": {}, "keywords": []}
_PRODUCTS = {"mug": _MUG, "lamp": _LAMP}  # in the catalogue's order, and so are the variants
_VARIANTS: dict[str, tuple[str, dict[str, str], Decimal]] = {
    MUG_RED: ("mug", {"colour": "red"}, Decimal("10.00")),
    MUG_BLUE: ("mug", {"colour": "blue"}, Decimal("12.50")),
    MUG_GOLD: ("mug", {"colour": "gold"}, Decimal("60.00")),
    MUG_GREEN: ("mug", {"colour": "green"}, Decimal("10.00")),
    LAMP_SMALL: ("lamp", {"size": "small"}, Decimal("30.00")),
    LAMP_LARGE: ("lamp", {"size": "large"}, Decimal("45.00")),
}
_METHODS: tuple[dict[str, Any], ...] = (
    {"id": CARD, "customer_id": ANN, "kind": "credit_card", "brand": "visa", "last_four": "4242"},
    {"id": PAYPAL, "customer_id": ANN, "kind": "paypal"},
    {"id": GIFT_CARD, "customer_id": ANN, "kind": "gift_card", "balance": GIFT_CARD_BALANCE},
    {"id": BOBS_CARD, "customer_id": BOB, "kind": "credit_card", "brand": "mastercard", "last_four": "1881"},
)


def seed_small_shop(connection: Connection, now: datetime) -> None:
    """Put the shop into an empty database: Ann with three ways to pay and four orders, Bob with one of each.

    Args:
        connection: of that database.
        now: when Ann's latest order was placed; each of the others is a day older than the one before.
    """
    _add_catalogue(connection)
    add_customer(connection, now, ANN, "Ann", "Lee", HOME)
    add_customer(connection, now, BOB, "Bob", "Lee", BOBS_HOME)
    for method in _METHODS:
        connection.execute(sa.insert(shop_payment_methods).values(method))
    add_order(connection, now, PENDING, ANN, "pending", (MUG_RED, LAMP_SMALL), CARD)
    add_order(connection, now, PAID_BY_GIFT_CARD, ANN, "pending", (MUG_BLUE,), GIFT_CARD, days_ago=1)
    add_order(connection, now, DELIVERED, ANN, "delivered", (MUG_RED, MUG_RED, LAMP_SMALL), CARD, days_ago=2)
    add_order(connection, now, SHIPPED, ANN, "shipped", (LAMP_LARGE,), PAYPAL, days_ago=3)
    add_order(connection, now, SOMEBODY_ELSES, BOB, "pending", (MUG_RED,), BOBS_CARD, days_ago=4)


def add_customer(
    connection: Connection,
    now: datetime,
    customer_id: str,
    first_name: str,
    last_name: str,
    address: Address,
    phone: str | None = None,
) -> None:
    """One more customer, without a way to pay; the id is also what the e-mail address begins with."""
    email = f"{customer_id}@mail.example"
    row = {
        "id": customer_id,
        "first_name": first_name,
        "last_name": last_name,
        "email": email,
        "email_key": email.casefold(),
        "phone": phone,
        "address": asdict(address),
        "since": now - timedelta(days=400),
    }
    connection.execute(sa.insert(shop_customers).values(row))


def add_order(
    connection: Connection,
    now: datetime,
    number: str,
    customer_id: str,
    status: str,
    item_ids: Sequence[str],
    method: str,
    *,
    days_ago: int = 0,
) -> None:
    """One more order of a customer, to their address, paid at once with `method`.

    What is shipped or delivered is in one parcel, handed over an hour after the order was placed.
    """
    placed_at = now - timedelta(days=days_ago)
    owner = connection.execute(sa.select(shop_customers).where(shop_customers.c.id == customer_id)).mappings().one()
    order = {
        "number": number,
        "customer_id": customer_id,
        "email": owner["email"],
        "status": status,
        "address": owner["address"],
        "delivery_fee": DELIVERY_FEE,
        "placed_at": placed_at,
    }
    connection.execute(sa.insert(shop_orders).values(order))
    parcel = f"parcel-{number.lstrip('#')}" if status in ("shipped", "delivered") else None
    if parcel:
        shipment = {
            "id": parcel,
            "order_number": number,
            "carrier": "Royal Mail",
            "tracking_number": f"RM{number.lstrip('#W')}GB",
            "shipped_at": placed_at,
            "delivered_at": placed_at + timedelta(hours=1) if status == "delivered" else None,
        }
        connection.execute(sa.insert(shop_shipments).values(shipment))
    rows = [_item_row(item_id) | {"order_number": number, "shipment_id": parcel} for item_id in item_ids]
    connection.execute(sa.insert(shop_order_items), [row | {"position": place} for place, row in enumerate(rows)])
    payment = {
        "order_number": number,
        "position": 0,
        "kind": "payment",
        "amount": sum((row["price"] for row in rows), DELIVERY_FEE),
        "payment_method_id": method,
        "made_at": placed_at,
    }
    connection.execute(sa.insert(shop_payments).values(payment))


def _add_catalogue(connection: Connection) -> None:
    products = [
        product | {"id": product_id, "position": place, "category": "home", "description": ""}
        for place, (product_id, product) in enumerate(_PRODUCTS.items())
    ]
    connection.execute(sa.insert(shop_products), products)
    variants = [
        {
            "id": item_id,
            "product_id": product_id,
            "position": place,
            "options": options,
            "price": price,
            "available": item_id != MUG_GREEN,
        }
        for place, (item_id, (product_id, options, price)) in enumerate(_VARIANTS.items())
    ]
    connection.execute(sa.insert(shop_variants), variants)


def _item_row(item_id: str) -> dict[str, Any]:
    product_id, options, price = _VARIANTS[item_id]
    name = _PRODUCTS[product_id]["name"]
    return {"item_id": item_id, "product_id": product_id, "name": name, "options": options, "price": price}
