"""What the customers of conversations are called, wherever that is known: for masking; changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.shop_tables import shop_customers
from bot.storage.tables import conversations, customers, messages, verifications


def names_of(connection: Connection, conversation_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """By conversation, the names of its customer: as it is kept with them, as channels say it, and as the embedded shop
    knows whom they are or have shown to be. A conversation is left out where there is none.
    """
    ids = list(conversation_ids)
    theirs = conversations.c.id.in_(ids)
    joined = conversations.join(customers, customers.c.id == conversations.c.customer_id)
    kept = sa.select(conversations.c.id, customers.c.name, sa.null()).select_from(joined)
    said = sa.select(messages.c.conversation_id, messages.c.author_name, sa.null()).where(
        messages.c.conversation_id.in_(ids), messages.c.author_kind == "customer", messages.c.author_name.is_not(None)
    )
    s, v = shop_customers.c, verifications.c
    account = sa.select(conversations.c.id, s.first_name, s.last_name).select_from(
        joined.join(shop_customers, s.id == customers.c.shop_customer_id)
    )
    shown = sa.select(v.conversation_id, s.first_name, s.last_name).select_from(
        verifications.join(shop_customers, s.id == v.shop_customer_id)
    )
    found: dict[str, dict[str, None]] = {}
    for query in (
        kept.where(theirs, customers.c.name.is_not(None)),
        said.distinct(),
        account.where(theirs),
        shown.where(v.conversation_id.in_(ids)),
    ):
        for conversation_id, *parts in connection.execute(query):
            if name := " ".join(part.strip() for part in parts if part and part.strip()):
                found.setdefault(str(conversation_id), {})[name] = None
    return {conversation_id: tuple(sorted(names)) for conversation_id, names in found.items()}
