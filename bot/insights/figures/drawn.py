"""A figure as a table that is drawn, shown and saved alike, with the filter that opens the rows behind each number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from bot.insights.csat import TOO_FEW
from bot.insights.filters import Wanted, query_of
from bot.insights.out.tables import Column

Kind = Literal["text", "day", "count", "share", "percent", "points", "seconds"]
_TYPES: Mapping[str, Any] = {"text": "text", "day": "day", "count": "integer"}  # anything else is a number
LISTED = ("channels", "languages", "topics", "outcomes", "agents", "releases", "articles", "states", "scores")
SINGLE = ("weekday", "hour", "fallback")


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its name in files, its name on the page, and what is in it.

    A `share` lies between 0 and 1 and is shown in per cent; a `percent` is one already.
    """

    name: str
    label: str
    kind: Kind = "count"


@dataclass(frozen=True, slots=True)
class Line:
    """One row, and for those of its cells that count conversations the query that opens just these."""

    values: tuple[Any, ...]
    opens: Mapping[str, str] = field(default_factory=dict)  # name of a field: query


@dataclass(frozen=True, slots=True)
class Drawn:
    """One figure.

    Attributes:
        n: how much it rests on, counted in `unit`.
        chart: what the page's script draws, by names of fields; None: the table is all there is.
        opens: the query of all rows behind it.
        notes: sentences below it.
    """

    name: str
    title: str
    n: int
    unit: str
    fields: tuple[Field, ...]
    lines: tuple[Line, ...]
    opens: str | None = None
    chart: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()
    wide: bool = False

    @property
    def few(self) -> bool:
        """Whether it rests on too little."""
        return self.n < TOO_FEW

    @property
    def columns(self) -> list[Column]:
        """Of a file."""
        return [Column(one.name, _TYPES.get(one.kind, "number")) for one in self.fields]

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        """Of a file."""
        return [line.values for line in self.lines]

    def data(self) -> dict[str, Any]:
        """What the page's script is given: just what the table shows."""
        return {
            "chart": self.chart,
            "title": self.title,
            "fields": [{"name": one.name, "label": one.label, "kind": one.kind} for one in self.fields],
            "rows": [list(line.values) for line in self.lines],
            "opens": [dict(line.opens) for line in self.lines],
        }


def opening(wanted: Wanted, has: tuple[str, ...] = (), **narrower: Any) -> str | None:
    """The query of what a filter lets through and is, besides, something more.

    Args:
        has: names of `HAVING`.
        narrower: fields of `Wanted`; lists keep only what `wanted` lets through too.

    Returns:
        None where that is nothing at all.
    """
    changes: dict[str, Any] = {}
    for name, value in narrower.items():
        present = getattr(wanted, name)
        if name in LISTED:
            value = tuple(one for one in value if one in present) if present else tuple(value)
            if not value:
                return None
        elif name in SINGLE and present is not None and present != value:
            return None
        changes[name] = value
    return query_of(replace(wanted, **changes), has=tuple(sorted({*wanted.has, *has})))


def opens(**queries: str | None) -> dict[str, str]:
    """What a line's cells open, without those that open nothing."""
    return {name: query for name, query in queries.items() if query is not None}
