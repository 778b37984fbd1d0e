"""How guessing passwords is slowed and refused, so that nobody who does it keeps our people out.

Tries are counted under keyed hashes of what was tried and from where, so the table names nobody. A try counts from the
moment it is made, not only once it has failed: many at once would otherwise all find the count low.

- From a device that this person signed in on before, tries have a count of their own. Beyond it there is a pause after
  each failure, never a lock; what strangers do does not reach it.
- From elsewhere there are limits for the e-mail address from that network address, and for the network address.
- For an e-mail address alone there is no limit: from many places at once it is only answered more slowly.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.desk_tables import sign_in_attempts


@dataclass(frozen=True, slots=True)
class Limits:
    """How many failures are allowed within `window`, and what comes then."""

    window: timedelta = timedelta(minutes=15)
    of_email_from_address: int = 10
    of_address: int = 50
    of_email: int = 20  # from then on slower
    of_device: int = 10  # from then on with pauses
    device_pause: timedelta = timedelta(seconds=20)
    slower_by: float = 0.2  # seconds for each failure more
    slowest: float = 2.0  # seconds


@dataclass(frozen=True, slots=True)
class Try:
    """A try that may be judged now: after `pause` seconds; `row_ids` is what it counts as until it succeeds."""

    row_ids: tuple[str, ...]
    known_device: bool = False
    pause: float = 0.0
    last: bool = False  # should it fail, the next is refused


@dataclass(frozen=True, slots=True)
class Wait:
    """A try that is refused without being judged, for so many seconds."""

    seconds: int


class Throttle:
    """Counts tries.

    Args:
        key: secret of the hashes.
        limits: when tries are refused or slowed.
        new_id: makes row ids.
    """

    def __init__(self, key: bytes, limits: Limits, new_id: Callable[[], str]) -> None:
        self._key = key
        self._limits = limits
        self._new_id = new_id

    def from_known_device(self, connection: Connection, agent_id: str, device_id: str, now: datetime) -> Try | Wait:
        """A try on a device that `agent_id` signed in on before."""
        limits = self._limits
        device = self._subject("device", f"{agent_id}:{device_id}")
        self._take_turns(connection, [device])
        failures = self._moments(connection, device, now)
        pause_over = failures[-1] + limits.device_pause if failures else now
        if len(failures) >= limits.of_device and pause_over > now:
            return Wait(_seconds(pause_over - now))
        return Try(self._record(connection, [device], now), known_device=True)

    def from_elsewhere(self, connection: Connection, email: str, address: str | None, now: datetime) -> Try | Wait:
        """A try from anywhere else."""
        limits = self._limits
        place = network(address)
        both, alone, whole = (
            self._subject("email and address", f"{email}:{place}"),
            self._subject("address", place),
            self._subject("email", email),
        )
        self._take_turns(connection, [both, alone])
        last = False
        for subject, limit in ((both, limits.of_email_from_address), (alone, limits.of_address)):
            failures = self._moments(connection, subject, now)
            if len(failures) >= limit:
                return Wait(_seconds(failures[-limit] + limits.window - now))
            last = last or len(failures) + 1 >= limit
        more = len(self._moments(connection, whole, now)) - limits.of_email + 1
        pause = min(max(0, more) * limits.slower_by, limits.slowest)
        return Try(self._record(connection, [both, alone, whole], now), pause=pause, last=last)

    def take_back(self, connection: Connection, tried: Try) -> None:
        """Let a try count for nothing: it was right, or not judged after all. Earlier failures stay."""
        connection.execute(sa.delete(sign_in_attempts).where(sign_in_attempts.c.id.in_(tried.row_ids)))

    def _subject(self, kind: str, value: str) -> str:
        return hmac.new(self._key, f"{kind}:{value}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def _moments(self, connection: Connection, subject: str, now: datetime) -> Sequence[datetime]:
        """When tries failed within the window, oldest first."""
        attempts = sign_in_attempts.c
        recent = (attempts.subject == subject) & (attempts.at > now - self._limits.window)
        return connection.execute(sa.select(attempts.at).where(recent).order_by(attempts.at)).scalars().all()

    def _record(self, connection: Connection, subjects: Sequence[str], now: datetime) -> tuple[str, ...]:
        old = sign_in_attempts.c.at <= now - self._limits.window
        connection.execute(sa.delete(sign_in_attempts).where(old))
        row_ids = tuple(self._new_id() for _ in subjects)
        rows = [
            {"id": row_id, "subject": subject, "at": now} for row_id, subject in zip(row_ids, subjects, strict=True)
        ]
        connection.execute(sa.insert(sign_in_attempts), rows)
        return row_ids

    def _take_turns(self, connection: Connection, subjects: Sequence[str]) -> None:
        # SQLite has one writer at a time anyway. PostgreSQL would let two tries read the same count.
        if connection.dialect.name == "postgresql":
            for number in sorted(
                int.from_bytes(bytes.fromhex(subject)[:8], "big", signed=True) for subject in subjects
            ):
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))


def network(address: str | None) -> str:
    """What counts as one place: an IPv4 address, or the /64 that one household has of IPv6."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _seconds(span: timedelta) -> int:
    return max(1, math.ceil(span.total_seconds()))
