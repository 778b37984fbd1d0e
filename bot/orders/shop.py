"""The one protocol behind which every shop stands, and the errors it may raise; no shop itself."""

from __future__ import annotations

from typing import Protocol

from bot.orders.models import CustomerProfile, Order


class ShopError(Exception):
    """Root of what a shop raises.

    ShopError
    └── ShopUnavailable   the shop cannot be reached or is too slow; asking again later is right
    """

    retryable = False


class ShopUnavailable(ShopError):
    """No answer from the shop. Nothing was changed."""

    retryable = True


class Shop(Protocol):
    """What Bellhop asks of a shop.

    Every call may raise `ShopUnavailable`, or what the shop's own store raises when it is out of reach (an exception
    with `retryable` true). A shop answers what is asked; who may see the answer is decided before it is shown.
    """

    async def order(self, number: str) -> Order | None:
        """The order with that number in its stored form ("#W2378156"), or None."""
        ...

    async def orders_of(self, customer_id: str, limit: int) -> tuple[Order, ...]:
        """A customer's latest orders, newest first, at most `limit`."""
        ...

    async def customer(self, customer_id: str) -> CustomerProfile | None:
        """The customer with that id, or None."""
        ...

    async def customer_by_email(self, email: str) -> CustomerProfile | None:
        """The customer whose address on file is `email`, whatever the case of its letters, or None."""
        ...
