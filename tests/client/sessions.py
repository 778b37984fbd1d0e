"""Where a web visitor's token comes from: asked for once, extended before it ends; no sockets here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import httpx


class SessionError(Exception):
    """Root of what asking for a token raises.

    SessionError
    ├── SessionUnavailable   nobody answered, or the server is in trouble; asking again is right
    └── SessionRefused       the server said no, and would say it again
    """

    retryable = False


class SessionUnavailable(SessionError):
    """No answer, or a 5xx, or 429."""

    retryable = True


class SessionRefused(SessionError):
    """A 4xx; ``code`` is the server's own word for it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class Session:
    """A token and the moment it ends."""

    token: str
    expires_at: datetime


class Sessions(Protocol):
    """Hands out a token that is valid now."""

    async def token(self) -> str:
        """The token. Raises SessionError."""
        ...


class HttpSessions:
    """One visitor's tokens from ``POST /api/web/sessions``."""

    def __init__(
        self,
        base_url: str,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        locale: str | None = None,
        identity: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout_seconds: float = 5.0,
    ) -> None:
        self._url = base_url.rstrip("/") + "/api/web/sessions"
        self._now = now
        self._body = {k: v for k, v in {"locale": locale, "identity": identity}.items() if v is not None}
        self._transport = transport
        self._timeout = timeout_seconds
        self._session: Session | None = None

    async def token(self) -> str:
        """The visitor's token, extended when it has less than a minute left. Raises SessionError."""
        session = self._session
        if session is None or session.expires_at - self._now() < timedelta(minutes=1):
            session = self._session = await self._ask(session)
        return session.token

    async def _ask(self, current: Session | None) -> Session:
        # Without the old token the server would take this for another visitor.
        headers = {"Authorization": f"Bearer {current.token}"} if current else {}
        try:
            async with httpx.AsyncClient(transport=self._transport, timeout=self._timeout, trust_env=False) as http:
                answer = await http.post(self._url, json=self._body, headers=headers)
        except httpx.TransportError as error:
            raise SessionUnavailable(f"{type(error).__name__}: {error}") from error
        if answer.status_code == 429 or answer.status_code >= 500:
            raise SessionUnavailable(f"{answer.status_code}: {answer.text[:200]}")
        try:
            body = answer.json()
            if answer.status_code != 200:
                problem = body["error"]
                raise SessionRefused(answer.status_code, str(problem["code"]), str(problem["message"]))
            return Session(str(body["token"]), _moment(str(body["expires_at"])))
        except (ValueError, KeyError, TypeError) as error:
            raise SessionRefused(answer.status_code, "unreadable", answer.text[:200]) from error


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment
