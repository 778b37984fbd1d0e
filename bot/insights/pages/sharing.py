"""Read-only links for testers: made and taken back beside a transcript, and the page that such a link opens.

That page needs no account, so it shows customers masked whoever made the link, runs no script, is found by no search
engine and kept by no cache; its address is told to no other site.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.desk.pages import HEADERS, DeskCall, NotThere, Refused, address_of, guarded, page, row_id_of
from bot.desk.tools import DeskTools
from bot.desk.wording import talk_words
from bot.insights.pages.conversations import HERE
from bot.insights.pages.masking_entries import seen_entries
from bot.insights.pages.seeing import strangers_eyes
from bot.insights.pages.sharing_reading import (
    DAYS,
    NoLink,
    Opened,
    Standing,
    links_of,
    make_link,
    opened_by,
    take_back,
)
from bot.insights.pages.transcript_reading import Transcript, read_transcript
from bot.staff import audit
from bot.staff.rights import Right
from channels.limits import Buckets

log = structlog.get_logger(__name__)

SHARED = "/insights/shared"
RATE, BURST = 0.5, 20.0  # pages a second from one address, and at once
_STRICT = HEADERS | {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
_SENTENCES = {
    Standing.OVER: (
        "This link is over",
        "It has expired or was taken back. Ask who gave it to you for a new one.",
        410,
    ),
    Standing.EMPTY: ("There is nothing left to read", "What was said in this conversation has been deleted.", 410),
    Standing.UNKNOWN: (
        "There is nothing here",
        "This link opens nothing. Perhaps a part of it was lost on its way.",
        404,
    ),
}


def routes(tools: DeskTools) -> list[Route]:
    """Of links, and of what they open."""
    here = f"{HERE}/{{id}}/links"
    shared = SharedPage(tools)
    return [
        Route(here, page(tools, Right.INSIGHTS, add), methods=["POST"]),
        Route(f"{here}/{{link}}/revoke", page(tools, Right.INSIGHTS, revoke), methods=["POST"]),
        Route(f"{SHARED}/{{token}}", guarded(tools, shared.show)),
    ]


async def add(call: DeskCall) -> Response:
    """`POST …/links`: a link for `days` days; its address is shown this once."""
    call.demand(Right.EXPORT)  # who has it may read, and is not one of us
    conversation_id, typed = row_id_of(call), await call.field("days")
    if typed not in {str(days) for days in DAYS}:
        raise Refused(f"A link lasts {', '.join(map(str, DAYS[:-1]))} or {DAYS[-1]} days.")
    token, link_id = secrets.token_urlsafe(32), call.tools.new_id()

    def work(connection: Connection) -> None:
        make_link(
            connection,
            link_id=link_id,
            token=token,
            conversation_id=conversation_id,
            agent_id=call.agent.id,
            days=int(typed),
            now=call.now,
        )
        details = {"days": int(typed)}
        call.note(connection, "link_created", conversation_id=conversation_id, subject=link_id, details=details)

    try:
        await call.write(work)
    except NoLink as refusal:
        raise Refused(str(refusal), 409) from refusal
    return await _links(call, conversation_id, f"{call.tools.settings.base_url.rstrip('/')}{SHARED}/{token}")


async def revoke(call: DeskCall) -> Response:
    """`POST …/links/{link}/revoke`: the link opens nothing any more."""
    call.demand(Right.EXPORT)
    conversation_id, link_id = row_id_of(call), call.path("link")[:36]

    def work(connection: Connection) -> None:
        if not take_back(connection, conversation_id, link_id, call.now):
            raise NotThere("This link is over already.")
        call.note(connection, "link_revoked", conversation_id=conversation_id, subject=link_id)

    await call.write(work)
    return await _links(call, conversation_id, None)


async def _links(call: DeskCall, conversation_id: str, made: str | None) -> Response:
    links = await call.read(lambda connection: links_of(connection, conversation_id, call.now))
    values: dict[str, Any] = {"links": links, "made": made, "id": conversation_id, "here": HERE, "days": DAYS}
    if call.is_htmx:
        return call.fragment("transcript_links.html", **values)
    if made is None:
        return call.go(f"{HERE}/{conversation_id}")
    return call.render("link_made.html", **values)


@dataclass
class SharedPage:
    """The page that a link opens."""

    tools: DeskTools
    buckets: Buckets = field(default_factory=lambda: Buckets(RATE, BURST, time.monotonic))

    async def show(self, request: Request) -> Response:
        """`GET /insights/shared/{token}`: the conversation, masked; its opening is noted."""
        address = address_of(request)
        if not self.buckets.take(address or ""):
            told = ("Too many at once", "Wait a minute, then load this page again.", 429)
            return self._sorry(*told, headers={"Retry-After": "60"})
        token, now = str(request.path_params["token"]), self.tools.clock()
        zone = ZoneInfo(self.tools.settings.timezone)

        def read(connection: Connection) -> tuple[Opened, Transcript | None]:
            opened = opened_by(connection, token, now)
            if opened.standing is not Standing.GOOD:
                return opened, None
            return opened, read_transcript(connection, opened.conversation_id, zone)

        def write(connection: Connection) -> None:
            audit.note(
                connection,
                now=now,
                action="link_opened",
                conversation_id=opened.conversation_id,
                subject=opened.link_id,
                address=address,
            )

        opened, transcript = await self.tools.database.read(read)
        if transcript is None:
            return self._sorry(*_SENTENCES[opened.standing])
        await self.tools.database.write(write)
        eyes = strangers_eyes(self.tools.settings.order_number_pattern)
        entries = [
            entry for entry in seen_entries(transcript.window.entries, eyes, transcript.names) if entry.what == "said"
        ]
        text = self.tools.templates.get_template("shared.html").render(
            talk=transcript,
            row=transcript.row,
            name=eyes.name(None, transcript.row.customer_id),
            entries=entries,
            expires_at=opened.expires_at,
            tools=self.tools,
            **talk_words(zone, now),
        )
        return HTMLResponse(text, headers=_STRICT)

    def _sorry(self, title: str, sentence: str, status: int, headers: dict[str, str] | None = None) -> Response:
        text = self.tools.templates.get_template("shared_sorry.html").render(
            title=title, sentence=sentence, tools=self.tools
        )
        return HTMLResponse(text, status, headers=_STRICT | (headers or {}))
