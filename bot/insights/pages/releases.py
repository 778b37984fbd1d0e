"""Release by release: what conversations came to, and which test dialogues pass that did not, or no longer."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from bot.desk.pages import DeskCall, page
from bot.desk.tools import DeskTools, NavItem
from bot.insights.facts.outcomes import OUTCOMES
from bot.insights.filters import Wanted, query_of
from bot.insights.learning.releases import Release, read_releases
from bot.insights.out import tables
from bot.insights.out.tables import Column
from bot.staff.rights import Right

HERE = "/insights/releases"
COLUMNS = (
    Column("release"),
    Column("first_used", "moment"),
    Column("last_used", "moment"),
    *(Column(name, "integer") for name in ("conversations", "ended", *OUTCOMES, "rated")),
    *(Column(name, "number") for name in ("csat", "csat_low", "csat_high")),
    Column("with_fallback", "integer"),
    Column("fallback_rate", "number"),
    Column("tests_passed", "integer"),
    Column("tests_failed", "integer"),
    Column("tested_at", "moment"),
)
NAV = (NavItem("Releases", HERE, "release", Right.INSIGHTS, order=75),)


def routes(tools: DeskTools) -> list[Route]:
    """Of releases."""
    return [Route(HERE, page(tools, Right.INSIGHTS, show))]


async def show(call: DeskCall) -> Response:
    """`GET /insights/releases`: all of them, the newest first; `?as=csv|parquet`: as a file, a row each."""
    releases = await call.read(read_releases)
    if form := call.query("as", most=12):
        call.demand(Right.EXPORT)
        return await tables.answer(call, "releases", COLUMNS, [row_of(release) for release in releases], form)
    may_save = call.may(Right.EXPORT) and bool(releases)
    return call.render("releases.html", releases=releases, rows_of=rows_of, may_save=may_save, here=HERE)


def row_of(release: Release) -> dict[str, object]:
    """A release as a row of a file."""
    used, run = release.used, release.run
    row: dict[str, object] = {"release": release.name}
    if used:
        row |= {"first_used": used.first, "last_used": used.last, "conversations": used.conversations}
        row |= {"ended": used.ended, **used.outcomes, "rated": used.csat.n, "csat": used.csat.value}
        row |= {"csat_low": used.csat.low, "csat_high": used.csat.high}
        row |= {"with_fallback": used.fallback.part, "fallback_rate": used.fallback.value}
    if run:
        row |= {"tests_passed": run.passed, "tests_failed": run.failed, "tested_at": run.at}
    return row


def rows_of(release: str, outcome: str = "") -> str:
    """The address of a release's conversations."""
    wanted = Wanted(releases=(release,), outcomes=(outcome,) if outcome else ())
    return f"/insights/conversations?{query_of(wanted)}"
