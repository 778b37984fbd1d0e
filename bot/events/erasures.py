"""Finds the customers who were erased and of whom the receiver does not know that yet; stores nothing.

Found by what erasing leaves behind, and not told by whoever erases: that may be a command, or a start after a kill.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.models import Json
from bot.events import outbox
from bot.events.happenings import VERSION
from bot.storage.insight_tables import event_outbox, tombstones

KIND = "customer.erased"


def untold_erasures(connection: Connection, now: datetime) -> list[Json]:
    """Rows for the outbox, the first that were erased first; nothing from so long ago that it is no news."""
    key = sa.literal(f"{KIND}:") + tombstones.c.customer_id
    wanted = (
        sa.select(tombstones.c.customer_id, tombstones.c.erased_at)
        .where(
            tombstones.c.erased_at > now - outbox.TOLD_WITHIN,
            ~sa.exists().where(event_outbox.c.key == key),
        )
        .order_by(tombstones.c.erased_at, tombstones.c.customer_id)
    )
    return [_row(row.customer_id, row.erased_at, now) for row in connection.execute(wanted)]


def _row(customer_id: str, erased_at: datetime, now: datetime) -> Json:
    key = f"{KIND}:{customer_id}"
    event_id = hashlib.sha256(key.encode()).hexdigest()[:32]  # whoever finds it too calls it the same
    return {
        "id": event_id,
        "key": key,
        "kind": KIND,
        "conversation_id": None,
        "body": {
            "version": VERSION,
            "id": event_id,
            "type": KIND,
            "at": erased_at.isoformat(timespec="milliseconds"),
            "customer": {"id": customer_id},
        },
        "state": "waiting",
        "attempts": 0,
        "created_at": now,
        "next_at": now,
    }
