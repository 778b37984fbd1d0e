"""Who writes: identities of a channel and the customers they belong to; not what they may see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.tables import customers, identities

_FIND = (
    sa.select(identities.c.id, identities.c.customer_id, identities.c.blocked_at, customers.c.shop_customer_id)
    .select_from(identities.join(customers, customers.c.id == identities.c.customer_id))
    .where(
        identities.c.channel == sa.bindparam("channel"),
        identities.c.external_id == sa.bindparam("external_id"),
    )
    # Two messages of one customer at once: the second waits here until the first has opened the conversation. So does
    # a message while its identity becomes another customer's; it finds that out by the identity's row, read anew.
    # Rows may still be referred to meanwhile (KEY SHARE): a turn that is being stored must not wait for us.
    .with_for_update(of=[customers, identities], key_share=True)
)


@dataclass(frozen=True, slots=True)
class Identity:
    """A customer as one channel knows them."""

    id: str
    customer_id: str
    shop_customer_id: str | None
    blocked: bool = False  # takes no messages from us on that channel


def find_or_create(
    connection: Connection,
    channel: str,
    external_id: str,
    *,
    locale: str,
    now: datetime,
    new_id: Callable[[], str],
) -> Identity:
    """The identity (channel, external id), with a new customer where it was never seen before.

    Raises:
        sqlalchemy.exc.IntegrityError: another transaction created or moved it at the same moment; run the work again.
    """
    row = connection.execute(_FIND, {"channel": channel, "external_id": external_id}).first()
    if row is not None:
        return Identity(row.id, row.customer_id, row.shop_customer_id, row.blocked_at is not None)
    identity = Identity(new_id(), new_id(), None)
    connection.execute(sa.insert(customers).values(id=identity.customer_id, locale=locale, created_at=now))
    connection.execute(
        sa.insert(identities).values(
            id=identity.id,
            customer_id=identity.customer_id,
            channel=channel,
            external_id=external_id,
            created_at=now,
        )
    )
    return identity
