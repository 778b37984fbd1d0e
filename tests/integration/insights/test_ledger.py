"""`bellhop verify` on real databases: silent about what is right, and about nothing that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.dml import UpdateBase

from bot.insights.ledger import BALANCE, Report, verify
from bot.insights.reading import CannotRead, read_consistently
from bot.insights.rules import RULES
from bot.storage import tables
from bot.storage.case_tables import cases
from bot.storage.database import Database
from bot.storage.tables import conversations, deliveries, follow_ups, messages, surveys, turns
from tests.integration.insights.bending import ENDED, HELD, PRAISED, PROMOTER, QUEUED, RATED, TALKED, again, at, of
from tests.integration.insights.bent_handoffs import BENT_HANDOFFS
from tests.integration.insights.bent_surveys import BENT_SURVEYS
from tests.integration.insights.recorded import Recorder

pytestmark = pytest.mark.integration


@pytest.fixture
def unguarded(database_url: str) -> Iterator[Database]:
    """The same tables without keys and checks: the ledger must notice by itself what the database would refuse."""
    database = Database(database_url)
    bare = sa.MetaData()
    for table in tables.metadata.sorted_tables:
        sa.Table(table.name, bare, *(sa.Column(column.name, column.type) for column in table.columns))
    bare.create_all(database.engine)
    yield database
    database.close()


def record(connection: Connection) -> dict[str, str]:
    """Conversations of every kind; returns the ids of some."""
    recorder = Recorder(connection)
    talked = recorder.conversation(turns=3, survey=None)
    for state in ("due", "expired", "undeliverable", "exempt"):
        recorder.conversation(survey=state)
    ended = recorder.conversation(survey="asked")
    rated = recorder.conversation(survey="answered", score=2)
    recorder.conversation(survey="answered", score=5)
    recorder.conversation(turns=0, survey=None)
    recorder.call_back(talked)
    queued, held = recorder.conversation(turns=1, survey=None), recorder.conversation(turns=1, survey=None)
    recorder.handed_over(queued)
    recorder.handed_over(held, recorder.agent())
    promoter = recorder.conversation(survey="answered", score=4)
    recorder.promoter(promoter)
    praised = recorder.conversation(survey="answered", score=5, comment="Splendid.")
    recorder.praised(praised)
    return {
        ENDED: ended,
        RATED: rated,
        TALKED: talked,
        QUEUED: queued,
        HELD: held,
        PROMOTER: promoter,
        PRAISED: praised,
    }


def test_an_orderly_database_balances(database: Database) -> None:
    database.write_now(record)

    report = read_consistently(database.url, verify)

    assert report.breaches == ()
    assert (report.conversations, report.open, report.ended) == (13, 4, 9)
    assert report.surveys == {"due": 1, "asked": 1, "answered": 4, "expired": 1, "undeliverable": 1, "exempt": 1}
    assert (report.messages, report.turns) == (6 + 9 * 5 + 1 + 2 + 3, 3 + 9 * 2 + 2)
    assert report.balanced


def test_messages_understood_together_balance(database: Database) -> None:
    def store(connection: Connection) -> None:
        conversation = record(connection)[TALKED]
        connection.execute(sa.delete(turns).where(at(turns, conversation, 3)))
        answer = at(messages, conversation, 4)
        last = sa.select(messages.c.id).where(at(messages, conversation, 5)).scalar_subquery()
        connection.execute(sa.update(turns).where(at(turns, conversation, 2)).values(message_id=last))
        connection.execute(together(conversation, 3, 5))
        connection.execute(sa.update(messages).where(answer).values(author_kind="system"))
        connection.execute(sa.update(conversations).where(conversations.c.id == conversation).values(turns=2))

    database.write_now(store)
    assert read_consistently(database.url, verify).breaches == ()


def test_an_empty_database_balances(database: Database) -> None:
    assert read_consistently(database.url, verify).balanced


TOGETHER = "a message understood together with others is answered by the turn of the last of them, and by no other"


def together(conversation: str, number: int, last: int) -> UpdateBase:
    """Say that one message was understood together with another."""
    other = sa.select(messages.c.id).where(at(messages, conversation, last)).scalar_subquery()
    return sa.update(messages).where(at(messages, conversation, number)).values(answered_with=other)


CASE_HAS_A_TIME = "every case belongs to a conversation and has a time by which it was promised"
CALL_BACK_IS_A_CASE = "every call back that can be made is an open case"

# What is bent, and the rules that must notice.
BENT: dict[str, tuple[Callable[[dict[str, str]], UpdateBase], set[str]]] = {
    "a survey is missing": (
        lambda ids: sa.delete(surveys).where(of(ids[ENDED])),
        {BALANCE, "every ended conversation has exactly one survey"},
    ),
    "a survey is there twice": (
        lambda ids: again(surveys, of(ids[ENDED])),
        {BALANCE, "every ended conversation has exactly one survey"},
    ),
    "a conversation was opened again": (
        lambda ids: sa.update(conversations).where(conversations.c.id == ids[ENDED]).values(state="open"),
        {BALANCE, "no open conversation has a survey"},
    ),
    "an answer has no score": (
        lambda ids: sa.update(surveys).where(of(ids[RATED])).values(score=None),
        {"a survey is answered exactly when it has a score from 1 to 5 and a time"},
    ),
    "a score is not on the scale": (
        lambda ids: sa.update(surveys).where(of(ids[RATED])).values(score=6),
        {"a survey is answered exactly when it has a score from 1 to 5 and a time"},
    ),
    "a score was given to an unanswered survey": (
        lambda ids: sa.update(surveys).where(of(ids[ENDED])).values(score=4),
        {"a survey is answered exactly when it has a score from 1 to 5 and a time"},
    ),
    "nobody knows when it was asked": (
        lambda ids: sa.update(surveys).where(of(ids[ENDED])).values(asked_at=None),
        {"what was asked has the time when"},
    ),
    "a delivered question is still due": (
        lambda ids: sa.update(surveys).where(of(ids[ENDED])).values(state="due", asked_at=None),
        {"a survey whose question went out counts as asked"},
    ),
    "an exemption has no reason": (
        lambda ids: sa.update(surveys).where(surveys.c.state == "exempt").values(exempt_reason=None),
        {"an exempt survey says why, and no other does"},
    ),
    "an exemption is for nothing asked, where something was": (
        lambda ids: (
            sa.update(surveys)
            .where(of(ids[ENDED]))
            .values(state="exempt", exempt_reason="nothing_asked", asked_at=None)
        ),
        {"nobody who asked something counts as having asked nothing"},
    ),
    "nobody follows up a bad score": (
        lambda ids: sa.delete(follow_ups),
        {"every score of 1 or 2 has a follow-up for a person"},
    ),
    "a survey is in a state nobody knows": (
        lambda ids: sa.update(surveys).where(of(ids[ENDED])).values(state="lost"),
        {BALANCE},
    ),
    "a message is lost": (
        lambda ids: sa.delete(messages).where(at(messages, ids[TALKED], 6)),
        {
            "messages are numbered 1, 2, 3 … without gaps",
            "every delivery is of a message of ours, or the copy of a customer's, with its number",
        },
    ),
    "two messages have one number": (
        lambda ids: sa.update(messages).where(at(messages, ids[TALKED], 5)).values(seq=3),
        {"messages are numbered 1, 2, 3 … without gaps"},
    ),
    "the last number is wrong": (
        lambda ids: sa.update(conversations).where(conversations.c.id == ids[TALKED]).values(last_seq=7),
        {"messages are numbered 1, 2, 3 … without gaps"},
    ),
    "a message is of no conversation": (
        lambda ids: sa.update(messages).where(at(messages, ids[RATED], 5)).values(conversation_id="gone"),
        {
            "every message belongs to a conversation",
            "messages are numbered 1, 2, 3 … without gaps",
            "every delivery is of a message of ours, or the copy of a customer's, with its number",
        },
    ),
    "a message was stored twice": (
        lambda ids: (
            sa.update(messages)
            .where(at(messages, ids[TALKED], 5))
            .values(external_id=sa.select(messages.c.external_id).where(at(messages, ids[TALKED], 3)).scalar_subquery())
        ),
        {"no customer's message is stored twice"},
    ),
    "a reply answers nothing": (
        lambda ids: sa.update(messages).where(at(messages, ids[TALKED], 2)).values(in_reply_to=None),
        {"every reply of the bot answers a customer's message before it in the same conversation"},
    ),
    "a reply answers what came after it": (
        lambda ids: (
            sa.update(messages)
            .where(at(messages, ids[TALKED], 2))
            .values(in_reply_to=sa.select(messages.c.id).where(at(messages, ids[TALKED], 3)).scalar_subquery())
        ),
        {"every reply of the bot answers a customer's message before it in the same conversation"},
    ),
    "a customer has two open conversations": (
        lambda ids: (
            sa.update(conversations)
            .where(conversations.c.state == "open")
            .values(customer_id=sa.select(sa.func.min(conversations.c.customer_id)).scalar_subquery())
        ),
        {"a customer has at most one open conversation"},
    ),
    "a turn is lost": (
        lambda ids: sa.delete(turns).where(at(turns, ids[TALKED], 2)),
        {
            "turns are numbered 1, 2, 3 … without gaps",
            "what the bot answered is handled, by a turn, unless it was a button of the app's own",
        },
    ),
    "a message was handled twice": (
        lambda ids: again(turns, at(turns, ids[TALKED], 2)),
        {"turns are numbered 1, 2, 3 … without gaps", "no message is handled twice"},
    ),
    "an answered message is not handled": (
        lambda ids: sa.update(messages).where(at(messages, ids[TALKED], 3)).values(handled_at=None),
        {
            "every turn is of one handled customer's message of its conversation",
            "what the bot answered is handled, by a turn, unless it was a button of the app's own",
        },
    ),
    "a message answered with a later one has a turn of its own": (
        lambda ids: together(ids[TALKED], 3, 5),
        {TOGETHER},
    ),
    "a message was answered with an earlier one": (
        lambda ids: together(ids[TALKED], 5, 3),
        {TOGETHER},
    ),
    "a message was answered with one that has no turn": (
        lambda ids: together(ids[RATED], 1, 5),
        {TOGETHER},
    ),
    "turns are out of order": (
        lambda ids: sa.update(turns).where(turns.c.conversation_id == ids[TALKED]).values(number=4 - turns.c.number),
        {"messages are handled in the order in which they came"},
    ),
    "a reply was never to be delivered": (
        lambda ids: sa.delete(deliveries).where(at(deliveries, ids[TALKED], 4)),
        {"every message of ours has a delivery"},
    ),
    "a case is of no conversation": (
        lambda ids: sa.update(cases).values(conversation_id="gone", kind="other"),
        {CASE_HAS_A_TIME, CALL_BACK_IS_A_CASE},
    ),
    "nobody knows by when a case was promised": (
        lambda ids: sa.update(cases).values(due_at=None),
        {CASE_HAS_A_TIME},
    ),
    "nobody knows when a case was done": (
        lambda ids: sa.update(cases).values(status="done"),
        {"a case is done exactly when it has the time when", CALL_BACK_IS_A_CASE},
    ),
    "an open case was done": (
        lambda ids: sa.update(cases).values(done_at=cases.c.due_at),
        {"a case is done exactly when it has the time when"},
    ),
    "a case was opened twice": (
        lambda ids: again(cases, cases.c.conversation_id == ids[TALKED]),
        {"nothing has opened two cases"},
    ),
    "nobody sees a call back": (
        lambda ids: sa.delete(cases),
        {CALL_BACK_IS_A_CASE},
    ),
    "a delivery has another number": (
        lambda ids: sa.update(deliveries).where(at(deliveries, ids[TALKED], 4)).values(seq=9),
        {"every delivery is of a message of ours, or the copy of a customer's, with its number"},
    ),
    **BENT_HANDOFFS,
    **BENT_SURVEYS,
}


def verify_bent(database: Database, case: str) -> Report:
    def store(connection: Connection) -> None:
        connection.execute(BENT[case][0](record(connection)))

    database.write_now(store)
    return read_consistently(database.url, verify)


@pytest.mark.parametrize("case", BENT)
def test_verify_notices_that(unguarded: Database, case: str) -> None:
    report = verify_bent(unguarded, case)

    assert {breach.rule for breach in report.breaches} == BENT[case][1]


def test_every_rule_is_broken_by_some_case() -> None:
    assert {BALANCE, *(rule.says for rule in RULES)} == set.union(*(rules for _, rules in BENT.values()))


def test_a_breach_is_told_in_words_with_ids(unguarded: Database) -> None:
    report = verify_bent(unguarded, "a turn is lost")

    words = [example for breach in report.breaches for example in breach.examples]
    assert "conversation c000003 counts 3 turns, and has 2 numbered up to 3" in words


def test_a_missing_sqlite_file_is_said_to_be_missing_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(CannotRead, match="no database at"):
        read_consistently(f"sqlite:///{tmp_path / 'none.db'}", verify)

    assert list(tmp_path.iterdir()) == []


def test_a_database_without_tables_asks_for_migrating(database_url: str) -> None:
    Database(database_url).write_now(lambda connection: connection.exec_driver_sql("CREATE TABLE other (id INTEGER)"))

    with pytest.raises(CannotRead, match="bellhop migrate"):
        read_consistently(database_url, verify)


def test_a_file_that_is_no_database_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "bellhop.db").write_bytes(b"not a database at all, but long enough to look at" * 100)

    with pytest.raises(CannotRead, match="cannot be read"):
        read_consistently(f"sqlite:///{tmp_path / 'bellhop.db'}", verify)
