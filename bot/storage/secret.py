"""The installation's secret: from the settings, or made once and kept beside the data."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import uuid
from collections.abc import Callable
from pathlib import Path

from bot.settings import Settings, SettingsError

SHORTEST = 32  # characters


def signing_secret(settings: Settings) -> str:
    """The setting, or the secret made at the first start. Losing it only ends open web sessions.

    Raises:
        SettingsError: the file is damaged.
    """
    if chosen := settings.secret.get_secret_value():
        return chosen
    path = settings.data_path / "secret"
    kept = kept_in(path, lambda: secrets.token_hex(32))
    if len(kept) < SHORTEST:
        raise SettingsError(f"{path} is damaged; delete it, and a new one is made (open web sessions then end)")
    return kept


def kept_in(path: Path, make: Callable[[], str]) -> str:
    """What the file says, which only its owner can read; written as `make` says if there is none yet.

    Empty where the file is damaged. Of several processes that make it at once, one's counts for all.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
        fresh.touch(mode=0o600)
        with fresh.open("w") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was first: its text counts
            path.hardlink_to(fresh)
        fresh.unlink()
    kept = path.read_bytes().strip()
    return kept.decode() if kept.isascii() else ""


def derived_key(secret: str, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose, so that what one use gives away opens no other."""
    return hmac.digest(secret.encode(), purpose.encode(), hashlib.sha256)
