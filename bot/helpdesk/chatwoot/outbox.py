"""What Chatwoot is to be told: queued in the transaction of what happened, taken in order; makes no calls."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.models import Json
from bot.conversations.unit import Unit
from bot.storage.desk_tables import helpdesk_calls
from bot.storage.inserts import insert_into

CALL_SECONDS = 120.0  # then a call is given up; it may be several requests
LEASE = timedelta(seconds=CALL_SECONDS + 60)  # by then it was, and what became of it is written down
KEPT = timedelta(days=7)
_rows = helpdesk_calls.c
_UNDER_WAY = _rows.state.in_(("waiting", "sending"))


class Kind(StrEnum):
    """What a call does."""

    OPEN = "open"  # {"identifier", "name", "contact", "conversation"}: a contact and a conversation, or open it again
    NOTE = "note"  # {"text"}: for agents alone
    MESSAGE = "message"  # {"message", "text"}: what the customer wrote
    STATUS = "status"  # {"status"}
    LABELS = "labels"  # {"labels"}


@dataclass(frozen=True, slots=True)
class Call:
    """One call on its way."""

    id: str
    conversation_id: str
    kind: Kind
    key: str
    body: Json
    attempts: int  # this one included
    created_at: datetime


def enqueue(unit: Unit, conversation_id: str, kind: Kind, key: str, body: Json) -> bool:
    """Have something told once the caller's transaction is committed, after all that was queued for it before.

    The caller has locked the conversation.

    Args:
        key: what asks for it; the same key is told once, however often it is queued.

    Returns:
        False where that key is known already.
    """
    last = sa.select(sa.func.coalesce(sa.func.max(_rows.number), 0)).where(_rows.conversation_id == conversation_id)
    row = {
        "id": unit.new_id(),
        "key": key[:200],
        "number": unit.connection.execute(last).scalar_one() + 1,
        "conversation_id": conversation_id,
        "kind": kind.value,
        "body": body,
        "state": "waiting",
        "attempts": 0,
        "created_at": unit.now,
        "next_at": unit.now,
    }
    statement = insert_into(unit.connection, helpdesk_calls).values(row).on_conflict_do_nothing(index_elements=["key"])
    return unit.connection.execute(statement.returning(_rows.id)).first() is not None


def take(unit: Unit, most: int, *, but: Collection[str] = ()) -> list[Call]:
    """Mark as being made what may be made now: of each conversation the first, at most `most`.

    Args:
        but: conversations that are left out.
    """
    first = (
        sa.select(_rows.conversation_id, sa.func.min(_rows.number).label("number"))
        .where(_UNDER_WAY)
        .group_by(_rows.conversation_id)
        .subquery()
    )
    due = (
        sa.select(helpdesk_calls)
        .join(first, (first.c.conversation_id == _rows.conversation_id) & (first.c.number == _rows.number))
        .where(_rows.state == "waiting", _rows.next_at <= unit.now, _rows.conversation_id.not_in(list(but)))
        .order_by(_rows.next_at, _rows.created_at, _rows.id)
        .limit(most)
    )
    calls = []
    for row in unit.connection.execute(due).all():
        call = Call(row.id, row.conversation_id, Kind(row.kind), row.key, row.body, row.attempts + 1, row.created_at)
        if settle(unit, call, "sending", unit.now + LEASE, was="waiting"):
            calls.append(call)
    return calls


def settle(
    unit: Unit, call: Call, state: str, next_at: datetime, *, error: str | None = None, was: str = "sending"
) -> bool:
    """Note what became of a call; False where it is not what it was.

    Args:
        state: waiting (again), done or failed.
    """
    own = (_rows.id == call.id) & (_rows.state == was)
    values: dict[str, Any] = {
        "state": state,
        "next_at": next_at,
        "attempts": call.attempts,
        "error": error and error[:300],
    }
    return unit.connection.execute(sa.update(helpdesk_calls).where(own).values(**values)).rowcount == 1


def put_back(unit: Unit, call: Call, next_at: datetime) -> None:
    """It could not even be begun: it keeps its place, as if it had not been taken."""
    _back(unit, call, call.attempts - 1, next_at)


def turned_away(unit: Unit, call: Call, next_at: datetime) -> None:
    """Chatwoot would not hear it just now: it does not count towards giving it up, but shows that it is stuck."""
    _back(unit, call, max(call.attempts - 1, 1), next_at)


def take_up_lost(unit: Unit, ours: Collection[str]) -> int:
    """Calls that a process died over wait again; that they were begun once is known by their attempts."""
    alone = unit.connection.dialect.name == "sqlite"  # who else was making them is no more
    lost = (_rows.state == "sending") & _rows.id.not_in(list(ours))
    lost = lost if alone else lost & (_rows.next_at <= unit.now)
    return unit.connection.execute(
        sa.update(helpdesk_calls).where(lost).values(state="waiting", next_at=unit.now)
    ).rowcount


def fail_rest(unit: Unit, conversation_id: str, error: str) -> None:
    """Nothing that waits for this conversation can be told any more."""
    theirs = (_rows.conversation_id == conversation_id) & _UNDER_WAY
    unit.connection.execute(
        sa.update(helpdesk_calls).where(theirs).values(state="failed", error=error[:300], next_at=unit.now)
    )


def forget_told(unit: Unit, conversation_id: str) -> None:
    """What was told of a conversation is no longer there, so it counts as never told."""
    theirs = (_rows.conversation_id == conversation_id) & (_rows.state == "done")
    told = theirs & _rows.kind.in_((Kind.NOTE.value, Kind.MESSAGE.value))
    unit.connection.execute(sa.update(helpdesk_calls).where(told).values(body={}))


def told_so_far(connection: Connection, conversation_id: str) -> int:
    """How much was told of a conversation; while it is the same, nothing of ours has changed what that is there."""
    told = sa.select(sa.func.count()).where(_rows.conversation_id == conversation_id, _rows.state == "done")
    return connection.execute(told).scalar_one()


def under_way(connection: Connection, conversation_id: str, kinds: Collection[Kind]) -> bool:
    """Whether something of these kinds is still to be told of a conversation."""
    found = sa.select(_rows.id).where(
        _rows.conversation_id == conversation_id, _UNDER_WAY, _rows.kind.in_([kind.value for kind in kinds])
    )
    return connection.execute(found.limit(1)).first() is not None


def stuck_since(connection: Connection) -> datetime | None:
    """Since when the oldest call waits that was tried in vain, of those queued since the last that was told.

    One that fails for a reason of its own, while others are told, says nothing of them.
    """
    told = sa.select(sa.func.max(_rows.next_at)).where(_rows.state == "done").scalar_subquery()
    since = sa.or_(told.is_(None), _rows.created_at >= told)
    found = sa.select(sa.func.min(_rows.created_at)).where(_UNDER_WAY, _rows.attempts > 0, since)
    oldest: datetime | None = connection.execute(found).scalar()
    return oldest


def forget_old(unit: Unit) -> int:
    """Empty calls that are over and old, since customers' words are in them; returns how many.

    The rows stay: their keys say what was told.
    """
    old = _rows.state.in_(("done", "failed", "unknown")) & (_rows.next_at < unit.now - KEPT)
    filled = sa.cast(_rows.body, sa.String) != "{}"
    return unit.connection.execute(sa.update(helpdesk_calls).where(old, filled).values(body={})).rowcount


def _back(unit: Unit, call: Call, attempts: int, next_at: datetime) -> None:
    own = (_rows.id == call.id) & (_rows.state == "sending")
    unit.connection.execute(
        sa.update(helpdesk_calls).where(own).values(state="waiting", attempts=attempts, next_at=next_at)
    )
