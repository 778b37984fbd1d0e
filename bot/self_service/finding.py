"""Finds the one order a customer speaks of without its number: by what is in it, how far it is, where it goes."""

from __future__ import annotations

from collections.abc import Sequence

from bot.orders.models import Order
from bot.orders.numbers import OrderNumbers
from bot.self_service.reading.items import Line, read_items
from bot.self_service.reading.orders import read_orders


def order_spoken_of(text: str, orders: Sequence[Order], numbers: OrderNumbers, language: str) -> str | None:
    """The number of the only order that fits what was said; None where several do, or nothing was said of one.

    Args:
        orders: the customer's, newest first.
    """
    said = read_orders(text, orders, numbers, language)
    fitting = [order for order in orders if _has_status(order, said.statuses)]
    lines = tuple(Line(order.number, place, item) for order in fitting for place, item in enumerate(order.items))
    named = [{line.number for line in mention.lines} for mention in read_items(text, lines, language).mentions]
    found = set.intersection(*named) if named else {order.number for order in fitting} if said.statuses else set()
    if said.by_place:
        found = (found or set(said.by_place)) & set(said.by_place)
    if not found and said.latest and fitting:
        return fitting[0].number
    return found.pop() if len(found) == 1 else None


def _has_status(order: Order, statuses: Sequence[str]) -> bool:
    return not statuses or any(order.status.startswith(status) for status in statuses)
