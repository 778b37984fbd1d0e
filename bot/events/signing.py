"""How a webhook is signed, so that its receiver knows that it is ours and new; docs/data-out.md has the other half."""

from __future__ import annotations

import hashlib
import hmac

HEADER = "X-Bellhop-Signature"


def signature(secret: str, body: bytes, at: int) -> str:
    """The value of the header.

    Args:
        at: seconds since 1970 in UTC, when it is sent; signed too, so that an old one cannot be sent again.
    """
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"
