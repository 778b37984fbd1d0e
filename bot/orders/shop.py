"""The one protocol behind which every shop stands, and the errors it may raise; no shop itself."""

from __future__ import annotations

from typing import Protocol

from bot.orders.models import CustomerProfile, Order, Product


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

    async def products(self) -> tuple[Product, ...]:
        """The whole catalogue, in the shop's order; every product has a variant at least.

        It is kept for a minute and searched by `bot.orders.catalogue`: a shop has no search of its own to write.
        """
        ...

    async def product(self, product_id: str) -> Product | None:
        """The product with that id as it is now, or None; asked anew before stock or price is told."""
        ...
