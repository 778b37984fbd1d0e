"""Who takes part in a conversation that spans channels, and where it goes on when one of them leaves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from bot.conversations.unit import Unit
from bot.customers.links import keep_at_most
from bot.storage.channel_tables import participants
from bot.storage.tables import conversations, identities


@dataclass(frozen=True, slots=True)
class Participant:
    """One identity of a conversation's customer."""

    identity_id: str
    channel: str


def join(unit: Unit, conversation_id: str, identity_ids: Iterable[str]) -> None:
    """Let these identities take part, from now on or again; the conversation is shared after that.

    Whoever joins finds no more proven than `Rules.link_keeps` says, however they have come here.
    """
    found = unit.connection.execute(
        sa.select(participants.c.identity_id, participants.c.left_at).where(
            participants.c.conversation_id == conversation_id
        )
    )
    known = {row.identity_id: row.left_at for row in found}
    joining = [identity_id for identity_id in identity_ids if identity_id not in known or known[identity_id]]
    for identity_id in joining:
        row = {"conversation_id": conversation_id, "identity_id": identity_id}
        if identity_id not in known:
            unit.connection.execute(sa.insert(participants).values(**row, joined_at=unit.now))
        else:
            again = sa.update(participants).where(*(participants.c[name] == value for name, value in row.items()))
            unit.connection.execute(again.values(joined_at=unit.now, left_at=None))
    shared = sa.update(conversations).where(conversations.c.id == conversation_id, conversations.c.shared.is_(False))
    unit.connection.execute(shared.values(shared=True))
    if joining:
        keep_at_most(unit.connection, conversation_id, unit.rules.link_keeps, unit.now)


def leave(unit: Unit, conversation_id: str, identity_id: str) -> None:
    """From now on this identity takes no part."""
    unit.connection.execute(
        sa.update(participants)
        .where(
            participants.c.conversation_id == conversation_id,
            participants.c.identity_id == identity_id,
            participants.c.left_at.is_(None),
        )
        .values(left_at=unit.now)
    )


def other_than(unit: Unit, conversation_id: str, identity_id: str) -> Participant | None:
    """Whom else of the same customer we may write to in this conversation; of several, who joined last."""
    row = unit.connection.execute(
        sa.select(identities.c.id, identities.c.channel)
        .select_from(
            participants.join(identities, identities.c.id == participants.c.identity_id).join(
                conversations, conversations.c.id == participants.c.conversation_id
            )
        )
        .where(
            participants.c.conversation_id == conversation_id,
            participants.c.left_at.is_(None),
            identities.c.id != identity_id,
            identities.c.customer_id == conversations.c.customer_id,
            identities.c.blocked_at.is_(None),
        )
        .order_by(participants.c.joined_at.desc(), identities.c.id)
        .limit(1)
    ).first()
    return None if row is None else Participant(row.id, row.channel)


def are_others(unit: Unit, conversation_id: str, identity_id: str) -> bool:
    """Whether somebody besides this identity takes part, written to or not."""
    other = sa.select(participants.c.identity_id).where(
        participants.c.conversation_id == conversation_id,
        participants.c.left_at.is_(None),
        participants.c.identity_id != identity_id,
    )
    return unit.connection.execute(other.limit(1)).first() is not None


def goes_on_at(unit: Unit, conversation_id: str, participant: Participant) -> None:
    """What is said from now on goes there."""
    unit.connection.execute(
        sa.update(conversations)
        .where(conversations.c.id == conversation_id)
        .values(channel=participant.channel, identity_id=participant.identity_id)
    )
