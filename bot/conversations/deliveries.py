"""The deliveries of messages over channels we send to: which are due, and what became of each call; one row a message.

    waiting ──► sending ──► delivered
       ▲           │  ├───► unknown    a part of it may have arrived or not
       └───────────┘  └───► failed     it, or the rest of it, will not arrive

One call sends one part, and a row is `sending` for no longer than its call lasts. A part is over once it was confirmed,
or nobody can know; then the next is due. Only the notice that something may be lost is sent until it is confirmed: it
is harmless twice, and in vain where it is lost with what it is about. What becomes of a copy changes nothing but its
own row, save that who has blocked us has.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Row

from bot.conversations import extra_questions
from bot.conversations.blocking import blocked, wrote_since
from bot.conversations.errors import TransportError
from bot.conversations.models import Change, Message
from bot.conversations.repeats import MAYBE_LOST, offer_to_show_again
from bot.conversations.transcript import by_id, by_ids
from bot.conversations.transport import Parcel
from bot.conversations.unit import Unit
from bot.storage.channel_tables import delivery_parts
from bot.storage.tables import conversations, deliveries, identities, surveys

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 8  # at one part
LONGEST_PAUSE_SECONDS = 300.0
DOUBTS_COUNTED = MOST_ATTEMPTS - 2  # of a notice that is sent until confirmed: about a minute apart, and never given up
NO_LONGER_THEIRS = "unlinked"
FAREWELL = "utter_app_unlinked"  # says so to those who no longer are that customer, too
CUT_SHORT = "the sender stopped before the channel answered"

PartsOf = Callable[[Message, str | None], int]

_earlier = deliveries.alias("earlier")
_under_way = deliveries.alias("under_way")
_DUE = (
    sa.select(
        deliveries,
        identities.c.external_id.label("external_identity"),
        sa.or_(
            identities.c.customer_id == conversations.c.customer_id,
            # Whoever became another's customer by a link is still the one whom what they had begun speaks to.
            identities.c.id == conversations.c.identity_id,
        ).label("still_theirs"),
        conversations.c.created_at.label("begun_at"),
        conversations.c.locale,
    )
    .select_from(
        deliveries.join(identities, identities.c.id == deliveries.c.identity_id).join(
            conversations, conversations.c.id == deliveries.c.conversation_id
        )
    )
    .where(
        deliveries.c.state == "waiting",
        deliveries.c.channel == sa.bindparam("channel"),
        deliveries.c.next_at <= sa.bindparam("now"),
        ~sa.exists().where(  # of each conversation the first that is not out yet
            _earlier.c.conversation_id == deliveries.c.conversation_id,
            _earlier.c.channel == sa.bindparam("channel"),
            _earlier.c.seq < deliveries.c.seq,
            _earlier.c.state.in_(("waiting", "sending")),
        ),
        deliveries.c.identity_id.not_in(
            sa.select(_under_way.c.identity_id).where(
                _under_way.c.state == "sending", _under_way.c.channel == sa.bindparam("channel")
            )
        ),
    )
    .order_by(deliveries.c.next_at)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True, of=deliveries)
)
# What waits behind a message has never been tried: it lines up again, so that others get their turn between.
_BEHIND_OTHERS = (
    sa.update(deliveries)
    .where(
        deliveries.c.conversation_id == sa.bindparam("conversation"),
        deliveries.c.state == "waiting",
        deliveries.c.seq > sa.bindparam("after"),
        deliveries.c.channel == sa.bindparam("on"),
    )
    .values(next_at=sa.bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What may be sent at once."""

    parcels: list[Parcel]
    more: bool  # is due as well, but for somebody who rests, or beyond what may begin now


def take(unit: Unit, channel: str, parts_of: PartsOf, *, resting: Collection[str], most: int) -> Taken:
    """Mark what is due as being sent, one message each for those who do not rest, and return its next parts.

    Whose messages have waited longest comes first, and who has just been sent something, last. To each the messages of
    an earlier conversation go before those of a later one.
    """
    parcels: list[Parcel] = []
    while True:
        slack = 2 * (most + len(resting))  # who rests, or speaks in several conversations, takes up places in vain
        rows = unit.connection.execute(_DUE, {"channel": channel, "now": unit.now, "most": most + slack}).all()
        chosen = _first_of_each([row for row in rows if row.external_identity not in resting])
        chosen = chosen[: most - len(parcels)]
        said = by_ids(unit.connection, [row.message_id for row in chosen]) if chosen else {}
        made = (_parcel(unit, row, said[row.message_id], parts_of) for row in chosen)
        taken = [parcel for parcel in made if parcel is not None]
        parcels += taken
        if len(taken) == len(chosen):
            return Taken(parcels, more=len(rows) > len(chosen))
        # Something ended without a call: what waits behind it is due now.


def _first_of_each(rows: list[Row[Any]]) -> list[Row[Any]]:
    """Of each identity the one of the earliest conversation, in the order in which the identities come."""
    first: dict[str, Row[Any]] = {}
    for row in rows:
        known = first.setdefault(row.identity_id, row)
        if row.begun_at < known.begun_at:
            first[row.identity_id] = row
    return list(first.values())


