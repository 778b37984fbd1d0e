"""The supervisor's page: who has how much, who waits for how long, what is late; and the picture of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from starlette.responses import Response
from starlette.routing import Route

from bot.desk.day import Day, Mood, read_day, read_moods
from bot.desk.pages import DeskCall, page
from bot.desk.tools import DeskTools, NavItem
from bot.handoff.load import Load, read_load
from bot.handoff.models import BOT
from bot.handoff.sla import SlaClock, Times, times_of
from bot.staff.rights import Right
from bot.storage.desk_tables import handoffs, teams
from bot.storage.tables import agents, conversations, customers

HERE = "/desk/supervise"
NAV = (NavItem("Supervise", HERE, "gauge", Right.SUPERVISE, key="v", order=60),)
MOST_SHOWN = 200
LONG_AGO = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Open:
    """One conversation that people have, or that waits for them."""

    conversation_id: str
    customer_id: str
    customer_name: str | None
    channel: str
    language: str
    reason: str
    owner_name: str | None  # None: it waits
    team: str | None
    asked_at: datetime
    waiting_since: datetime | None
    snoozed_until: datetime | None
    clock: SlaClock | None
    breached: bool


def routes(tools: DeskTools) -> list[Route]:
    """Of supervising."""
    return [
        Route(HERE, page(tools, Right.SUPERVISE, show)),
        Route(f"{HERE}/day", page(tools, Right.SUPERVISE, show_day)),
    ]


async def show(call: DeskCall) -> Response:
    """`GET /desk/supervise`: this moment."""
    zone = ZoneInfo(call.tools.settings.timezone)
    times = times_of(call.tools.settings)

    def work(connection: Connection) -> tuple[Load, list[Open]]:
        load = read_load(connection, call.now, zone, vanishes_after=call.tools.vanishes_after)
        return load, read_open(connection, call.now, times)

    load, rows = await call.read(work)
    return call.view("supervise.html", "live", load=load, rows=rows, most=MOST_SHOWN)


async def show_day(call: DeskCall) -> Response:
    """`GET /desk/supervise/day?day=YYYY-MM-DD`: one day; today where none is named."""
    zone = ZoneInfo(call.tools.settings.timezone)
    today = call.now.astimezone(zone).date()
    chosen = min(max(_day(call.query("day", most=10)) or today, LONG_AGO), today)

    def work(connection: Connection) -> tuple[Day, tuple[Mood, ...]]:
        return read_day(connection, chosen, zone), read_moods(connection, chosen, zone)

    found, moods = await call.read(work)
    neighbours: dict[str, Any] = {
        "before": chosen - timedelta(days=1),
        "after": chosen + timedelta(days=1) if chosen < today else None,
        "today": today,
    }
    return call.render("supervise_day.html", day=found, moods=moods, **neighbours)


def read_open(connection: Connection, now: datetime, times: Times) -> list[Open]:
    """What waits and what people have: the most urgent first, the longest waiting first among those without a clock."""
    h, c = handoffs.c, conversations.c
    rows = connection.execute(
        sa.select(
            *(column for column in handoffs.c if column.name != "packet"),
            c.customer_id,
            c.channel,
            c.owner,
            customers.c.name.label("customer_name"),
            agents.c.name.label("owner_name"),
            teams.c.name.label("team_name"),
        )
        .select_from(
            handoffs.join(conversations, c.id == h.conversation_id)
            .join(customers, customers.c.id == c.customer_id)
            .outerjoin(agents, agents.c.id == c.owner)
            .outerjoin(teams, teams.c.id == h.team_id)
        )
        .where(h.state.in_(("queued", "held")), c.owner != BOT)
        .order_by(_runs_out(now).nulls_last(), h.requested_at, h.conversation_id)
        .limit(MOST_SHOWN)
    ).all()
    return [_open(row, times.clock_of(row, now)) for row in rows]


def _runs_out(now: datetime) -> sa.ColumnElement[datetime]:
    """When the clock that `Times.clock_of` shows runs out; in the database, which has to leave out the least urgent."""
    h = handoffs.c
    answer = sa.case(
        (h.waiting_since.is_(None), None), (h.first_reply_at.is_(None), h.first_reply_due), else_=h.next_reply_due
    )
    end_is_first = sa.and_(h.resolution_due > now, h.resolution_due < answer)
    return sa.case((sa.or_(answer.is_(None), end_is_first), h.resolution_due), else_=answer)


def _open(row: Any, clock: SlaClock | None) -> Open:
    marks = (row.first_reply_breached_at, row.next_reply_breached_at, row.resolution_breached_at)
    return Open(
        row.conversation_id,
        row.customer_id,
        row.customer_name,
        row.channel,
        row.language,
        row.reason,
        row.owner_name,
        row.team_name,
        row.requested_at,
        row.waiting_since,
        row.snoozed_until,
        clock,
        any(mark is not None for mark in marks) or (clock is not None and clock.state == "breached"),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
