"""Delivery to clients that read from us, as on the web: what they were handed and have confirmed is recorded.

What we send ourselves, couriers carry.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa

from bot.conversations.unit import Unit
from bot.storage.tables import deliveries, messages, surveys

_HANDED = (
    sa.update(deliveries)
    .where(
        deliveries.c.conversation_id == sa.bindparam("conversation"),
        deliveries.c.channel == sa.bindparam("on_channel"),
        deliveries.c.seq <= sa.bindparam("up_to"),
    )
    .values(updated_at=sa.bindparam("now"))
)
_SENT = _HANDED.where(deliveries.c.state == "waiting").values(state="sent", attempts=deliveries.c.attempts + 1)
_DELIVERED = _HANDED.where(  # no IN: its parameters cannot be used with many rows at once
    sa.or_(deliveries.c.state == "waiting", deliveries.c.state == "sent")
).values(state="delivered")


@dataclass(slots=True)
class Handover:
    """What a reading client was handed (`sent`) and has confirmed (`seen`): conversation id → highest seq."""

    sent: dict[str, int] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)


def record_handover(unit: Unit, channel: str, handed: Handover) -> None:
    """Raise the state of deliveries up to the given numbers, and of surveys whose question went out with them."""
    for statement, marks in ((_SENT, handed.sent), (_DELIVERED, handed.seen)):
        if marks:
            unit.connection.execute(
                statement,
                [
                    {"conversation": conversation, "on_channel": channel, "up_to": seq, "now": unit.now}
                    for conversation, seq in marks.items()
                ],
            )
    touched = {*handed.sent, *handed.seen}
    asking = unit.connection.execute(
        sa.select(surveys.c.id, surveys.c.conversation_id, messages.c.seq)
        .select_from(surveys.join(messages, messages.c.id == surveys.c.message_id))
        .where(surveys.c.conversation_id.in_(touched), surveys.c.state == "due")
    ).all()
    for survey in asking:
        # By its number: a question that was sent over another channel as well is read here all the same.
        conversation = survey.conversation_id
        if survey.seq <= max(handed.sent.get(conversation, 0), handed.seen.get(conversation, 0)):
            unit.connection.execute(
                sa.update(surveys)
                .where(surveys.c.id == survey.id, surveys.c.state == "due")
                .values(state="asked", asked_at=unit.now)
            )