def put_back(unit: Unit, parcel: Parcel) -> list[Change]:
    """Nothing was sent: somebody else was quicker with that identity. It waits on, in its place."""
    _row(unit, parcel, was="sending", state="waiting", attempts=parcel.attempts - 1)
    return []


def record_sent(unit: Unit, parcel: Parcel, external_id: str | None) -> list[Change]:
    """The channel confirmed this part.

    Returns:
        What else changed, as `record_failure`.
    """
    changes = _part_is_over(unit, parcel, "sent", external_id)
    if changes is None:
        _learn_late(unit, parcel, external_id)
    return changes or []


def record_failure(unit: Unit, parcel: Parcel, error: TransportError, chance: random.Random) -> list[Change]:
    """Record what became of a part that was not confirmed.

    Returns:
        What else changed: who has blocked us leaves, and who may have missed something is told so.
    """
    if error.outcome_unknown and parcel.message.response == MAYBE_LOST:
        _send_again(unit, parcel, str(error), counts=min(parcel.attempts, DOUBTS_COUNTED), chance=chance)
        return []
    if error.outcome_unknown:
        return _part_is_over(unit, parcel, "unknown", None, error=str(error)) or []
    outdated = error.blocked and _wrote_since(unit, parcel)
    changes = blocked(unit, parcel.channel, parcel.external_identity) if error.blocked and not outdated else []
    counted = error.retry_after is None and not error.unreachable
    if (error.permanent and not outdated) or (counted and parcel.attempts >= MOST_ATTEMPTS):
        _fail(unit, parcel, was="sending", error=str(error))
        return changes
    if error.retry_after is not None:
        pause = error.retry_after + chance.random()
    elif error.unreachable:
        pause = 0.0  # who carries waits for the channel, this message no longer than others
    else:
        pause = min(2.0**parcel.attempts, LONGEST_PAUSE_SECONDS) * (1 + chance.random() / 4)
    _row(
        unit,
        parcel,
        was="sending",
        state="waiting",
        error=str(error)[:300],
        attempts=parcel.attempts if counted else parcel.attempts - 1,
        next_at=unit.now + timedelta(seconds=pause),
    )
    return changes


def _send_again(unit: Unit, parcel: Parcel, error: str, *, counts: int, chance: random.Random) -> None:
    """It may have arrived and is harmless twice: it waits for another try, its attempts so far counting as `counts`."""
    pause = 2.0**counts * (1 + chance.random() / 4)
    later = unit.now + timedelta(seconds=pause)
    _row(unit, parcel, was="sending", state="waiting", error=error[:300], attempts=counts, next_at=later)


def _wrote_since(unit: Unit, parcel: Parcel) -> bool:
    """Whether they wrote after this call began, and so had unblocked us before its refusal came."""
    ours = (deliveries.c.message_id == parcel.message.id) & (deliveries.c.channel == parcel.channel)
    began = unit.connection.execute(sa.select(deliveries.c.updated_at).where(ours)).scalar_one()
    return wrote_since(unit, parcel.channel, parcel.external_identity, began)


def admit_unknown(unit: Unit, channel: str, *, until: datetime | None, but: Collection[str]) -> list[Change]:
    """Parts that were being sent when a process died may have arrived: record that nobody knows, and go on.

    What is harmless twice waits to be sent again.

    Args:
        until: what was taken up to that moment is being sent by nobody any more; None where nobody else sends at all.
        but: except for these messages, which we are sending.
    """
    sending = (
        sa.select(deliveries, identities.c.external_id.label("external_identity"), conversations.c.locale)
        .select_from(
            deliveries.join(identities, identities.c.id == deliveries.c.identity_id).join(
                conversations, conversations.c.id == deliveries.c.conversation_id
            )
        )
        .where(deliveries.c.state == "sending", deliveries.c.channel == channel)
        .with_for_update(skip_locked=True, of=deliveries)
    )
    if until is not None:
        sending = sending.where(deliveries.c.updated_at <= until)
    changes: list[Change] = []
    for row in unit.connection.execute(sending).all():
        if row.message_id not in but:
            parcel = _addressed(by_id(unit.connection, row.message_id), row, parts=row.parts or 1)
            if parcel.message.response == MAYBE_LOST:
                _row(unit, parcel, was="sending", state="waiting", error=CUT_SHORT, next_at=unit.now)
            else:
                changes += _part_is_over(unit, parcel, "unknown", None, error=CUT_SHORT) or []
    return changes


def _parcel(unit: Unit, row: Row[Any], message: Message, parts_of: PartsOf) -> Parcel | None:
    """Take the delivery of a message; None where nothing of it is to be sent."""
    if not row.still_theirs and message.response != FAREWELL:
        _fail(unit, _addressed(message, row, parts=1), was="waiting", error=NO_LONGER_THEIRS)
        return None
    try:
        parts = parts_of(message, row.locale)
    except Exception as error:  # our own fault, and the same however often it is tried
        log.error("message_not_renderable", message=row.message_id, channel=row.channel, exc_info=error)
        reason = f"cannot be shown there: {type(error).__name__}"
        _fail(unit, _addressed(message, row, parts=1), was="waiting", error=reason)
        return None
    parcel = _addressed(message, row, parts=parts)
    if row.part >= parts:  # an earlier version of us has made more of it: all there is now, is out
        _close(unit, parcel)
        return None
    taken = _row(unit, parcel, was="waiting", state="sending", attempts=parcel.attempts, parts=parts)
    return parcel if taken else None


