"""Whose number it is that a customer shared; decides nothing about what that opens."""

from __future__ import annotations

from bot.orders.phones import normal_phone
from bot.orders.shop import Shop


async def customer_of_phone(shop: Shop, phone: str, region: str | None) -> str | None:
    """The one customer who has this number in their profile.

    Args:
        phone: a number that a channel vouches for as the sender's own; without country code it is one of `region`.
        region: the shop's country, in two capitals, if it is known.

    Returns:
        The customer's id; None where nobody has that number, or more than one: it is proof of neither.

    Raises:
        ShopUnavailable: the shop cannot be asked just now.
    """
    number = normal_phone(phone, region)
    found = await shop.customers_by_phone(number) if number is not None else ()
    return found[0].id if len(found) == 1 else None
