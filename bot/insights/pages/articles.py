"""Help articles in figures: how often each was shown and what customers said of it, with how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.responses import Response
from starlette.routing import Route

from bot.desk.pages import DeskCall, page
from bot.desk.tools import DeskTools, NavItem
from bot.insights.figures.helping import drawn_articles, read_helped
from bot.insights.pages.asking import KnownChoices
from bot.insights.pages.dashboards import asked_for, figure_file, filter_values
from bot.staff.rights import Right

HERE = "/insights/articles"
NAV = (NavItem("Articles", HERE, "book", Right.INSIGHTS, "b", order=16),)


def routes(tools: DeskTools) -> list[Route]:
    """Of the articles."""
    return [Route(HERE, page(tools, Right.INSIGHTS, Articles().show))]


@dataclass
class Articles:
    """The handler."""

    choices: KnownChoices = field(default_factory=KnownChoices)

    async def show(self, call: DeskCall) -> Response:
        """`GET /insights/articles?…`: the page; `&figure=articles&as=csv|parquet|json`: its figure."""
        form = call.query("as", most=12)
        problem, wanted = asked_for(call, strict=bool(form))
        helped = await call.read(lambda connection: read_helped(connection, wanted))
        drawn = drawn_articles(wanted, helped)
        if form:
            return await figure_file(call, wanted, drawn if call.query("figure") == drawn.name else None, form)
        values = await filter_values(call, wanted, self.choices, HERE)
        return call.render("articles.html", status=400 if problem else 200, problem=problem, drawn=drawn, **values)
