"""Makes a change in the embedded shop: whole, once, and noted; what is allowed is said by `bot.orders.rules`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from bot.orders.changes import (
    CancelOrder,
    Change,
    ChangeDefaultAddress,
    ChangeOrderAddress,
    ChangeOrderItems,
    ChangeOrderPayment,
    ChangePhone,
    ExchangeItems,
    Plan,
    Receipt,
    ReturnItems,
    Transfer,
    kind_of,
)
from bot.orders.http_json import read_change, read_plan, write
from bot.orders.models import Address, Order, PaymentKind, Product
from bot.orders.policy import ShopPolicy
from bot.orders.rules import places_of, plan
from bot.orders.sql_rows import customer_where, orders_where, products_where
from bot.storage.shop_tables import (
    shop_changes,
    shop_customers,
    shop_order_items,
    shop_orders,
    shop_payment_methods,
    shop_payments,
    shop_products,
    shop_variants,
)

Row = Mapping[str, Any]


def preview_change(connection: Connection, customer_id: str, change: Change, policy: ShopPolicy, now: datetime) -> Plan:
    """What a change would do with what is there now.

    Raises:
        Refused: the rules do not allow it.
    """
    order = _order(connection, _number(change))
    return _planned(connection, customer_id, change, order, policy, now)


def apply_change(
    connection: Connection, customer_id: str, change: Change, key: str, policy: ShopPolicy, now: datetime
) -> Receipt:
    """Make a change in the transaction of `connection`, or find that it was made before under the same key.

    Whoever changes something of a customer waits for whoever else does: an order is changed once although two ask at
    once, and a gift card is not spent twice on two orders.

    Raises:
        Refused: the rules do not allow it.
        ValueError: the key was used before for another change.
    """
    number = _number(change)
    _lock(connection, shop_customers.c.id, customer_id)
    _lock(connection, shop_orders.c.number, number)
    if earlier := same_change(connection, customer_id, change, key):
        return earlier
    order = _order(connection, number)
    planned = _planned(connection, customer_id, change, order, policy, now)
    _write(connection, customer_id, order, planned, now)
    row = {"key": key, "customer_id": customer_id, "order_number": number, "kind": kind_of(change), "at": now}
    connection.execute(sa.insert(shop_changes).values(**row, change=_as_json(change), plan=_as_json(planned)))
    return Receipt(key, planned, now)


def same_change(connection: Connection, customer_id: str, change: Change, key: str) -> Receipt | None:
    """The receipt of a change that was made before under the same key; None where the key is new.

    Raises:
        ValueError: the key was used before for another change, or by somebody else.
    """
    row = _change_row(connection, key)
    if row is None:
        return None
    if row["customer_id"] != customer_id or _change(row) != change:
        raise ValueError("the key was used before, for another change")
    return _receipt(row)


def receipt_of(connection: Connection, key: str) -> Receipt | None:
    """What was done under a key, or None."""
    row = _change_row(connection, key)
    return None if row is None else _receipt(row)


def _number(change: Change) -> str | None:
    return None if isinstance(change, ChangeDefaultAddress | ChangePhone) else change.number


def _lock(connection: Connection, column: sa.Column[Any], value: str | None) -> None:
    if value is not None:
        connection.execute(sa.select(column).where(column == value).with_for_update(key_share=True))


def _order(connection: Connection, number: str | None) -> Order | None:
    found = orders_where(shop_orders.c.number == (number or ""), limit=1)(connection)
    return found[0] if found else None


def _planned(
    connection: Connection, customer_id: str, change: Change, order: Order | None, policy: ShopPolicy, now: datetime
) -> Plan:
    customer = customer_where(shop_customers.c.id == customer_id)(connection)
    products = _products(connection, change, order)
    return plan(change, customer, order, products, policy, now)


def _products(connection: Connection, change: Change, order: Order | None) -> tuple[Product, ...]:
    """The products of an order's things and those that have the variants asked for; others are not looked at."""
    if order is None or not isinstance(change, ChangeOrderItems | ExchangeItems):
        return ()
    wanted = [replacement.new_item_id for replacement in change.replacements]
    holders = sa.select(shop_variants.c.product_id).where(shop_variants.c.id.in_(wanted))
    ids = {item.product_id for item in order.items} | set(connection.execute(holders).scalars())
    return products_where(shop_products.c.id.in_(sorted(ids)))(connection)


def _write(connection: Connection, customer_id: str, order: Order | None, planned: Plan, now: datetime) -> None:
    match planned.change:
        case ChangeDefaultAddress(address):
            _update_customer(connection, customer_id, {"address": _address(address)})
        case ChangePhone(phone):
            _update_customer(connection, customer_id, {"phone": phone})
        case _ if order is not None:
            _write_order(connection, order, planned, now)


