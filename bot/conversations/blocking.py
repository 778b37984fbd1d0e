"""When a customer blocks us on a channel: what waits there fails, and what can go on elsewhere does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from bot.conversations import extra_questions
from bot.conversations.ending import end_unasked
from bot.conversations.models import Change
from bot.conversations.participants import goes_on_at, other_than
from bot.conversations.unit import Unit
from bot.customers.links import lock_customers
from bot.storage.channel_tables import participants
from bot.storage.tables import conversations, deliveries, identities, messages, surveys

BLOCKED = "blocked"


def blocked(unit: Unit, channel: str, external_id: str) -> list[Change]:
    """Note that this identity takes nothing from us any more.

    Messages that wait for it fail. The open conversation it speaks in goes on where another participant is; else it
    has ended, and nobody is asked for a rating. A question how it was that was on its way and went nowhere else is
    undeliverable from now on: the channel has said so.
    Called again it finds what has come since; call it before a refused delivery is recorded as failed.

    Returns:
        What changed, none where nobody by that name is known.
    """
    identity = _held(unit, channel, external_id)
    if identity is None:
        return []
    spoken_in = _spoken_in(unit, identity)
    if identity.blocked_at is None:
        unit.connection.execute(sa.update(identities).where(identities.c.id == identity.id).values(blocked_at=unit.now))
    _fail_waiting(unit, identity)
    changes = [_leave(unit, row, identity) for row in spoken_in]
    _never_arrive(unit, identity)
    extra_questions.never_arrived_at(unit, identity.id)
    return changes


def wrote_since(unit: Unit, channel: str, external_id: str, moment: datetime) -> bool:
    """Whether a message of theirs has come since: a refusal of what was begun before it says nothing any more."""
    found = (
        sa.select(messages.c.id)
        .select_from(
            identities.join(conversations, conversations.c.customer_id == identities.c.customer_id).join(
                messages, messages.c.conversation_id == conversations.c.id
            )
        )
        .where(
            identities.c.channel == channel,
            identities.c.external_id == external_id,
            messages.c.author_kind == "customer",
            messages.c.channel == channel,
            messages.c.created_at > moment,
        )
    )
    return unit.connection.execute(found.limit(1)).first() is not None


def unblocked(unit: Unit, channel: str, external_id: str) -> None:
    """Note that this identity takes messages from us again; what failed meanwhile is not sent again."""
    unit.connection.execute(
        sa.update(identities)
        .where(identities.c.channel == channel, identities.c.external_id == external_id)
        .values(blocked_at=None)
    )


def _held(unit: Unit, channel: str, external_id: str) -> Row[Any] | None:
    """The identity, with its customer kept as they are: who receives or links something locks the customer first."""
    named = sa.select(identities).where(identities.c.channel == channel, identities.c.external_id == external_id)
    identity = unit.connection.execute(named).first()
    while identity is not None:
        lock_customers(unit.connection, [identity.customer_id])
        now = unit.connection.execute(named).one()
        if now.customer_id == identity.customer_id:
            return now
        identity = now  # became another customer's while we waited
    return None


def _fail_waiting(unit: Unit, identity: Row[Any]) -> None:
    unit.connection.execute(
        sa.update(deliveries)
        .where(
            deliveries.c.state == "waiting",
            deliveries.c.channel == identity.channel,  # for the index
            deliveries.c.identity_id == identity.id,
        )
        .values(state="failed", error=BLOCKED, updated_at=unit.now)
    )


def _spoken_in(unit: Unit, identity: Row[Any]) -> Sequence[Row[Any, Any]]:
    return unit.connection.execute(
        sa.select(conversations.c.id, conversations.c.customer_id)
        .where(
            # By the customer first: that is what the index knows.
            conversations.c.customer_id == identity.customer_id,
            conversations.c.identity_id == identity.id,
            conversations.c.state == "open",
        )
        .with_for_update()
    ).all()


def _leave(unit: Unit, conversation: Row[Any, Any], identity: Row[Any]) -> Change:
    other = other_than(unit, conversation.id, identity.id)
    if other is None:
        end_unasked(unit, conversation.id, "left", exempt=BLOCKED)
        return Change(conversation.id, conversation.customer_id, ended=True)
    goes_on_at(unit, conversation.id, other)
    return Change(conversation.id, conversation.customer_id)


def _never_arrive(unit: Unit, identity: Row[Any]) -> None:
    """Give up due surveys whose question was for this identity, and for nobody else who may still see it."""
    question = deliveries.c.message_id == surveys.c.message_id
    theirs = sa.exists().where(
        question, deliveries.c.identity_id == identity.id, deliveries.c.state.in_(("failed", "sending"))
    )
    elsewhere = sa.exists().where(question, deliveries.c.identity_id != identity.id, deliveries.c.state != "failed")
    others = (
        sa.exists()
        .select_from(participants.join(identities, identities.c.id == participants.c.identity_id))
        .where(
            participants.c.conversation_id == surveys.c.conversation_id,
            participants.c.left_at.is_(None),
            identities.c.id != identity.id,
            identities.c.blocked_at.is_(None),
        )
    )
    own = sa.select(conversations.c.id).where(conversations.c.customer_id == identity.customer_id)
    unit.connection.execute(
        sa.update(surveys)
        .where(surveys.c.state == "due", surveys.c.conversation_id.in_(own), theirs, ~elsewhere, ~others)
        .values(state="undeliverable")
    )
