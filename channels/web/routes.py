"""The web channel's routes: sessions, the socket, and the widget's files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from bot.conversations.errors import LinkRefused
from bot.languages.languages import Languages
from bot.storage.database import DatabaseUnavailable
from channels.limits import Buckets
from channels.web.api import ApiRefusal, api_route, bearer, json_object, refused
from channels.web.continuing import Continuing, moment, shop_proof
from channels.web.files import Files
from channels.web.frames import CHANNEL
from channels.web.reviews import PublishedReviews
from channels.web.scripts import WidgetFile
from channels.web.socket import Socket
from channels.web.tokens import TokenError, Visitor
from channels.web.tools import SocketTools
from channels.web.widget.bundle import ENTRY, LATER, widget_script

HERE = Path(__file__).parent
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?")  # fits its column
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SECURE_HEADERS = {  # that keep every page of ours to itself
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class WebChannel:
    """Makes the channel's routes.

    Args:
        origins: whose pages may talk to us. A client without an Origin is no browser, and needs its token all the same.
        sessions: per address, new sessions.
    """

    def __init__(self, tools: SocketTools, origins: frozenset[str], sessions: Buckets) -> None:
        self._tools = tools
        self._origins = origins
        self._sessions = sessions

    def routes(self) -> Sequence[BaseRoute]:
        """All routes of the channel."""
        links = self._tools.files
        return [
            *([Files(links, self._tools.conversations.database).route()] if links else ()),
            api_route("/api/web/sessions", self.open_session, self._origins),
            api_route("/api/web/continue", Continuing(self._tools).answers, self._origins),
            WebSocketRoute("/api/web/socket", self.socket),
            *(Route(f"/widget/{name}", WidgetFile(_script(name), "text/javascript").get) for name in (ENTRY, *LATER)),
            *PublishedReviews(self._tools.conversations.database, self._origins).routes(),
            Route("/widget/strings/{language}.json", WidgetStrings(self._tools.conversations.phrases.languages).get),
        ]

    async def open_session(self, request: Request) -> dict[str, object]:
        """`POST /api/web/sessions`: a token for a new visitor, or a longer one for a known visitor.

        With the token of a link from another channel, the visitor becomes part of what is said there.

        Raises:
            ApiRefusal: too many new sessions, a body or a token that is none, or a link while the database is away.
        """
        if not self._sessions.take(request.client.host if request.client else ""):
            raise ApiRefusal(429, "rate_limited", "Too many new chats from your network. Try again in a minute.")
        body = await json_object(request)
        identity, link = _text_or_none(body, "identity"), _text_or_none(body, "link")
        try:
            proof = None if identity is None else self._tools.tokens.read_identity(identity)
            carried = bearer(request)
            known = None if carried is None else self._tools.tokens.read_session(carried)
        except TokenError as error:
            sentence = (
                "This identity token has expired." if error.code == "token_expired" else "This token is not valid."
            )
            raise ApiRefusal(401, error.code, sentence) from None
        token, visitor = self._tools.tokens.open_session(proof, known, _locale(body.get("locale")))
        given: dict[str, object] = {"token": token, "expires_at": moment(visitor.expires_at)}
        return given if link is None else given | await self._follow(link, visitor)

    async def socket(self, websocket: WebSocket) -> None:
        """`/api/web/socket`."""
        origin = websocket.headers.get("origin")
        if origin is not None and origin not in self._origins:
            await websocket.close()  # before accepting: the client sees 403
            return
        await Socket(websocket, self._tools).serve()

    async def _follow(self, link: str, visitor: Visitor) -> dict[str, object]:
        try:
            locale, proof = visitor.locale or self._tools.locale, shop_proof(visitor)
            await self._tools.conversations.follow_link(link, CHANNEL, visitor.id, locale, proof=proof)
        except LinkRefused as refusal:
            return {"linked": False, "message": refusal.sentence}
        except DatabaseUnavailable:
            raise ApiRefusal(503, "unavailable", "The link cannot be followed right now. Try again.") from None
        self._tools.hub.renew(visitor.id)
        return {"linked": True}


class WidgetStrings:
    """The widget's words in the languages other than English, which is part of the script."""

    def __init__(self, languages: Languages) -> None:
        texts = {code: languages.widget_words(code) for code in languages.codes}
        self._files = {code: WidgetFile(text, "application/json") for code, text in texts.items() if text}

    async def get(self, request: Request) -> Response:
        """`GET /widget/strings/<language>.json`; a language without words gets none, and the widget stays English."""
        file = self._files.get(request.path_params["language"])
        headers = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
        return await file.get(request) if file else JSONResponse({}, headers=headers)


async def not_found(request: Request, error: Exception) -> Response:
    """A page for people, a sentence for programs."""
    page = HERE / "pages" / "404.html"
    if "text/html" in request.headers.get("accept", "") and page.exists():
        return FileResponse(page, status_code=404)
    return refused(404, "not_found", "There is nothing at this address.")


def _locale(tag: object) -> str | None:
    """A language tag we can keep, or nothing: an odd one is no reason to turn a customer away."""
    return tag if isinstance(tag, str) and _LANGUAGE_TAG.fullmatch(tag) else None


def _text_or_none(body: Mapping[str, object], name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise ApiRefusal(400, "bad_request", f"{name} must be text.")
    return value


@cache
def _script(name: str) -> str:
    return widget_script(HERE / "widget", name)
