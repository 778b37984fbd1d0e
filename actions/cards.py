"""Orders and profiles as cards that a channel can draw."""

from __future__ import annotations

from typing import Any

from bot.orders.formatting import Formatting
from bot.orders.models import CustomerProfile, Order, OrderStatus
from bot.orders.paying import payment_words

Card = dict[str, Any]

_TONES = {
    OrderStatus.DELIVERED: "good",
    OrderStatus.CANCELLED: "bad",
    OrderStatus.RETURN_REQUESTED: "warn",
    OrderStatus.EXCHANGE_REQUESTED: "warn",
}


def order_card(order: Order, formatting: Formatting) -> Card:
    """One order, whole: status, carrier and tracking, expected day, address, items and total."""
    fields = [_field(formatting.label("ordered"), formatting.day_with_year(order.placed_at))]
    for shipment in order.shipments:
        if shipment.carrier:
            fields.append(_field(formatting.label("carrier"), shipment.carrier))
        fields.append(_field(formatting.label("tracking"), shipment.tracking_number, shipment.tracking_url))
    if order.delivered_at is not None:
        fields.append(_field(formatting.label("delivered"), formatting.day(order.delivered_at)))
    elif order.arrival is not None and order.status is not OrderStatus.CANCELLED:
        fields.append(_field(formatting.label("expected_by"), formatting.day(order.arrival)))
    fields.append(_field(formatting.label("delivery_address"), formatting.address(order.address)))
    if order.delivery_fee:
        fields.append(_field(formatting.label("delivery"), formatting.money(order.delivery_fee)))
    items = [
        {
            "title": item.name,
            "detail": ", ".join(f"{name}: {value}" for name, value in item.options.items()) or None,
            "price": formatting.money(item.price),
            "image": item.image,
        }
        for item in order.items
    ]
    return _card(order, formatting, fields, items)


def order_summary_card(order: Order, formatting: Formatting) -> Card:
    """One order among others: what, when, how far, how much."""
    fields = [_field(formatting.label("ordered"), formatting.day_with_year(order.placed_at))]
    if order.items:
        name, more = order.items[0].name, len(order.items) - 1
        items = formatting.label("one_item_and_more", name=name, count=more) if more else name
        fields.append(_field(formatting.label("items"), items))
    return _card(order, formatting, fields, [])


def profile_card(profile: CustomerProfile, formatting: Formatting) -> Card:
    """What the shop keeps about a customer."""
    fields = [_field(formatting.label("email"), profile.email)]
    if profile.phone:
        fields.append(_field(formatting.label("phone"), profile.phone))
    fields.append(_field(formatting.label("delivery_address"), formatting.address(profile.address)))
    fields += [
        _field(formatting.label("payment"), payment_words(method, formatting)) for method in profile.payment_methods
    ]
    fields.append(_field(formatting.label("customer_since"), formatting.day_with_year(profile.since)))
    return {
        "kind": "profile",
        "title": profile.name,
        "subtitle": None,
        "badge": None,
        "fields": fields,
        "items": [],
        "total": None,
    }


def _card(order: Order, formatting: Formatting, fields: list[Card], items: list[Card]) -> Card:
    badge = formatting.label(f"status_{order.status.in_names}")
    return {
        "kind": "order",
        "title": formatting.label("order", number=order.number),
        "subtitle": None,
        "badge": {"text": badge, "tone": _TONES.get(order.status, "info")},
        "fields": fields,
        "items": items,
        "total": formatting.money(order.total),
    }


def _field(label: str, value: str, href: str | None = None) -> Card:
    return {"label": label, "value": value, "href": href}
