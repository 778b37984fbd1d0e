"""How long customers waited, in seconds: medians and ninetieth percentiles, since a mean tells of nobody."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.insights.csat import TOO_FEW
from bot.insights.filters import Wanted, conditions
from bot.storage.insight_tables import conversation_facts as facts

# What is measured, by the name under which `having` knows the conversations in which it was.
MEASURED: Mapping[str, sa.ColumnElement[float | None]] = {
    "first_answer": facts.c.first_answer_seconds,
    "person": facts.c.person_seconds,
    "resolution": facts.c.resolution_seconds,
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One of the times over some conversations; None where none was measured."""

    name: str
    n: int
    median: float | None
    p90: float | None
    mean: float | None

    @property
    def few(self) -> bool:
        """Whether it says little."""
        return self.n < TOO_FEW


def read_times(connection: Connection, wanted: Wanted) -> list[Waiting]:
    """All three; percentiles interpolate between neighbours, on both databases alike."""
    if connection.dialect.name == "postgresql":
        return _by_database(connection, wanted)
    query = sa.select(*MEASURED.values()).where(*conditions(wanted))
    cursor = connection.execute(query).cursor  # the driver's own: a hundred thousand rows cost half of the time
    found = cursor.fetchall() if cursor is not None else []
    rows = np.array(found, dtype=float).reshape(-1, len(MEASURED))
    return [_waiting(name, rows[:, place]) for place, name in enumerate(MEASURED)]


def _by_database(connection: Connection, wanted: Wanted) -> list[Waiting]:
    figures = [
        figure
        for column in MEASURED.values()
        for figure in (
            sa.func.count(column),
            sa.func.percentile_cont(0.5).within_group(column),
            sa.func.percentile_cont(0.9).within_group(column),
            sa.func.avg(column),
        )
    ]
    row = connection.execute(sa.select(*figures).where(*conditions(wanted))).one()
    return [Waiting(name, row[4 * place], *(row[4 * place + 1 : 4 * place + 4])) for place, name in enumerate(MEASURED)]


def _waiting(name: str, values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Waiting:
    values = values[~np.isnan(values)]
    if values.size == 0:
        return Waiting(name, 0, None, None, None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # an empty or infinite figure is a mistake, not a footnote
        median, p90 = np.percentile(values, [50, 90])
    return Waiting(name, int(values.size), float(median), float(p90), float(values.mean()))
