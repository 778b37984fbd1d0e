"""The dashboard: figures at a glance, charts with their tables, each a file, each opening its rows; and the duties."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.desk.pages import HEADERS, DeskCall, NotThere, page
from bot.desk.tools import DeskTools, NavItem
from bot.insights.figures.dashboard import figures_of, read_dashboard, tile_groups
from bot.insights.figures.drawn import Drawn
from bot.insights.figures.duties import KINDS, STATES, Duty, Kept, count_duties, read_duties
from bot.insights.filters import (
    PERIODS,
    WEEKDAYS,
    FilterError,
    Wanted,
    chips,
    days_of,
    default_period,
    described,
    is_narrowed,
    period_words,
    query_of,
)
from bot.insights.out import tables
from bot.insights.pages.asking import KnownChoices, wanted_by, wanted_from, zone_of
from bot.insights.pages.figure_words import (
    cell_words,
    change_words,
    file_query,
    interval_words,
    sure_tone,
    tile_words,
)
from bot.staff.rights import Right

HERE, DUTIES = "/insights/dashboards", "/insights/duties"
NAV = (NavItem("Figures", HERE, "chart", Right.INSIGHTS, "f", order=10),)
TITLES = {"promises": "Promises", "follow_ups": "Follow-ups of low ratings"}
MOST_SHOWN = 500
DUTY_COLUMNS = (
    tables.Column("id"),
    tables.Column("conversation_id"),
    tables.Column("kind"),
    tables.Column("state"),
    tables.Column("opened_at", "moment"),
    tables.Column("due_at", "moment"),
    tables.Column("done_at", "moment"),
)
LOOKS = {
    "cell": cell_words,
    "tile_words": tile_words,
    "interval_words": interval_words,
    "change_words": change_words,
    "sure_tone": sure_tone,
    "file_query": file_query,
}


def routes(tools: DeskTools) -> list[Route]:
    """Of the dashboard."""
    pages = Dashboards()
    return [
        Route(HERE, page(tools, Right.INSIGHTS, pages.show)),
        Route(f"{DUTIES}/{{kind}}", page(tools, Right.INSIGHTS, pages.show_duties)),
    ]


@dataclass
class Dashboards:
    """The handlers."""

    choices: KnownChoices = field(default_factory=KnownChoices)

    async def show(self, call: DeskCall) -> Response:
        """`GET /insights/dashboards?…`: the page; `&figure=…&as=csv|parquet|json`: one of its figures."""
        form, zone = call.query("as", most=12), zone_of(call)
        problem, wanted = asked_for(call, strict=bool(form))
        dashboard = await call.read(lambda connection: read_dashboard(connection, wanted, call.now, zone))
        choices = await self.choices.of(call)
        languages = {option.value: option.label for option in choices.options["languages"]}
        figures = figures_of(dashboard, call.now, zone, languages)
        if form:
            return await figure_file(call, wanted, figures.get(call.query("figure")), form)
        earlier = dashboard.earlier
        values = await filter_values(call, wanted, self.choices, HERE)
        return call.render(
            "dashboard.html",
            status=400 if problem else 200,
            problem=problem,
            tiles=tile_groups(dashboard),
            counts=dashboard.counts,
            figures=figures,
            compared_with=compared_words(earlier.wanted, zone) if earlier else None,
            **values,
        )

    async def show_duties(self, call: DeskCall) -> Response:
        """`GET /insights/duties/{promises|follow_ups}?…&duty=late`: the rows behind these two figures."""
        kind, form = call.path("kind"), call.query("as", most=12)
        if kind not in KINDS:
            raise NotThere
        wanted = wanted_from(call)
        states = tuple(state for state in call.request.query_params.getlist("duty") if state in STATES)
        if form:
            call.demand(Right.EXPORT)
            rows = await call.read(lambda connection: read_duties(connection, wanted, kind, call.now, states=states))
            found = [tuple(getattr(row, column.name) for column in DUTY_COLUMNS) for row in rows]
            about = dict(described(wanted)) | ({"State": ", ".join(states)} if states else {})
            return await tables.answer(call, kind, DUTY_COLUMNS, found, form, about=about)

        def read(connection: Connection) -> tuple[Kept, list[Duty]]:
            newest = read_duties(connection, wanted, kind, call.now, states=states, most=MOST_SHOWN)
            return count_duties(connection, wanted, kind, call.now), newest

        kept, rows = await call.read(read)
        queries = {
            "&".join(part for part in (query_of(wanted), *(f"duty={one}" for one in chosen)) if part): label
            for label, chosen in {"All": (), **{label: (state,) for state, label in STATES.items()}}.items()
        }
        return call.render(
            "duties.html",
            kind=kind,
            heading=TITLES[kind],
            rows=rows,
            total=sum(count for state, count in kept.counts.items() if not states or state in states),
            states=STATES,
            chosen=states,
            queries=queries,
            **await filter_values(call, wanted, self.choices, f"{DUTIES}/{kind}"),
        )


def asked_for(call: DeskCall, *, strict: bool = False) -> tuple[str | None, Wanted]:
    """What is wrong with the filter of an address, and the filter: that of the last 30 days where it is wrong.

    Args:
        strict: nothing is answered instead of what was asked for: raises `Refused`.
    """
    if strict:
        return None, wanted_from(call)
    try:
        return None, wanted_by(call)
    except FilterError as error:
        return str(error), default_period(zone_of(call), call.now)


def compared_words(earlier: Wanted, zone: ZoneInfo) -> str:
    """The period before in words; where it was cut short, as this one is not over, up to which time of day."""
    assert earlier.until is not None
    ends = earlier.until.astimezone(zone)
    return period_words(earlier) + (f", up to {ends:%H:%M}" if ends.time() != time() else "")


async def filter_values(call: DeskCall, wanted: Wanted, known: KnownChoices, here: str) -> dict[str, Any]:
    """What the filter above a page needs, and how figures look."""
    choices = await known.of(call)
    return {
        "wanted": wanted,
        "choices": choices,
        "chips": chips(wanted, choices.names),
        "narrowed": is_narrowed(wanted),
        "query": query_of(wanted),
        "periods": PERIODS,
        "weekdays": WEEKDAYS,
        "period": period_words(wanted),
        "here": here,
        "may_save": call.may(Right.EXPORT),
        "days": days_of(wanted),
        **LOOKS,
    }


async def figure_file(call: DeskCall, wanted: Wanted, drawn: Drawn | None, form: str) -> Response:
    """A figure as a file: exactly what is drawn; or, for scripts, as JSON.

    Raises:
        NotThere: there is no such figure.
    """
    if drawn is None:
        raise NotThere
    if form == "json":
        return JSONResponse(drawn.data(), headers=HEADERS)
    call.demand(Right.EXPORT)
    return await tables.answer(call, drawn.name, drawn.columns, drawn.rows, form, about=dict(described(wanted)))
