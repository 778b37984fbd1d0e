"""`POST /api/web/continue`: the way for a visitor's conversation to another channel, as a link and as a QR code."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from datetime import datetime

import segno
from starlette.requests import Request

from bot.conversations.proving import ShopProof
from bot.storage.database import DatabaseUnavailable
from channels.web.api import ApiRefusal, bearer, json_object
from channels.web.frames import CHANNEL
from channels.web.tokens import TokenError, Visitor
from channels.web.tools import SocketTools

QUIET_ZONE = 4  # modules of white that a scanner needs around a code


class Continuing:
    """Hands out links; each lets one identity of the other channel into the visitor's conversation, once."""

    def __init__(self, tools: SocketTools) -> None:
        self._tools = tools

    async def answers(self, request: Request) -> dict[str, object]:
        """A link to the channel that the body asks for.

        Raises:
            ApiRefusal: no valid session, no such channel, too many links, or the channel is not up.
        """
        visitor = self._visitor(request)
        channel = (await json_object(request)).get("to")
        make_link = self._tools.continuations.get(channel) if isinstance(channel, str) else None
        if make_link is None or not isinstance(channel, str):
            raise ApiRefusal(404, "not_available", "A conversation cannot go on there.")
        if not self._tools.links.take(visitor.id):
            raise ApiRefusal(429, "rate_limited", "Too many links at once. Try again in a minute.")
        locale, proof = visitor.locale or self._tools.locale, shop_proof(visitor)
        try:
            token, expires = await self._tools.conversations.open_link(
                CHANNEL, visitor.id, channel, locale, proof=proof
            )
        except DatabaseUnavailable:
            raise _not_up() from None
        url = make_link(token)
        if url is None:
            raise _not_up()
        return {"url": url, "expires_at": moment(expires), "qr": qr_code(url)}

    def _visitor(self, request: Request) -> Visitor:
        try:
            return self._tools.tokens.read_session(bearer(request) or "")
        except TokenError as error:
            raise ApiRefusal(401, error.code, "This needs the token of a session.") from None


def shop_proof(visitor: Visitor) -> ShopProof | None:
    """Which of the shop's customers the visitor's session says that they are, if it does."""
    customer, until = visitor.shop_customer_id, visitor.proven_until
    return ShopProof(customer, until) if customer and until else None


def _not_up() -> ApiRefusal:
    return ApiRefusal(503, "unavailable", "That channel cannot be reached right now.")


def moment(at: datetime) -> str:
    """A moment as the protocol writes it."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def qr_code(content: str) -> dict[str, object]:
    """`{"size", "path"}`: what is dark, as the path of an SVG of that many units a side, the white around included."""
    code = segno.make(content, micro=False)
    rows = list(code.matrix_iter(scale=1, border=QUIET_ZONE))
    return {"size": len(rows), "path": "".join(itertools.chain.from_iterable(map(_dark, itertools.count(), rows)))}


def _dark(y: int, row: Iterable[int]) -> Iterator[str]:
    """The row's dark stretches, each a rectangle one unit high."""
    x = 0
    for is_dark, modules in itertools.groupby(row, bool):
        width = len(list(modules))
        if is_dark:
            yield f"M{x} {y}h{width}v1h-{width}z"
        x += width
