"""What the lists of promises and of follow-ups have in common at the desk: whose rows, and writing to the customer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from starlette.responses import Response
from starlette.routing import Route

from bot.conversations.models import Change
from bot.conversations.unit import Unit
from bot.desk.pages import DeskCall, page
from bot.desk.tools import DeskTools
from bot.desk.worklists import Whose, count_low_ratings, count_promises
from bot.handoff.models import Reason
from bot.handoff.outbound import open_outbound
from bot.staff.rights import Right
from bot.storage.tables import conversations


def routes(tools: DeskTools) -> list[Route]:
    """Of what both have in common."""
    return [Route("/desk/counts", page(tools, None, counts))]


async def counts(call: DeskCall) -> Response:
    """`GET /desk/counts`: how much of either is open, for the rail of every page."""
    if not call.may(Right.FOLLOW_UPS):
        return call.fragment("counts.html", counts={})
    found = await call.read(
        lambda connection: {
            "promises": count_promises(connection, call.agent.id, call.now),
            "follow-ups": count_low_ratings(connection, call.agent.id, call.now),
        }
    )
    return call.fragment("counts.html", counts=found)


def listed(asked: str) -> Whose:
    """Whose rows are asked for; everybody's where that cannot be read."""
    try:
        return Whose(asked)
    except ValueError:
        return Whose.ALL


def shared(call: DeskCall) -> dict[str, Any]:
    """What both templates need."""
    return {"formatting": call.tools.formatting.in_language("en"), "shown": Whose}


def shown_anew(unit: Unit, conversation_id: str) -> Change:
    """That only the desk shows something else now."""
    c = conversations.c
    customer_id = unit.connection.execute(sa.select(c.customer_id).where(c.id == conversation_id)).scalar_one()
    return Change(conversation_id, customer_id, desk=True)


async def send_on(call: DeskCall, take: Callable[[Unit], str], reason: Reason) -> Response:
    """Take something on and lead to the conversation in which its customer is written to."""
    found: list[str] = []

    def work(unit: Unit) -> Change:
        about = take(unit)
        conversation_id, change = open_outbound(unit, about, call.agent, reason)
        call.note(
            unit.connection, "outbound", conversation_id=conversation_id, subject=about, details={"why": reason.value}
        )
        found[:] = [conversation_id]
        return change

    await call.tools.conversations.change(work)
    return call.go(f"/desk/c/{found[0]}")