def _update_customer(connection: Connection, customer_id: str, values: Row) -> None:
    connection.execute(sa.update(shop_customers).where(shop_customers.c.id == customer_id).values(values))


def _write_order(connection: Connection, order: Order, planned: Plan, now: datetime) -> None:
    values: dict[str, Any] = {"status": planned.status_after}
    match planned.change:
        case CancelOrder(_, reason):
            values |= {"cancel_reason": reason, "cancelled_at": now}
        case ChangeOrderAddress(_, address):
            values |= {"address": _address(address)}
        case ChangeOrderItems():
            _replace_items(connection, order, planned.change)
        case ReturnItems(_, item_ids, method):
            values |= {"sent_back": sent_back_row(sorted((item_id, "") for item_id in item_ids), method)}
        case ExchangeItems(_, replacements, method):
            pairs = sorted((replacement.item_id, replacement.new_item_id) for replacement in replacements)
            values |= {"sent_back": sent_back_row(pairs, method, format(planned.difference, "f"))}
        case ChangeOrderPayment() | _:
            pass  # only money moves
    connection.execute(sa.update(shop_orders).where(shop_orders.c.number == order.number).values(values))
    _move(connection, order, planned.transfers, now)


def sent_back_row(
    pairs: Sequence[tuple[str, str]], payment_method_id: str, difference: str | None = None
) -> dict[str, Any]:
    """What `shop_orders.sent_back` holds: things, each with what it is exchanged for ("" where it is not)."""
    return {
        "item_ids": [item_id for item_id, _ in pairs],
        "new_item_ids": [new_item_id for _, new_item_id in pairs if new_item_id],
        "payment_method_id": payment_method_id,
        "difference": difference,
    }


def _replace_items(connection: Connection, order: Order, change: ChangeOrderItems) -> None:
    # By place: a thing that takes another's variant is not taken for that other one.
    places = places_of(order.items, [replacement.item_id for replacement in change.replacements])
    wanted = {replacement.new_item_id for replacement in change.replacements}
    variants = {
        row["id"]: row
        for row in connection.execute(sa.select(shop_variants).where(shop_variants.c.id.in_(wanted))).mappings()
    }
    of_order = shop_order_items.c.order_number == order.number
    in_order = sa.select(shop_order_items.c.position).where(of_order).order_by(shop_order_items.c.position)
    positions = connection.execute(in_order).scalars().all()
    for place, replacement in zip(places, change.replacements, strict=True):
        variant = variants[replacement.new_item_id]
        line = of_order & (shop_order_items.c.position == positions[place])
        values = {"item_id": variant["id"], "options": variant["options"], "price": variant["price"]}
        connection.execute(sa.update(shop_order_items).where(line).values(values))


def _move(connection: Connection, order: Order, transfers: Sequence[Transfer], now: datetime) -> None:
    last = sa.select(sa.func.max(shop_payments.c.position)).where(shop_payments.c.order_number == order.number)
    position = connection.execute(last).scalar()
    first_free = 0 if position is None else int(position) + 1
    for place, transfer in enumerate(transfers, first_free):
        row = {
            "order_number": order.number,
            "position": place,
            "kind": transfer.kind,
            "amount": transfer.amount,
            "payment_method_id": transfer.payment_method_id,
            "made_at": now,
        }
        connection.execute(sa.insert(shop_payments).values(row))
        _book_on_gift_card(connection, transfer)


def _book_on_gift_card(connection: Connection, transfer: Transfer) -> None:
    methods = shop_payment_methods.c
    card = (methods.id == transfer.payment_method_id) & (methods.kind == PaymentKind.GIFT_CARD.value)
    row = connection.execute(sa.select(methods.balance).where(card).with_for_update(key_share=True)).first()
    if row is None or row.balance is None:
        return
    balance = row.balance + (transfer.amount if transfer.kind == "refund" else -transfer.amount)
    connection.execute(sa.update(shop_payment_methods).where(card).values(balance=balance))


def _address(address: Address) -> dict[str, str]:
    return {name: getattr(address, name) for name in Address.__slots__}


def _change_row(connection: Connection, key: str) -> RowMapping | None:
    return connection.execute(sa.select(shop_changes).where(shop_changes.c.key == key)).mappings().first()


def _change(row: RowMapping) -> Change:
    return read_change(json.dumps(row["change"]).encode())


def _receipt(row: RowMapping) -> Receipt:
    return Receipt(row["key"], read_plan(json.dumps(row["plan"]).encode()), row["at"], repeated=True)


def _as_json(value: Change | Plan) -> Any:
    return json.loads(write(value))
