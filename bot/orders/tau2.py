"""The embedded shop from and to a τ²-bench retail db.json: users, orders and products; reads no files.

What the format says and the shop has no place for is kept beside the order and written back. What the shop knows and
the format does not (delivery fees, days, telephone numbers, departments) is not written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from bot.orders.models import Address, Money, Order, Product
from bot.orders.sql_changes import sent_back_row
from bot.orders.sql_rows import orders_where, products_where
from bot.orders.tau2_format import (
    FileAddress,
    FileOrder,
    FileProduct,
    FileUser,
    ShopFile,
    WrongFile,
    read_shop_file,
    shortened,
    written_status,
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

Row = dict[str, Any]

_CATEGORY = "products"  # the format has no departments
_COUNTRIES = {"USA": "US"}
_IN_FILE = {ours: theirs for theirs, ours in _COUNTRIES.items()}
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Counts:
    """How much was taken in."""

    customers: int
    orders: int
    products: int
    variants: int


def import_shop(connection: Connection, data: Mapping[str, Any], now: datetime | None = None) -> Counts:
    """Add a shop to the embedded one; what is there stays as it is.

    The format has no days: customers are ours since `now`, and orders were placed a moment before it, each a little
    later than the one that its user lists before it.

    Args:
        data: a db.json as `json` has read it.
        now: the moment of it; left out, this one.

    Raises:
        WrongFile: it has not that form, or something of it is in the database already. The transaction is to be
            rolled back.
    """
    now = now or datetime.now(UTC)
    file = read_shop_file(data)
    _check_that_all_is_new(connection, file)
    _insert(connection, shop_products, _product_rows(connection, file.products.values()))
    _insert(connection, shop_variants, (row for product in file.products.values() for row in _variant_rows(product)))
    _insert(connection, shop_customers, (_customer_row(user, now) for user in file.users.values()))
    _insert(connection, shop_payment_methods, (row for user in file.users.values() for row in _method_rows(user)))
    product_of = {item: product.product_id for product in file.products.values() for item in product.variants}
    numbers = [number for user in file.users.values() for number in user.orders]
    orders = [file.orders[number] for number in numbers]
    for place, order in enumerate(orders):
        placed_at = now - timedelta(milliseconds=len(orders) - place)
        _insert(connection, shop_orders, [_order_row(order, file.users[order.user_id].email, placed_at, product_of)])
        _insert(connection, shop_shipments, _shipment_rows(order))
        _insert(connection, shop_order_items, _item_rows(order))
        _insert(connection, shop_payments, _payment_rows(order, placed_at))
    variants = sum(len(product.variants) for product in file.products.values())
    return Counts(len(file.users), len(orders), len(file.products), variants)


def export_shop(connection: Connection) -> dict[str, Any]:
    """The whole embedded shop as a db.json; one that was imported and not changed comes out as it went in."""
    customers = connection.execute(sa.select(shop_customers).order_by(shop_customers.c.id)).mappings().all()
    methods = connection.execute(sa.select(shop_payment_methods).order_by(shop_payment_methods.c.id)).mappings().all()
    columns = (shop_orders.c.number, shop_orders.c.customer_id, shop_orders.c.elsewhere)
    in_order = sa.select(*columns).order_by(shop_orders.c.placed_at, shop_orders.c.number)
    rows = connection.execute(in_order).mappings().all()
    elsewhere = {row["number"]: row["elsewhere"] or {} for row in rows}
    return {
        "products": {product.id: _product(product) for product in products_where(sa.true())(connection)},
        "users": {
            customer["id"]: _user(
                customer,
                [method for method in methods if method["customer_id"] == customer["id"]],
                [row["number"] for row in rows if row["customer_id"] == customer["id"]],
            )
            for customer in customers
        },
        "orders": {
            order.number: _order(order, elsewhere[order.number]) for order in _all_orders(connection, list(elsewhere))
        },
    }


# -- in -------------------------------------------------------------------------------------------------------------


def _check_that_all_is_new(connection: Connection, file: ShopFile) -> None:
    users = file.users.values()
    new = (
        ("product", shop_products.c.id, file.products),
        ("item", shop_variants.c.id, [item for product in file.products.values() for item in product.variants]),
        ("user", shop_customers.c.id, file.users),
        ("e-mail address", shop_customers.c.email_key, [user.email.casefold() for user in users]),
        ("payment method", shop_payment_methods.c.id, [method for user in users for method in user.payment_methods]),
        ("order", shop_orders.c.number, file.orders),
    )
    known = [
        f"{what} {id} is in the database already"
        for what, column, ids in new
        for id in sorted(set(ids) & set(connection.execute(sa.select(column)).scalars()))
    ]
    if known:
        raise WrongFile(shortened(known))


def _insert(connection: Connection, table: sa.Table, rows: Iterable[Row]) -> None:
    values = list(rows)
    if values:
        connection.execute(sa.insert(table), values)


def _product_rows(connection: Connection, products: Iterable[FileProduct]) -> Iterator[Row]:
    last = connection.execute(sa.select(sa.func.max(shop_products.c.position))).scalar()
    for position, product in enumerate(products, 0 if last is None else last + 1):
        yield {
            "id": product.product_id,
            "position": position,
            "name": product.name,
            "category": _CATEGORY,
            "kind": _plural(product.name.lower())[:60],
            "description": "",
            "attributes": {},
            "keywords": [],
        }


def _plural(name: str) -> str:
    """What several of a thing are called, where its name is English and regular."""
    if name.endswith("s"):
        return name
    if name.endswith("elf"):
        return name[:-1] + "ves"
    return name + ("es" if name.endswith(("ch", "sh", "x")) else "s")


def _variant_rows(product: FileProduct) -> Iterator[Row]:
    for position, variant in enumerate(product.variants.values()):
        yield {
            "id": variant.item_id,
            "product_id": product.product_id,
            "position": position,
            "options": variant.options,
            "price": variant.price,
            "available": variant.available,
        }


def _customer_row(user: FileUser, now: datetime) -> Row:
    return {
        "id": user.user_id,
        "first_name": user.name.first_name,
        "last_name": user.name.last_name,
        "email": user.email,
        "email_key": user.email.casefold(),
        "address": _address_row(user.address),
        "since": now,
    }


def _method_rows(user: FileUser) -> Iterator[Row]:
    for method in user.payment_methods.values():
        yield method.model_dump(exclude={"source"}) | {"kind": method.source, "customer_id": user.user_id}


def _order_row(order: FileOrder, email: str, placed_at: datetime, product_of: Mapping[str, str]) -> Row:
    return {
        "number": order.order_id,
        "customer_id": order.user_id,
        "email": email,
        "status": order.known_status,
        "address": _address_row(order.address),
        "delivery_fee": Money("0.00"),
        "placed_at": placed_at,
        "cancel_reason": order.cancel_reason,
        "sent_back": _sent_back_row(order, product_of),
        "elsewhere": {"fulfillments": [fulfillment.model_dump() for fulfillment in order.fulfillments]},
    }


def _sent_back_row(order: FileOrder, product_of: Mapping[str, str]) -> Row | None:
    if order.return_items is not None:
        return sent_back_row([(item, "") for item in order.return_items], str(order.return_payment_method_id))
    if order.exchange_items is None or order.exchange_new_items is None:
        return None
    left = list(order.exchange_new_items)
    pairs: list[tuple[str, str]] = []
    for item in order.exchange_items:
        # The file sorts both lists, each for itself: what belongs together is of one product.
        fitting = next((new for new in left if product_of.get(new) == product_of.get(item)), left[0])
        left.remove(fitting)
        pairs.append((item, fitting))
    difference = format(order.exchange_price_difference or Money(0), "f")
    return sent_back_row(pairs, str(order.exchange_payment_method_id), difference)


def _shipment_rows(order: FileOrder) -> Iterator[Row]:
    numbers = [number for fulfillment in order.fulfillments for number in fulfillment.tracking_id]
    for place, number in enumerate(numbers, 1):
        # Nothing says who carries it.
        row = {"id": _shipment_id(order, place), "order_number": order.order_id}
        yield row | {"carrier": "", "tracking_number": number}


def _item_rows(order: FileOrder) -> Iterator[Row]:
    parcels: dict[str, list[str]] = {}
    place = 1
    for fulfillment in order.fulfillments:
        for item_id in fulfillment.item_ids if fulfillment.tracking_id else ():
            parcels.setdefault(item_id, []).append(_shipment_id(order, place))
        place += len(fulfillment.tracking_id)
    for position, item in enumerate(order.items):
        parcel = parcels[item.item_id].pop(0) if parcels.get(item.item_id) else None
        yield item.model_dump() | {"order_number": order.order_id, "position": position, "shipment_id": parcel}


def _shipment_id(order: FileOrder, place: int) -> str:
    return f"{order.order_id.lstrip('#')}-{place}"


def _payment_rows(order: FileOrder, placed_at: datetime) -> Iterator[Row]:
    for position, payment in enumerate(order.payment_history):
        yield {
            "order_number": order.order_id,
            "position": position,
            "kind": payment.transaction_type,
            "amount": payment.amount,
            "payment_method_id": payment.payment_method_id,
            "made_at": placed_at,
        }


def _address_row(address: FileAddress) -> Row:
    return {
        "line1": address.address1,
        "line2": address.address2,
        "city": address.city,
        "region": address.state,
        "postcode": address.zip,
        "country": _COUNTRIES.get(address.country, address.country),
    }


# -- out ------------------------------------------------------------------------------------------------------------


def _all_orders(connection: Connection, numbers: Sequence[str]) -> Iterator[Order]:
    for first in range(0, len(numbers), _AT_ONCE):
        some = numbers[first : first + _AT_ONCE]
        yield from orders_where(shop_orders.c.number.in_(some), limit=len(some))(connection)


def _product(product: Product) -> Row:
    return {
        "name": product.name,
        "product_id": product.id,
        "variants": {
            variant.id: {
                "item_id": variant.id,
                "options": dict(variant.options),
                "available": variant.available,
                "price": float(variant.price),
            }
            for variant in product.variants
        },
    }


def _user(customer: RowMapping, methods: Sequence[RowMapping], numbers: list[str]) -> Row:
    return {
        "user_id": customer["id"],
        "name": {"first_name": customer["first_name"], "last_name": customer["last_name"]},
        "address": _file_address(Address(**customer["address"])),
        "email": customer["email"],
        "payment_methods": {method["id"]: _method(method) for method in methods},
        "orders": numbers,
    }


def _method(method: RowMapping) -> Row:
    told = {"source": method["kind"], "id": method["id"]}
    known = {name: method[name] for name in ("brand", "last_four") if method[name] is not None}
    return told | known | ({} if method["balance"] is None else {"balance": float(method["balance"])})


def _order(order: Order, elsewhere: Mapping[str, Any]) -> Row:
    return {
        "order_id": order.number,
        "user_id": order.customer_id,
        "address": _file_address(order.address),
        "items": [
            {
                "name": item.name,
                "product_id": item.product_id,
                "item_id": item.item_id,
                "price": float(item.price),
                "options": dict(item.options),
            }
            for item in order.items
        ],
        "status": written_status(order.status),
        "fulfillments": elsewhere.get("fulfillments", _fulfillments(order)),
        "payment_history": [
            {
                "transaction_type": payment.kind,
                "amount": float(payment.amount),
                "payment_method_id": payment.payment_method_id,
            }
            for payment in order.payments
        ],
        **({} if order.cancel_reason is None else {"cancel_reason": order.cancel_reason}),
        **_sent_back(order),
    }


def _fulfillments(order: Order) -> list[Row]:
    return [
        {
            "tracking_id": [shipment.tracking_number],
            "item_ids": [item.item_id for item in order.items if item.shipment_id == shipment.id],
        }
        for shipment in order.shipments
    ]


def _sent_back(order: Order) -> Row:
    back = order.sent_back
    if back is None:
        return {}
    if not back.new_item_ids:
        return {"return_items": sorted(back.item_ids), "return_payment_method_id": back.payment_method_id}
    return {
        "exchange_items": sorted(back.item_ids),
        "exchange_new_items": sorted(back.new_item_ids),
        "exchange_payment_method_id": back.payment_method_id,
        "exchange_price_difference": float(back.difference or 0),
    }


def _file_address(address: Address) -> Row:
    return {
        "address1": address.line1,
        "address2": address.line2,
        "city": address.city,
        "country": _IN_FILE.get(address.country, address.country),
        "state": address.region,
        "zip": address.postcode,
    }
