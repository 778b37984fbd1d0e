"""Devices that somebody signed in on before: a signed cookie that names the accounts; no I/O. It opens nothing."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

_MOST_ACCOUNTS = 5  # of people who share a computer
_LONGEST_COOKIE = 1000
_BETWEEN_ACCOUNTS, _BETWEEN_PARTS = "~", "."


def new_device_id() -> str:
    """128 random bits, as text for a cookie."""
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Devices:
    """Reads and writes the cookie.

    Args:
        key: secret of the signatures.
        make_id: names a new device; another in tests.
    """

    key: bytes
    make_id: Callable[[], str] = new_device_id

    def known_to(self, agent_id: str, cookie: str | None) -> str | None:
        """The device's id if `agent_id` signed in on it before; None for strangers' and forged ones."""
        return self._read(cookie).get(agent_id)

    def with_account(self, agent_id: str, cookie: str | None) -> str:
        """The cookie for a device on which `agent_id` has just signed in; it keeps others who did."""
        known = self._read(cookie)
        device = known.pop(agent_id, None) or self.make_id()
        newest_first = [(agent_id, device), *known.items()][:_MOST_ACCOUNTS]
        return _BETWEEN_ACCOUNTS.join(
            _BETWEEN_PARTS.join((agent, named, self._signature(agent, named))) for agent, named in newest_first
        )

    def _read(self, cookie: str | None) -> dict[str, str]:
        if not cookie or len(cookie) > _LONGEST_COOKIE or not cookie.isascii():
            return {}
        found = {}
        for entry in cookie.split(_BETWEEN_ACCOUNTS)[:_MOST_ACCOUNTS]:
            agent, _, rest = entry.partition(_BETWEEN_PARTS)
            device, _, signature = rest.partition(_BETWEEN_PARTS)
            if hmac.compare_digest(signature, self._signature(agent, device)):
                found[agent] = device
        return found

    def _signature(self, agent_id: str, device_id: str) -> str:
        return hmac.new(self.key, f"device:{agent_id}:{device_id}".encode(), hashlib.sha256).hexdigest()
