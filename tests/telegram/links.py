"""Which addresses Telegram takes in a text or on a button, and which of them it can fetch a picture from."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

_SCHEMES = frozenset({"http", "https", "tg", "ton", "tonsite", "ftp"})
_HOST = re.compile(r"[^\s/?#@:.]+(?:\.[^\s/?#@:.]+)+")


def checked_link(url: str) -> str | None:
    """The address as Telegram stores it, or None where it is none; `localhost` is none, for it has no dot."""
    if not url or re.search(r"\s", url):
        return None
    if "://" not in url:
        url = url if url.startswith("tg:") else f"http://{url}"
    scheme = url.partition(":")[0]
    if scheme.lower() not in _SCHEMES:
        return None
    if scheme.lower() in ("tg", "ton"):
        return url
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return None
    if "@" in parts.netloc or not (_HOST.fullmatch(host) or ":" in host):
        return None
    if parts.path:
        return url
    end = len(scheme) + 3 + len(parts.netloc)
    return f"{url[:end]}/{url[end:]}"


def user_of(url: str) -> int | None:
    """The user that a `tg://user?id=…` link names."""
    match = re.fullmatch(r"tg:(?://)?user\?id=(\d+)", url)
    return int(match.group(1)) if match else None


def on_a_private_network(url: str) -> bool:
    """Whether Telegram's servers could not reach it."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or "." not in host or host.endswith((".local", ".localhost", ".internal", ".test")):
        return ":" not in host
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False
