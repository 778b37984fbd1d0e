"""Every number of every figure is the number of rows that its link opens, on both databases and under any filter."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.insights.csat import Filter
from bot.insights.figures.counting import count_all, count_by_day, count_by_group, together
from bot.insights.figures.dashboard import figures_of, read_dashboard, tile_groups
from bot.insights.figures.drawn import Drawn
from bot.insights.figures.duties import KINDS, STATES, count_duties, read_duties
from bot.insights.figures.helping import drawn_articles, read_helped
from bot.insights.figures.journey import drawn_journey, journey_of, read_paths
from bot.insights.figures.periods import before
from bot.insights.figures.times import read_times
from bot.insights.filters import Wanted, conditions, wanted_of
from bot.insights.follow_ups import read_follow_ups
from bot.insights.pages.list_reading import count_of
from bot.storage.case_tables import cases
from bot.storage.database import Database
from bot.storage.insight_tables import conversation_facts as facts
from bot.storage.tables import follow_ups, surveys
from tests.conftest import Clock
from tests.support.insight_house import InsightHouse

FILTERS = [
    "period=all",
    "period=30d",
    "since=2016-03-03&until=2026-03-02",
    "period=30d&channel=web&score=4&score=5",
    "period=all&topic=shipping&outcome=confirmed&outcome=assumed",
    "period=all&with=rated&hour=9",
    "period=7d&language=de&fallback=no",
    "period=all&step=1:answered",
    "period=all&topic=no_such_topic",
]


@pytest.fixture
def house(database: Database, clock: Clock, new_id: Callable[[], str]) -> InsightHouse:
    """Sixty conversations of the last 25 days, with all that a figure can be of."""
    made = InsightHouse(database, clock, new_id)
    ids = made.filled(160, days=45)
    chance = random.Random(11)

    def more(connection: Connection) -> None:
        for conversation_id in ids:
            values = {
                "nps": chance.choice((None, 0, 7, 10)),
                "ces": chance.choice((None, 1, 6)),
                "person_seconds": chance.choice((None, 30.0, 600.5)),
                "about": chance.choice(("bot", "agent")),
            }
            if chance.random() < 0.1:  # some are still going on
                values |= {"state": "open", "outcome": None, "ended_at": None, "end_reason": None}
            row = facts.c.conversation_id == conversation_id
            connection.execute(sa.update(facts).where(row).values(**values))

    made.database.write_now(more)
    return made


def asked(house: InsightHouse, query: str) -> Wanted:
    return wanted_of(query, house.zone, house.clock())


def rows_of(house: InsightHouse, query: str) -> int:
    """How many conversations the list shows for an address."""
    wanted = asked(house, query)
    return house.database.read_now(lambda connection: count_of(connection, wanted))


def check(house: InsightHouse, drawn: Drawn) -> int:
    """Follows every link of a figure; how many there were."""
    names = [one.name for one in drawn.fields]
    links = [(drawn.n, drawn.opens)] if drawn.opens is not None else []
    for line in drawn.lines:
        links += [(line.values[names.index(name)], query) for name, query in line.opens.items()]
    found = house.database.read_now(
        lambda connection: [count_of(connection, asked(house, query)) for _, query in links]
    )
    wrong = [(drawn.name, told, rows, query) for (told, query), rows in zip(links, found, strict=True) if told != rows]
    assert wrong == []
    return len(links)


@pytest.mark.parametrize("query", FILTERS)
def test_every_figure_counts_the_rows_that_it_opens(house: InsightHouse, query: str) -> None:
    wanted = asked(house, query)
    dashboard = house.database.read_now(lambda c: read_dashboard(c, wanted, house.clock(), house.zone))
    figures = figures_of(dashboard, house.clock(), house.zone)
    links = sum(check(house, drawn) for drawn in figures.values() if drawn.name != "waits")
    check(house, replace(figures["waits"], opens=None))
    if query == "period=all":
        assert links > 300
    for tile in (tile for tiles in tile_groups(dashboard).values() for tile in tiles):
        if tile.opens is not None and "/duties/" not in tile.page:
            assert rows_of(house, tile.opens) == tile.n, tile.name


@pytest.mark.parametrize("query", FILTERS)
def test_every_stream_counts_the_rows_that_it_opens(house: InsightHouse, query: str) -> None:
    wanted = asked(house, query)
    paths = house.database.read_now(lambda connection: read_paths(connection, wanted))
    drawn = drawn_journey(journey_of(paths, wanted), wanted)
    check(house, drawn)
    assert all(line.opens for line in drawn.lines)


def test_streams_through_other_and_further_steps_open_their_rows(house: InsightHouse) -> None:
    chance = random.Random(4)

    def scatter(connection: Connection) -> None:
        ids = connection.execute(sa.select(facts.c.conversation_id)).scalars().all()
        for number, conversation_id in enumerate(ids):
            topic = f"topic_{number % 11}"
            steps = [topic, *(f"step {chance.randrange(12)}" for _ in range(chance.randrange(8)))]
            row = facts.c.conversation_id == conversation_id
            connection.execute(sa.update(facts).where(row).values(topic=topic, steps=steps))

    house.database.write_now(scatter)
    wanted = asked(house, "period=all")
    paths = house.database.read_now(lambda connection: read_paths(connection, wanted))
    drawn = drawn_journey(journey_of(paths, wanted), wanted)
    assert {"Other steps", "Further steps"} <= {line.values[3] for line in drawn.lines}
    assert "Other topics" in {line.values[1] for line in drawn.lines}
    check(house, drawn)


def test_a_journey_that_is_filtered_by_steps_in_a_row_opens_nothing_wrong(house: InsightHouse) -> None:
    wanted = asked(house, "period=all&step=answered")
    paths = house.database.read_now(lambda connection: read_paths(connection, wanted))
    drawn = drawn_journey(journey_of(paths, wanted), wanted)
    assert drawn.lines
    assert not any(line.opens for line in drawn.lines)
    assert check(house, drawn) == 1  # all of it together


def test_days_and_groups_add_up_to_the_whole(house: InsightHouse) -> None:
    wanted = asked(house, "period=all")

    def work(connection: Connection) -> None:
        whole = count_all(connection, wanted)
        assert together(count_by_day(connection, wanted).values()) == whole
        assert sum(whole.outcomes.values()) == whole.ended
        assert sum(whole.scores.values()) == whole.rated > 0
        groups = count_by_group(connection, wanted)
        for name in ("channel", "language", "topic"):
            assert sum(one.rated for one in groups[name].values()) == whole.rated
            assert sum(one.asked for one in groups[name].values()) == whole.asked
        # A release answers for the assistant alone, a person for what people were rated for.
        assert sum(one.rated for one in groups["release"].values()) == groups["about"]["bot"].rated > 0
        people = count_all(connection, asked(house, "period=all&with=about_agent&with=rated"))
        assert people.rated == groups["about"]["agent"].rated > 0
        assert whole.rated == groups["about"]["bot"].rated + people.rated

    house.database.read_now(work)


def test_an_exempt_survey_counts_as_not_asked(house: InsightHouse) -> None:
    wanted = asked(house, "period=all")
    earlier = house.database.read_now(lambda connection: count_all(connection, wanted))
    one = house.facts(facts.c.asked.is_(True), facts.c.score.is_(None))[0].conversation_id
    house.does(sa.update(facts).where(facts.c.conversation_id == one).values(survey_state="exempt"))
    assert house.database.read_now(lambda connection: count_all(connection, wanted)).asked == earlier.asked - 1


def test_the_period_before_holds_the_rows_just_before(house: InsightHouse) -> None:
    wanted = asked(house, "period=7d")
    assert wanted.since is not None
    assert wanted.until is not None
    earlier = before(wanted, house.zone, wanted.until)
    assert earlier is not None
    rows = house.facts(facts.c.at < wanted.since, facts.c.at >= wanted.since - timedelta(days=7))
    found = house.database.read_now(lambda connection: count_all(connection, earlier))
    assert found.conversations == len(rows) > 0


def test_medians_are_those_of_the_rows(house: InsightHouse) -> None:
    wanted = asked(house, "period=all&channel=web")
    found = {one.name: one for one in house.database.read_now(lambda connection: read_times(connection, wanted))}
    values = sorted(row.person_seconds for row in house.facts(*conditions(wanted)) if row.person_seconds is not None)
    assert found["person"].n == len(values) > 2
    middle = (len(values) - 1) / 2
    between = values[int(middle)] + (values[-int(-middle // 1)] - values[int(middle)]) * (middle % 1)
    assert found["person"].median == pytest.approx(between)
    assert found["person"].mean == pytest.approx(sum(values) / len(values))


def test_promises_and_follow_ups_are_counted_as_they_are_listed(house: InsightHouse) -> None:
    now, chance = house.clock(), random.Random(2)
    ids = [row.conversation_id for row in house.facts()]
    by_survey = sa.select(surveys.c.conversation_id, surveys.c.id)
    by_conversation = house.database.read_now(
        lambda connection: {row[0]: row[1] for row in connection.execute(by_survey)}
    )

    def write(connection: Connection) -> None:
        for number, one in enumerate(ids):
            opened = now - timedelta(hours=chance.randrange(60))
            due = opened + timedelta(hours=16)
            done = chance.choice((None, opened + timedelta(hours=2), due, due + timedelta(seconds=1)))
            plain = {"id": f"k{number}", "key": f"k{number}", "conversation_id": one, "kind": "late", "items": []}
            state = {"status": "done" if done else "open", "opened_at": opened, "due_at": due, "done_at": done}
            connection.execute(sa.insert(cases).values(**plain, **state, level="verified", words=""))
            if one in by_conversation:
                low = {"id": f"f{number}", "survey_id": by_conversation[one], "conversation_id": one}
                dates = {"created_at": opened, "due_at": chance.choice((due, None)), "closed_at": done}
                closed = "closed" if done else "open"
                connection.execute(sa.insert(follow_ups).values(**low, **dates, state=closed))

    house.database.write_now(write)
    wanted = asked(house, "period=all&channel=web")

    def compare(connection: Connection) -> None:
        for kind in KINDS:
            kept = count_duties(connection, wanted, kind, now)
            assert kept.total > 0
            listed = read_duties(connection, wanted, kind, now)
            assert len(listed) == kept.total
            for state in STATES:
                rows = read_duties(connection, wanted, kind, now, states=[state])
                assert len(rows) == kept.counts[state]
                assert {row.state for row in rows} <= {state}
        told = read_follow_ups(connection, Filter(channel="web"), now)
        kept = count_duties(connection, wanted, "follow_ups", now)
        assert {state: getattr(told, state) for state in STATES} == kept.counts
        assert (told.share, told.all) == (kept.in_time.value, kept.total)

    house.database.read_now(compare)


def test_articles_are_counted_under_the_same_filter(house: InsightHouse) -> None:
    wanted = asked(house, "period=30d&channel=web")
    helped = house.database.read_now(lambda connection: read_helped(connection, wanted))
    assert [one.slug for one in helped] == ["shipping-abroad"]
    check(house, drawn_articles(wanted, helped))
