"""How well a conversation's customer is known to an agent, and so what of the shop's data stands beside it.

An agent sees what the conversation has proven, also after the proof has run out: they are still talking with the same
person. What is changed for a customer who is not verified at that moment, the agent answers for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.customers.verification import Level
from bot.orders.models import Order
from bot.storage.tables import verifications


@dataclass(frozen=True, slots=True)
class Proven:
    """One thing that was proven in a conversation."""

    level: Level
    method: str
    order_number: str | None
    customer_id: str
    granted_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What a conversation has proven, the newest first."""

    proofs: tuple[Proven, ...]
    now: datetime

    @property
    def level(self) -> Level:
        """The level that holds now, as the assistant sees it."""
        return _highest(proof for proof in self.proofs if proof.expires_at > self.now)

    @property
    def best(self) -> Level:
        """The highest level that was ever reached in the conversation."""
        return _highest(self.proofs)

    @property
    def telling(self) -> Proven | None:
        """The proof that says most: of the best level the newest, one that still holds before one that does not."""
        best = [proof for proof in self.proofs if proof.level is self.best]
        return next((proof for proof in best if proof.expires_at > self.now), best[0] if best else None)

    @property
    def customer_id(self) -> str | None:
        """The shop's customer, as far as one is proven."""
        return self.telling.customer_id if self.telling else None

    @property
    def order_numbers(self) -> tuple[str, ...]:
        """The orders that were opened one by one."""
        return tuple(dict.fromkeys(proof.order_number for proof in self.proofs if proof.order_number))

    @property
    def is_sure(self) -> bool:
        """Whether whoever writes is proven to be the customer at this moment."""
        return self.level is Level.VERIFIED

    def may_see(self, order: Order) -> bool:
        """Whether an order may stand beside the conversation."""
        if order.number in self.order_numbers:
            return True
        return self.best is Level.VERIFIED and order.customer_id == self.customer_id


def read_known(connection: Connection, conversation_id: str, now: datetime) -> Known:
    """What a conversation has proven until now."""
    v = verifications.c
    found = connection.execute(
        sa.select(v.level, v.method, v.order_id, v.shop_customer_id, v.granted_at, v.expires_at)
        .where(v.conversation_id == conversation_id)
        .order_by(v.granted_at.desc(), v.id)
    )
    proofs = (
        Proven(Level(row.level), row.method, row.order_id, row.shop_customer_id, row.granted_at, row.expires_at)
        for row in found
    )
    return Known(tuple(proofs), now)


def _highest(proofs: Iterable[Proven]) -> Level:
    levels = {proof.level for proof in proofs}
    return next((level for level in (Level.VERIFIED, Level.MATCHED) if level in levels), Level.ANONYMOUS)
