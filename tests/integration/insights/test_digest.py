"""Facts follow what happens: made when something changed, and only then; nothing is lost by a kill."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.insights.facts import digest as digests
from bot.insights.facts.changes import QUERIES
from bot.insights.facts.computing import facts_of
from bot.insights.facts.digest import catch_up_now, rebuild
from bot.insights.facts.keeping import read_mark
from bot.storage.database import Database
from bot.storage.insight_tables import conversation_facts, conversation_words, extra_questions
from bot.storage.tables import conversations, messages, surveys, turns, verifications
from tests.integration.insights.lived import WITHIN, ZONE, Life, digest_of, facts, rows_of, words

pytestmark = pytest.mark.integration


class Told:
    """Remembers of which conversations it was told."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def digested(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        self.ids += [row["conversation_id"] for row in rows]


class Breaks:
    """Fails as a process does that is killed: in the middle of a transaction."""

    def __init__(self, after: int) -> None:
        self.left = after

    def digested(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed


class Killed(BaseException):
    """No failure that anything could go on after."""


@pytest.fixture
def life(database: Database, clock) -> Life:
    return Life(database, clock)


async def test_a_conversation_is_counted_as_it_goes_on(database, clock, life) -> None:
    digest = digest_of(database, clock)
    talk = life.begins(life.customer())
    life.says(talk, "Wo ist mein Päckchen?", "track_order", ("utter_ask_order_number", "order_number"), confidence=0.4)
    assert await digest.catch_up() == 1
    open_one = facts(database, talk)
    assert (open_one.state, open_one.outcome, open_one.topic, open_one.language) == ("open", None, "track_order", "de")
    assert open_one.steps == ["track_order", "asked for order number"]

    clock.forward(minutes=2)
    life.says(talk, "W4827310", "inform", "utter_order_shipped")
    clock.forward(minutes=30)
    life.ends(talk)
    assert await digest.catch_up() == 1
    ended = facts(database, talk)
    assert (ended.state, ended.outcome, ended.survey_state, ended.asked) == ("ended", "assumed", "asked", True)
    assert ended.steps == ["track_order", "asked for order number", "showed order"]
    assert (ended.customer_messages, ended.bot_messages, ended.turns, ended.release) == (2, 2, 2, "model-2")
    assert ended.lowest_confidence == 0.4
    assert (ended.first_answer_seconds, ended.resolution_seconds) == (0.0, 32 * 60)
    assert (ended.day, ended.weekday, ended.hour) == ("2026-03-02", 0, 10)
    assert words(database, talk) == (
        "wo ist mein packchen text of utter ask order number w4827310 text of utter order shipped"
    )


async def test_what_nothing_touched_is_not_made_anew(database, clock, life) -> None:
    told = Told()
    digest = digest_of(database, clock, told)
    first, second = life.lived(life.customer()), life.lived(life.customer())
    assert await digest.catch_up() == 2
    assert [await digest.catch_up() for _ in range(3)] == [0, 0, 0]

    clock.forward(seconds=2)
    life.rates(second, 5)
    assert await digest.catch_up() == 1
    assert sorted(told.ids) == sorted([first, second, second])
    clock.forward(days=30)
    assert await digest.catch_up() == 0


@pytest.mark.parametrize(("score", "outcome"), [(5, "confirmed"), (4, "confirmed"), (3, "abandoned"), (1, "abandoned")])
async def test_a_rating_after_the_end_changes_the_outcome(database, clock, life, score: int, outcome: str) -> None:
    digest = digest_of(database, clock)
    talk = life.lived(life.customer())
    await digest.catch_up()
    clock.forward(days=1)
    life.rates(talk, score, "so so")
    await digest.catch_up()

    row = facts(database, talk)
    assert (row.outcome, row.score, row.survey_state, row.commented) == (outcome, score, "answered", True)


async def test_a_second_thought_and_a_late_comment_are_seen(database, clock, life) -> None:
    digest = digest_of(database, clock)
    talk = life.lived(life.customer())
    life.rates(talk, 5)
    await digest.catch_up()
    clock.forward(hours=10)
    life.survey(talk, score=2)
    assert await digest.catch_up() == 1
    assert facts(database, talk).outcome == "abandoned"
    clock.forward(hours=10)
    life.survey(talk, comment="it was late")
    assert await digest.catch_up() == 1
    assert facts(database, talk).commented


@pytest.mark.parametrize("state", ["expired", "undeliverable"])
async def test_a_survey_that_closes_is_seen_however_late_that_is_noticed(database, clock, life, state: str) -> None:
    digest = digest_of(database, clock)
    talk = life.lived(life.customer())
    await digest.catch_up()
    clock.forward(days=20)
    await digest.catch_up()
    life.survey(talk, state=state)
    assert await digest.catch_up() == 1
    assert (facts(database, talk).survey_state, facts(database, talk).outcome) == (state, "assumed")


@pytest.mark.parametrize(("kind", "score"), [("nps", 9), ("ces", 2)])
async def test_further_questions_are_counted(database, clock, life, kind: str, score: int) -> None:
    digest = digest_of(database, clock)
    talk = life.lived(life.customer())
    life.rates(talk, 5)
    await digest.catch_up()
    clock.forward(hours=3)

    def answer(connection: Connection) -> None:
        survey = connection.execute(sa.select(surveys.c.id).where(surveys.c.conversation_id == talk)).scalar_one()
        at = {"asked_at": clock(), "answered_at": clock(), "closes_at": clock() + timedelta(days=3)}
        values = {"id": "x1", "survey_id": survey, "kind": kind, "state": "answered", "score": score, **at}
        connection.execute(sa.insert(extra_questions).values(**values))

    database.write_now(answer)
    assert await digest.catch_up() == 1
    assert getattr(facts(database, talk), kind) == score


async def test_an_edit_is_found_and_a_proof_is_counted(database, clock, life) -> None:
    digest = digest_of(database, clock)
    talk = life.begins(life.customer())
    message = life.says(talk, "my lamp is brokn", "order_problem", "utter_request_items")
    await digest.catch_up()
    clock.forward(minutes=1)
    changed = sa.update(messages).where(messages.c.id == message).values(edited_text="my lamp broke", edited_at=clock())
    database.write_now(lambda connection: connection.execute(changed))
    assert await digest.catch_up() == 1
    assert "my lamp is brokn my lamp broke" in str(words(database, talk))

    proof = {"id": "v1", "conversation_id": talk, "shop_customer_id": "x", "level": "matched", "method": "email"}
    times = {"granted_at": clock(), "expires_at": clock()}
    database.write_now(lambda connection: connection.execute(sa.insert(verifications).values(**proof, **times)))
    assert await digest.catch_up() == 1
    assert facts(database, talk).verified == "matched"


async def test_an_emptied_conversation_keeps_its_figures_and_loses_its_words(database, clock, life) -> None:
    digest = digest_of(database, clock)
    talk = life.lived(life.customer(), text="my secret")
    await digest.catch_up()
    before = facts(database, talk)
    clock.forward(hours=1)

    def empty(connection: Connection) -> None:
        of_it = conversations.c.id == talk
        connection.execute(sa.update(conversations).where(of_it).values(emptied_at=clock(), history=[]))
        blank = {"text": "", "response": None}
        connection.execute(sa.update(messages).where(messages.c.conversation_id == talk).values(**blank))
        nothing = {"understanding": None, "model": None}
        connection.execute(sa.update(turns).where(turns.c.conversation_id == talk).values(**nothing))

    database.write_now(empty)
    assert await digest.catch_up() == 1
    assert words(database, talk) is None
    after = facts(database, talk)
    assert {**after._mapping, "computed_at": None} == {**before._mapping, "computed_at": None}

    life.rates(talk, 2)
    clock.forward(minutes=1)
    assert await digest.catch_up() == 1
    assert (facts(database, talk).outcome, facts(database, talk).score) == ("abandoned", 2)
    assert facts(database, talk).topic == "track_order"


async def test_what_was_looked_at_before_it_was_emptied_brings_no_word_back(database, clock, life) -> None:
    talk = life.lived(life.customer(), text="my secret")
    early = database.read_now(lambda connection: digests._Maker(ZONE, WITHIN).make(connection, [talk], clock()))
    gone = sa.update(conversations).values(emptied_at=clock())
    database.write_now(lambda connection: connection.execute(gone))

    assert database.write_now(lambda connection: digests.keep(connection, early)) == 0
    assert words(database, talk) is None
    assert await digest_of(database, clock).catch_up() == 1


async def test_a_kill_in_the_middle_loses_nothing(database, clock, life) -> None:
    customer = life.customer()
    first = life.lived(customer)
    digest = digest_of(database, clock)
    await digest.catch_up()
    mark = database.read_now(read_mark)
    clock.forward(minutes=10)
    more = [life.lived(life.customer()) for _ in range(digests.BATCH)]
    again = life.lived(customer)
    with pytest.raises(Killed):
        await digest_of(database, clock, Breaks(after=1)).catch_up()
    assert database.read_now(read_mark) == mark
    counted = rows_of(database, sa.select(conversation_facts.c.conversation_id))
    assert 1 < len(counted) < len(more) + 2

    await digest_of(database, clock).catch_up()
    assert len(rows_of(database, sa.select(conversation_facts.c.conversation_id))) == len(more) + 2
    assert (facts(database, first).outcome, facts(database, first).reopened_by) == ("reopened", again)


async def test_two_digests_at_once_make_the_same(database, clock, life) -> None:
    talks = [life.lived(life.customer()) for _ in range(30)]
    one, other = digest_of(database, clock), digest_of(database, clock)
    await asyncio.gather(one.catch_up(), other.catch_up())
    life.rates(talks[0], 5)
    clock.forward(seconds=1)
    await asyncio.gather(one.catch_up(), other.catch_up())

    assert facts(database, talks[0]).outcome == "confirmed"
    assert len(rows_of(database, sa.select(conversation_words.c.number))) == 30
    assert [await one.catch_up(), await other.catch_up()] == [0, 0]


async def test_what_was_seen_later_is_not_overwritten_by_an_earlier_look(database, clock, life) -> None:
    talk = life.lived(life.customer())
    early = database.read_now(lambda connection: digests._Maker(ZONE, WITHIN).make_only(connection, [talk], clock()))
    clock.forward(seconds=5)
    life.rates(talk, 5)
    await digest_of(database, clock).catch_up()
    assert database.write_now(lambda connection: digests.keep(connection, early)) == 0
    assert facts(database, talk).score == 5


async def test_what_came_into_the_database_with_an_old_date_is_counted_by_the_next_start(database, clock, life) -> None:
    await digest_of(database, clock).catch_up()
    clock.forward(days=40)
    await digest_of(database, clock).catch_up()
    clock.forward(days=-30)
    talk = life.lived(life.customer())
    clock.forward(days=30)
    assert await digest_of(database, clock).catch_up() == 1
    assert facts(database, talk).outcome == "assumed"


def test_commands_count_in_one_transaction_and_rebuild_everything(database, clock, life) -> None:
    talks = [life.lived(life.customer()) for _ in range(3)]
    how = {"zone": ZONE, "reopened_within": WITHIN}
    assert database.write_now(lambda connection: catch_up_now(connection, now=clock(), **how)) == 3
    before = [facts(database, talk) for talk in talks]
    database.write_now(lambda connection: connection.execute(sa.update(conversation_facts).values(topic="x", turns=9)))

    assert list(rebuild(database, clock=clock, **how)) == [(3, 3)]
    assert [facts(database, talk) for talk in talks] == before
    again = database.read_now(lambda connection: facts_of(connection, talks[:2], now=clock(), **how))
    assert [row["conversation_id"] for row in again] == sorted(talks[:2])


def test_looking_for_changes_reads_no_table_whole(database, clock) -> None:
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "

    def explained(_connection, _cursor, statement, parameters, _context, _many):
        return (explain + statement if statement.startswith("SELECT") else statement), parameters

    def plans(connection: Connection) -> list[str]:
        if not database.is_sqlite:
            connection.execute(sa.text("SET LOCAL enable_seqscan = off"))  # on tables without rows it is the quickest
        sa.event.listen(connection, "before_cursor_execute", explained, retval=True)
        asked = [connection.execute(query, {"since": clock()}) for query in QUERIES]
        return ["\n".join(str(tuple(row)) for row in answer.cursor.fetchall()) for answer in asked]

    for plan in database.read_now(plans):
        assert "Seq Scan" not in plan, plan
        assert "SCAN" not in plan, plan
