"""The audit log as a page: read, filtered, leafed through; nothing can be changed here, nor anywhere."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.engine import Connection
from starlette.responses import Response
from starlette.routing import Route

from bot.desk.pages import DeskCall, page
from bot.desk.tools import DeskTools, NavItem
from bot.staff.accounts import all_agents
from bot.staff.audit import actions_in, read_audit
from bot.staff.models import Agent, AuditEntry
from bot.staff.rights import Right

HERE = "/desk/audit"
NAV = (NavItem("Audit", HERE, "audit", Right.READ_AUDIT, order=90),)
PAGE = 50
LARGEST = 2**62


def routes(tools: DeskTools) -> list[Route]:
    """Of the audit log."""
    return [Route(HERE, page(tools, Right.READ_AUDIT, show))]


async def show(call: DeskCall) -> Response:
    """`GET /desk/audit?agent=&action=&conversation=&before=`: the newest lines first."""
    wanted = {name: call.query(name, most=60).strip() for name in ("agent", "action", "conversation")}
    before = _number(call.query("before", most=20))

    def work(connection: Connection) -> tuple[list[AuditEntry], list[Agent], list[str]]:
        lines = read_audit(
            connection,
            limit=PAGE + 1,
            before=before,
            agent_id=wanted["agent"] or None,
            conversation_id=wanted["conversation"] or None,
            action=wanted["action"] or None,
        )
        return lines, all_agents(connection, active_only=False), actions_in(connection)

    lines, people, actions = await call.read(work)
    chosen = {name: value for name, value in wanted.items() if value}
    older = urlencode(chosen | {"before": str(lines[PAGE - 1].number)}) if len(lines) > PAGE else ""
    newest = urlencode(chosen) if before is not None else None
    shown = lines[:PAGE]
    return call.view(
        "audit.html",
        "lines",
        lines=shown,
        details={line.number: _told(line.details) for line in shown},
        people=people,
        actions=actions,
        wanted=wanted,
        older=older,
        newest=newest,
    )


def _told(details: dict[str, Any] | None) -> str:
    """Details on one line: names and values."""
    if not details:
        return ""
    return " · ".join(f"{name.replace('_', ' ')}: {_value(value)}" for name, value in details.items())[:600]


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _number(text: str) -> int | None:
    return min(int(text), LARGEST) if text.isascii() and text.isdigit() else None
