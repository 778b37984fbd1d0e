"""A conversation that cannot be counted holds up none of the others, and is not tried every two seconds for ever."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.insights.facts.keeping import read_mark
from bot.insights.facts.put_off import LONGEST_PAUSE, MOST_TRIES
from bot.storage.database import Database
from bot.storage.desk_tables import conversation_tags
from bot.storage.insight_tables import conversation_facts
from tests.integration.insights.lived import Life, digest_of, rows_of

pytestmark = pytest.mark.integration


class Chokes:
    """Cannot hear of one conversation; counts how often it was told of it."""

    def __init__(self, on: str) -> None:
        self.on: str | None = on
        self.told = 0

    def digested(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        ids = [row["conversation_id"] for row in rows]
        self.told += self.on in ids
        if self.on in ids:
            raise ValueError(self.on)


@pytest.fixture
def life(database: Database, clock) -> Life:
    return Life(database, clock)


def counted(database: Database) -> set[str]:
    return {row[0] for row in rows_of(database, sa.select(conversation_facts.c.conversation_id))}


async def test_the_others_are_counted_and_the_one_is_tried_again_ever_later(database, clock, life) -> None:
    talks = [life.lived(life.customer()) for _ in range(5)]
    chokes = Chokes(talks[2])
    digest = digest_of(database, clock, chokes)
    assert await digest.catch_up() == 4
    assert counted(database) == set(talks) - {talks[2]}

    tries = []
    for second in range(600):
        before = chokes.told
        clock.forward(seconds=2)
        await digest.catch_up()
        tries += [second] if chokes.told > before else []
    assert 4 <= len(tries) <= MOST_TRIES
    pauses = [later - earlier for earlier, later in itertools.pairwise(tries)]
    assert pauses == sorted(pauses)

    chokes.on = None
    clock.forward(seconds=LONGEST_PAUSE.total_seconds())
    assert await digest.catch_up() == 1
    assert counted(database) == set(talks)


async def test_nothing_is_forgotten_by_a_kill_while_one_is_put_off(database, clock, life) -> None:
    await digest_of(database, clock).catch_up()
    mark = database.read_now(read_mark)
    clock.forward(minutes=3)
    talks = [life.lived(life.customer()) for _ in range(3)]
    chokes = Chokes(talks[0])
    digest = digest_of(database, clock, chokes)
    await digest.catch_up()
    clock.forward(minutes=2)
    chokes.on = None
    assert database.read_now(read_mark) == mark

    after = digest_of(database, clock, chokes)  # another process
    await after.catch_up()
    assert counted(database) == set(talks)
    assert database.read_now(read_mark) == clock()


async def test_after_the_last_try_it_is_given_up_and_the_mark_goes_on(database, clock, life) -> None:
    talks = [life.lived(life.customer()) for _ in range(3)]
    digest = digest_of(database, clock, Chokes(talks[0]))
    for _ in range(MOST_TRIES + 2):
        await digest.catch_up()
        clock.forward(seconds=LONGEST_PAUSE.total_seconds())
    await digest.catch_up()
    mark = database.read_now(read_mark)
    assert mark is not None
    assert clock() - mark < timedelta(minutes=2)


async def test_a_tag_that_is_set_after_the_end_is_told(database, clock, life) -> None:
    class Told:
        def __init__(self) -> None:
            self.ids: list[str] = []

        def digested(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
            self.ids += [row["conversation_id"] for row in rows]

    talk, _ = life.lived(life.customer()), life.lived(life.customer())
    told = Told()
    digest = digest_of(database, clock, told)
    await digest.catch_up()
    clock.forward(days=3)
    await digest.catch_up()
    told.ids.clear()
    row = {"conversation_id": talk, "tag": "misunderstood", "created_at": clock()}
    database.write_now(lambda connection: connection.execute(sa.insert(conversation_tags).values(**row)))
    assert await digest.catch_up() == 1
    assert told.ids == [talk]
    assert await digest.catch_up() == 0
