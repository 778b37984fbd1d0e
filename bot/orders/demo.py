"""The demo shop: fills the embedded shop from `data/shop/*.json`, with days counted from today; not for real shops."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.orders.models import Product, Variant
from bot.orders.sql_changes import sent_back_row
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

SHOWN_ORDERS = 40
SHOWN_FIRST = (  # one of each kind, for the page to show
    "#W4827310",
    "#W3160958",
    "#W5093341",
    "#W7350918",
    "#W6617025",
    "#W9021364",
    "#W2850976",
    "#W8245107",
    "#W6031748",
    "#W5570213",
)


def seed_demo_shop(connection: Connection, now: datetime, folder: Path) -> int:
    """Add what is missing of the demo shop, and bring its catalogue up to date; orders and customers stay as they are.

    Args:
        now: the moment that day 0 of the files means.
        folder: holds catalogue.json, customers.json and orders.json.

    Returns:
        How many orders were added.
    """
    catalogue = _load(folder / "catalogue.json")
    _renew(connection, shop_products, (_product_row(product, place) for place, product in enumerate(catalogue)))
    _renew(connection, shop_variants, (row for product in catalogue for row in _variant_rows(product, now)))
    variants = _variants(catalogue)
    known = set(connection.execute(sa.select(shop_customers.c.id)).scalars())
    everybody = _load(folder / "customers.json")
    customers = (customer for customer in everybody if customer["id"] not in known)
    _insert(connection, shop_customers, (_customer_row(customer, now) for customer in customers))
    known = set(connection.execute(sa.select(shop_payment_methods.c.id)).scalars())
    methods = [row for customer in everybody for row in _method_rows(customer)]
    _insert(connection, shop_payment_methods, (row for row in methods if row["id"] not in known))
    numbers = set(connection.execute(sa.select(shop_orders.c.number)).scalars())
    orders = [row for row in _load(folder / "orders.json") if row["number"] not in numbers]
    owners = {customer["id"]: customer for customer in everybody}
    rows = (_order_row(order, owners[order["customer"]], variants, now) for order in orders)
    _insert(connection, shop_orders, rows)
    _insert(connection, shop_shipments, (row for order in orders for row in _shipment_rows(order, now)))
    _insert(connection, shop_order_items, (row for order in orders for row in _item_rows(order, variants)))
    _insert(connection, shop_payments, (row for order in orders for row in _payment_rows(order, variants, now)))
    return len(orders)


def demo_products(folder: Path, now: datetime) -> tuple[Product, ...]:
    """The demo shop's catalogue as its shop answers it, without a database."""
    return tuple(
        Product(
            **{name: value for name, value in product.items() if name not in ("keywords", "variants")},
            keywords=tuple(product["keywords"]),
            variants=tuple(Variant(**_without_place(row)) for row in _variant_rows(product, now)),
        )
        for product in _load(folder / "catalogue.json")
    )


def demo_info(connection: Connection) -> dict[str, Any]:
    """What the demo page tells its visitors: orders to ask about with what opens them, and where the mails are.

    Returns:
        {"orders": [{"number", "email", "postcode", "status"}, …], "mailbox": path}
    """
    columns = (shop_orders.c.number, shop_orders.c.email, shop_orders.c.address, shop_orders.c.status)
    rows = connection.execute(sa.select(*columns).order_by(shop_orders.c.number)).mappings().all()
    places = {number: place for place, number in enumerate(SHOWN_FIRST)}
    rows = sorted(rows, key=lambda row: places.get(row["number"], len(places)))
    return {
        "orders": [
            {
                "number": row["number"],
                "email": row["email"],
                "postcode": row["address"]["postcode"],
                "status": row["status"],
            }
            for row in rows[:SHOWN_ORDERS]
        ],
        "mailbox": "/demo/mailbox",
    }


def _load(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return rows


def _insert(connection: Connection, table: sa.Table, rows: Iterable[dict[str, Any]]) -> None:
    values = list(rows)
    if values:
        connection.execute(sa.insert(table), values)


def _renew(connection: Connection, table: sa.Table, rows: Iterable[dict[str, Any]]) -> None:
    """Insert rows, or bring them up to date where they are there already."""
    known = set(connection.execute(sa.select(table.c.id)).scalars())
    values = list(rows)
    _insert(connection, table, (row for row in values if row["id"] not in known))
    renewed = [{f"new_{name}": value for name, value in row.items()} for row in values if row["id"] in known]
    if renewed:
        fields = {name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in values[0] if name != "id"}
        connection.execute(sa.update(table).where(table.c.id == sa.bindparam("new_id")).values(fields), renewed)


def _product_row(product: dict[str, Any], place: int) -> dict[str, Any]:
    return {name: value for name, value in product.items() if name != "variants"} | {"position": place}


def _variant_rows(product: dict[str, Any], now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "id": variant["id"],
            "product_id": product["id"],
            "position": position,
            "options": variant["options"],
            "price": Decimal(variant["price"]),
            "available": variant["available"],
            "restock_on": _day(now, variant.get("restock")),
        }
        for position, variant in enumerate(product["variants"])
    ]


