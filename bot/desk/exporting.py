"""One conversation saved outside Bellhop, for those with the right: as JSON or as plain text; each time is noted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row
from starlette.responses import Response
from starlette.routing import Route

from bot.desk.entries import Entry, Happened, Noted, Said
from bot.desk.pages import HEADERS, DeskCall, NotThere, page, row_id_of
from bot.desk.tags import tags_of
from bot.desk.thread import MOST, read_before
from bot.desk.tools import DeskTools
from bot.handoff.errors import UnknownConversation
from bot.staff.rights import Right
from bot.storage.tables import conversations, customers

FORMS = {"json": "application/json", "txt": "text/plain; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Whole:
    """A conversation with all that stands on its page."""

    row: Row[Any]
    tags: Sequence[str]
    entries: Sequence[Entry]


def routes(tools: DeskTools) -> list[Route]:
    """Of saving."""
    return [Route("/desk/c/{id}/export", page(tools, Right.EXPORT, export))]


async def export(call: DeskCall) -> Response:
    """`GET /desk/c/{id}/export?as=json|txt`: a file to be saved."""
    call.demand(Right.READ_ALL)  # what is saved is not masked
    conversation_id, form = row_id_of(call), call.query("as", "json", most=8)
    if form not in FORMS:
        raise NotThere
    zone = ZoneInfo(call.tools.settings.timezone)
    whole = await call.read(lambda connection: read_whole(connection, conversation_id, zone))
    await call.write(
        lambda connection: call.note(
            connection, "export", conversation_id=conversation_id, details={"as": form, "entries": len(whole.entries)}
        )
    )
    if form == "json":
        content = json.dumps(as_json(whole), ensure_ascii=False, indent=2)
    else:
        template = call.tools.templates.get_template("export.txt")
        content = template.render(
            whole=whole, row=whole.row, at=lambda moment: f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
        )
    name = f"conversation-{conversation_id}.{form}"
    told = HEADERS | {"Content-Type": FORMS[form], "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=told)


def read_whole(connection: Connection, conversation_id: str, zone: ZoneInfo) -> Whole:
    """All of a conversation, as the desk shows it.

    Raises:
        UnknownConversation: there is none like that.
    """
    joined = conversations.join(customers, customers.c.id == conversations.c.customer_id)
    wanted = sa.select(conversations, customers.c.name.label("customer_name")).select_from(joined)
    row = connection.execute(wanted.where(conversations.c.id == conversation_id)).first()
    if row is None:
        raise UnknownConversation("There is no such conversation.")
    window = read_before(connection, conversation_id, zone, None, most=MOST)
    entries = list(window.entries)
    while window.earlier:
        window = read_before(connection, conversation_id, zone, window.first, most=MOST)
        entries[:0] = window.entries
    return Whole(row, tags_of(connection, conversation_id), entries)


def as_json(whole: Whole) -> dict[str, Any]:
    """As values that JSON knows; moments with their zone."""
    row = whole.row
    return {
        "id": row.id,
        "customer": {"id": row.customer_id, "name": row.customer_name},
        "channel": row.channel,
        "language": row.locale,
        "began_at": _iso(row.created_at),
        "ended_at": _iso(row.ended_at),
        "end_reason": row.end_reason,
        "tags": list(whole.tags),
        "entries": [_entry(entry) for entry in whole.entries],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    found: dict[str, Any] = {
        "what": {"said": "message", "noted": "note"}.get(entry.what, "event"),
        "at": _iso(entry.at),
    }
    match entry:
        case Said():
            return found | {
                "number": entry.seq,
                "by": entry.author_kind,
                "name": entry.author,
                "channel": entry.channel,
                "kind": entry.kind,
                "text": entry.text,
                "text_before_edit": entry.former,
                "buttons": [{"title": one.title, "taken": one.taken} for one in entry.offered],
                "files": [{"kind": one.kind, "name": one.name, "size": one.size} for one in entry.brought],
                "delivered": [{"channel": one.channel, "state": one.state} for one in entry.deliveries],
            }
        case Noted():
            return found | {"name": entry.author, "text": entry.text}
        case Happened():
            named = {"name": entry.agent, "to": entry.to_agent or entry.to_team, "by": entry.by}
            return found | {"kind": entry.kind, **named, "details": dict(entry.details)}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
