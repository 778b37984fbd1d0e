"""Who is signed in: sessions of the desk, kept as hashes of their cookies, so that a copy of the table opens nothing.

How somebody comes by one is in `bot.staff.signing_in`.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.staff.accounts import agent_by_id
from bot.staff.models import Agent
from bot.storage.database import Database
from bot.storage.desk_tables import staff_sessions

TOUCHED_EVERY = timedelta(minutes=1)
_LONGEST_COOKIE = 100
_LONGEST_ADDRESS, _LONGEST_BROWSER = 64, 200


def new_cookie() -> str:
    """256 random bits, as text for a cookie."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody is signed in. `csrf_token` goes into every form and is compared when the form comes back."""

    id: str
    agent: Agent
    csrf_token: str
    expires_at: datetime
    seen_at: datetime


class Sessions:
    """Opens, reads and ends sessions.

    Args:
        key: secret from which each session's CSRF token is derived.
        lives: how long one lasts without a sign of life.
        demo: whether this is a demo: accounts of the demo open nothing elsewhere.
        make_cookie: what a new cookie holds; another in tests.
    """

    def __init__(
        self, *, key: bytes, lives: timedelta, demo: bool, make_cookie: Callable[[], str] = new_cookie
    ) -> None:
        self._key = key
        self._lives = lives
        self._demo = demo
        self._make_cookie = make_cookie

    def open(
        self, connection: Connection, agent_id: str, now: datetime, address: str | None, browser: str | None
    ) -> tuple[str, Session]:
        """A new session: what its cookie holds, told this once, and the session. Expired ones are cleared away.

        Raises:
            ValueError: the account may not enter (see `may_enter`).
        """
        agent = agent_by_id(connection, agent_id)
        if agent is None or not self.may_enter(agent):
            raise ValueError(f"{agent_id} may not sign in")
        connection.execute(sa.delete(staff_sessions).where(staff_sessions.c.expires_at <= now))
        cookie = self._make_cookie()
        row = {
            "id": _hash(cookie),
            "agent_id": agent_id,
            "created_at": now,
            "seen_at": now,
            "expires_at": now + self._lives,
            "address": (address or "")[:_LONGEST_ADDRESS] or None,
            "browser": (browser or "")[:_LONGEST_BROWSER] or None,
        }
        connection.execute(sa.insert(staff_sessions).values(row))
        return cookie, Session(_hash(cookie), agent, self._csrf_token(cookie), now + self._lives, now)

    def read(self, connection: Connection, cookie_value: str, now: datetime) -> Session | None:
        """The session of a cookie, which lives on from now; None where there is none.

        That is: unknown, expired, of a disabled account, or of the demo's outside a demo. Writes at most once a minute,
        so the transaction has to be one that may; `of_cookie` sees to that.
        """
        session = self.look(connection, cookie_value, now)
        if session is None or not self._is_due(session, now):
            return session
        until = now + self._lives
        mine = staff_sessions.c.id == session.id
        connection.execute(sa.update(staff_sessions).where(mine).values(seen_at=now, expires_at=until))
        return Session(session.id, session.agent, session.csrf_token, until, now)

    def look(self, connection: Connection, cookie_value: str, now: datetime) -> Session | None:
        """The same, without prolonging it: for what a page does by itself, like an open stream of events."""
        if not 0 < len(cookie_value) <= _LONGEST_COOKIE:
            return None
        row = connection.execute(
            sa.select(staff_sessions).where(
                staff_sessions.c.id == _hash(cookie_value), staff_sessions.c.expires_at > now
            )
        ).one_or_none()
        agent = agent_by_id(connection, row.agent_id) if row is not None else None
        if row is None or agent is None or not self.may_enter(agent):
            return None
        return Session(row.id, agent, self._csrf_token(cookie_value), row.expires_at, row.seen_at)

    async def of_cookie(self, database: Database, cookie_value: str, now: datetime) -> Session | None:
        """As `read`, in a transaction of its own that writes only when it must.

        Raises:
            DatabaseUnavailable: nothing is known just now.
        """
        session = await database.read(lambda connection: self.look(connection, cookie_value, now))
        if session is None or not self._is_due(session, now):
            return session
        return await database.write(lambda connection: self.read(connection, cookie_value, now))

    def end(self, connection: Connection, cookie_value: str) -> None:
        """End one session; one that is over already stays so."""
        connection.execute(sa.delete(staff_sessions).where(staff_sessions.c.id == _hash(cookie_value)))

    def end_all(self, connection: Connection, agent_id: str, *, but: str | None = None) -> int:
        """End all of somebody's sessions, `but` the one of that id; returns how many there were."""
        return end_sessions(connection, agent_id, but=but)

    def may_enter(self, agent: Agent) -> bool:
        """Whether somebody can be signed in at all: not with a disabled account, nor the demo's outside of it."""
        return agent.active and (self._demo or not agent.demo)

    def _is_due(self, session: Session, now: datetime) -> bool:
        return now - session.seen_at >= min(TOUCHED_EVERY, self._lives / 4)

    def _csrf_token(self, cookie: str) -> str:
        return hmac.new(self._key, f"csrf:{cookie}".encode(), hashlib.sha256).hexdigest()


def end_sessions(connection: Connection, agent_id: str, *, but: str | None = None) -> int:
    """End all of somebody's sessions, `but` the one of that id; returns how many there were."""
    theirs = staff_sessions.c.agent_id == agent_id
    others = theirs if but is None else theirs & (staff_sessions.c.id != but)
    return connection.execute(sa.delete(staff_sessions).where(others)).rowcount


def _hash(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "replace")).hexdigest()
