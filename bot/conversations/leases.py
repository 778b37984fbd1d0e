"""Which of several processes answers a conversation. The turn's own check makes lost races harmless; this, rare."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.tables import awaits_turn, conversations, messages


def claim(connection: Connection, conversation_id: str, instance: str, now: datetime, lease: timedelta) -> bool:
    """Take or renew the lease of a conversation; False where another process holds it."""
    return bool(
        connection.execute(
            sa.update(conversations)
            .where(conversations.c.id == conversation_id, _free(instance, now))
            .values(leased_by=instance, leased_until=now + lease)
        ).rowcount
    )


def claim_waiting(connection: Connection, instance: str, now: datetime, lease: timedelta, most: int) -> list[str]:
    """Take the leases of conversations with waiting messages that nobody holds, at most `most` of them."""
    waiting = sa.exists().where(
        messages.c.conversation_id == conversations.c.id,
        awaits_turn,
    )
    free = sa.or_(conversations.c.leased_until.is_(None), conversations.c.leased_until < now)
    found = list(
        connection.execute(
            sa.select(conversations.c.id)
            .where(waiting, free)
            .order_by(conversations.c.active_at)
            .limit(most)
            .with_for_update(skip_locked=True)
        ).scalars()
    )
    if found:
        connection.execute(
            sa.update(conversations)
            .where(conversations.c.id.in_(found))
            .values(leased_by=instance, leased_until=now + lease)
        )
    return found


def renew(connection: Connection, held: list[str], instance: str, now: datetime, lease: timedelta) -> None:
    """Prolong those of the leases that are still ours."""
    connection.execute(
        sa.update(conversations)
        .where(conversations.c.id.in_(held), conversations.c.leased_by == instance)
        .values(leased_until=now + lease)
    )


def release(connection: Connection, conversation_id: str, instance: str) -> None:
    """Give up a lease that is ours."""
    connection.execute(
        sa.update(conversations)
        .where(conversations.c.id == conversation_id, conversations.c.leased_by == instance)
        .values(leased_by=None, leased_until=None)
    )


def _free(instance: str, now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(
        conversations.c.leased_by == instance,
        conversations.c.leased_until.is_(None),
        conversations.c.leased_until < now,
    )
