"""What an order knows about itself."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from bot.orders.models import Address, Order, OrderItem, OrderStatus, Shipment

ADDRESS = Address("1 Road", "", "Town", "", "N1 1AA", "GB")
PLACED = datetime(2026, 3, 1, tzinfo=UTC)


def order(*shipments: Shipment, expected_on: date | None = None) -> Order:
    items = (
        OrderItem("a-1", "a", "Lamp", {}, Decimal("68.10")),
        OrderItem("b-1", "b", "Mug", {}, Decimal("0.20")),
    )
    return Order(
        "#W1",
        "c",
        "a@b.example",
        OrderStatus.SHIPPED,
        ADDRESS,
        Decimal("3.95"),
        PLACED,
        expected_on,
        None,
        items,
        shipments,
    )


def test_the_total_is_exact_and_holds_the_delivery() -> None:
    assert order().total == Decimal("72.25")


def test_the_arrival_is_that_of_the_last_parcel() -> None:
    first = Shipment("1", "DPD", "x", expected_on=date(2026, 3, 4))
    second = Shipment("2", "DPD", "y", expected_on=date(2026, 3, 6))
    assert order(first, second, expected_on=date(2026, 3, 5)).arrival == date(2026, 3, 6)


def test_without_parcels_the_arrival_is_the_orders_own() -> None:
    assert order(expected_on=date(2026, 3, 5)).arrival == date(2026, 3, 5)


def test_an_order_is_delivered_when_its_last_parcel_is() -> None:
    here = Shipment("1", "DPD", "x", delivered_at=PLACED)
    under_way = Shipment("2", "DPD", "y")
    assert order(here).delivered_at == PLACED
    assert order(here, under_way).delivered_at is None
