"""Updates that Telegram pushes to us: checked, stored, and only then acknowledged."""

from __future__ import annotations

import hmac

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.storage.database import DatabaseUnavailable
from bot.storage.secret import derived_key
from channels.telegram.client import TelegramClient
from channels.telegram.inbox import Inbox, parsed
from channels.telegram.updates import KINDS

log = structlog.get_logger(__name__)

PATH = "/telegram/webhook"
HEADER = "x-telegram-bot-api-secret-token"
LARGEST_BODY = 1024 * 1024
CONNECTIONS = 10  # that Telegram may hold at once


def webhook_secret(signing_secret: str) -> str:
    """What Telegram proves with that it is Telegram; within the characters it allows."""
    return derived_key(signing_secret, "telegram webhook").hex()


class Webhook:
    """The route that Telegram pushes to.

    Whoever does not know the secret is refused before anything is read. What does know it is answered with 200
    whatever it says: an error would only have Telegram send the same again, for hours.

    Args:
        secret: of `webhook_secret`.
    """

    def __init__(self, inbox: Inbox, secret: str) -> None:
        self._inbox = inbox
        self._secret = secret.encode()

    def route(self) -> Route:
        """`POST /telegram/webhook`."""
        return Route(PATH, self.receive, methods=["POST"])

    async def receive(self, request: Request) -> Response:
        """Store one update: 200, 403 without the secret, 503 where it cannot be stored just now."""
        shown = request.headers.get(HEADER, "").encode("utf-8", "replace")
        if not hmac.compare_digest(shown, self._secret):
            return Response(status_code=403)
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody hears it; Telegram comes again
        content = None if body is None else parsed(body)
        if not isinstance(content, dict):
            log.warning("telegram_update_unreadable", bytes=None if body is None else len(body))
            return Response(status_code=200)
        try:
            await self._inbox.store([content])
        except DatabaseUnavailable:
            return Response(status_code=503)
        return Response(status_code=200)


async def set_webhook(client: TelegramClient, base_url: str, secret: str) -> None:
    """Have Telegram push to us; what waits there is pushed as well. Raises as the client does."""
    arguments = {
        "url": base_url + PATH,
        "secret_token": secret,
        "allowed_updates": list(KINDS),
        "max_connections": CONNECTIONS,
        "drop_pending_updates": False,
    }
    await client.call("setWebhook", arguments)


async def _body(request: Request) -> bytes | None:
    """The body; None where it is too large to be an update."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)
