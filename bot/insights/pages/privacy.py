"""Who asked to be erased, by when that is due, and whom we have erased; doing it is the desk's page of their data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row
from starlette.responses import Response
from starlette.routing import Route

from bot.cases.cases import CaseKind
from bot.desk.pages import DeskCall, page
from bot.desk.tools import DeskTools, NavItem
from bot.staff.rights import Right
from bot.storage.case_tables import cases
from bot.storage.insight_tables import tombstones
from bot.storage.tables import agents, conversations

HERE = "/insights/privacy"
NAV = (NavItem("Privacy", HERE, "lock", Right.SEE_IDENTIFIERS, order=90),)
MOST = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows."""

    open: list[Row[Any]]
    done: list[Row[Any]]
    erased: list[Row[Any]]
    erased_count: int
    emptied_count: int  # conversations that were older than they are kept


def routes(tools: DeskTools) -> list[Route]:
    """Of privacy."""
    return [Route(HERE, page(tools, Right.SEE_IDENTIFIERS, show))]


async def show(call: DeskCall) -> Response:
    """`GET /insights/privacy`."""
    shown = await call.read(read_shown)
    return call.render("privacy.html", shown=shown, keeps=call.tools.settings.retention_days, most=MOST)


def read_shown(connection: Connection) -> Shown:
    """The requests, the first due first, and whom we have erased, the latest first."""
    asked = sa.select(cases).where(cases.c.kind == CaseKind.ERASURE)
    erased = sa.select(tombstones, agents.c.name.label("agent")).select_from(
        tombstones.outerjoin(agents, agents.c.id == tombstones.c.by)
    )
    emptied = sa.select(sa.func.count()).where(
        conversations.c.emptied_at.is_not(None),
        conversations.c.customer_id.not_in(sa.select(tombstones.c.customer_id)),
    )
    return Shown(
        list(connection.execute(asked.where(cases.c.status == "open").order_by(cases.c.due_at).limit(MOST))),
        list(connection.execute(asked.where(cases.c.status == "done").order_by(cases.c.done_at.desc()).limit(MOST))),
        list(connection.execute(erased.order_by(tombstones.c.erased_at.desc()).limit(MOST))),
        int(connection.execute(sa.select(sa.func.count()).select_from(tombstones)).scalar_one()),
        int(connection.execute(emptied).scalar_one()),
    )
