"""The embedded shop: orders, customers and products in Bellhop's own database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.orders.changes import Change, Plan, Receipt
from bot.orders.models import CustomerProfile, Order, Product
from bot.orders.policy import ShopPolicy, staff_policy
from bot.orders.shop import OutcomeUnknown, ShopUnavailable
from bot.orders.sql_changes import apply_change, preview_change, receipt_of, same_change
from bot.orders.sql_names import customers_named, customers_with_phone
from bot.orders.sql_rows import customer_where, orders_where, products_where
from bot.storage.database import Database, DatabaseUnavailable
from bot.storage.shop_tables import shop_customers, shop_orders, shop_products

_LONGEST_KEY = 200


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SqlShop:
    """A `Shop` over the tables of `bot.storage.shop_tables`.

    Args:
        policy: what customers may do by themselves; left out, everything that `ShopPolicy` allows.
        clock: the time at which changes are made.
        region: the shop's country, in two capitals: where telephone numbers without country code are at home.
    """

    def __init__(
        self,
        database: Database,
        policy: ShopPolicy | None = None,
        clock: Callable[[], datetime] = _utc_now,
        region: str | None = None,
    ) -> None:
        self._database = database
        self._policy = policy or ShopPolicy()
        self._clock = clock
        self._region = region

    @property
    def policy(self) -> ShopPolicy:
        """What customers may do by themselves."""
        return self._policy

    def for_staff(self) -> SqlShop:
        """The same shop for its own people, who may do every kind of change."""
        return SqlShop(self._database, staff_policy(self._policy), self._clock, self._region)

    async def order(self, number: str) -> Order | None:
        """The order with that number, or None."""
        orders = await self._database.read(orders_where(shop_orders.c.number == number, limit=1))
        return orders[0] if orders else None

    async def orders_of(self, customer_id: str, limit: int) -> tuple[Order, ...]:
        """A customer's latest orders, newest first, at most `limit`."""
        return await self._database.read(orders_where(shop_orders.c.customer_id == customer_id, limit=limit))

    async def customer(self, customer_id: str) -> CustomerProfile | None:
        """The customer with that id, or None."""
        return await self._database.read(customer_where(shop_customers.c.id == customer_id))

    async def customer_by_email(self, email: str) -> CustomerProfile | None:
        """The customer with that address, or None; the case of letters does not matter."""
        return await self._database.read(customer_where(shop_customers.c.email_key == email.strip().casefold()))

    async def customers_by_name(self, first: str, last: str, postcode: str) -> tuple[CustomerProfile, ...]:
        """The customers of that name whose profile has that postcode."""
        return await self._database.read(customers_named(first, last, postcode))

    async def customers_by_phone(self, phone: str) -> tuple[CustomerProfile, ...]:
        """The customers with that number, in international form, in their profile."""
        return await self._database.read(customers_with_phone(phone, self._region))

    async def products(self) -> tuple[Product, ...]:
        """The whole catalogue, in the shop's order."""
        return await self._database.read(products_where(sa.true()))

    async def product(self, product_id: str) -> Product | None:
        """The product with that id, or None."""
        found = await self._database.read(products_where(shop_products.c.id == product_id))
        return found[0] if found else None

    async def preview(self, customer_id: str, change: Change) -> Plan:
        """What a change would do; nothing is done.

        Raises:
            Refused: the rules do not allow it, or the order is not that customer's.
        """
        return await self._database.read(
            lambda connection: preview_change(connection, customer_id, change, self._policy, self._clock())
        )

    async def apply(self, customer_id: str, change: Change, key: str) -> Receipt:
        """Make a change in one transaction, with its row in `shop_changes`; the same key again changes nothing.

        Raises:
            Refused: the rules, asked again in that transaction, do not allow it.
            ShopUnavailable: the database could not be used; nothing was changed.
            OutcomeUnknown: it was lost while the change was being committed.
            ValueError: the key was used before for another change, or is none.
        """
        if not 0 < len(key) <= _LONGEST_KEY:
            raise ValueError(f"a key has 1 to {_LONGEST_KEY} characters")
        made = False

        def work(connection: Connection) -> Receipt:
            nonlocal made
            receipt = apply_change(connection, customer_id, change, key, self._policy, self._clock())
            made = True
            return receipt

        try:
            return await self._database.write(work)
        except DatabaseUnavailable as error:
            if made:
                raise OutcomeUnknown("the database was lost during the commit") from error
            raise ShopUnavailable("the shop's database cannot be used just now") from error
        except sa.exc.IntegrityError:
            # Somebody else took the key meanwhile: two of one customer wait for each other and never come here.
            earlier = await self._database.read(lambda connection: same_change(connection, customer_id, change, key))
            if earlier is None:
                raise
            return earlier

    async def outcome(self, key: str) -> Receipt | None:
        """What was done under a key, or None."""
        return await self._database.read(lambda connection: receipt_of(connection, key))
