"""Jo's shop for requests: an order in every status, two mugs of a kind, a gift card with little on it; no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from bot.orders.changes import CancelOrder, Change, ChangeDefaultAddress, ChangeOrderAddress, ChangePhone, Plan, Receipt
from bot.orders.models import (
    Address,
    CustomerProfile,
    Order,
    OrderItem,
    OrderStatus,
    Payment,
    PaymentKind,
    PaymentMethod,
    Product,
    Variant,
)
from bot.orders.numbers import OrderNumbers
from bot.orders.policy import ShopPolicy
from bot.orders.rules import plan
from bot.self_service.request import Request, Task
from bot.self_service.world import World

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
NUMBERS = OrderNumbers(r"#?\s*[Ww]\s*\d{7}", "#W")
HOME = Address("14 Larch Grove", "", "London", "", "N1 5QT", "GB")
WORK = Address("2 Mill Court", "Unit 4", "Leeds", "", "LS1 4AB", "GB")
NEW = Address("3 Hill Road", "", "York", "", "YO1 7HH", "GB")
CARD, PAYPAL, GIFT = "credit-1", "paypal-1", "gift-1"
PENDING, DELIVERED, CHANGED, PROCESSED, SHIPPED, CANCELLED, RETURNING, EXCHANGING, POUCH, SECOND = (
    f"#W100000{digit}" for digit in range(10)
)
SAMS = "#W9000001"


def _product(id: str, name: str, option: str, *variants: tuple[str, str, bool]) -> Product:
    made = (Variant(f"{id}-{value}", {option: value}, Decimal(price), there) for value, price, there in variants)
    return Product(id, name, "home", name, "", tuple(made))


PRODUCTS = (
    _product("lamp", "Desk Lamp", "colour", ("sand", "68.00", True), ("sage", "75.50", True), ("ink", "60.00", False)),
    _product("mug", "Mug", "glaze", ("moss", "12.00", True), ("dusk", "10.00", True), ("chalk", "12.00", True)),
    _product("kettle", "Kettle", "size", ("small", "30.00", True), ("large", "34.00", True)),
    _product("pouch", "Pouch", "material", ("felt", "9.00", True), ("wool", "9.00", False)),
)


def item(id: str) -> OrderItem:
    """A thing as it was bought, by the id of its version."""
    product = next(one for one in PRODUCTS for version in one.variants if version.id == id)
    version = next(one for one in product.variants if one.id == id)
    return OrderItem(id, product.id, product.name, version.options, version.price)


def order(
    number: str, status: OrderStatus, *items: str, address: Address = HOME, paid: str = CARD, owner: str = "jo"
) -> Order:
    """One order, paid whole with one method."""
    things = tuple(item(id) for id in items)
    total = sum((thing.price for thing in things), Decimal(0))
    payments = (Payment("payment", total, paid, NOW),)
    placed_at = NOW - timedelta(days=9)
    return Order(
        number, owner, f"{owner}@mail.example", status, address, Decimal(0), placed_at, items=things, payments=payments
    )


JOS = (
    order(PENDING, OrderStatus.PENDING, "lamp-sand", "kettle-small"),
    order(DELIVERED, OrderStatus.DELIVERED, "mug-moss", "lamp-sage", "mug-moss", address=WORK),
    order(CHANGED, OrderStatus.PENDING_CHANGED, "mug-dusk"),
    order(PROCESSED, OrderStatus.PROCESSED, "mug-dusk"),
    order(SHIPPED, OrderStatus.SHIPPED, "mug-dusk"),
    order(CANCELLED, OrderStatus.CANCELLED, "mug-dusk"),
    order(RETURNING, OrderStatus.RETURN_REQUESTED, "mug-dusk"),
    order(EXCHANGING, OrderStatus.EXCHANGE_REQUESTED, "mug-dusk"),
    order(POUCH, OrderStatus.DELIVERED, "pouch-felt"),
    order(SECOND, OrderStatus.PENDING, "mug-chalk", paid=PAYPAL),
)
METHODS = (
    PaymentMethod(CARD, PaymentKind.CREDIT_CARD, "visa", "4242"),
    PaymentMethod(PAYPAL, PaymentKind.PAYPAL),
    PaymentMethod(GIFT, PaymentKind.GIFT_CARD, balance=Decimal("5.00")),
)
JO = CustomerProfile("jo", "Jo", "Hart", "jo@mail.example", "02079460000", HOME, NOW, METHODS)


def only(*numbers: str) -> tuple[Order, ...]:
    """Of Jo's orders, these."""
    return tuple(one for one in JOS if one.number in numbers)


