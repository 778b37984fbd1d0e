"""The inbox: the list of conversations at the left of the workspace, with its queues, filters and counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy.engine import Connection
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.desk.inbox_reading import (
    MOST,
    PAGE,
    QUEUES,
    Filters,
    InboxRow,
    read_channels,
    read_counts,
    read_queue,
    read_tags,
    read_warned,
)
from bot.desk.pages import HEADERS, DeskCall, page
from bot.desk.rendering import CHANNELS, ENDINGS, called
from bot.desk.tools import DeskTools, NavItem
from bot.staff.models import Team
from bot.staff.rights import Right, home_of
from bot.staff.teams import all_teams

NAV = (NavItem("Inbox", "/desk/inbox", "inbox", Right.READ_ALL, "i", order=10),)
MOST_ANNOUNCED = 20


@dataclass(frozen=True, slots=True)
class Inbox:
    """What inbox_list.html shows."""

    filters: Filters
    rows: Sequence[InboxRow]
    counts: Mapping[str, int]
    channels: Sequence[str]
    languages: Sequence[str]
    teams: Sequence[Team]
    tags: Sequence[str]
    shown: int
    selected: str | None

    @property
    def more(self) -> bool:
        """Whether there are more than are shown."""
        return len(self.rows) == self.shown < MOST

    def link(self, **changed: object) -> str:
        """The query for the same list with something changed; `shown` starts again."""
        return query_of(replace(self.filters, **changed))  # type: ignore[arg-type]  # templates name fields only

    @property
    def more_link(self) -> str:
        """The query for the same list, longer."""
        return query_of(self.filters) + f"&shown={min(self.shown + PAGE, MOST)}"

    @property
    def here(self) -> str:
        """The query for this very list."""
        return query_of(self.filters) + (f"&shown={self.shown}" if self.shown > PAGE else "")


def query_of(filters: Filters) -> str:
    """Filters as the query of an address."""
    chosen = {
        "queue": filters.queue,
        "channel": filters.channel,
        "language": filters.language,
        "team": filters.team,
        "tag": filters.tag,
        "breached": "1" if filters.breached else "",
        "unread": "1" if filters.unread else "",
        "ending": filters.ending,
    }
    return urlencode({name: value for name, value in chosen.items() if value})


def filters_of(call: DeskCall) -> Filters:
    """The filters that the address asks for; what is no filter is none."""
    queue = call.query("queue")
    default = "mine" if call.may(Right.ANSWER) else "open"
    return Filters(
        queue if queue in QUEUES else default,
        call.query("channel", most=16),
        call.query("language", most=16),
        call.query("team", most=36),
        call.query("tag", most=40),
        call.query("breached") == "1",
        call.query("unread") == "1",
        ending if queue == "ended" and (ending := call.query("ending", most=16)) in ENDINGS else "",
    )


async def listing(call: DeskCall, selected: str | None = None) -> Inbox:
    """The list that the address asks for: what every page made of workspace.html gives it as `inbox`.

    Args:
        selected: the conversation that is open beside it.
    """
    filters = filters_of(call)
    wanted = call.query("shown", most=4)
    shown = min(max(int(wanted), PAGE), MOST) if wanted.isascii() and wanted.isdigit() else PAGE

    def read(connection: Connection) -> Inbox:
        return Inbox(
            filters,
            read_queue(connection, call.agent.id, filters, call.now, most=shown),
            read_counts(connection, call.agent.id, call.now),
            sorted({*CHANNELS, *read_channels(connection)}),
            call.tools.conversations.phrases.languages.codes,
            all_teams(connection),
            read_tags(connection),
            shown,
            selected,
        )

    return await call.read(read)


async def inbox(call: DeskCall) -> Response:
    """`GET /desk/inbox`: the workspace with no conversation open; for htmx, the list alone."""
    found = await listing(call, call.query("selected", most=36) or None)
    if call.is_htmx:
        return call.fragment("inbox_list.html", inbox=found)
    return call.render("inbox.html", inbox=found)


async def attention(call: DeskCall) -> Response:
    """`GET /desk/attention`: who wants something of this agent now, for the title, the sound and the notifications."""
    now, agent_id = call.now, call.agent.id

    def read(connection: Connection) -> tuple[list[InboxRow], list[InboxRow], list[InboxRow], dict[str, int]]:
        waiting = read_queue(connection, agent_id, Filters("waiting"), now, most=MOST_ANNOUNCED)
        unread = read_queue(connection, agent_id, Filters("mine", unread=True), now, most=MOST_ANNOUNCED)
        warned = read_warned(connection, agent_id, now, most=MOST_ANNOUNCED)
        return waiting, unread, warned, read_counts(connection, agent_id, now)

    waiting, unread, warned, counts = await call.read(read)
    if not call.may(Right.READ_ALL):  # who works with none of them needs no names
        waiting, unread, warned = [], [], []
    told = {
        "version": call.tools.version,
        "counts": {name: counts[name] for name in ("waiting", "unread")},
        "waiting": [_announced(row) for row in waiting],
        "unread": [_announced(row) | {"news": row.unread} for row in unread],
        "late": [_announced(row) | _lateness(row, now) for row in warned],
    }
    return JSONResponse(told, headers=HEADERS)


def routes(tools: DeskTools) -> Sequence[BaseRoute]:
    """The inbox's routes."""

    async def home(call: DeskCall) -> Response:
        return call.go(home_of(call.agent.role))

    return [
        Route("/desk", page(tools, None, home)),
        Route("/desk/", page(tools, None, home)),
        Route("/desk/inbox", page(tools, Right.READ_ALL, inbox)),
        Route("/desk/attention", page(tools, None, attention)),
    ]


def _lateness(row: InboxRow, now: datetime) -> dict[str, object]:
    return {"due": row.due_at.isoformat() if row.due_at else None, "over": row.due_at is not None and row.due_at <= now}


def _announced(row: InboxRow) -> dict[str, object]:
    return {
        "id": row.id,
        "name": called(row.customer_name, row.customer_id),
        "channel": CHANNELS.get(row.channel, row.channel),
        "since": (row.waiting_since or row.active_at).isoformat(),
    }