def _without_place(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("product_id", "position")}


def _variants(catalogue: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        variant["id"]: {
            "item_id": variant["id"],
            "product_id": product["id"],
            "name": product["name"],
            "options": variant["options"],
            "price": Decimal(variant["price"]),
            "image": product["image"],
        }
        for product in catalogue
        for variant in product["variants"]
    }


def _customer_row(customer: dict[str, Any], now: datetime) -> dict[str, Any]:
    row = {name: value for name, value in customer.items() if name != "payment_methods"}
    return row | {"email_key": customer["email"].casefold(), "since": _moment(now, customer["since"])}


def _method_rows(customer: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "id": method["id"],
            "customer_id": customer["id"],
            "kind": method["kind"],
            "brand": method.get("brand"),
            "last_four": method.get("last_four"),
            "balance": Decimal(method["balance"]) if "balance" in method else None,
        }
        for method in customer["payment_methods"]
    ]


def _order_row(
    order: dict[str, Any], owner: dict[str, Any], variants: dict[str, dict[str, Any]], now: datetime
) -> dict[str, Any]:
    return {
        "number": order["number"],
        "customer_id": owner["id"],
        "email": owner["email"],
        "status": order["status"],
        "address": owner["address"],
        "delivery_fee": Decimal(order["delivery_fee"]),
        "placed_at": _moment(now, order["placed"], order["hour"]),
        "expected_on": _day(now, order.get("expected")),
        "cancelled_at": _moment(now, order["cancelled"]) if "cancelled" in order else None,
        "cancel_reason": order.get("reason"),
        "sent_back": _sent_back(order, variants),
    }


def _sent_back(order: dict[str, Any], variants: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    if "returned" in order:
        things = sorted(order["items"][place] for place in order["returned"])
        return sent_back_row([(thing, "") for thing in things], order["payment_method"])
    if "exchanged" in order:
        pairs = sorted((order["items"][int(place)], new) for place, new in order["exchanged"].items())
        more = sum((variants[new]["price"] - variants[old]["price"] for old, new in pairs), Decimal("0.00"))
        return sent_back_row(pairs, order["payment_method"], format(more, "f"))
    return None


def _shipment_rows(order: dict[str, Any], now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "id": _shipment_id(order, place),
            "order_number": order["number"],
            "carrier": shipment["carrier"],
            "tracking_number": shipment["tracking_number"],
            "tracking_url": shipment["tracking_url"],
            "shipped_at": _moment(now, shipment["shipped"], 17),
            "expected_on": _day(now, shipment.get("expected")),
            "delivered_at": _moment(now, shipment["delivered"], 11) if "delivered" in shipment else None,
        }
        for place, shipment in enumerate(order.get("shipments", []))
    ]


def _item_rows(order: dict[str, Any], variants: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    parcels = {
        item: _shipment_id(order, place)
        for place, shipment in enumerate(order.get("shipments", []))
        for item in shipment["items"]
    }
    return [
        variants[item_id]
        | {"order_number": order["number"], "position": position, "shipment_id": parcels.get(position)}
        for position, item_id in enumerate(order["items"])
    ]


def _payment_rows(order: dict[str, Any], variants: dict[str, dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    goods = sum((variants[item_id]["price"] for item_id in order["items"]), Decimal(order["delivery_fee"]))
    moves = [("payment", order["placed"])] + ([("refund", order["cancelled"])] if "cancelled" in order else [])
    return [
        {
            "order_number": order["number"],
            "position": position,
            "kind": kind,
            "amount": goods,
            "payment_method_id": order["payment_method"],
            "made_at": _moment(now, day, order["hour"]),
        }
        for position, (kind, day) in enumerate(moves)
    ]


def _shipment_id(order: dict[str, Any], place: int) -> str:
    return f"{order['number'].lstrip('#')}-{place + 1}"


def _moment(now: datetime, days: int, hour: int = 10) -> datetime:
    # What happened today at an hour still to come happened a moment ago.
    return min((now + timedelta(days=days)).replace(hour=hour, minute=24, second=0, microsecond=0), now)


def _day(now: datetime, days: int | None) -> date | None:
    return None if days is None else (now + timedelta(days=days)).date()
