"""Which message a customer's message replies to, where the channel says so; reads only."""

from __future__ import annotations

import sqlalchemy as sa

from bot.conversations.unit import Unit
from bot.storage.channel_tables import delivery_parts
from bot.storage.tables import conversations, messages

_OF_CUSTOMER = messages.join(conversations, conversations.c.id == messages.c.conversation_id)
_THEIRS = (
    sa.select(messages.c.id)
    .select_from(_OF_CUSTOMER)
    .where(
        messages.c.channel == sa.bindparam("channel"),
        messages.c.external_id == sa.bindparam("external_id"),
        conversations.c.customer_id == sa.bindparam("customer"),
    )
)
_OURS = (
    sa.select(messages.c.id)
    .select_from(_OF_CUSTOMER.join(delivery_parts, delivery_parts.c.message_id == messages.c.id))
    .where(
        conversations.c.customer_id == sa.bindparam("customer"),
        delivery_parts.c.channel == sa.bindparam("channel"),
        delivery_parts.c.external_id == sa.bindparam("external_id"),
    )
    .limit(1)
)


def quoted(unit: Unit, customer_id: str, channel: str, external_id: str) -> str | None:
    """The id of the message that has this id on the channel: the customer's own, or part of one of ours to them."""
    wanted = {"customer": customer_id, "channel": channel, "external_id": external_id}
    found: str | None = unit.connection.execute(_THEIRS, wanted).scalar()
    return found or unit.connection.execute(_OURS, wanted).scalar()
