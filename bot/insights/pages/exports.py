"""Taking data out: what, of which conversations, in which form; looked at first, then streamed into a file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
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
    FilterError,
    Wanted,
    chips,
    days_of,
    default_period,
    query_of,
)
from bot.insights.out.exporting import WHATS, Batch, Export, Place
from bot.insights.out.tables import FORMS, Column, Row, note_export
from bot.insights.pages.asking import KnownChoices, wanted_by, wanted_from, zone_of
from bot.insights.pages.streaming import BATCH, streamed
from bot.staff.rights import Right

HERE = "/insights/exports"
NAV = (NavItem("Exports", HERE, "download", Right.EXPORT, "x", order=80),)
EXAMPLES = 3
LONGEST_EXAMPLE = 60


@dataclass(frozen=True, slots=True)
class Shown:
    """A column, and what is in it in the first rows."""

    column: Column
    examples: Sequence[str]


def routes(tools: DeskTools) -> list[Route]:
    """Of taking data out."""
    return [
        Route(HERE, page(tools, Right.EXPORT, Exports().show)),
        Route(f"{HERE}/file", page(tools, Right.EXPORT, download)),
    ]


@dataclass
class Exports:
    """The handler of the page."""

    choices: KnownChoices = field(default_factory=KnownChoices)

    async def show(self, call: DeskCall) -> Response:
        """`GET /insights/exports?what=&as=&identifiers=&…`: what it would be."""
        problem = None
        try:
            wanted = wanted_by(call)
        except FilterError as error:
            problem, wanted = str(error), default_period(zone_of(call), call.now)
        export, form = _asked(call, wanted)

        def read(connection: Connection) -> tuple[int, Batch]:
            return export.count(connection), export.batch(connection, size=EXAMPLES)

        choices = await self.choices.of(call)
        count, first = await call.read(read)
        query = "&".join(part for part in (_query(export, form), query_of(wanted)) if part)
        values: dict[str, Any] = {
            "problem": problem,
            "wanted": wanted,
            "choices": choices,
            "chips": chips(wanted, choices.names),
            "periods": PERIODS,
            "weekdays": WEEKDAYS,
            "days": days_of(wanted),
            "export": export,
            "whats": WHATS,
            "form": form,
            "count": count,
            "columns": _shown(export, first),
            "of_export": _query(export, form),
            "address": f"{HERE}/file?{query}",
            "here": HERE,
        }
        if call.is_htmx:
            headers = {"HX-Push-Url": f"{HERE}?{query}"}
            return call.fragment("exports.html", block="found", headers=headers, **values)
        return call.render("exports.html", status=400 if problem else 200, **values)


async def download(call: DeskCall) -> Response:
    """`GET /insights/exports/file?what=&as=&identifiers=&…`: the file, sent while it is made."""
    export, form = _asked(call, wanted_from(call))
    count = await call.read(export.count)
    about = export.about(call.now)
    await note_export(call, export.what, form, None, about, conversations=count)

    def read(connection: Connection, after: Place | None) -> tuple[Sequence[Row], Place | None]:
        batch = export.batch(connection, after, size=BATCH)
        return batch.rows, batch.place

    return streamed(call, export.what, form, export.columns, read, about)


def _asked(call: DeskCall, wanted: Wanted) -> tuple[Export, str]:
    """What is asked for, and in which form. Raises `Refused` where it is not there, or not for them."""
    what, form = call.query("what", WHATS[0], most=20), call.query("as", "csv", most=12)
    if what not in WHATS or form not in FORMS:
        raise NotThere
    clear = call.query("identifiers", most=10) == "shown"
    if clear:
        call.demand(Right.SEE_IDENTIFIERS)
    return Export(what, wanted, not clear, call.tools.settings.order_number_pattern), form


def _query(export: Export, form: str) -> str:
    identifiers = {} if export.masked else {"identifiers": "shown"}
    return urlencode({"what": export.what, "as": form, **identifiers})


def _shown(export: Export, first: Batch) -> list[Shown]:
    return [
        Shown(column, [_example(row[number]) for row in first.rows[:EXAMPLES]])
        for number, column in enumerate(export.columns)
    ]


def _example(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat(timespec="seconds")
        case list() | dict():
            value = json.dumps(value, ensure_ascii=False)
    text = str(value)
    return text if len(text) <= LONGEST_EXAMPLE else f"{text[:LONGEST_EXAMPLE]}…"