def world(
    orders: Iterable[Order] = JOS,
    *,
    policy: ShopPolicy | None = None,
    at_hand: str | None = None,
    customer: CustomerProfile = JO,
) -> World:
    """What the shop says of Jo."""
    products = {product.id: product for product in PRODUCTS}
    return World(customer, tuple(orders), products, policy or ShopPolicy(), NUMBERS, "en", NOW, at_hand)


def request(task: Task, number: str | None = None, **values: Any) -> Request:
    """A request that was heard once already."""
    return Request("r1", task, number, opened=True, **values)


class AskedShop:
    """A shop in memory that goes by the rules; `failures` are raised by the next changes, one by one.

    With `done_all_the_same` a change is made before its failure is raised, as when only the answer gets lost.
    """

    def __init__(self) -> None:
        sams = order(SAMS, OrderStatus.PENDING, "kettle-small", owner="sam")
        self.orders: dict[str, Order] = {one.number: one for one in (*JOS, sams)}
        self.person = JO
        self.policy = ShopPolicy()
        self.failures: list[Exception] = []
        self.done_all_the_same = False
        self.keys: list[str] = []
        self.done: dict[str, Receipt] = {}

    @property
    def changes(self) -> list[Change]:
        """What was really changed, in order."""
        return [receipt.plan.change for receipt in self.done.values()]

    async def order(self, number: str) -> Order | None:
        return self.orders.get(number)

    async def orders_of(self, customer_id: str, limit: int) -> tuple[Order, ...]:
        return tuple(one for one in self.orders.values() if one.customer_id == customer_id)[:limit]

    async def customer(self, customer_id: str) -> CustomerProfile | None:
        return self.person if customer_id == "jo" else None

    async def customer_by_email(self, email: str) -> CustomerProfile | None:
        return self.person if email == self.person.email else None

    async def customers_by_name(self, first: str, last: str, postcode: str) -> tuple[CustomerProfile, ...]:
        return ()

    async def customers_by_phone(self, phone: str) -> tuple[CustomerProfile, ...]:
        return ()

    async def products(self) -> tuple[Product, ...]:
        return PRODUCTS

    async def product(self, product_id: str) -> Product | None:
        return next((one for one in PRODUCTS if one.id == product_id), None)

    async def preview(self, customer_id: str, change: Change) -> Plan:
        number = getattr(change, "number", None)
        return plan(change, self.person, self.orders.get(str(number)), PRODUCTS, self.policy, NOW)

    async def apply(self, customer_id: str, change: Change, key: str) -> Receipt:
        self.keys.append(key)
        if key in self.done:
            return replace(self.done[key], repeated=True)
        if self.failures and not self.done_all_the_same:
            raise self.failures.pop(0)
        self.done[key] = Receipt(key, await self.preview(customer_id, change), NOW)
        self._make(change, self.done[key].plan)
        if self.failures:
            raise self.failures.pop(0)
        return self.done[key]

    async def outcome(self, key: str) -> Receipt | None:
        return replace(self.done[key], repeated=True) if key in self.done else None

    def _make(self, change: Change, planned: Plan) -> None:
        if isinstance(change, ChangeDefaultAddress | ChangePhone):
            values: Mapping[str, Any] = (
                {"address": change.address} if isinstance(change, ChangeDefaultAddress) else {"phone": change.phone}
            )
            self.person = replace(self.person, **values)
            return
        before = self.orders[change.number]
        after = replace(before, status=OrderStatus(planned.status_after or before.status))
        if isinstance(change, ChangeOrderAddress):
            after = replace(after, address=change.address)
        if isinstance(change, CancelOrder):
            after = replace(after, cancel_reason=change.reason)
        self.orders[change.number] = after
