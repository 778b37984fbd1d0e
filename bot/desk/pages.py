"""The door of every page of the desk: who is there, may they, is it really them; and what every answer carries.

A page is a function of a `DeskCall`; `page` makes it an endpoint. Only signing in is served otherwise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from hmac import compare_digest
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import structlog
from jinja2 import Environment
from markupsafe import escape
from sqlalchemy.engine import Connection
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Message

from bot.desk.sent import UnreadableForm, form_of
from bot.desk.tools import DeskTools
from bot.handoff.errors import HandoffError, NotOwner, UnknownConversation
from bot.staff import audit
from bot.staff.models import Agent
from bot.staff.presence import heard_at, sign_of_life
from bot.staff.rights import Right, may
from bot.staff.sessions import Session
from bot.storage.database import DatabaseUnavailable

log = structlog.get_logger(__name__)

Result = TypeVar("Result")
Endpoint = Callable[[Request], Awaitable[Response]]
SIGN_IN, PASSWORD = "/desk/sign-in", "/desk/account/password"
COOKIE = "bellhop_desk"
SAFE = ("GET", "HEAD")
MB = 1024 * 1024
MOST_FILES = 10  # in one request
SIGN_EVERY = timedelta(seconds=10)  # so often at most a request is written down as a sign of life
_ID = re.compile(r"[\w-]{1,36}", re.ASCII)
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Refused(Exception):
    """The page says no, with a status and a sentence for the agent. What is secret is 404, not 403.

    Args:
        sentence: for the agent.
        status: of the answer.
    """

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status


class NotThere(Refused):
    """There is no such thing, or none that this agent may know of."""

    def __init__(self, sentence: str = "There is nothing here, or nothing that you may see.") -> None:
        super().__init__(sentence, 404)


@dataclass(frozen=True, slots=True)
class DeskCall:
    """One request of somebody who is signed in and may do what it asks."""

    request: Request
    agent: Agent
    session: Session
    tools: DeskTools
    now: datetime

    @property
    def address(self) -> str | None:
        """Where the request came from."""
        return address_of(self.request)

    @property
    def is_htmx(self) -> bool:
        """Whether a part of a page is asked for, rather than a page."""
        return wants_part(self.request)

    def may(self, right: Right) -> bool:
        """Whether the agent has the right."""
        return may(self.agent.role, right)

    def demand(self, right: Right) -> None:
        """Raises `Refused` where the agent has not the right."""
        if not self.may(right):
            raise Refused("You do not have the right to do this.", 403)

    def path(self, name: str) -> str:
        """A part of the address, as the route names it."""
        return str(self.request.path_params[name])

    def query(self, name: str, default: str = "", *, most: int = 200) -> str:
        """A value of the address's query, cut to `most` characters."""
        return self.request.query_params.get(name, default).replace("\0", "")[:most]  # no database knows that sign

    async def form(self) -> FormData:
        """The fields that were sent."""
        return await form_of(self.request, max_files=MOST_FILES, max_fields=200)

    async def field(self, name: str, default: str = "") -> str:
        """One field that was sent, as text; a file is none."""
        value = (await self.form()).get(name, default)
        return value if isinstance(value, str) else default

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """As `Database.read`."""
        return await self.tools.database.read(work)

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """As `Database.write`; for what is the desk's own and needs not be published."""
        return await self.tools.database.write(work)

    async def lives(self) -> None:
        """Note, in a transaction of its own, that somebody is at this desk; what was known just now is enough."""
        seen = heard_at(self.agent, self.now)
        if seen is not None and self.now - seen < SIGN_EVERY:
            return
        try:
            await self.write(lambda connection: sign_of_life(connection, self.agent.id, self.now))
        except DatabaseUnavailable as error:  # the request itself may still be answered
            log.warning("sign_of_life_not_recorded", error=str(error))

    def note(
        self,
        connection: Connection,
        action: str,
        *,
        conversation_id: str | None = None,
        subject: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        """Write into the audit log, in the caller's transaction, that this agent did something."""
        audit.note(
            connection,
            now=self.now,
            action=action,
            agent_id=self.agent.id,
            conversation_id=conversation_id,
            subject=subject,
            details=details,
            address=self.address,
        )

    def render(self, template: str, *, status: int = 200, **values: object) -> Response:
        """A whole page."""
        return _html(self.tools.templates.get_template(template).render(self._known() | values), status)

    def fragment(
        self,
        template: str,
        *,
        block: str | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> Response:
        """A part of a page: a template of its own, or one `block` of a page's template."""
        return _html(part(self.tools.templates, template, block, self._known() | values), status, headers)

    def view(self, template: str, block: str, *, status: int = 200, **values: object) -> Response:
        """The whole page, or only its `block` (with the page's title) where htmx asks for it."""
        if not self.is_htmx:
            return self.render(template, status=status, **values)
        known = self._known() | values
        title, content = (part(self.tools.templates, template, name, known) for name in ("title", block))
        return _html(f"<title>{title} · {escape(self.tools.settings.shop_name)}</title>{content}", status)

    def done(self, said: str | None = None, *, events: Mapping[str, object] | None = None) -> Response:
        """Nothing to show anew, but a short message and events for the page's scripts (`HX-Trigger`)."""
        told = dict(events or {}) | ({"desk:toast": {"text": said}} if said else {})
        return Response(status_code=204, headers=HEADERS | ({"HX-Trigger": json.dumps(told)} if told else {}))

    def go(self, path: str) -> Response:
        """Lead to another page of the desk."""
        return _lead_to(self.request, path)

    def _known(self) -> dict[str, Any]:
        return {
            "agent": self.agent,
            "csrf": self.session.csrf_token,
            "may": partial(may, self.agent.role),
            "Right": Right,
            "now": self.now,
            "path": self.request.url.path,
            "nav": [item for item in self.tools.nav if item.right is None or self.may(item.right)],
            "tools": self.tools,
        }


def row_id_of(call: DeskCall) -> str:
    """The row that the address names; raises `NotThere` where that is no id."""
    typed = call.path("id")
    if not _ID.fullmatch(typed):
        raise NotThere
    return typed


Handler = Callable[[DeskCall], Awaitable[Response]]


def page(
    tools: DeskTools,
    right: Right | None,
    handler: Handler,
    *,
    with_first_password: bool = False,
    files: bool = False,
    by_itself: bool = False,
) -> Endpoint:
    """An endpoint that lets in who is signed in, has the right and, where something is changed, proves to be our page.

    Args:
        right: needed for it; None: being signed in is enough.
        with_first_password: also for those who have yet to choose a password of their own.
        files: files may be sent to it, of `desk_file_mb` each.
        by_itself: pages ask for it without anybody doing something, so that it keeps nobody signed in, nor there.
    """

    async def answer(request: Request) -> Response:
        by_somebody = not (by_itself or "x-desk-auto" in request.headers)
        session = await _session(tools, request, prolong=by_somebody)
        if session is None:
            return _to_sign_in(request)
        call = DeskCall(request, session.agent, session, tools, tools.clock())
        if session.agent.must_change_password and not with_first_password:
            return _lead_to(request, PASSWORD)
        if by_somebody:  # their stream of events may be held up on its way to us
            await call.lives()
        return await _answer(call, right, handler)

    return guarded(tools, answer, MB + (MOST_FILES * tools.settings.desk_file_mb * MB if files else 0))


def guarded(tools: DeskTools, answer: Endpoint, largest: int = MB) -> Endpoint:
    """An endpoint that takes no more than `largest` bytes, and says what went wrong as the desk says it."""

    async def endpoint(request: Request) -> Response:
        request = Request(request.scope, _limited(request, largest))
        try:
            return await answer(request)
        except Refused as refusal:
            return sorry(tools, request, str(refusal), refusal.status)
        except UnreadableForm:
            return sorry(tools, request, "What was sent cannot be read.", 400)
        except DatabaseUnavailable as error:
            log.warning("desk_without_database", error=str(error))
            sentence = "The database cannot be reached just now. Nothing was changed; try again in a moment."
            return sorry(tools, request, sentence, 503)

    return endpoint


async def _session(tools: DeskTools, request: Request, *, prolong: bool) -> Session | None:
    now, cookie = tools.clock(), request.cookies.get(COOKIE, "")
    if prolong:
        return await tools.sessions.of_cookie(tools.database, cookie, now)
    return await tools.database.read(lambda connection: tools.sessions.look(connection, cookie, now))


async def _answer(call: DeskCall, right: Right | None, handler: Handler) -> Response:
    try:
        if right is not None:
            call.demand(right)
        if call.request.method not in SAFE:
            await _check_origin(call)
        return await handler(call)
    except Refused as refusal:
        return sorry(call.tools, call.request, str(refusal), refusal.status, call)
    except UnknownConversation:
        return sorry(call.tools, call.request, str(NotThere()), 404, call)
    except HandoffError as error:
        owner = (error.owner, error.name) if isinstance(error, NotOwner) else None
        return sorry(call.tools, call.request, str(error), 409, call, owner=owner)


async def _check_origin(call: DeskCall) -> None:
    """Our pages carry the session's token; and browsers tell where a request comes from."""
    refused = Refused("This page is out of date. Load it anew and try again.", 403)
    if not from_here(call.tools, call.request):
        raise refused
    token = call.request.headers.get("x-csrf-token")
    if token is None:
        token = await call.field("csrf")
    if not compare_digest(token.encode(), call.session.csrf_token.encode()):
        raise refused


def from_here(tools: DeskTools, request: Request) -> bool:
    """Whether the browser says that one of our own pages sent it; a client that says nothing is no browser."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None and site != "same-origin":
        return False
    if origin is None:
        return True
    own = {urlsplit(tools.settings.base_url).netloc, request.headers.get("host", "")}
    try:
        return urlsplit(origin).netloc in own
    except ValueError:  # no address at all
        return False


def sorry(
    tools: DeskTools,
    request: Request,
    sentence: str,
    status: int,
    call: DeskCall | None = None,
    *,
    owner: tuple[str, str | None] | None = None,
) -> Response:
    """What could not be done, as a part for htmx (it shows it as a toast) or as a page."""
    values: dict[str, object] = {"sentence": sentence, "code": status, "owner": owner}
    if wants_part(request):
        return _html(part(tools.templates, "sorry.html", "sorry", values), status)
    if call is not None:
        return call.render("sorry.html", status=status, **values)
    return _html(tools.templates.get_template("sorry.html").render(values | {"tools": tools}), status)


def part(templates: Environment, template: str, block: str | None, values: Mapping[str, Any]) -> str:
    """A template, or only one block of it, filled in.

    Raises:
        KeyError: the template has no such block.
    """
    found = templates.get_template(template)
    if block is None:
        return found.render(values)
    return "".join(found.blocks[block](found.new_context(dict(values))))


def wants_part(request: Request) -> bool:
    """Whether htmx asks for a part of a page; going back in the history asks for a whole one."""
    return "hx-request" in request.headers and "hx-history-restore-request" not in request.headers


def address_of(request: Request) -> str | None:
    """Where a request came from."""
    return request.client.host if request.client else None


def _to_sign_in(request: Request) -> Response:
    if wants_part(request):
        return Response(status_code=401, headers=HEADERS | {"HX-Redirect": f"{SIGN_IN}?ended=1"})
    there = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    wanted = f"?next={quote(there)}" if request.method in SAFE and there != "/desk" else ""
    return RedirectResponse(SIGN_IN + wanted, 303, headers=HEADERS)


def _lead_to(request: Request, path: str) -> Response:
    if wants_part(request):
        return Response(status_code=204, headers=HEADERS | {"HX-Redirect": path})
    return RedirectResponse(path, 303, headers=HEADERS)


def _html(text: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    return HTMLResponse(text, status, headers={**HEADERS, **(headers or {})})


def _limited(request: Request, most: int) -> Callable[[], Awaitable[Message]]:
    """Receives no more than `most` bytes of a body."""
    received = 0

    async def receive() -> Message:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > most:
            raise Refused("This is too large to be sent.", 413)
        return message

    return receive
