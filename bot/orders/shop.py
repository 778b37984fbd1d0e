"""The one protocol behind which every shop stands, and the errors it may raise; no shop itself."""

from __future__ import annotations

from typing import Protocol

from bot.orders.changes import Change, Plan, Reason, Receipt
from bot.orders.models import CustomerProfile, Order, Product
from bot.orders.policy import ShopPolicy


class ShopError(Exception):
    """Root of what a shop raises.

    ShopError
    ├── ShopUnavailable   the shop cannot be reached or is too slow; asking again later is right
    ├── OutcomeUnknown    a change was sent and no answer came; it may have been made
    └── Refused           the shop's rules do not allow it; nothing was changed
    """

    retryable = False


class ShopUnavailable(ShopError):
    """No answer from the shop. Nothing was changed."""

    retryable = True


class OutcomeUnknown(ShopError):
    """A change was sent, and nobody knows whether it was made. `Shop.outcome` with the same key tells, later."""


class Refused(ShopError):
    """The shop does not do it. Nothing was changed.

    Args:
        reason: why, with what there is to say about it.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.refusal)
        self.reason = reason


class Shop(Protocol):
    """What Bellhop asks of a shop, and has it do.

    Every call may raise `ShopUnavailable`, or what the shop's own store raises when it is out of reach (an exception
    with `retryable` true). A shop answers what is asked; who may see the answer is decided before it is shown.
    """

    async def order(self, number: str) -> Order | None:
        """The order with that number in its stored form ("#W2507194"), or None."""
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

    async def customers_by_name(self, first: str, last: str, postcode: str) -> tuple[CustomerProfile, ...]:
        """The customers of that name whose profile has that postcode, whatever the case; empty where there is none.

        Asked only where a name and a postcode are a proof (`CHANGE_PROOF`): two customers found are proof of neither.
        """
        ...

    async def customers_by_phone(self, phone: str) -> tuple[CustomerProfile, ...]:
        """The customers whose profile has that telephone number, however it is written there.

        Asked only where a shared number is a proof (`TELEGRAM_PHONE`): two customers found are proof of neither.

        Args:
            phone: in international form, "+447700900123". A number on file without country code is of the shop's own
                country, and the same as none where that is not known.
        """
        ...

    async def products(self) -> tuple[Product, ...]:
        """The whole catalogue, in the shop's order; every product has a variant at least.

        It is kept for a minute and searched by `bot.orders.catalogue`: a shop has no search of its own to write.
        """
        ...

    async def product(self, product_id: str) -> Product | None:
        """The product with that id as it is now, or None; asked anew before stock or price is told."""
        ...

    @property
    def policy(self) -> ShopPolicy:
        """What customers may do by themselves."""
        ...

    async def preview(self, customer_id: str, change: Change) -> Plan:
        """What a change would do; nothing is done.

        Raises:
            Refused: the rules do not allow it, or the order is not that customer's.
        """
        ...

    async def apply(self, customer_id: str, change: Change, key: str) -> Receipt:
        """Make a change, whole or not at all, and leave a row in the shop's audit.

        Args:
            customer_id: who asks; a change of somebody else's order is refused like one of an unknown order.
            key: idempotency key of 1 to 200 characters. The same key again changes nothing and answers as before.

        Raises:
            Refused: the rules, asked again with what is there now, do not allow it; nothing was changed.
            ShopUnavailable: nothing was changed; asking again with the same key is right.
            OutcomeUnknown: it may have been made; `outcome` tells, or the same call again.
            ValueError: the key was used before for another change.
        """
        ...

    async def outcome(self, key: str) -> Receipt | None:
        """What was done under a key, as a receipt with `repeated` true, or None where nothing was."""
        ...
