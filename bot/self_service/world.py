"""All that a request is about, read from the shop at one moment: the customer, the orders, the products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from bot.orders.changes import Reason
from bot.orders.models import CustomerProfile, Order, OrderItem, PaymentMethod, Product
from bot.orders.numbers import OrderNumbers
from bot.orders.policy import ShopPolicy
from bot.orders.rules import refusal_for
from bot.orders.shop import Shop
from bot.self_service.reading.addresses import KnownAddress
from bot.self_service.reading.items import Line
from bot.self_service.request import Task

MOST_ORDERS = 100
EXCHANGE = "exchange_items"


@dataclass(frozen=True)
class World:
    """What the shop said a moment ago, about one customer who has proved to be that.

    `orders` are the newest first; `language` is what the customer writes; `at_hand` the order that was spoken of last.
    """

    customer: CustomerProfile
    orders: tuple[Order, ...]
    products: Mapping[str, Product]
    policy: ShopPolicy
    numbers: OrderNumbers
    language: str
    now: datetime
    at_hand: str | None = None

    @cached_property
    def by_number(self) -> Mapping[str, Order]:
        """The customer's orders by their numbers."""
        return {order.number: order for order in self.orders}

    def known_addresses(self, but: str | None = None) -> tuple[KnownAddress, ...]:
        """The addresses the shop knows of this customer: the profile's, then those of the orders; some may be equal.

        Args:
            but: "profile" or an order to leave out, because its address is the one to be changed.
        """
        of_orders = (KnownAddress(order.number, order.address) for order in self.orders)
        known = (KnownAddress("profile", self.customer.address), *of_orders)
        return tuple(address for address in known if address.key != but)

    def lines(self, numbers: Sequence[str]) -> tuple[Line, ...]:
        """Everything in these orders."""
        orders = (self.by_number[number] for number in numbers if number in self.by_number)
        return tuple(Line(order.number, place, item) for order in orders for place, item in enumerate(order.items))

    def product_of(self, item: OrderItem) -> Product | None:
        """The product an item is a variant of, as the catalogue has it now."""
        return self.products.get(item.product_id)

    def method(self, method_id: str | None) -> PaymentMethod | None:
        """One of the customer's payment methods."""
        return next((method for method in self.customer.payment_methods if method.id == method_id), None)

    def kinds_of(self, task: Task) -> tuple[str, ...]:
        """The kinds of change that fulfil a task: one, or two of which the order's status decides."""
        return (Task.SWAP.value, EXCHANGE) if task is Task.SWAP else (task.value,)

    def kind_for(self, task: Task, order: Order) -> str:
        """The kind of change that fulfils a task for one order, whether the order allows it or not."""
        kinds = self.kinds_of(task)
        return next((kind for kind in kinds if self._refusal(kind, order) is None), self._likeliest(kinds, order))

    def refusal(self, task: Task, order: Order) -> Reason | None:
        """Why a task cannot be done for an order at all; None where it can."""
        if task is Task.PROBLEM:
            return None
        return self._refusal(self.kind_for(task, order), order)

    def eligible(self, task: Task) -> tuple[str, ...]:
        """The numbers of the orders for which a task can be done."""
        return tuple(order.number for order in self.orders if self.refusal(task, order) is None)

    def _refusal(self, kind: str, order: Order) -> Reason | None:
        return refusal_for(kind, order, self.policy, self.now)

    @staticmethod
    def _likeliest(kinds: Sequence[str], order: Order) -> str:
        return kinds[-1] if order.delivered_at or order.status in ("delivered", "exchange requested") else kinds[0]


async def look(
    shop: Shop,
    products: Sequence[Product],
    customer_id: str,
    *,
    numbers: OrderNumbers,
    language: str,
    now: datetime,
    at_hand: str | None = None,
) -> World | None:
    """Read all of it; None where the shop does not know the customer any more.

    Raises:
        ShopUnavailable: as `Shop` says.
    """
    customer = await shop.customer(customer_id)
    if customer is None:
        return None
    orders = await shop.orders_of(customer_id, limit=MOST_ORDERS)
    by_id = {product.id: product for product in products}
    return World(customer, tuple(orders), by_id, shop.policy, numbers, language, now, at_hand)
