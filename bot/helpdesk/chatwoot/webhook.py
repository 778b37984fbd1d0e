"""The address that Chatwoot pushes to: checked, stored, and only then acknowledged.

Signed like this: https://www.chatwoot.com/hc/user-guide/articles/1677693021-how-to-use-webhooks. Whoever does not know
the secret is refused before anything is understood. What is signed is answered with 200 whatever it says.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.engine import Connection
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.conversations.cleaning import encodable
from bot.conversations.models import Json
from bot.helpdesk.chatwoot import events
from bot.storage.database import Database, DatabaseUnavailable

log = structlog.get_logger(__name__)

PATH = "/api/chatwoot/webhook"
LARGEST_BODY = 2 * 1024 * 1024
MOST_OFF = timedelta(minutes=5)
# A NUL in JSON. After one backslash more it is an agent's text of six characters.
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


class Webhook:
    """The route.

    Args:
        secret: what Chatwoot signs with.
        clock: the present moment, aware.
        arrived: called when something new is stored.
        typing: told of who types, which is stored nowhere.
    """

    def __init__(
        self,
        database: Database,
        secret: str,
        account: int,
        inbox: int,
        *,
        clock: Callable[[], datetime],
        arrived: Callable[[], None],
        typing: Callable[[Json, bool], None],
    ) -> None:
        self._database = database
        self._secret = secret
        self._account = account
        self._inbox = inbox
        self._clock = clock
        self._arrived = arrived
        self._typing = typing

    def route(self) -> Route:
        """`POST /api/chatwoot/webhook`."""
        return Route(PATH, self.receive, methods=["POST"])

    async def receive(self, request: Request) -> Response:
        """Store one event: 200; 401 unsigned or old, 413 too large, 503 where it cannot be stored just now."""
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return Response(status_code=413)
        if not self._is_signed(request, body):
            log.warning("chatwoot_webhook_refused")
            return Response(status_code=401)
        content = _parsed(body)
        if not isinstance(content, dict):
            log.warning("chatwoot_event_unreadable", bytes=len(body))
            return Response(status_code=200)
        if not events.is_ours(content, self._account, self._inbox):
            return Response(status_code=200)
        if (on := events.TYPING.get(str(content.get("event")))) is not None:
            self._typing(content, on)
            return Response(status_code=200)
        delivery = request.headers.get("x-chatwoot-delivery") or hashlib.sha256(body).hexdigest()
        now = self._clock()

        def work(connection: Connection) -> bool:
            return events.store(connection, f"delivery:{delivery}", content, now)

        try:
            new = await self._database.write(work)
        except DatabaseUnavailable:
            return Response(status_code=503)
        if new:
            self._arrived()
        return Response(status_code=200)

    def _is_signed(self, request: Request, body: bytes) -> bool:
        shown = request.headers.get("x-chatwoot-signature", "")
        timestamp = request.headers.get("x-chatwoot-timestamp", "")
        wanted = events.signature(self._secret, encodable(timestamp), body)
        if not hmac.compare_digest(shown.encode("utf-8", "replace"), wanted.encode()):
            return False
        try:
            off = abs(self._clock().timestamp() - int(timestamp))
        except (ValueError, OverflowError):
            return False
        return off <= MOST_OFF.total_seconds()


async def _body(request: Request) -> bytes | None:
    """The body; None where it is too large to be an event."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)


def _parsed(body: bytes) -> object:
    """The JSON in a body, without what no database takes; None where there is none."""
    try:
        # A NUL character, or half of an emoji, is in no event that matters: the text around it is kept.
        return json.loads(_NUL.sub(r"\1", encodable(json.dumps(json.loads(body), ensure_ascii=False))))
    except (ValueError, RecursionError):
        return None
