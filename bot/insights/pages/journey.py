"""The journey map: how conversations went, from topic to rating; each stream opens its conversations."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.responses import Response
from starlette.routing import Route

from bot.desk.pages import DeskCall, page
from bot.desk.tools import DeskTools, NavItem
from bot.insights.figures.journey import drawn_journey, journey_of, read_paths
from bot.insights.pages.asking import KnownChoices
from bot.insights.pages.dashboards import asked_for, figure_file, filter_values
from bot.staff.rights import Right

HERE = "/insights/journey"
NAV = (NavItem("Journey", HERE, "journey", Right.INSIGHTS, "j", order=12),)


def routes(tools: DeskTools) -> list[Route]:
    """Of the journey map."""
    return [Route(HERE, page(tools, Right.INSIGHTS, JourneyMap().show))]


@dataclass
class JourneyMap:
    """The handler."""

    choices: KnownChoices = field(default_factory=KnownChoices)

    async def show(self, call: DeskCall) -> Response:
        """`GET /insights/journey?…`: the map; `&figure=journey&as=csv|parquet|json`: its streams."""
        form = call.query("as", most=12)
        problem, wanted = asked_for(call, strict=bool(form))
        paths = await call.read(lambda connection: read_paths(connection, wanted))
        journey = journey_of(paths, wanted)
        drawn = drawn_journey(journey, wanted)
        if form:
            return await figure_file(call, wanted, drawn if call.query("figure") == drawn.name else None, form)
        values = await filter_values(call, wanted, self.choices, HERE)
        return call.render(
            "journey.html", status=400 if problem else 200, problem=problem, journey=journey, drawn=drawn, **values
        )
