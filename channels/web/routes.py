"""The web channel's routes: sessions, the socket, and the widget's files."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path

from starlette.middleware.base import RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from bot.languages.languages import Languages
from channels.web.limits import Buckets
from channels.web.socket import Socket, SocketTools
from channels.web.tokens import Proof, TokenError, Visitor
from channels.web.widget.bundle import widget_script

HERE = Path(__file__).parent
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?")  # fits its column
LARGEST_SESSION_BODY = 8 * 1024
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


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
        return [
            Route("/api/web/sessions", self.open_session, methods=["POST", "OPTIONS"]),
            WebSocketRoute("/api/web/socket", self.socket),
            Route("/widget/widget.js", WidgetFile(widget_script(HERE / "widget"), "text/javascript").get),
            Route("/widget/strings/{language}.json", WidgetStrings(self._tools.conversations.phrases.languages).get),
        ]

    async def open_session(self, request: Request) -> Response:
        """`POST /api/web/sessions`: a token for a new visitor, or a longer one for a known visitor."""
        origin = request.headers.get("origin")
        if origin is not None and origin not in self._origins:
            return _refused(403, "forbidden_origin", "This page may not use the chat.")
        cors = {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} if origin else {}
        if request.method == "OPTIONS":
            allowed = {
                "Access-Control-Allow-Methods": "POST",
                "Access-Control-Allow-Headers": "authorization, content-type",
                "Access-Control-Max-Age": "600",
            }
            return Response(status_code=204, headers=cors | allowed)
        if not self._sessions.take(request.client.host if request.client else ""):
            return _refused(429, "rate_limited", "Too many new chats from your network. Try again in a minute.", cors)
        try:
            body = await _json_object(request)
            proof = self._proof(body.get("identity"))
            known = self._known(request.headers.get("authorization", ""))
            locale = _locale(body.get("locale"))
        except TokenError as error:
            sentence = (
                "This identity token has expired." if error.code == "token_expired" else "This token is not valid."
            )
            return _refused(401, error.code, sentence, cors)
        except ValueError:
            return _refused(400, "bad_request", "The body must be a small JSON object.", cors)
        token, visitor = self._tools.tokens.open_session(proof, known, locale)
        expires = visitor.expires_at.isoformat().replace("+00:00", "Z")
        return JSONResponse({"token": token, "expires_at": expires}, headers=cors | {"Cache-Control": "no-store"})

    async def socket(self, websocket: WebSocket) -> None:
        """`/api/web/socket`."""
        origin = websocket.headers.get("origin")
        if origin is not None and origin not in self._origins:
            await websocket.close()  # before accepting: the client sees 403
            return
        await Socket(websocket, self._tools).serve()

    def _proof(self, identity: object) -> Proof | None:
        if identity is None:
            return None
        if not isinstance(identity, str):
            raise ValueError("identity")
        return self._tools.tokens.read_identity(identity)

    def _known(self, authorization: str) -> Visitor | None:
        scheme, _, token = authorization.partition(" ")
        return self._tools.tokens.read_session(token.strip()) if scheme.lower() == "bearer" else None


class WidgetFile:
    """The widget's script, or its words: compressed once, loadable by any page, asked for anew only if it changed."""

    def __init__(self, content: str, media_type: str) -> None:
        plain = content.encode()
        self._media_type = media_type
        self._bodies = {"": plain, "gzip": gzip.compress(plain, 9, mtime=0)}
        self._etag = f'"{hashlib.sha256(plain).hexdigest()[:20]}"'

    async def get(self, request: Request) -> Response:
        """The file, or the news that it has not changed."""
        headers = {
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Cache-Control": "no-cache",
            "ETag": self._etag,
            "Vary": "Accept-Encoding",
        }
        if request.headers.get("if-none-match") == self._etag:
            return Response(status_code=304, headers=headers)
        encoding = "gzip" if "gzip" in request.headers.get("accept-encoding", "") else ""
        if encoding:
            headers["Content-Encoding"] = encoding
        return Response(self._bodies[encoding], headers=headers, media_type=self._media_type)


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


async def secure_headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
    """Headers that keep every page of ours to itself."""
    response = await call_next(request)
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response


async def not_found(request: Request, error: Exception) -> Response:
    """A page for people, a sentence for programs."""
    page = HERE / "pages" / "404.html"
    if "text/html" in request.headers.get("accept", "") and page.exists():
        return FileResponse(page, status_code=404)
    return _refused(404, "not_found", "There is nothing at this address.")


def _locale(tag: object) -> str | None:
    """A language tag we can keep, or nothing: an odd one is no reason to turn a customer away."""
    return tag if isinstance(tag, str) and _LANGUAGE_TAG.fullmatch(tag) else None


async def _json_object(request: Request) -> dict[str, object]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_SESSION_BODY:
            raise ValueError("too large")
    if not body.strip():
        return {}
    try:
        content = json.loads(body)
    except RecursionError as error:
        raise ValueError("too deep") from error
    if not isinstance(content, dict):
        raise ValueError("no object")
    return content


def _refused(status: int, code: str, sentence: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": sentence}}, status_code=status, headers=headers)
