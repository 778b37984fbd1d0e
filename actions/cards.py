"""Orders and profiles as cards that a channel can draw."""

from __future__ import annotations

from typing import Any

from bot.orders.formatting import Formatting
from bot.orders.models import CustomerProfile, Order, OrderStatus, PaymentKind, PaymentMethod

Card = dict[str, Any]

_BADGES = {
    OrderStatus.PENDING: ("Waiting to be packed", "info"),
    OrderStatus.PROCESSED: ("Packed", "info"),
    OrderStatus.SHIPPED: ("On its way", "info"),
    OrderStatus.DELIVERED: ("Delivered", "good"),
    OrderStatus.CANCELLED: ("Cancelled", "bad"),
    OrderStatus.RETURN_REQUESTED: ("Return asked for", "warn"),
}


def order_card(order: Order, formatting: Formatting) -> Card:
    """One order, whole: status, carrier and tracking, expected day, address, items and total."""
    fields = [_field("Ordered", formatting.day_with_year(order.placed_at))]
    for shipment in order.shipments:
        fields.append(_field("Carrier", shipment.carrier))
        fields.append(_field("Tracking", shipment.tracking_number, shipment.tracking_url))
    if order.delivered_at is not None:
        fields.append(_field("Delivered", formatting.day(order.delivered_at)))
    elif order.arrival is not None and order.status is not OrderStatus.CANCELLED:
        fields.append(_field("Expected by", formatting.day(order.arrival)))
    fields.append(_field("Delivery address", formatting.address(order.address)))
    if order.delivery_fee:
        fields.append(_field("Delivery", formatting.money(order.delivery_fee)))
    items = [
        {
            "title": item.name,
            "detail": ", ".join(f"{name}: {value}" for name, value in item.options.items()) or None,
            "price": formatting.money(item.price),
            "image": item.image,
        }
        for item in order.items
    ]
    return _card("order", f"Order {order.number}", order.status, fields, items, formatting.money(order.total))


def order_summary_card(order: Order, formatting: Formatting) -> Card:
    """One order among others: what, when, how far, how much."""
    fields = [_field("Ordered", formatting.day_with_year(order.placed_at))]
    if order.items:
        more = f" and {len(order.items) - 1} more" if len(order.items) > 1 else ""
        fields.append(_field("Items", order.items[0].name + more))
    return _card("order", f"Order {order.number}", order.status, fields, [], formatting.money(order.total))


def profile_card(profile: CustomerProfile, formatting: Formatting) -> Card:
    """What the shop keeps about a customer."""
    fields = [_field("E-mail", profile.email)]
    if profile.phone:
        fields.append(_field("Phone", profile.phone))
    fields.append(_field("Delivery address", formatting.address(profile.address)))
    fields += [_field("Payment", _payment_method(method, formatting)) for method in profile.payment_methods]
    fields.append(_field("Customer since", formatting.day_with_year(profile.since)))
    return {
        "kind": "profile",
        "title": profile.name,
        "subtitle": None,
        "badge": None,
        "fields": fields,
        "items": [],
        "total": None,
    }


def _card(kind: str, title: str, status: OrderStatus, fields: list[Card], items: list[Card], total: str) -> Card:
    text, tone = _BADGES[status]
    return {
        "kind": kind,
        "title": title,
        "subtitle": None,
        "badge": {"text": text, "tone": tone},
        "fields": fields,
        "items": items,
        "total": total,
    }


def _field(label: str, value: str, href: str | None = None) -> Card:
    return {"label": label, "value": value, "href": href}


def _payment_method(method: PaymentMethod, formatting: Formatting) -> str:
    if method.kind is PaymentKind.GIFT_CARD:
        return f"Gift card, {formatting.money(method.balance)} left" if method.balance is not None else "Gift card"
    if method.kind is PaymentKind.PAYPAL:
        return "PayPal"
    brand = (method.brand or "card").capitalize()
    return f"{brand} ending in {method.last_four}" if method.last_four else brand
