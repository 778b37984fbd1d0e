"""Empties the embedded shop's own record of a customer, where the shop wants that; a real shop does it by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.orders.models import Address
from bot.storage.shop_tables import shop_changes, shop_customers, shop_orders, shop_payment_methods, shop_shipments

_NOBODY = "erased"
_NOWHERE = dict.fromkeys(Address.__slots__, "")


def forget_at_shop(connection: Connection, customer_ids: Sequence[str]) -> Counter[str]:
    """Names, addresses and means of payment go; orders stay, with what was paid: the books need them."""
    counts: Counter[str] = Counter()
    for customer_id in customer_ids:
        address = f"{customer_id}@erased.invalid"
        own = shop_customers.c.id == customer_id
        nobody = {
            "first_name": _NOBODY,
            "last_name": "",
            "email": address,
            "email_key": address.lower(),
            "phone": None,
            "address": _NOWHERE,
        }
        counts["shop_customers"] += connection.execute(sa.update(shop_customers).where(own).values(nobody)).rowcount
        theirs = shop_orders.c.customer_id == customer_id
        numbers = sa.select(shop_orders.c.number).where(theirs)
        emptied = {"email": address, "address": _NOWHERE, "elsewhere": None}
        counts["shop_orders"] += connection.execute(sa.update(shop_orders).where(theirs).values(emptied)).rowcount
        parcels = shop_shipments.c.order_number.in_(numbers)
        untracked = {"tracking_number": "", "tracking_url": None}
        counts["shop_shipments"] += connection.execute(
            sa.update(shop_shipments).where(parcels).values(untracked)
        ).rowcount
        means = shop_payment_methods.c.customer_id == customer_id
        connection.execute(sa.update(shop_payment_methods).where(means).values(brand=None, last_four=None))
        done = shop_changes.c.customer_id == customer_id
        for key in connection.execute(sa.select(shop_changes.c.key).where(done)).scalars().all():
            unnamed: dict[str, object] = {"change": {}, "plan": {}}
            connection.execute(sa.update(shop_changes).where(shop_changes.c.key == key).values(unnamed))
            counts["shop_changes"] += 1
    return +counts
