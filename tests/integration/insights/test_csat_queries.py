"""Which surveys a filter lets through, on real databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.engine import Connection

from bot.insights.csat import Filter, read_surveys, summarize
from bot.storage.database import Database
from tests.integration.insights.recorded import START, Recorder

pytestmark = pytest.mark.integration

DAY = timedelta(days=1)


def record(connection: Connection) -> None:
    recorder = Recorder(connection)
    recorder.conversation(survey="answered", score=5, comment="quick!")
    recorder.conversation(survey="expired")
    recorder.conversation(survey="answered", score=1, about="agent", channel="telegram")
    recorder.now = START + DAY
    recorder.conversation(survey="answered", score=4)
    recorder.conversation(survey="due")
    recorder.conversation(survey=None)


@pytest.mark.parametrize(
    ("wanted", "states", "asked"),
    [
        (Filter(), ["answered", "expired", "answered", "answered", "due"], 4),
        (Filter(since=START + DAY), ["answered", "due"], 1),
        (Filter(until=START + DAY), ["answered", "expired", "answered"], 3),
        (Filter(since=START, until=START + DAY, channel="web"), ["answered", "expired"], 2),
        (Filter(channel="telegram"), ["answered"], 1),
        (Filter(channel="carrier pigeon"), [], 0),
    ],
)
def test_a_filter_counts_answered_and_asked_alike(
    database: Database, wanted: Filter, states: list[str], asked: int
) -> None:
    database.write_now(record)

    rows = database.read_now(lambda connection: read_surveys(connection, wanted))

    assert [row.state for row in rows] == states
    assert summarize(rows).asked == asked


def test_a_response_comes_with_all_that_was_said(database: Database) -> None:
    database.write_now(record)

    first = database.read_now(lambda connection: read_surveys(connection, Filter()))[0]

    assert (first.score, first.comment, first.channel, first.about) == (5, "quick!", "web", "bot")
    assert first.answered_at is not None
    assert first.answered_at.utcoffset() == timedelta(0)
