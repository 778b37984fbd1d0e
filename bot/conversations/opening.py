"""The conversation that a customer is in: the open one, or else the last that was; and how one is opened."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from bot.conversations.unit import Unit
from bot.storage.tables import conversations

_LATEST = (
    sa.select(conversations)
    .where(conversations.c.customer_id == sa.bindparam("customer"))
    .order_by((conversations.c.state == "open").desc(), conversations.c.created_at.desc())
    .limit(1)
    # A turn that ends the conversation at this moment waits for us, and then sees that more has come.
    .with_for_update()
)


def latest_of(unit: Unit, customer_id: str) -> Row[Any] | None:
    """The customer's open conversation, or else their last; nothing happens in it until the transaction is over."""
    return unit.connection.execute(_LATEST, {"customer": customer_id}).first()


def open_conversation(
    unit: Unit, customer_id: str, identity_id: str, channel: str, locale: str, *, previous_id: str | None = None
) -> str:
    """Begin a conversation, with the bot and nothing said yet; its id.

    Args:
        identity_id: of that customer, who is spoken to on `channel`.
        previous_id: the customer's conversation before it.
    """
    conversation_id = unit.new_id()
    unit.connection.execute(
        sa.insert(conversations).values(
            id=conversation_id,
            customer_id=customer_id,
            previous_id=previous_id,
            channel=channel,
            identity_id=identity_id,
            locale=locale,
            state="open",
            owner="bot",
            last_seq=0,
            turns=0,
            history=[],
            created_at=unit.now,
            active_at=unit.now,
        )
    )
    return conversation_id
