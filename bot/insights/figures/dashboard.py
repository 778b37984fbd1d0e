"""All figures of the dashboard under one filter: read in a few queries, then put into the order of the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.insights.figures.counting import Counts, count_all, count_by_day, count_by_group, together
from bot.insights.figures.drawn import Drawn
from bot.insights.figures.duties import KINDS, Kept, count_duties
from bot.insights.figures.periods import axis_of, before, folded
from bot.insights.figures.results import outcomes_over_time, outcomes_together, rhythm, waits
from bot.insights.figures.rhythm import read_rhythm
from bot.insights.figures.satisfaction import GROUPS, by_group, csat_over_time, distribution, response_over_time
from bot.insights.figures.tiles import (
    Tile,
    drawn_tiles,
    duty_tiles,
    outcome_tiles,
    satisfaction_tiles,
    waiting_tiles,
)
from bot.insights.figures.times import Waiting, read_times
from bot.insights.filters import Wanted
from bot.storage.tables import agents


@dataclass(frozen=True, slots=True)
class Earlier:
    """What there was in the period of equal length before."""

    wanted: Wanted
    counts: Counts
    times: Sequence[Waiting]
    duties: dict[str, Kept]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """All that was read."""

    wanted: Wanted
    by_day: Mapping[str, Counts]
    groups: Mapping[str, Mapping[str, Counts]]
    times: Sequence[Waiting]
    rhythm: Mapping[tuple[int, int], int]
    duties: dict[str, Kept]
    people: Mapping[str, str]
    earlier: Earlier | None

    @property
    def counts(self) -> Counts:
        """Of the whole period."""
        return together(self.by_day.values())


def read_dashboard(connection: Connection, wanted: Wanted, now: datetime, zone: ZoneInfo) -> Dashboard:
    """Read everything that the page shows.

    Args:
        zone: the shop's, in which days begin.
    """
    groups = count_by_group(connection, wanted)
    people = connection.execute(sa.select(agents.c.id, agents.c.name).where(agents.c.id.in_([*groups["agent"]])))
    return Dashboard(
        wanted,
        count_by_day(connection, wanted),
        groups,
        read_times(connection, wanted),
        read_rhythm(connection, wanted),
        {kind: count_duties(connection, wanted, kind, now) for kind in KINDS},
        {row.id: row.name for row in people},
        read_earlier(connection, before(wanted, zone, now), now),
    )


def read_earlier(connection: Connection, wanted: Wanted | None, now: datetime) -> Earlier | None:
    """What there was in another period, as far as it is compared; None where there is no such period."""
    if wanted is None:
        return None
    return Earlier(
        wanted,
        count_all(connection, wanted),
        read_times(connection, wanted),
        {kind: count_duties(connection, wanted, kind, now) for kind in KINDS},
    )


def tile_groups(dashboard: Dashboard) -> dict[str, list[Tile]]:
    """The figures at a glance under their headings, in the order of the page."""
    wanted, earlier = dashboard.wanted, dashboard.earlier
    counts, then = dashboard.counts, earlier.counts if earlier else None
    return {
        "Satisfaction": satisfaction_tiles(wanted, counts, then),
        "What became of them": outcome_tiles(wanted, counts, then),
        "Waiting and promises": [
            *waiting_tiles(wanted, dashboard.times, earlier.times if earlier else None),
            *duty_tiles(wanted, dashboard.duties, earlier.duties if earlier else None),
        ],
    }


def figures_of(
    dashboard: Dashboard, today: datetime, zone: ZoneInfo, languages: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Drawn]:
    """The figures with charts and tables by name, in the order of the page.

    Args:
        languages: what they are called, by code.
    """
    wanted, counts = dashboard.wanted, dashboard.counts
    grain, spans = axis_of(wanted, dashboard.by_day, today.astimezone(zone).date(), zone)
    series = folded(spans, dashboard.by_day)
    over_time: list[Callable[..., Drawn]] = [csat_over_time, outcomes_over_time, response_over_time]
    csat, outcomes, response = (make(wanted, grain, spans, series, zone) for make in over_time)
    called = {"agent": dashboard.people, "language": languages}
    groups = [by_group(wanted, name, dashboard.groups[name], called.get(name, {})) for name in GROUPS]
    found = [
        csat,
        distribution(wanted, counts),
        response,
        outcomes,
        outcomes_together(wanted, counts),
        waits(wanted, dashboard.times, dashboard.earlier.times if dashboard.earlier else None),
        *groups,
        rhythm(wanted, dashboard.rhythm),
        drawn_tiles([tile for tiles in tile_groups(dashboard).values() for tile in tiles]),
    ]
    return {one.name: one for one in found}
