"""Exports of conversations and messages: the rows a filter means, in batches, masked or not."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.insights.filters import Wanted, wanted_of
from bot.insights.out.exporting import Export, columns_of
from bot.insights.out.tables import table_file
from bot.storage.insight_tables import conversation_facts as facts
from bot.storage.tables import customers, messages, surveys
from tests.support.insight_rows import plausible

ZONE = ZoneInfo("Europe/London")
EVERYTHING = Wanted()


@pytest.fixture
def filled(database, clock):
    database.write_now(lambda connection: plausible(connection, 25, clock(), days=20))
    return database


def rows_of(database, export: Export, size: int = 500) -> list[dict]:
    """All rows, batch after batch."""
    names, found, place = [column.name for column in export.columns], [], None
    while True:
        batch = database.read_now(lambda connection, after=place: export.batch(connection, after, size=size))
        found += [dict(zip(names, row, strict=True)) for row in batch.rows]
        if (place := batch.place) is None:
            return found


@pytest.mark.parametrize("what", ["conversations", "messages"])
@pytest.mark.parametrize("size", [1, 7, 25, 500])
def test_batches_of_any_size_are_the_same_rows_in_order(filled, what, size) -> None:
    export = Export(what, EVERYTHING)
    rows = rows_of(filled, export, size)
    assert rows == rows_of(filled, export)
    assert filled.read_now(export.count) == 25
    ends = [row["conversation_id"] for row in rows]
    assert sorted(set(ends), key=ends.index) == list(
        filled.read_now(
            lambda connection: connection.execute(
                sa.select(facts.c.conversation_id).order_by(facts.c.at, facts.c.conversation_id)
            ).scalars()
        )
    )


def test_conversations_that_ended_at_the_same_moment_are_each_there_once(filled, clock) -> None:
    filled.write_now(lambda connection: connection.execute(sa.update(facts).values(at=clock())))
    rows = rows_of(filled, Export("conversations", EVERYTHING), 4)
    assert len({row["conversation_id"] for row in rows}) == len(rows) == 25


def test_messages_are_those_of_the_conversations_that_are_wanted_in_order(filled) -> None:
    wanted = wanted_of({"channel": "telegram", "period": "all"}, ZONE, rows_now(filled))
    chosen = {row["conversation_id"] for row in rows_of(filled, Export("conversations", wanted))}
    rows = rows_of(filled, Export("messages", wanted), 3)
    assert {row["conversation_id"] for row in rows} == chosen
    for conversation_id in chosen:
        numbers = [row["seq"] for row in rows if row["conversation_id"] == conversation_id]
        assert numbers == sorted(numbers)
        assert numbers[0] == 1


def rows_now(database):
    return database.read_now(
        lambda connection: connection.execute(sa.select(sa.func.max(facts.c.computed_at))).scalar_one()
    )


def test_a_filter_that_matches_nothing_gives_no_rows(filled) -> None:
    for what in ("conversations", "messages"):
        export = Export(what, Wanted(channels=("pigeon",)))
        assert rows_of(filled, export) == []
        assert filled.read_now(export.count) == 0


def test_what_tells_who_somebody_is_is_hidden_unless_it_is_wanted(filled) -> None:
    def work(connection) -> None:
        connection.execute(sa.update(customers).values(name="Mei Halasz"))
        connection.execute(sa.update(surveys).values(comment="Mei Halasz, mei@example.com"))
        said = "I am Mei Halasz, mei@example.com, order #W1234567"
        own = messages.c.author_kind == "customer"
        connection.execute(sa.update(messages).where(own).values(text=said, author_name="Mei Halasz"))

    filled.write_now(work)
    for what in ("conversations", "messages"):
        masked = str(rows_of(filled, Export(what, EVERYTHING)))
        assert not [word for word in ("Mei", "Halasz", "mei@", "W1234567") if word in masked]
        assert "[e-mail]" in masked
        assert "Mei Halasz, mei@example.com" in str(rows_of(filled, Export(what, EVERYTHING, masked=False)))


@pytest.mark.parametrize("what", ["conversations", "messages"])
def test_every_row_goes_into_both_forms(filled, what) -> None:
    export = Export(what, EVERYTHING)
    rows = rows_of(filled, export)
    assert table_file("csv", export.columns, rows).count(b"\r\n") == len(rows) + 1
    assert table_file("parquet", export.columns, rows).startswith(b"PAR1")
    types = {column.name: column.type for column in columns_of(what)}
    assert (
        types.items()
        >= {
            "conversations": {
                "counted_at": "moment",
                "day": "day",
                "steps": "json",
                "asked": "boolean",
                "score": "integer",
            },
            "messages": {"written_at": "moment", "seq": "integer", "confidence": "number", "latency_seconds": "number"},
        }[what].items()
    )


def test_an_export_says_how_it_was_made(clock) -> None:
    wanted = wanted_of({"since": "2026-03-01", "until": "2026-03-02", "score": "1"}, ZONE, clock())
    about = Export("messages", wanted).about(clock() + timedelta(hours=1))
    assert about["query"] == "since=2026-03-01&until=2026-03-02&score=1"
    assert about["identifiers"] == "masked"
    assert about["Score"] == "1"


def test_there_are_exports_of_two_things() -> None:
    with pytest.raises(ValueError, match="conversations and messages"):
        columns_of("customers")
