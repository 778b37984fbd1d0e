"""Which sentence tells how far an order is, and the words that go into it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.orders.formatting import Formatting
from bot.orders.models import Order, OrderStatus


@dataclass(frozen=True, slots=True)
class News:
    """A response of the domain and its words."""

    response: str
    words: dict[str, str]


def order_news(order: Order, formatting: Formatting, today: date) -> News:
    """What there is to say about an order on the day `today`."""
    arrival, words = order.arrival, {"number": order.number, "carrier": carriers(order, formatting)}
    match order.status:
        case OrderStatus.CANCELLED:
            return News("utter_order_cancelled", words)
        case OrderStatus.RETURN_REQUESTED | OrderStatus.EXCHANGE_REQUESTED:
            return News(f"utter_order_{order.status.in_names}", words)
        case OrderStatus.DELIVERED:
            if order.delivered_at is None:
                return News("utter_order_delivered_no_date", words)
            return News("utter_order_delivered", words | {"delivered": formatting.day(order.delivered_at)})
    if arrival is None:
        return News(f"utter_order_{order.status.in_names}_no_date", words)
    words |= {"expected": formatting.day(arrival)}
    if arrival >= today:
        return News(f"utter_order_{order.status.in_names}", words)
    return News("utter_order_late" if order.status is OrderStatus.SHIPPED else "utter_order_overdue", words)


def carriers(order: Order, formatting: Formatting) -> str:
    """Who carries the order, each named once; some shops do not know."""
    named = list(dict.fromkeys(shipment.carrier for shipment in order.shipments if shipment.carrier))
    return formatting.listed(named) if named else formatting.label("our_carrier")