def _addressed(message: Message, row: Row[Any], *, parts: int) -> Parcel:
    return Parcel(
        message,
        row.channel,
        row.identity_id,
        row.external_identity,
        part=row.part,
        parts=parts,
        copy=row.copy,
        locale=row.locale,
        attempts=row.attempts + 1,
    )


def _part_is_over(
    unit: Unit, parcel: Parcel, outcome: str, external_id: str | None, *, error: str | None = None
) -> list[Change] | None:
    """Note that a part was sent, or that nobody knows: the next one is due, or the message is out.

    Returns:
        What else changed; None where the row is no longer as we took it: somebody noted that nobody knows.
    """
    values: dict[str, Any] = {"part": parcel.part + 1, "attempts": 0, "next_at": unit.now}
    if error is not None:
        values["error"] = error[:300]
    if external_id is not None and parcel.part == 0:
        values["external_id"] = external_id
    if not _row(unit, parcel, was="sending", state="waiting", **values):
        return None
    unit.connection.execute(
        sa.insert(delivery_parts).values(
            message_id=parcel.message.id,
            channel=parcel.channel,
            part=parcel.part,
            external_id=external_id,
            outcome=outcome,
            at=unit.now,
        )
    )
    conversation, seq = parcel.message.conversation_id, parcel.message.seq
    unit.connection.execute(
        _BEHIND_OTHERS, {"conversation": conversation, "after": seq, "on": parcel.channel, "now": unit.now}
    )
    return _close(unit, parcel) if parcel.part + 1 >= parcel.parts else []


def _close(unit: Unit, parcel: Parcel) -> list[Change]:
    """All parts are over: the message is out, as far as anybody knows."""
    state = "unknown" if _in_doubt(unit, parcel) else "delivered"
    _row(unit, parcel, was="waiting", state=state)
    if parcel.message.kind == "rating" and not (parcel.copy and state == "unknown"):
        # One that may have arrived may have been read: an answer is still taken.
        of_conversation = surveys.c.conversation_id == parcel.message.conversation_id
        unit.connection.execute(
            sa.update(surveys).where(of_conversation, surveys.c.state == "due").values(state="asked", asked_at=unit.now)
        )
    if state == "delivered" or parcel.copy:
        return []
    offered = offer_to_show_again(unit, parcel.message, parcel.identity_id)
    return [] if offered is None else [offered]


def _fail(unit: Unit, parcel: Parcel, *, was: str, error: str) -> None:
    """It, or the rest of it, does not arrive; a question that nobody can read otherwise was never asked."""
    failed = _row(unit, parcel, was=was, state="failed", error=error[:300])
    if failed and parcel.message.kind in extra_questions.KINDS:
        extra_questions.never_arrived(unit, parcel.message.id)
    if failed and parcel.message.kind == "rating" and not parcel.copy:
        shared = sa.select(conversations.c.id).where(
            conversations.c.id == surveys.c.conversation_id, conversations.c.shared
        )
        unit.connection.execute(
            sa.update(surveys)
            .where(surveys.c.message_id == parcel.message.id, surveys.c.state == "due", ~shared.exists())
            .values(state="undeliverable")
        )


def _learn_late(unit: Unit, parcel: Parcel, external_id: str | None) -> None:
    """The channel confirmed what was given up as unknown meanwhile: now somebody knows."""
    learned = unit.connection.execute(
        sa.update(delivery_parts)
        .where(
            delivery_parts.c.message_id == parcel.message.id,
            delivery_parts.c.channel == parcel.channel,
            delivery_parts.c.part == parcel.part,
            delivery_parts.c.outcome == "unknown",
        )
        .values(outcome="sent", external_id=external_id)
    ).rowcount
    if learned and not _in_doubt(unit, parcel):
        _row(unit, parcel, was="unknown", state="delivered")


def _in_doubt(unit: Unit, parcel: Parcel) -> bool:
    unknown = sa.select(delivery_parts.c.part).where(
        delivery_parts.c.message_id == parcel.message.id,
        delivery_parts.c.channel == parcel.channel,
        delivery_parts.c.outcome == "unknown",
    )
    return unit.connection.execute(unknown.limit(1)).first() is not None


def _row(unit: Unit, parcel: Parcel, *, was: str, **values: Any) -> bool:
    """Change a delivery that is still in the state `was`, and at the same part where that is `sending`; else False."""
    change = sa.update(deliveries).where(
        deliveries.c.message_id == parcel.message.id, deliveries.c.channel == parcel.channel, deliveries.c.state == was
    )
    if was == "sending":
        change = change.where(deliveries.c.part == parcel.part)
    return unit.connection.execute(change.values(updated_at=unit.now, **values)).rowcount == 1
