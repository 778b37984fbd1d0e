"""Reviews: what customers let us publish, waiting for somebody to read it; published, and taken down again."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.engine import Connection
from starlette.responses import Response
from starlette.routing import Route

from bot.desk.pages import DeskCall, Refused, page, row_id_of
from bot.desk.tools import DeskTools, NavItem
from bot.insights.publishing import LISTS, CannotPublish, publish, review_counts, reviews_of, take_down
from bot.staff.rights import Right

HERE = "/insights/reviews"
NAV = (NavItem("Reviews", HERE, "star", Right.PUBLISH, "v", order=65),)


def routes(tools: DeskTools) -> list[Route]:
    """Of reviews."""
    return [
        Route(HERE, page(tools, Right.PUBLISH, show)),
        Route(f"{HERE}/{{id}}/publish", page(tools, Right.PUBLISH, put_up), methods=["POST"]),
        Route(f"{HERE}/{{id}}/take-down", page(tools, Right.PUBLISH, put_down), methods=["POST"]),
    ]


async def show(call: DeskCall) -> Response:
    """`GET /insights/reviews?list=waiting|published|withdrawn&page=1`."""
    return await _shown(call, call.query("list", "waiting"), call.query("page", "1"))


async def put_up(call: DeskCall) -> Response:
    """`POST …/publish`: from now on everybody may read it."""
    now, pattern = call.now, call.tools.settings.order_number_pattern
    return await _decided(
        call,
        "review_published",
        lambda connection, review_id: publish(connection, review_id, call.agent.id, now, pattern),
    )


async def put_down(call: DeskCall) -> Response:
    """`POST …/take-down`: nobody is shown it any more, within a minute."""
    return await _decided(call, "review_taken_down", take_down)


async def _decided(call: DeskCall, action: str, decide: Callable[[Connection, str], str]) -> Response:
    review_id = row_id_of(call)

    def work(connection: Connection) -> None:
        conversation_id = decide(connection, review_id)
        call.note(connection, action, conversation_id=conversation_id, subject=review_id)

    try:
        await call.write(work)
    except CannotPublish as refusal:
        raise Refused(str(refusal), 409) from refusal
    name = await call.field("list", "waiting")
    if not call.is_htmx:
        return call.go(f"{HERE}?list={name if name in LISTS else 'waiting'}")
    return await _shown(call, name, await call.field("page", "1"))


async def _shown(call: DeskCall, name: str, typed: str) -> Response:
    name = name if name in LISTS else "waiting"
    number = max(1, int(typed)) if typed.isascii() and typed.isdecimal() and len(typed) <= 4 else 1
    pattern = call.tools.settings.order_number_pattern
    counts, (rows, more) = await call.read(
        lambda connection: (review_counts(connection), reviews_of(connection, LISTS[name], number, pattern))
    )
    return call.view(
        "publishing.html",
        "reviews",
        here=HERE,
        name=name,
        number=number,
        rows=rows,
        more=more,
        counts=counts,
        invites=call.tools.settings.review_invitations,
    )
