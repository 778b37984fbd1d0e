"""`bellhop verify` counts once more: silent about facts that are right, and about nothing that is wrong."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.insights.fact_rules import EQUAL, ONE_OUTCOME, RECOUNTED, SUM, WORDS, Recount
from bot.insights.facts.digest import catch_up_now
from bot.insights.ledger import Report, verify
from bot.storage.database import Database
from bot.storage.insight_tables import conversation_facts, conversation_words
from bot.storage.tables import conversations
from tests.integration.insights.lived import Life

pytestmark = pytest.mark.integration

HOW = Recount(ZoneInfo("Europe/London"), timedelta(days=7))
FACTS, WORDS_KEPT = conversation_facts, conversation_words


@pytest.fixture
def life(database: Database, clock) -> Life:
    return Life(database, clock)


@pytest.fixture
def talks(database: Database, clock, life: Life) -> list[str]:
    """Conversations of every outcome, and an open one, all counted a day ago."""
    customer = life.customer()
    made = [life.lived(customer), life.lived(customer), life.lived(life.customer())]
    life.rates(made[2], 5)
    handed = life.begins(life.customer())
    life.says(handed, "a person", "human", "utter_handoff_asked")
    life.asks_for_a_person(handed)
    unasked = life.begins(life.customer())
    life.ends(unasked, survey="exempt")
    clock.forward(days=1)
    count(database, clock)
    return [*made, handed, unasked]


def count(database: Database, clock) -> None:
    how = {"zone": HOW.zone, "reopened_within": HOW.reopened_within}
    database.write_now(lambda connection: catch_up_now(connection, now=clock(), **how))


def checked(database: Database, how: Recount = HOW) -> set[str]:
    """The rules that are broken, of those about facts."""
    report: Report = database.read_now(lambda connection: verify(connection, how))
    return {breach.rule for breach in report.breaches} & {*RECOUNTED, *OF_FACTS}


OF_FACTS = (
    "nothing can be searched of a conversation that was emptied",
    "a conversation that was reopened says by which, and no other does",
)


def test_what_was_counted_is_right(database: Database, talks: list[str]) -> None:
    assert checked(database) == set()
    found = database.read_now(
        lambda connection: dict(
            connection.execute(sa.select(FACTS.c.outcome, sa.func.count()).group_by(FACTS.c.outcome)).all()
        )
    )
    assert found == {"reopened": 1, "assumed": 1, "confirmed": 1, "abandoned": 1, None: 1}


BENT = {
    "no outcome": (
        sa.delete(FACTS).where(FACTS.c.outcome == "assumed"),
        {ONE_OUTCOME, SUM},
    ),
    "another outcome": (
        sa.update(FACTS).where(FACTS.c.outcome == "assumed").values(outcome="confirmed"),
        {EQUAL},
    ),
    "an outcome of our own making": (
        sa.update(FACTS).where(FACTS.c.outcome == "assumed").values(outcome="resolved"),
        {ONE_OUTCOME, SUM, EQUAL},
    ),
    "another topic": (sa.update(FACTS).where(FACTS.c.outcome == "confirmed").values(topic="returns"), {EQUAL}),
    "another count": (sa.update(FACTS).where(FACTS.c.outcome == "confirmed").values(turns=7), {EQUAL}),
    "other steps": (sa.update(FACTS).where(FACTS.c.outcome == "confirmed").values(steps=["x"]), {EQUAL}),
    "another day": (sa.update(FACTS).where(FACTS.c.outcome == "confirmed").values(day="2026-03-01"), {EQUAL}),
    "reopened by nobody": (
        sa.update(FACTS).where(FACTS.c.outcome == "reopened").values(reopened_by=None),
        {EQUAL, OF_FACTS[1]},
    ),
    "other words": (sa.update(WORDS_KEPT).values(words="something else"), {WORDS}),
    "no words": (sa.delete(WORDS_KEPT), {WORDS}),
}


@pytest.mark.parametrize("bent", BENT)
def test_what_is_bent_is_found(database: Database, talks: list[str], bent: str) -> None:
    change, rules = BENT[bent]
    database.write_now(lambda connection: connection.execute(change))

    assert checked(database) == rules


def test_words_of_an_emptied_conversation_are_found(database: Database, clock, talks: list[str]) -> None:
    gone = (
        sa.update(conversations).where(conversations.c.id == talks[0]).values(emptied_at=clock() - timedelta(hours=9))
    )
    database.write_now(lambda connection: connection.execute(gone))

    assert OF_FACTS[0] in checked(database)


def test_another_zone_or_other_days_are_told_apart(database: Database, talks: list[str]) -> None:
    assert checked(database, Recount(HOW.zone, timedelta(microseconds=1))) <= {EQUAL}
    assert checked(database, Recount(ZoneInfo("Pacific/Auckland"), HOW.reopened_within)) == {EQUAL}


def test_what_has_just_happened_is_not_wrong_yet(database: Database, clock, life: Life, talks: list[str]) -> None:
    new = life.lived(life.customer())
    life.rates(talks[1], 2)
    assert checked(database) == set()
    clock.forward(minutes=1)
    count(database, clock)
    clock.forward(hours=1)
    count(database, clock)
    assert checked(database) == set()
    database.write_now(lambda connection: connection.execute(sa.delete(FACTS).where(FACTS.c.conversation_id == new)))
    assert checked(database) == {ONE_OUTCOME, SUM}


def test_all_are_counted_once_more_only_where_that_is_wanted(database: Database, talks: list[str]) -> None:
    wrong = sa.update(FACTS).where(FACTS.c.conversation_id == talks[2]).values(turns=7)
    database.write_now(lambda connection: connection.execute(wrong))

    assert checked(database, Recount(HOW.zone, HOW.reopened_within, most=1)) == set()
    assert checked(database, Recount(HOW.zone, HOW.reopened_within, most=None)) == {EQUAL}


def test_where_nothing_was_ever_counted_there_is_nothing_to_say(database: Database, life: Life) -> None:
    life.lived(life.customer())
    assert checked(database) == set()


def test_breaches_name_conversations_and_no_words(database: Database, talks: list[str]) -> None:
    database.write_now(lambda connection: connection.execute(sa.update(WORDS_KEPT).values(words="a secret")))

    def told(connection: Connection) -> list[str]:
        return [example for breach in verify(connection, HOW).breaches for example in breach.examples]

    text = "\n".join(database.read_now(told))
    assert talks[0] in text
    assert "secret" not in text
