"""How proofs are counted and locked: by order, e-mail address, name and visitor, over all conversations."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.tables import conversations, proof_attempts

LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Turn:
    """The customer's message a proof came with. `visitor` is the customer's id: the same person over conversations."""

    conversation_id: str
    message_id: str
    visitor: str


@dataclass(frozen=True, slots=True)
class Limits:
    """How many failures are allowed, and how long further tries are refused once they are used up."""

    failures: int
    lock: timedelta


class Counts(Enum):
    """What a try that was judged counts as."""

    PASSED = "passed"
    FAILED = "failed"
    SPENT = "spent"  # no guess, but there may only be so many: a mail that was asked for


class ProofLedger:
    """Records each try once and answers a repeated one as before.

    Subjects are stored as keyed hashes, so the table names nobody.

    Args:
        key: secret of the hashes.
        limits: applied to each subject on its own.
    """

    def __init__(self, key: bytes, limits: Limits) -> None:
        self._key = key
        self._limits = limits

    def subject(self, kind: str, value: str) -> str:
        """The name under which tries about `value` are counted."""
        return hmac.new(self._key, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()

    def attempt(
        self,
        connection: Connection,
        turn: Turn,
        what: str,
        subjects: Sequence[str],
        judge: Callable[[], tuple[str, Counts]],
        now: datetime,
    ) -> str:
        """Judge one try, unless it is locked or was judged before; inside the caller's transaction.

        Args:
            what: names the try within its message ("match", "code").
            subjects: what the try is counted against; one of them at its limit refuses it.
            judge: the outcome and what it counts as; called only when it is the try's turn.

        Returns:
            The outcome; `LOCKED` when refused, as where the customer was erased meanwhile, and for the failure that
            used up the last try, so that nobody is asked once more for what could not help. A refused try does not
            count and does not make the lock longer.
        """
        subjects = sorted(set(subjects))
        self._take_turns(connection, subjects)
        earlier = connection.execute(
            sa.select(proof_attempts.c.outcome).where(proof_attempts.c.key == _key(turn, what, 0))
        ).scalar()
        if earlier is not None:
            return str(earlier["result"])
        if _is_emptied(connection, turn.conversation_id) or self._is_any_locked(connection, subjects, now):
            return LOCKED
        outcome, counts = judge()
        rows: list[dict[str, Any]] = [
            {
                "key": _key(turn, what, position),
                "conversation_id": turn.conversation_id,
                "subject": subject,
                "succeeded": counts is Counts.PASSED,
                "outcome": {"result": outcome},
                "at": now,
            }
            for position, subject in enumerate(subjects)
        ]
        connection.execute(sa.insert(proof_attempts), rows)
        if counts is Counts.FAILED and self._is_any_locked(connection, subjects, now):
            own = proof_attempts.c.key.in_([row["key"] for row in rows])
            connection.execute(sa.update(proof_attempts).where(own).values(outcome={"result": LOCKED}))
            return LOCKED
        return outcome

    def _is_any_locked(self, connection: Connection, subjects: Sequence[str], now: datetime) -> bool:
        # All are asked, also after the first that is locked: which one it is must not show in the answer's time.
        locked = [self.is_locked(connection, subject, now) for subject in subjects]
        return any(locked)

    def is_locked(self, connection: Connection, subject: str, now: datetime) -> bool:
        """Whether `subject` used up its failures: the last so many lie within one lock's length, and so does `now`."""
        failures = (
            connection.execute(
                sa.select(proof_attempts.c.at)
                .where(proof_attempts.c.subject == subject, proof_attempts.c.succeeded.is_(False))
                .order_by(proof_attempts.c.at.desc())
                .limit(self._limits.failures)
            )
            .scalars()
            .all()
        )
        if len(failures) < self._limits.failures:
            return False
        newest, oldest = failures[0], failures[-1]
        return bool(now - newest < self._limits.lock and newest - oldest < self._limits.lock)

    def _take_turns(self, connection: Connection, subjects: Sequence[str]) -> None:
        # SQLite has one writer at a time anyway. PostgreSQL would let two tries read the same count.
        if connection.dialect.name == "postgresql":
            for subject in subjects:
                number = int.from_bytes(bytes.fromhex(subject)[:8], "big", signed=True)
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))


def _key(turn: Turn, what: str, position: int) -> str:
    return f"{turn.conversation_id}:{turn.message_id}:{what}:{position}"


def _is_emptied(connection: Connection, conversation_id: str) -> bool:
    """Whether nothing may be kept of it any more. Whoever erases waits until what we write can be deleted."""
    emptied = sa.select(conversations.c.emptied_at).where(conversations.c.id == conversation_id)
    return connection.execute(emptied.with_for_update(read=True)).scalar() is not None
