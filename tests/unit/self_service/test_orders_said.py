"""Which orders are meant, in words."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bot.orders.models import Address, Order, OrderStatus
from bot.orders.numbers import OrderNumbers
from bot.self_service.reading.orders import OrdersSaid, read_orders

NUMBERS = OrderNumbers(r"#?\s*[Ww]\s*\d{7}", "#W")
AT = datetime(2026, 3, 1, tzinfo=UTC)


def order(number: str, city: str, region: str) -> Order:
    address = Address("1 Main Street", "", city, region, "10001", "US")
    return Order(number, "jo", "jo@mail.example", OrderStatus.PENDING, address, Decimal(0), AT)


ORDERS = (
    order("#W1003766", "New York", "NY"),
    order("#W2004444", "Houston", "TX"),
    order("#W3004444", "Los Angeles", "CA"),
)


def said(text: str, language: str = "en") -> OrdersSaid:
    return read_orders(text, ORDERS, NUMBERS, language)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("#W1003766", ("#W1003766",)),
        ("cancel W1003766 and w 2004444", ("#W1003766", "#W2004444")),
        ("9999999", ("#W9999999",)),
        ("the order ending in 3766", ("#W1003766",)),
        ("3766", ("#W1003766",)),
        ("ending in 4444", ()),
        ("my 2 orders", ()),
    ],
)
def test_by_number(text: str, numbers: tuple[str, ...]) -> None:
    assert said(text).numbers == numbers


@pytest.mark.parametrize(
    ("text", "language"),
    [
        *(
            (text, "en")
            for text in (
                "cancel all my pending orders",
                "both orders",
                "every order",
                "all of them",
                "both",
                "all orders please",
            )
        ),
        *(
            (text, "en")
            for text in (
                "change all possible order addresses",
                "both of my orders",
                "all three of my orders",
                "all the orders",
            )
        ),
        *(
            ("alle meine offenen Bestellungen", "de"),
            ("beide", "de"),
            ("todos mis pedidos", "es"),
            ("toutes mes commandes", "fr"),
        ),
    ],
)
def test_every_order(text: str, language: str) -> None:
    assert said(text, language).every


@pytest.mark.parametrize(
    "text",
    ["return all items in my order", "everything", "both kettles", "all the lamps of order #W1003766", "an order"],
)
def test_not_every_order(text: str) -> None:
    assert not said(text).every


@pytest.mark.parametrize(
    ("text", "language"),
    [
        *(
            (text, "en")
            for text in (
                "my last order",
                "the most recent order",
                "the order I just placed",
                "my latest order",
                "the latest one",
            )
        ),
        *(("meine letzte Bestellung", "de"), ("mi último pedido", "es"), ("ma dernière commande", "fr")),
    ],
)
def test_the_latest(text: str, language: str) -> None:
    assert said(text, language).latest


@pytest.mark.parametrize(
    "text", ["the lamp I just bought", "the last lamp", "return the latest tablet", "order it at last"]
)
def test_not_the_latest(text: str) -> None:
    assert not said(text).latest


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("the other order", "en"),
        ("my other order please", "en"),
        ("the other one", "en"),
        ("die andere Bestellung", "de"),
        ("l'autre commande", "fr"),
    ],
)
def test_the_other(text: str, language: str) -> None:
    assert said(text, language).other


def test_not_the_other() -> None:
    assert not said("exchange the other lamp of my order").other


@pytest.mark.parametrize(
    ("text", "language", "statuses"),
    [
        ("all my pending orders", "en", ("pending",)),
        ("the order that was delivered", "en", ("delivered",)),
        ("my cancelled order", "en", ("cancelled",)),
        ("the pending one", "en", ("pending",)),
        ("the order I received", "en", ("delivered",)),
        ("pending boots", "en", ()),
        ("die stornierte Bestellung", "de", ("cancelled",)),
        ("mis pedidos pendientes", "es", ("pending",)),
        ("ma commande livrée", "fr", ("delivered",)),
    ],
)
def test_by_status(text: str, language: str, statuses: tuple[str, ...]) -> None:
    assert said(text, language).statuses == statuses


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("my NYC order", ("#W1003766",)),
        ("the LA order", ("#W3004444",)),
        ("the order that went to Texas", ("#W2004444",)),
        ("I want my order sent to Houston", ()),
        ("change the address of my order to New York", ()),
    ],
)
def test_by_the_place_it_goes_to(text: str, numbers: tuple[str, ...]) -> None:
    assert said(text).by_place == numbers


def test_nothing_said() -> None:
    assert not said("hello")
