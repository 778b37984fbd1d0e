"""The list of conversations: filtered, sorted, page by page, and as a file; reading one is in `transcript`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.engine import Connection
from starlette.responses import Response
from starlette.routing import Route

from bot.desk.pages import DeskCall, NotThere, page
from bot.desk.tools import DeskTools, NavItem
from bot.insights.filters import (
    PERIODS,
    WEEKDAYS,
    Chip,
    FilterError,
    Wanted,
    chips,
    days_of,
    default_period,
    described,
    is_narrowed,
    query_of,
)
from bot.insights.out import tables
from bot.insights.pages.asking import KnownChoices, wanted_by, wanted_from, zone_of
from bot.insights.pages.list_files import COLUMNS, batch_for_file
from bot.insights.pages.list_reading import SORTS, Page, count_of, read_page, sort_of
from bot.insights.pages.saved_reading import saved_for
from bot.insights.pages.seeing import Eyes, eyes_of
from bot.insights.pages.streaming import streamed
from bot.staff.rights import Right

HERE = "/insights/conversations"
NAV = (NavItem("Conversations", HERE, "list", Right.INSIGHTS, "c", order=20),)
MOST_WIDENINGS = 8
FILE_BATCH = 1000  # rows of facts, without anything that was said


@dataclass(frozen=True, slots=True)
class Widening:
    """A way to find something after all: without one thing, and how many there would be."""

    chip: Chip
    count: int


def routes(tools: DeskTools) -> list[Route]:
    """Of the list."""
    return [Route(HERE, page(tools, Right.INSIGHTS, ConversationList().show))]


@dataclass
class ConversationList:
    """The handler of the list."""

    choices: KnownChoices = field(default_factory=KnownChoices)

    async def show(self, call: DeskCall) -> Response:
        """`GET /insights/conversations?…`: the list; `&as=csv|parquet`: all of it as a file."""
        if form := call.query("as", most=12):
            return await _file(call, wanted_from(call), sort_of(call.query("sort")), form)
        problem = None
        try:
            wanted = wanted_by(call)
        except FilterError as error:
            problem, wanted = str(error), default_period(zone_of(call), call.now)
        sort = sort_of(call.query("sort"))
        values = await self._values(call, wanted, sort)
        shown: dict[str, Any] = values | {"problem": problem, "said": call.query("said", most=20)}
        status = 400 if problem else 200
        if call.is_htmx:
            address = f"{HERE}?{list_query(wanted, sort)}"
            return call.fragment(
                "conversation_list.html", block="found", status=200, headers={"HX-Push-Url": address}, **shown
            )
        return call.render("conversation_list.html", status=status, **shown)

    async def _values(self, call: DeskCall, wanted: Wanted, sort: str) -> dict[str, Any]:
        choices = await self.choices.of(call)
        after, before = call.query("after"), call.query("before")

        def read(connection: Connection) -> dict[str, Any]:
            found = read_page(connection, wanted, sort, after=after, before=before)
            count = count_of(connection, wanted)
            return {
                "page": found,
                "count": count,
                "widenings": [] if count else _widenings(connection, wanted, choices.names),
                "saved": saved_for(connection, call.agent.id, eyes_of(call)),
            }

        query, eyes = query_of(wanted), eyes_of(call)
        values = await call.read(read)
        values["page"] = _seen(values["page"], eyes)
        return values | {
            "wanted": wanted,
            "choices": choices,
            "chips": chips(wanted, choices.names),
            "narrowed": is_narrowed(wanted),
            "query": query,
            "list_query": list_query(wanted, sort),
            "sort": sort,
            "sorts": [(name, label, list_query(wanted, name)) for name, label in SORTS.items()],
            "periods": PERIODS,
            "weekdays": WEEKDAYS,
            "days": days_of(wanted),
            "eyes": eyes,
            "here": HERE,
        }


def _seen(page: Page, eyes: Eyes) -> Page:
    """A page of the list as its reader may see it: with all that the customers are called hidden."""
    if eyes.clear:
        return page
    listed = [
        replace(one, said=eyes.text(one.said or "", *one.names), comment=eyes.text(one.comment or "", *one.names))
        for one in page.listed
    ]
    return replace(page, listed=listed)


def list_query(wanted: Wanted, sort: str) -> str:
    """The query of the list: its filter and how it is sorted."""
    query = query_of(wanted)
    return query if sort == "newest" else "&".join(part for part in (query, urlencode({"sort": sort})) if part)


async def _file(call: DeskCall, wanted: Wanted, sort: str, form: str) -> Response:
    call.demand(Right.EXPORT)
    if form not in tables.FORMS:
        raise NotThere
    about = dict(described(wanted))
    count = await call.read(lambda connection: count_of(connection, wanted))
    await tables.note_export(call, "conversations", form, count, about)

    def read(connection: Connection, after: str | None) -> tuple[Sequence[tables.Row], str | None]:
        return batch_for_file(connection, wanted, sort, after, size=FILE_BATCH)

    return streamed(call, "conversations", form, COLUMNS, read, about)


def _widenings(connection: Connection, wanted: Wanted, names: Mapping[str, str]) -> Sequence[Widening]:
    """What would find something, the most first."""
    found = [Widening(chip, count_of(connection, chip.rest)) for chip in chips(wanted, names)[:MOST_WIDENINGS]]
    return sorted((one for one in found if one.count), key=lambda one: -one.count)
