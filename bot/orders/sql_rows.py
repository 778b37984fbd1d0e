"""Reads orders, customers and products from the tables of the embedded shop; writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from bot.orders.models import (
    Address,
    CustomerProfile,
    Money,
    Order,
    OrderItem,
    OrderStatus,
    Payment,
    PaymentKind,
    PaymentMethod,
    Product,
    SentBack,
    Shipment,
    Variant,
)
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


def orders_where(condition: sa.ColumnElement[bool], *, limit: int) -> Callable[[Connection], tuple[Order, ...]]:
    def work(connection: Connection) -> tuple[Order, ...]:
        newest_first = (
            sa.select(shop_orders).where(condition).order_by(shop_orders.c.placed_at.desc(), shop_orders.c.number)
        )
        rows = connection.execute(newest_first.limit(limit)).mappings().all()
        numbers = [row["number"] for row in rows]
        # Three statements whether or not anything was found: an unknown number must not be told by its answer's time.
        items = _grouped(connection, shop_order_items, numbers, shop_order_items.c.position)
        shipments = _grouped(connection, shop_shipments, numbers, shop_shipments.c.id)
        payments = _grouped(connection, shop_payments, numbers, shop_payments.c.position)
        return tuple(
            _order(row, items.get(row["number"], []), shipments.get(row["number"], []), payments.get(row["number"], []))
            for row in rows
        )

    return work


def _grouped(
    connection: Connection, table: sa.Table, numbers: Sequence[str], order_by: sa.Column[Any]
) -> dict[str, list[RowMapping]]:
    groups: dict[str, list[RowMapping]] = {}
    query = sa.select(table).where(table.c.order_number.in_(numbers or [""])).order_by(order_by)
    for row in connection.execute(query).mappings():
        groups.setdefault(row["order_number"], []).append(row)
    return groups


def _order(row: RowMapping, items: list[RowMapping], shipments: list[RowMapping], payments: list[RowMapping]) -> Order:
    return Order(
        number=row["number"],
        customer_id=row["customer_id"],
        email=row["email"],
        status=OrderStatus(row["status"]),
        address=Address(**row["address"]),
        delivery_fee=row["delivery_fee"],
        placed_at=row["placed_at"],
        expected_on=row["expected_on"],
        cancelled_at=row["cancelled_at"],
        items=tuple(OrderItem(**_without(item, "order_number", "position")) for item in items),
        shipments=tuple(Shipment(**_without(shipment, "order_number")) for shipment in shipments),
        payments=tuple(Payment(**_without(payment, "order_number", "position")) for payment in payments),
        cancel_reason=row["cancel_reason"],
        sent_back=_sent_back(row["sent_back"]),
    )


def _sent_back(value: Mapping[str, Any] | None) -> SentBack | None:
    if value is None:
        return None
    difference = value["difference"]
    return SentBack(
        tuple(value["item_ids"]),
        value["payment_method_id"],
        tuple(value["new_item_ids"]),
        None if difference is None else Money(difference),
    )


def customer_where(condition: sa.ColumnElement[bool]) -> Callable[[Connection], CustomerProfile | None]:
    def work(connection: Connection) -> CustomerProfile | None:
        row = connection.execute(sa.select(shop_customers).where(condition)).mappings().first()
        owner = row["id"] if row else ""
        query = sa.select(shop_payment_methods).where(shop_payment_methods.c.customer_id == owner)
        methods = connection.execute(query.order_by(shop_payment_methods.c.id)).mappings().all()
        if row is None:
            return None
        return CustomerProfile(
            id=row["id"],
            first_name=row["first_name"],
            last_name=row["last_name"],
            email=row["email"],
            phone=row["phone"],
            address=Address(**row["address"]),
            since=row["since"],
            payment_methods=tuple(_payment_method(method) for method in methods),
        )

    return work


def _payment_method(row: RowMapping) -> PaymentMethod:
    return PaymentMethod(row["id"], PaymentKind(row["kind"]), row["brand"], row["last_four"], row["balance"])


def products_where(condition: sa.ColumnElement[bool]) -> Callable[[Connection], tuple[Product, ...]]:
    def work(connection: Connection) -> tuple[Product, ...]:
        rows = connection.execute(sa.select(shop_products).where(condition).order_by(shop_products.c.position))
        variants: dict[str, list[Variant]] = {}
        query = sa.select(shop_variants).join(shop_products).where(condition)
        for row in connection.execute(query.order_by(shop_variants.c.position)).mappings():
            variants.setdefault(row["product_id"], []).append(Variant(**_without(row, "product_id", "position")))
        return tuple(
            Product(
                **_without(row, "position", "keywords"),
                keywords=tuple(row["keywords"]),
                variants=tuple(variants[row["id"]]),
            )
            for row in rows.mappings()
            if row["id"] in variants
        )

    return work


def _without(row: RowMapping, *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
