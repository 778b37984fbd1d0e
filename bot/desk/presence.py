"""Whether somebody takes conversations, as they choose it; and the stream of events that shows they are there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from sqlalchemy.engine import Connection
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.desk.pages import HEADERS, DeskCall, Refused, page
from bot.desk.tools import DeskTools
from bot.staff.models import Presence
from bot.staff.presence import choose

SAID = {
    Presence.ONLINE: "You are online and take conversations.",
    Presence.AWAY: "You are away: nobody new is given to you.",
    Presence.OFFLINE: "You are offline: nobody new is given to you.",
}
PING_SECONDS = 20


async def show(call: DeskCall) -> Response:
    """`GET /desk/presence`: the corner that says who is signed in and whether they take conversations."""
    return call.fragment("presence.html")


async def change(call: DeskCall) -> Response:
    """`POST /desk/presence`: take conversations, or take none for now."""
    try:
        chosen = Presence(await call.field("presence"))
    except ValueError:
        raise Refused("One is online, away or offline.") from None

    def work(connection: Connection) -> None:
        choose(connection, call.agent.id, chosen, call.now)
        if chosen is not call.agent.presence:
            call.note(connection, "presence", subject=chosen.value)

    await call.write(work)
    call.tools.live.people_changed()
    return call.done(SAID[chosen])


async def events(call: DeskCall) -> Response:
    """`GET /desk/events`: the stream that says what changed; see `bot.desk.live`."""

    async def told() -> AsyncIterator[ServerSentEvent]:
        async for event, data in call.tools.live.events(call.agent.id, call.session.id):
            yield ServerSentEvent(data, event=event, retry=1000)

    return EventSourceResponse(told(), headers=HEADERS, ping=PING_SECONDS, send_timeout=PING_SECONDS)


def routes(tools: DeskTools) -> Sequence[BaseRoute]:
    """The routes of presence."""
    return [
        Route("/desk/presence", page(tools, None, show)),
        Route("/desk/presence", page(tools, None, change), methods=["POST"]),
        Route("/desk/events", page(tools, None, events, by_itself=True), methods=["GET"]),
    ]
