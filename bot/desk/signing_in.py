"""The pages of signing in and out: who may come in is decided by `bot.staff.signing_in`."""

from __future__ import annotations

import re
from collections.abc import Sequence

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.desk.pages import (
    COOKIE,
    HEADERS,
    SIGN_IN,
    DeskCall,
    Endpoint,
    Refused,
    address_of,
    from_here,
    guarded,
    page,
)
from bot.desk.sent import form_of
from bot.desk.tools import DeskTools
from bot.staff.errors import SignInRefused
from bot.staff.rights import home_of
from bot.storage.tables import agents

DEVICE_COOKIE = "bellhop_desk_device"  # that somebody signed in here before: guessing elsewhere does not lock them out
DEVICE_SECONDS = 400 * 24 * 3600  # the most that browsers keep
_OWN_PATH = re.compile(r"/(?:desk|insights)(/[\w\-./]*)?(\?[\w\-.=&%+~*]*)?")
_PATHS = ("/desk", "/insights")  # where the session's cookie goes: once for each, and nowhere else


class SignInPages:
    """Signing in and out, for who is not signed in yet."""

    def __init__(self, tools: DeskTools) -> None:
        self._tools = tools

    async def show(self, request: Request) -> Response:
        """`GET /desk/sign-in`: the form; where there are no accounts, how to make one."""
        said = "You were signed out. Sign in again to go on." if "ended" in request.query_params else None
        return await self._form(wanted=request.query_params.get("next", ""), said=said)

    async def sign_in(self, request: Request) -> Response:
        """`POST /desk/sign-in`."""
        if not from_here(self._tools, request):
            raise Refused("Sign in on the desk's own page.", 403)
        form = await form_of(request, max_files=0, max_fields=10)
        email, password, wanted = (str(form.get(name, "")) for name in ("email", "password", "next"))
        try:
            signed_in = await self._tools.sign_in.sign_in(
                email,
                password,
                address_of(request),
                request.headers.get("user-agent"),
                request.cookies.get(DEVICE_COOKIE),
                old_cookie=request.cookies.get(COOKIE),
            )
        except SignInRefused as refusal:
            wait = refusal.retry_after_seconds
            headers = {"Retry-After": str(wait)} if wait else {}
            status = 429 if wait else 401
            return await self._form(
                wanted=wanted, email=email, refused=refusal.sentence, status=status, headers=headers
            )
        response = RedirectResponse(own_path(wanted, home_of(signed_in.agent.role)), 303, headers=HEADERS)
        for path in _PATHS:
            self._set_cookie(response, COOKIE, signed_in.cookie, path, None)
        self._set_cookie(response, DEVICE_COOKIE, signed_in.device_cookie, SIGN_IN, DEVICE_SECONDS)
        self._tools.live.people_changed()
        return response

    async def sign_out(self, call: DeskCall) -> Response:
        """`POST /desk/sign-out`."""
        await self._tools.sign_in.sign_out(call.request.cookies.get(COOKIE, ""), call.address)
        self._tools.live.end_session(call.session.id)
        self._tools.live.people_changed()
        response = RedirectResponse(SIGN_IN, 303, headers=HEADERS)
        for path in _PATHS:
            response.delete_cookie(COOKIE, path, secure=self._tools.secure, httponly=True, samesite="lax")
        return response

    async def _form(
        self,
        *,
        wanted: str = "",
        email: str = "",
        refused: str | None = None,
        said: str | None = None,
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> Response:
        anybody = await self._tools.database.read(
            lambda connection: connection.execute(sa.select(agents.c.id).limit(1)).first() is not None
        )
        values = {
            "tools": self._tools,
            "email": email[:254],
            "refused": refused,
            "said": said,
            "next": own_path(wanted, ""),
            "anybody": anybody,
        }
        text = self._tools.templates.get_template("sign_in.html").render(values)
        return HTMLResponse(text, status, headers={**HEADERS, **(headers or {})})

    def _set_cookie(self, response: Response, name: str, value: str, path: str, seconds: int | None) -> None:
        response.set_cookie(
            name, value, max_age=seconds, path=path, secure=self._tools.secure, httponly=True, samesite="lax"
        )


def own_path(path: str, home: str = "/desk/inbox") -> str:
    """Where to go after signing in: a page of the desk or of the insights, whatever was asked for; else `home`."""
    fits = len(path) <= 500 and _OWN_PATH.fullmatch(path) and not path.startswith(SIGN_IN) and ".." not in path
    return path if fits else home


def routes(tools: DeskTools) -> Sequence[BaseRoute]:
    """The routes of signing in and out."""
    pages = SignInPages(tools)
    show: Endpoint = guarded(tools, pages.show)
    enter: Endpoint = guarded(tools, pages.sign_in)
    return [
        Route(SIGN_IN, show),
        Route(SIGN_IN, enter, methods=["POST"]),
        Route("/desk/sign-out", page(tools, None, pages.sign_out, with_first_password=True), methods=["POST"]),
    ]
