"""Jo's orders, payments and what the shop sells, as plain values: for tests of rules, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

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

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
HOME = Address("14 Larch Grove", "", "London", "", "N1 5QT", "GB")
WORK = Address("2 Mill Court", "Unit 4", "Leeds", "", "LS1 4AB", "GB")
CARD, PAYPAL, GIFT = "credit-1", "paypal-1", "gift-1"
NUMBER = "#W1000001"


def product(id: str, *variants: tuple[str, str, bool]) -> Product:
    made = tuple(Variant(name, {"colour": name}, Decimal(price), available) for name, price, available in variants)
    return Product(id, id.title(), "home", id, "", made)


PRODUCTS = (
    product("lamp", ("lamp-sand", "68.00", True), ("lamp-sage", "75.50", True), ("lamp-ink", "60.10", False)),
    product("mug", ("mug-moss", "12.20", True), ("mug-dusk", "10.00", True), ("mug-chalk", "12.20", True)),
)


def jo(balance: str = "50.00") -> CustomerProfile:
    methods = (
        PaymentMethod(CARD, PaymentKind.CREDIT_CARD, "visa", "4242"),
        PaymentMethod(PAYPAL, PaymentKind.PAYPAL),
        PaymentMethod(GIFT, PaymentKind.GIFT_CARD, balance=Decimal(balance)),
    )
    return CustomerProfile("jo", "Jo", "Hart", "jo@mail.example", None, HOME, NOW, methods)


def paid(*moves: tuple[str, str, str]) -> tuple[Payment, ...]:
    return tuple(Payment(kind, Decimal(amount), method, NOW) for kind, amount, method in moves)


def order(status: OrderStatus, *payments: tuple[str, str, str], items: Sequence[str] = ("lamp", "mug", "mug")) -> Order:
    things = {
        "lamp": OrderItem("lamp-sand", "lamp", "Lamp", {"colour": "sand"}, Decimal("68.00")),
        "mug": OrderItem("mug-moss", "mug", "Mug", {"colour": "moss"}, Decimal("12.20")),
    }
    return Order(
        NUMBER,
        "jo",
        "jo@mail.example",
        status,
        HOME,
        Decimal("3.95"),
        NOW - timedelta(days=9),
        items=tuple(things[item] for item in items),
        payments=paid(*(payments or [("payment", "96.35", CARD)])),
    )
