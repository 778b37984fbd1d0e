"""What the channel's routes for programs share: which pages may call, small JSON bodies, refusals in words."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

LARGEST_BODY = 8 * 1024
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "authorization, content-type",
    "Access-Control-Max-Age": "600",
}
Answers = Callable[[Request], Awaitable[Mapping[str, object]]]


class ApiRefusal(Exception):
    """A request that is not carried out: the HTTP status, a code for programs, a sentence for people."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.sentence = sentence


def api_route(path: str, answers: Answers, origins: frozenset[str]) -> Route:
    """A route that takes POST from programs and from pages of `origins`, and answers JSON that is kept nowhere.

    Args:
        answers: makes the answer; its `ApiRefusal`s become answers too.
    """

    async def endpoint(request: Request) -> Response:
        origin = request.headers.get("origin")
        if origin is not None and origin not in origins:
            return refused(403, "forbidden_origin", "This page may not use the chat.")
        cors = {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} if origin else {}
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=cors | _PREFLIGHT)
        try:
            content = await answers(request)
        except ApiRefusal as refusal:
            return refused(refusal.status, refusal.code, refusal.sentence, cors)
        return JSONResponse(dict(content), headers=cors | {"Cache-Control": "no-store"})

    return Route(path, endpoint, methods=["POST", "OPTIONS"])


def refused(status: int, code: str, sentence: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """An answer that says no, and why."""
    return JSONResponse({"error": {"code": code, "message": sentence}}, status_code=status, headers=headers)


async def json_object(request: Request) -> dict[str, object]:
    """The request's body; an empty one is an empty object.

    Raises:
        ApiRefusal: it is too large, or no JSON object.
    """
    wrong = ApiRefusal(400, "bad_request", "The body must be a small JSON object.")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise wrong
    try:
        content = json.loads(body) if body.strip() else {}
    except (ValueError, RecursionError):
        raise wrong from None
    if not isinstance(content, dict):
        raise wrong
    return content


def bearer(request: Request) -> str | None:
    """The token that the request carries, if any."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
