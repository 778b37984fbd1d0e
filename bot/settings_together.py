"""What settings must not be together; each on its own is checked where it is declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

Settings = Any  # bot.settings.Settings, which imports this module

LOOPBACK = ("127.0.0.1", "::1", "localhost")
OURS = "BELLHOP_"


def together(settings: Settings) -> Iterator[tuple[bool, str]]:
    """Every rule as (whether it is broken, what to say then); the first that is broken is told."""
    yield from _demo(settings)
    yield from _shop(settings)
    yield from _server(settings)
    yield from _secrets(settings)
    yield from _telegram(settings)
    yield from _helpdesk(settings)
    yield from _events(settings)


def _demo(settings: Settings) -> Iterator[tuple[bool, str]]:
    shows = f"{OURS}DEMO shows everybody's e-mails"
    public = bool(settings.public_url) and urlsplit(settings.public_url).hostname not in LOOPBACK
    yield (
        settings.demo and settings.host not in LOOPBACK,
        f"{shows}, so it needs {OURS}HOST=127.0.0.1; unset one of the two",
    )
    yield settings.demo and public, f"{shows}, so it cannot have a {OURS}PUBLIC_URL; unset one of the two"
    yield (
        settings.demo and bool(settings.shop_url),
        f"{OURS}DEMO has a shop of its own, so it cannot have a {OURS}SHOP_URL; unset one",
    )
    yield (
        not settings.demo and not settings.smtp_url.get_secret_value(),
        f"{OURS}SMTP_URL is empty, so no one-time code could be sent; set it, or {OURS}DEMO=1 for the demo shop",
    )


def _shop(settings: Settings) -> Iterator[tuple[bool, str]]:
    yield (
        bool(settings.shop_url) and not settings.shop_token.get_secret_value(),
        f"{OURS}SHOP_TOKEN is empty, so {OURS}SHOP_URL would answer anybody; set it",
    )
    yield (
        # a question and a change
        bool(settings.shop_url) and settings.shop_timeout_seconds * 3 >= settings.action_timeout_seconds,
        f"{OURS}SHOP_TIMEOUT_SECONDS must be less than a third of {OURS}ACTION_TIMEOUT_SECONDS",
    )


def _server(settings: Settings) -> Iterator[tuple[bool, str]]:
    yield (
        settings.host in ("0.0.0.0", "::") and not settings.public_url,  # noqa: S104  # compared with, not bound to
        f"{OURS}PUBLIC_URL is empty, so with {OURS}HOST={settings.host} no page could use the chat; "
        "set it to the address customers use, like https://chat.example.com",
    )
    ports = [port for port in (settings.port, settings.internal_port, settings.engine_port) if port]
    yield (
        len(set(ports)) < len(ports),
        f"{OURS}PORT, {OURS}INTERNAL_PORT and {OURS}ENGINE_PORT must differ; 0 takes any free one",
    )
    yield (
        ":memory:" in settings.database_url or settings.database_url == "sqlite:///",
        f"{OURS}DATABASE_URL names no file; write it like sqlite:////srv/bellhop/bellhop.db",
    )
    yield (
        settings.person_offer_seconds <= settings.delay_notice_seconds,
        f"{OURS}PERSON_OFFER_SECONDS must be longer than {OURS}DELAY_NOTICE_SECONDS",
    )


def _secrets(settings: Settings) -> Iterator[tuple[bool, str]]:
    for name, secret in (("SECRET", settings.secret), ("IDENTITY_SECRET", settings.identity_secret)):
        yield (
            0 < len(secret.get_secret_value()) < 32,
            f"{OURS}{name} is too short: 32 characters or more, or leave it empty",
        )


def _telegram(settings: Settings) -> Iterator[tuple[bool, str]]:
    own_server = urlsplit(settings.telegram_api_url).hostname in LOOPBACK  # one beside us may push over plain http
    yield (
        bool(settings.telegram_token.get_secret_value())
        and settings.telegram_mode == "webhook"
        and not settings.public_url.startswith("https://")
        and not own_server,
        f"{OURS}TELEGRAM_MODE=webhook needs a {OURS}PUBLIC_URL that begins with https://; set it, or use polling",
    )
    yield (
        urlsplit(settings.telegram_api_url).scheme == "http" and not own_server,
        f"{OURS}TELEGRAM_API_URL would send the token in the clear; begin it with https://",
    )


def _helpdesk(settings: Settings) -> Iterator[tuple[bool, str]]:
    wanted = settings.helpdesk == "chatwoot"
    given = {
        "CHATWOOT_URL": bool(settings.chatwoot_url),
        "CHATWOOT_TOKEN": bool(settings.chatwoot_token.get_secret_value()),
        "CHATWOOT_ACCOUNT": bool(settings.chatwoot_account),
        "CHATWOOT_INBOX": bool(settings.chatwoot_inbox),
        "CHATWOOT_WEBHOOK_SECRET": bool(settings.chatwoot_webhook_secret.get_secret_value()),
    }
    for name, there in given.items():
        yield wanted and not there, f"{OURS}HELPDESK=chatwoot needs {OURS}{name}; set it, or use HELPDESK=desk"
    own = urlsplit(settings.chatwoot_url).hostname in LOOPBACK
    yield (
        wanted and urlsplit(settings.chatwoot_url).scheme == "http" and not own,
        f"{OURS}CHATWOOT_URL would send the token in the clear; begin it with https://",
    )


def _events(settings: Settings) -> Iterator[tuple[bool, str]]:
    secret = settings.events_secret.get_secret_value()
    yield (
        bool(settings.events_url) and len(secret) < 16,
        f"{OURS}EVENTS_URL needs a {OURS}EVENTS_SECRET of 16 characters or more, or its receiver could trust nothing",
    )
