"""How many follow-ups of low ratings were closed in time, of conversations that a filter wants."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.insights.csat import Filter, read_extras, summarize_nps
from bot.insights.filters import wanted_of
from bot.insights.follow_ups import follow_up_figures, read_follow_ups, summarize_follow_ups
from bot.storage.database import Database
from bot.storage.insight_tables import conversation_facts
from bot.storage.tables import follow_ups, surveys
from tests.conftest import Clock
from tests.integration.insights.recorded import START, Recorder
from tests.support.insight_house import InsightHouse

pytestmark = pytest.mark.integration


@pytest.fixture
def house(database: Database, clock: Clock, new_id: Callable[[], str]) -> InsightHouse:
    return InsightHouse(database, clock, new_id, features=[])


def _ended(house: InsightHouse) -> list[str]:
    house.filled(40)
    return [row.conversation_id for row in house.facts(conversation_facts.c.survey_state.is_not(None))]


def test_the_figures_are_of_the_conversations_that_are_wanted(house, clock) -> None:
    ended = _ended(house)[:6]
    now = clock.now

    def work(connection: Connection) -> None:
        connection.execute(sa.delete(follow_ups))
        known = {
            row.conversation_id: row.id
            for row in connection.execute(sa.select(surveys.c.conversation_id, surveys.c.id))
        }
        for number, conversation in enumerate(ended):
            closed = now - timedelta(hours=number) if number % 2 else None
            connection.execute(
                sa.insert(follow_ups).values(
                    id=f"f{number}",
                    survey_id=known[conversation],
                    conversation_id=conversation,
                    state="closed" if closed else "open",
                    outcome="explained" if closed else None,
                    created_at=now - timedelta(days=2),
                    due_at=now - timedelta(hours=2),
                    closed_at=closed,
                )
            )
        telegram = conversation_facts.c.conversation_id.in_(ended[:3])
        connection.execute(sa.update(conversation_facts).values(channel="web"))
        connection.execute(sa.update(conversation_facts).where(telegram).values(channel="telegram"))

    house.database.write_now(work)
    every, some = [
        house.database.read_now(
            lambda connection, query=query: follow_up_figures(connection, wanted_of(query, house.zone, now), now)
        )
        for query in ("period=all", "period=all&channel=telegram")
    ]
    assert (every.all, every.in_time, every.late, every.overdue) == (6, 2, 1, 3)
    assert (some.all, some.in_time, some.late, some.overdue) == (3, 0, 1, 2)
    assert (every.share, some.share) == (pytest.approx(1 / 3), 0.0)
    assert every.outcomes == {"explained": 3}


def test_the_commands_filter_leaves_the_same_surveys_everywhere(database) -> None:
    def work(connection: Connection) -> None:
        recorder = Recorder(connection)
        for channel, score in (("web", 1), ("telegram", 2), ("web", 5)):
            recorder.promoter(recorder.conversation(survey="answered", score=score, channel=channel))

    database.write_now(work)
    for wanted, follow_ups_found, extras in (
        (Filter(), 2, 3),
        (Filter(channel="web"), 1, 2),
        (Filter(until=START), 0, 0),
    ):
        found = database.read_now(lambda connection, wanted=wanted: read_follow_ups(connection, wanted))
        asked = database.read_now(lambda connection, wanted=wanted: read_extras(connection, wanted))
        assert summarize_follow_ups(found, START).undated == follow_ups_found
        assert summarize_nps(asked).answered == extras
