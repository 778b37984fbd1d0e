"""Signing in and out, and changing one's password: what is asked, counted, refused and noted. Pages are the desk's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.staff.accounts import agent_by_email, agent_by_id, change_agent
from bot.staff.audit import note
from bot.staff.devices import Devices
from bot.staff.errors import SignInRefused
from bot.staff.models import Agent, Presence
from bot.staff.passwords import LONGEST, Passwords, weakness
from bot.staff.presence import choose
from bot.staff.sessions import Session, Sessions
from bot.staff.throttle import Throttle, Try, Wait
from bot.storage.database import Database
from bot.storage.desk_tables import staff_sessions
from bot.storage.tables import agents

LONGEST_EMAIL = 254
WRONG = "That e-mail address and password do not belong together."
NOT_CURRENT = "That is not your current password."
WAITING_AT_ONCE = 200  # strangers; more are asked to come back
BUSY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody is signed in: what the cookies of session and device hold, and the session."""

    cookie: str
    device_cookie: str
    agent: Agent
    session: Session


@dataclass(frozen=True, slots=True)
class _Judged:
    """A try with the account as it was when the try was made."""

    tried: Try
    agent: Agent | None
    stored: str | None


class SignIn:
    """The door of the desk.

    Args:
        database: holds accounts, sessions and tries.
        sessions: opens and ends sessions.
        passwords: hashes and compares.
        devices: knows devices that somebody signed in on before.
        throttle: counts tries.
        clock: the time now, in UTC.
        pause: how waiting is done; another in tests.
    """

    def __init__(
        self,
        database: Database,
        sessions: Sessions,
        passwords: Passwords,
        devices: Devices,
        throttle: Throttle,
        *,
        clock: Callable[[], datetime],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._passwords = passwords
        self._devices = devices
        self._throttle = throttle
        self._clock = clock
        self._pause = pause
        # Each comparison takes a core and 64 MB, so one at a time; in two lanes: however many strangers try, our own
        # people do not stand behind them.
        self._strangers, self._known = asyncio.Semaphore(1), asyncio.Semaphore(1)
        self._waiting = 0

    async def sign_in(
        self,
        email: str,
        password: str,
        address: str | None,
        browser: str | None,
        device_cookie: str | None,
        *,
        old_cookie: str | None = None,
    ) -> SignedIn:
        """Sign somebody in. Unknown, disabled and wrong are refused alike, in the same time.

        Args:
            old_cookie: the session cookie that the browser came with, whoever set it; its session is ended.

        Raises:
            SignInRefused: with the sentence to show.
            DatabaseUnavailable: try again.
        """
        if len(email) > LONGEST_EMAIL or len(password) > LONGEST:
            raise SignInRefused(WRONG)
        judged = await self._begin(email, address, device_cookie)
        right = await self._is_right(judged, password)
        agent, stored = judged.agent, judged.stored
        if not right or agent is None or stored is None or not self._sessions.may_enter(agent):
            await self._database.write(lambda connection: self._note_failure(connection, judged, email, address))
            raise SignInRefused(WRONG)
        fresh_hash = await self.hashed(password) if self._passwords.needs_new_hash(stored) else None

        def enter(connection: Connection) -> SignedIn | None:
            now = self._clock()
            current = _stored_hash(connection, agent.id, for_update=True)
            again = agent_by_id(connection, agent.id)
            if current != stored or again is None or not self._sessions.may_enter(again):
                return None  # disabled, or another password, while this one was compared
            if fresh_hash:
                change_agent(connection, agent.id, now, password_hash=fresh_hash)
            self._throttle.take_back(connection, judged.tried)
            if old_cookie:
                self._sessions.end(connection, old_cookie)
            cookie, session = self._sessions.open(connection, agent.id, now, address, browser)
            note(connection, now=now, action="sign_in", agent_id=agent.id, address=address)
            device = self._devices.with_account(agent.id, device_cookie)
            return SignedIn(cookie, device, session.agent, session)

        signed_in = await self._database.write(enter)
        if signed_in is None:
            raise SignInRefused(WRONG)
        return signed_in

    async def sign_out(self, cookie: str, address: str | None) -> None:
        """End a session; with the last one, the agent goes offline. What is no session is left alone."""

        def leave(connection: Connection) -> None:
            now = self._clock()
            session = self._sessions.look(connection, cookie, now)
            self._sessions.end(connection, cookie)
            if session is None:
                return
            theirs = (staff_sessions.c.agent_id == session.agent.id) & (staff_sessions.c.expires_at > now)
            if connection.execute(sa.select(staff_sessions.c.id).where(theirs).limit(1)).first() is None:
                choose(connection, session.agent.id, Presence.OFFLINE, now)
            note(connection, now=now, action="sign_out", agent_id=session.agent.id, address=address)

        await self._database.write(leave)

    async def change_password(self, session: Session, current: str, new: str, address: str | None) -> None:
        """Change one's own password; all sessions but this one end.

        Raises:
            SignInRefused: the current password is wrong, or the new one will not do.
            DatabaseUnavailable: try again.
        """
        agent = session.agent
        if problem := weakness(new, agent.email, agent.name):
            raise SignInRefused(problem)
        if new == current:
            raise SignInRefused("That is the password you have; take another.")
        if len(current) > LONGEST:
            raise SignInRefused(NOT_CURRENT)
        # Somebody at an unlocked desk could guess here: this session counts like a known device.
        judged = await self._begin_here(session)
        if not await self._is_right(judged, current):
            await self._database.write(
                lambda connection: self._note_failure(connection, judged, agent.email, address, by=agent.id)
            )
            raise SignInRefused(NOT_CURRENT)
        hashed = await self.hashed(new)

        def change(connection: Connection) -> bool:
            now = self._clock()
            if _stored_hash(connection, agent.id, for_update=True) != judged.stored:
                return False
            self._throttle.take_back(connection, judged.tried)
            change_agent(connection, agent.id, now, password_hash=hashed, must_change_password=False)
            self._sessions.end_all(connection, agent.id, but=session.id)
            note(connection, now=now, action="password_changed", agent_id=agent.id, address=address)
            return True

        if not await self._database.write(change):
            raise SignInRefused("Your password was changed elsewhere just now; sign in again.")

    async def hashed(self, password: str) -> str:
        """A password's hash, made beside the event loop: also for accounts that an admin adds."""
        async with self._known:
            return await asyncio.to_thread(self._passwords.hash, password)

    async def _begin(self, email: str, address: str | None, device_cookie: str | None) -> _Judged:
        def begin(connection: Connection) -> _Judged | Wait:
            now = self._clock()
            agent = agent_by_email(connection, email)
            device = self._devices.known_to(agent.id, device_cookie) if agent else None
            if agent and device:
                tried = self._throttle.from_known_device(connection, agent.id, device, now)
            else:
                named = agent.email if agent else email.strip().casefold()
                tried = self._throttle.from_elsewhere(connection, named, address, now)
            if isinstance(tried, Wait):
                return tried
            return _Judged(tried, agent, _stored_hash(connection, agent.id) if agent else None)

        return await self._begun(begin)

    async def _begin_here(self, session: Session) -> _Judged:
        def begin(connection: Connection) -> _Judged | Wait:
            tried = self._throttle.from_known_device(connection, session.agent.id, session.id, self._clock())
            if isinstance(tried, Wait):
                return tried
            return _Judged(tried, session.agent, _stored_hash(connection, session.agent.id))

        return await self._begun(begin)

    async def _begun(self, begin: Callable[[Connection], _Judged | Wait]) -> _Judged:
        judged = await self._database.write(begin)
        if isinstance(judged, Wait):
            raise SignInRefused(f"Too many tries. Try again in {_words(judged.seconds)}.", judged.seconds)
        return judged

    async def _is_right(self, judged: _Judged, password: str) -> bool:
        if judged.tried.known_device:
            async with self._known:
                return await asyncio.to_thread(self._passwords.matches, judged.stored, password)
        if self._waiting >= WAITING_AT_ONCE:
            await self._database.write(lambda connection: self._throttle.take_back(connection, judged.tried))
            raise SignInRefused("Many people are signing in just now. Try again in a few seconds.", BUSY_SECONDS)
        self._waiting += 1
        try:
            if judged.tried.pause:
                await self._pause(judged.tried.pause)
            async with self._strangers:
                return await asyncio.to_thread(self._passwords.matches, judged.stored, password)
        finally:
            self._waiting -= 1

    def _note_failure(
        self, connection: Connection, judged: _Judged, email: str, address: str | None, *, by: str | None = None
    ) -> None:
        # Who tried is not known, so it is nobody's line. Somebody may have typed their password into the wrong field:
        # what is no address is not written down.
        about = judged.agent.email if judged.agent else (email.strip() if "@" in email else "no e-mail address")
        facts = {
            "account": judged.agent.id if judged.agent else None,
            "known_device": judged.tried.known_device or None,
            "refused_from_now": judged.tried.last or None,
        }
        note(
            connection,
            now=self._clock(),
            action="sign_in_failed" if by is None else "password_wrong",
            agent_id=by,
            subject=about,
            details={name: fact for name, fact in facts.items() if fact},
            address=address,
        )


def _stored_hash(connection: Connection, agent_id: str, *, for_update: bool = False) -> str | None:
    chosen = sa.select(agents.c.password_hash).where(agents.c.id == agent_id)
    return connection.execute(chosen.with_for_update() if for_update else chosen).scalar_one_or_none()


def _words(seconds: int) -> str:
    if seconds < 90:
        return f"{seconds} seconds"
    return f"{-(-seconds // 60)} minutes"
