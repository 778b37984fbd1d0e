"""Canned replies as agents use them: found as they type, filled in for the conversation; none is changed here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.desk.knowing import read_known
from bot.desk.pages import HEADERS, DeskCall, NotThere, page, row_id_of
from bot.desk.tools import DeskTools
from bot.staff.models import Agent
from bot.staff.rights import Right
from bot.storage.desk_tables import canned_replies
from bot.storage.tables import conversations, customers

PLACEHOLDERS = ("customer_name", "agent_name", "order_number", "shop_name")
MOST_FOUND = 8
_PLACEHOLDER = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r")\}")


@dataclass(frozen=True, slots=True)
class CannedReply:
    """A reply that is there already."""

    shortcut: str
    title: str
    text: str
    language: str | None
    team_id: str | None


def routes(tools: DeskTools) -> list[Route]:
    """Of the type-ahead."""
    return [Route("/desk/c/{id}/canned", page(tools, Right.ANSWER, suggest))]


async def suggest(call: DeskCall) -> Response:
    """`GET /desk/c/{id}/canned?q=`: replies that fit what was typed after "/", filled in, as JSON."""
    conversation_id, typed = row_id_of(call), call.query("q", most=60)

    def work(connection: Connection) -> tuple[list[CannedReply], Mapping[str, str]]:
        language, known = _conversation(call, connection, conversation_id)
        return matching(read_canned(connection, call.agent), typed, language), known

    found, known = await call.read(work)
    filled = [
        {"shortcut": one.shortcut, "title": one.title, "text": fill(one.text, known)}
        | {"missing": unfilled(fill(one.text, known))}
        for one in found
    ]
    return JSONResponse({"replies": filled}, headers=HEADERS)


def read_canned(connection: Connection, agent: Agent) -> list[CannedReply]:
    """The replies that everybody may use, or a team of this agent's."""
    for_them = canned_replies.c.team_id.is_(None) | canned_replies.c.team_id.in_(agent.team_ids)
    rows = connection.execute(sa.select(canned_replies).where(for_them).order_by(canned_replies.c.shortcut))
    return [CannedReply(row.shortcut, row.title, row.text, row.language, row.team_id) for row in rows]


def matching(replies: list[CannedReply], typed: str, language: str) -> list[CannedReply]:
    """The replies that fit what was typed, the best first: by shortcut, then title, then words; own language before."""
    wanted = typed.strip().casefold()
    ranked = []
    for reply in replies:
        rank = _rank(reply, wanted)
        if rank is not None:
            foreign = reply.language is not None and reply.language.split("-")[0] != language
            ranked.append(((foreign, rank, reply.shortcut), reply))
    return [reply for _, reply in sorted(ranked, key=lambda one: one[0])][:MOST_FOUND]


def fill(text: str, known: Mapping[str, str]) -> str:
    """The text with what is known in its placeholders; what is not stays visible, and is not sent like that."""
    return _PLACEHOLDER.sub(lambda found: known.get(found[1]) or found[0], text)


def unfilled(text: str) -> list[str]:
    """The placeholders that are still in a text, in order, each once."""
    return list(dict.fromkeys(found[0] for found in _PLACEHOLDER.finditer(text)))


def _rank(reply: CannedReply, wanted: str) -> int | None:
    shortcut, title = reply.shortcut.casefold(), reply.title.casefold()
    if shortcut.startswith(wanted):
        return 0
    if title.startswith(wanted) or f" {wanted}" in title:
        return 1
    if wanted in shortcut or wanted in title:
        return 2
    return 3 if len(wanted) > 2 and wanted in reply.text.casefold() else None


def _conversation(call: DeskCall, connection: Connection, conversation_id: str) -> tuple[str, dict[str, str]]:
    """Its language, and what is known for placeholders."""
    found = connection.execute(
        sa.select(conversations.c.locale, customers.c.name)
        .select_from(conversations.join(customers, customers.c.id == conversations.c.customer_id))
        .where(conversations.c.id == conversation_id)
    ).first()
    if found is None:
        raise NotThere
    orders = read_known(connection, conversation_id, call.now).order_numbers
    known = {
        "customer_name": found.name or "",
        "agent_name": call.agent.name,
        "order_number": orders[0] if orders else "",
        "shop_name": call.tools.settings.shop_name,
    }
    return found.locale.split("-")[0].lower(), known
