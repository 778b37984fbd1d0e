"""How many follow-ups of low ratings were closed in time, of the surveys that `bellhop csat` is asked for."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.insights.csat import Filter, read_extras, summarize_nps
from bot.insights.follow_ups import FollowUpFigures, read_follow_ups
from bot.storage.database import Database
from bot.storage.tables import follow_ups
from tests.integration.insights.recorded import START, Recorder

pytestmark = pytest.mark.integration

NOW = START + timedelta(days=3)
DUE = NOW - timedelta(hours=1)
SECOND = timedelta(seconds=1)


def figures(database: Database, *dates: tuple[datetime | None, datetime | None]) -> FollowUpFigures:
    """Of follow-ups that were due, and closed, at those times."""

    def write(connection: Connection) -> None:
        recorder = Recorder(connection)
        for due, closed in dates:
            conversation = recorder.conversation(survey="answered", score=1)
            outcome = "explained" if closed else None
            connection.execute(
                sa.update(follow_ups)
                .where(follow_ups.c.conversation_id == conversation)
                .values(due_at=due, closed_at=closed, outcome=outcome, state="closed" if closed else "open")
            )

    database.write_now(write)
    return database.read_now(lambda connection: read_follow_ups(connection, Filter(), NOW))


@pytest.mark.parametrize(
    ("due", "closed", "state"),
    [
        (DUE, DUE - SECOND, "in_time"),
        (DUE, DUE, "in_time"),
        (DUE, DUE + SECOND, "late"),
        (DUE, None, "overdue"),
        (NOW, None, "overdue"),
        (NOW + SECOND, None, "waiting"),
        (NOW + timedelta(hours=5), NOW, "early"),
        (NOW + SECOND, NOW, "early"),
        (NOW, NOW, "in_time"),
        (None, NOW, "undated"),
        (None, None, "undated"),
    ],
)
def test_when_a_follow_up_is_in_time(
    database: Database, due: datetime | None, closed: datetime | None, state: str
) -> None:
    found = figures(database, (due, closed))
    assert (getattr(found, state), found.all) == (1, 1)


def test_the_share_is_of_what_has_come_due(database: Database) -> None:
    dates = [(DUE, DUE), (DUE, NOW), (DUE, None), (NOW + SECOND, None), (NOW + SECOND, NOW), (None, NOW)]
    found = figures(database, *dates)
    assert found.share == pytest.approx(1 / 3)
    assert found.outcomes == {"explained": 4}


def test_the_commands_filter_leaves_the_same_surveys_everywhere(database: Database) -> None:
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
        found = database.read_now(lambda connection, wanted=wanted: read_follow_ups(connection, wanted, START))
        asked = database.read_now(lambda connection, wanted=wanted: read_extras(connection, wanted))
        assert found.undated == follow_ups_found
        assert summarize_nps(asked).answered == extras
