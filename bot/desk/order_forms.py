"""What an agent fills in to have an order changed, read into a change; asks no shop and decides no rule."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.orders.changes import (
    CancelOrder,
    ChangeOrderAddress,
    ChangeOrderItems,
    ChangeOrderPayment,
    ExchangeItems,
    OrderChange,
    Reason,
    Replacement,
    ReturnItems,
)
from bot.orders.models import Address, CustomerProfile, Money, Order, OrderItem, PaymentMethod, Product, Variant
from bot.orders.policy import ShopPolicy
from bot.orders.rules import original_methods, refund_targets, refusal_for

OF_AN_ORDER = (
    "change_order_address",
    "change_order_items",
    "change_order_payment",
    "cancel_order",
    "return_items",
    "exchange_items",
)
ADDRESS_PARTS: Mapping[str, int] = {"line1": 100, "line2": 100, "city": 60, "region": 60, "postcode": 16, "country": 2}
"""The parts of an address with their greatest lengths."""
SWAPS = ("change_order_items", "exchange_items")


class FormError(ValueError):
    """What was filled in is no change yet; the text is the name of a sentence in the templates."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing of an order, with what it could be swapped for."""

    place: int
    item_id: str
    name: str
    options: Mapping[str, str]
    price: Money
    versions: tuple[Variant, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderForm:
    """All that a form for one kind of change offers to choose from."""

    kind: str
    order: Order
    lines: tuple[Line, ...]
    methods: tuple[PaymentMethod, ...]
    reasons: tuple[str, ...]
    paid_with: tuple[str, ...] = field(default=())


def possible(order: Order, policy: ShopPolicy, now: datetime) -> dict[str, Reason | None]:
    """Every kind of change of an order, with the reason why it cannot be made at all; None where it can."""
    return {kind: refusal_for(kind, order, policy, now) for kind in OF_AN_ORDER}


def form_for(
    kind: str, order: Order, customer: CustomerProfile, products: Sequence[Product], policy: ShopPolicy
) -> OrderForm:
    """What there is to choose from.

    Raises:
        ValueError: no kind of change of an order.
    """
    if kind not in OF_AN_ORDER:
        raise ValueError(f"{kind!r} is no change of an order")
    by_id = {product.id: product for product in products}
    lines = tuple(_line(place, item, by_id.get(item.product_id)) for place, item in enumerate(order.items))
    paid = original_methods(order)
    methods = customer.payment_methods
    if kind == "return_items":
        methods = refund_targets(customer, order, policy)
    if kind == "change_order_payment":
        methods = tuple(method for method in methods if method.id not in paid)
    return OrderForm(kind, order, lines, methods, policy.cancel_reasons, paid)


def change_in(kind: str, order: Order, filled: Mapping[str, str]) -> OrderChange:
    """The change that a filled-in form asks for.

    Args:
        filled: the form's fields. Items are `pick-<place>`, a variant that takes a place `swap-<place>`.

    Raises:
        FormError: something is missing or too long.
    """
    number = order.number
    if kind not in OF_AN_ORDER:
        raise FormError("unknown_kind")
    if kind == "cancel_order":
        return CancelOrder(number, _given(filled, "reason", 100, "no_reason"))
    if kind == "change_order_address":
        return ChangeOrderAddress(number, _address(filled))
    method = _given(filled, "payment", 200, "no_payment")
    if kind == "change_order_payment":
        return ChangeOrderPayment(number, method)
    if kind == "return_items":
        picked = tuple(item.item_id for place, item in enumerate(order.items) if filled.get(f"pick-{place}"))
        if not picked:
            raise FormError("no_items")
        return ReturnItems(number, picked, method)
    wanted = {place: filled.get(f"swap-{place}", "").strip()[:200] for place in range(len(order.items))}
    swaps = tuple(Replacement(order.items[place].item_id, new) for place, new in wanted.items() if new)
    if not swaps:
        raise FormError("no_swap")
    return ExchangeItems(number, swaps, method) if kind == "exchange_items" else ChangeOrderItems(number, swaps, method)


def products_of(order: Order) -> tuple[str, ...]:
    """The ids of the products in an order, each once."""
    return tuple(dict.fromkeys(item.product_id for item in order.items))


def _line(place: int, item: OrderItem, product: Product | None) -> Line:
    # Those that are sold out too, since an agent is asked about them.
    others = tuple(variant for variant in product.variants if variant.id != item.item_id) if product else ()
    return Line(place, item.item_id, item.name, item.options, item.price, others)


def _address(filled: Mapping[str, str]) -> Address:
    parts = {name: " ".join(filled.get(name, "").split()) for name in ADDRESS_PARTS}
    parts["country"] = parts["country"].upper()
    if not re.fullmatch("[A-Z]{2}", parts["country"]):
        raise FormError("no_country")
    if any(len(parts[name]) > most for name, most in ADDRESS_PARTS.items()):
        raise FormError("address_too_long")
    return Address(**parts)


def _given(filled: Mapping[str, str], name: str, most: int, missing: str) -> str:
    value = filled.get(name, "").strip()
    if not value or len(value) > most:
        raise FormError(missing)
    return value
