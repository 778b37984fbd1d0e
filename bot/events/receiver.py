"""Sends one event to the receiver, and says in a word what came of it; repeats nothing, and stores nothing."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version

import httpx
import orjson

from bot.events.outbox import Waiting
from bot.events.signing import HEADER, signature

SECONDS = 10.0
LONGEST_WAIT = 3600.0  # that a receiver may ask for


@dataclass(frozen=True, slots=True)
class Arrived:
    """The receiver has it."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It has not, as far as we know; `after` are seconds that it asked to be left alone."""

    error: str
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """The receiver wants no more events."""


Outcome = Arrived | Failed | Gone


class Receiver:
    """One address that events are sent to.

    Args:
        http: sends; follows no redirects.
        seconds: for one event, from connecting to the answer's first line.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        url: str,
        secret: str,
        *,
        clock: Callable[[], datetime],
        seconds: float = SECONDS,
    ) -> None:
        self.url = url
        self._http = http
        self._secret = secret
        self._clock = clock
        self._seconds = seconds

    async def send(self, event: Waiting) -> Outcome:
        """Send it. What is answered beside the status is not read."""
        body = orjson.dumps(event.body, option=orjson.OPT_SORT_KEYS)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"Bellhop/{version('bellhop')}",
            "Idempotency-Key": event.id,
            "X-Bellhop-Event": event.kind,
            HEADER: signature(self._secret, body, int(self._clock().timestamp())),
        }
        try:
            # httpx limits each step; a receiver that sends a byte now and then would never end.
            async with asyncio.timeout(self._seconds):
                async with self._http.stream("POST", self.url, content=body, headers=headers) as answer:
                    return self._outcome(answer)
        except TimeoutError:
            return Failed("no answer in time")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Failed(type(error).__name__)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    def _outcome(self, answer: httpx.Response) -> Outcome:
        if answer.is_success:
            return Arrived()
        if answer.status_code == httpx.codes.GONE:
            return Gone()
        if answer.is_redirect:
            return Failed(f"{answer.status_code}: redirects are not followed")
        asked = answer.headers.get("Retry-After") if answer.status_code in (429, 503) else None
        return Failed(str(answer.status_code), seconds_of(asked, self._clock()))


def seconds_of(retry_after: str | None, now: datetime) -> float | None:
    """What a Retry-After asks for, as seconds from now (an hour at most); None where it says nothing we understand."""
    if retry_after is None:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            at = parsedate_to_datetime(retry_after)
        except ValueError:
            return None
        seconds = ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()
    return min(max(seconds, 0.0), LONGEST_WAIT) if math.isfinite(seconds) else None


def client() -> httpx.AsyncClient:
    """What sends: to one address, by no proxy that the environment names."""
    limits = httpx.Limits(max_connections=8, max_keepalive_connections=4)
    return httpx.AsyncClient(follow_redirects=False, trust_env=False, limits=limits, timeout=SECONDS)
