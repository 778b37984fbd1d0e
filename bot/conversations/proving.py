"""Whether a proof that a channel brings of its own counts: for the account that the conversation belongs to only.

What it opens is up to `bot.customers.verification`; codes and contacts that are typed are judged there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from bot.conversations import participants
from bot.conversations.models import Incoming
from bot.conversations.unit import Unit
from bot.customers import links
from bot.customers.identities import Identity
from bot.customers.verification import Level
from bot.storage.tables import customers

# Comes by itself with whatever a signed-in visitor writes.
IDENTITY_TOKEN = "identity_token"  # noqa: S105 - the name of a method


@dataclass(frozen=True, slots=True)
class ShopProof:
    """Which of the shop's customers somebody is, by the channel's word, and until when that holds."""

    shop_customer_id: str
    until: datetime


def standing(unit: Unit, proof: ShopProof | None) -> str | None:
    """The shop's customer by a proof that has not run out."""
    return proof.shop_customer_id if proof is not None and unit.now < proof.until else None


def is_theirs(unit: Unit, identity: Identity, shop_customer_id: str) -> bool:
    """Whether a proof names whom the shop knows `identity`'s customer as; anybody, where it knows nobody yet."""
    if identity.shop_customer_id == shop_customer_id:
        return True
    known = links.known_as(unit.connection, identity.customer_id, unit.now)
    return not known or shop_customer_id in known


def only_theirs(unit: Unit, identity: Identity, incoming: Incoming) -> Incoming:
    """The message without a proof that is somebody else's: what is known of one is never opened to another."""
    if incoming.shop_customer_id is None or is_theirs(unit, identity, incoming.shop_customer_id):
        return incoming
    return replace(incoming, shop_customer_id=None, proven_until=None)


def remember(unit: Unit, identity: Identity, shop_customer_id: str | None) -> None:
    """Keep with our customer which of the shop's they are. It never renames one that is known already."""
    if shop_customer_id and identity.shop_customer_id is None:
        unit.connection.execute(
            sa.update(customers)
            .where(customers.c.id == identity.customer_id, customers.c.shop_customer_id.is_(None))
            .values(shop_customer_id=shop_customer_id)
        )


def proven_here(unit: Unit, incoming: Incoming, conversation_id: str, identity_id: str) -> str | None:
    """As whom a message verifies the conversation that it went into, if it does.

    Where somebody else reads along, a token that comes by itself would undo with every message what
    `Rules.link_keeps` takes away; what the customer proves on purpose counts for all of them.
    """
    customer, until = incoming.shop_customer_id, incoming.proven_until
    proven = standing(unit, ShopProof(customer, until) if customer and until else None)
    if proven is None or incoming.proven_by != IDENTITY_TOKEN or unit.rules.link_keeps == Level.VERIFIED:
        return proven
    return None if participants.are_others(unit, conversation_id, identity_id) else proven
