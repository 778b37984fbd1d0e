"""Whether what customers write reaches us, where Telegram pushes it: what Telegram itself says of the webhook."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.telegram.client import TelegramClient
from channels.telegram.webhook import PATH

LATELY = timedelta(minutes=2)  # a push that failed longer ago, and was made again since, says nothing


@dataclass(frozen=True, slots=True)
class Webhook:
    """Whether the webhook that is set is ours, and what keeps Telegram from pushing to it, if anything does."""

    ours: bool
    trouble: str | None


async def look_at_webhook(client: TelegramClient, base_url: str, now: datetime) -> Webhook:
    """Ask Telegram how its pushes go. Raises as the client does."""
    info = await client.call("getWebhookInfo", {})
    if not isinstance(info, dict):
        return Webhook(ours=True, trouble=None)
    failed_at, waiting = info.get("last_error_date"), info.get("pending_update_count")
    lately = isinstance(failed_at, int | float) and failed_at > (now - LATELY).timestamp()
    ours = info.get("url") == base_url + PATH
    if not ours:
        return Webhook(ours, "somebody else has set another webhook, or removed it")
    return Webhook(ours, str(info.get("last_error_message") or "pushes fail") if lately and waiting else None)
