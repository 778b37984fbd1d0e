"""Visitors' tokens, signed by us, and identity tokens, signed by the shop's site: the only word on who somebody is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

SESSION_LIFE = timedelta(days=30)
LONGEST_TOKEN = 4096
_ALGORITHM = "HS256"
_AUDIENCE = "bellhop-web"


class TokenError(Exception):
    """A token that opens nothing. `code` is `unauthorized` or `token_expired`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who a valid session token belongs to."""

    id: str
    expires_at: datetime
    shop_customer_id: str | None = None
    proven_until: datetime | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """What a shop's identity token says: this is that customer, until then."""

    shop_customer_id: str
    until: datetime


class Tokens:
    """Makes and reads tokens.

    Args:
        secret: ours, for session tokens.
        identity_secret: shared with the shop's site; empty accepts no identity token.
    """

    def __init__(
        self, secret: str, identity_secret: str, clock: Callable[[], datetime], new_id: Callable[[], str]
    ) -> None:
        self._secret = secret
        self._identity_secret = identity_secret
        self._clock = clock
        self._new_id = new_id

    def open_session(
        self, proof: Proof | None, known: Visitor | None, locale: str | None = None
    ) -> tuple[str, Visitor]:
        """A token for a new visitor, or a fresh one for a known visitor.

        A proof makes a new visitor unless the known one was that customer by an earlier proof: one browser may serve
        two people, and what the one was shown, or proved by a code, is none of the other's business.
        """
        now = self._clock()
        if known is not None and proof is not None and known.shop_customer_id != proof.shop_customer_id:
            known = None
        if proof is None and known is not None and known.shop_customer_id is not None:
            proof = Proof(known.shop_customer_id, known.proven_until or now)
        visitor = Visitor(
            known.id if known else self._new_id(),
            (now + SESSION_LIFE).replace(microsecond=0),
            proof.shop_customer_id if proof else None,
            proof.until if proof else None,
            locale or (known.locale if known else None),
        )
        claims: dict[str, Any] = {"sub": visitor.id, "aud": _AUDIENCE, "iat": now, "exp": visitor.expires_at}
        if visitor.locale:
            claims["locale"] = visitor.locale
        if proof:
            claims |= {"shop_customer": proof.shop_customer_id, "proven_until": int(proof.until.timestamp())}
        return jwt.encode(claims, self._secret, _ALGORITHM), visitor

    def read_session(self, token: str) -> Visitor:
        """Whose session token this is.

        Raises:
            TokenError: forged, foreign, broken, or expired.
        """
        claims = self._decode(token, self._secret, _AUDIENCE)
        try:
            proven = claims.get("proven_until")
            return Visitor(
                str(claims["sub"]),
                datetime.fromtimestamp(int(claims["exp"]), UTC),
                str(claims["shop_customer"]) if "shop_customer" in claims else None,
                datetime.fromtimestamp(int(proven), UTC) if proven is not None else None,
                str(claims["locale"]) if "locale" in claims else None,
            )
        except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
            raise TokenError("unauthorized") from error

    def read_identity(self, token: str) -> Proof:
        """What an identity token of the shop's site proves: HS256, claims `sub` (the shop's customer id) and `exp`.

        Raises:
            TokenError: none are accepted, or this one is forged, broken, or expired.
        """
        if not self._identity_secret:
            raise TokenError("unauthorized")
        claims = self._decode(token, self._identity_secret, None)
        try:
            subject = claims["sub"]
            if not isinstance(subject, str) or not 0 < len(subject) <= 64:
                raise TokenError("unauthorized")
            return Proof(subject, datetime.fromtimestamp(int(claims["exp"]), UTC))
        except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
            raise TokenError("unauthorized") from error

    def _decode(self, token: str, secret: str, audience: str | None) -> dict[str, Any]:
        if len(token) > LONGEST_TOKEN:
            raise TokenError("unauthorized")
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                secret,
                algorithms=[_ALGORITHM],
                audience=audience,
                # Our own clock, so that it can be set in tests; PyJWT would ask the system's.
                options={"require": ["sub", "exp"], "verify_exp": False, "verify_iat": False},
            )
            expires = int(claims["exp"])
        except (jwt.PyJWTError, TypeError, ValueError, OverflowError, RecursionError) as error:
            raise TokenError("unauthorized") from error
        if expires <= self._clock().timestamp():
            raise TokenError("token_expired")
        return claims
