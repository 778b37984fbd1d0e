"""Cases on real databases: opened with the turn that promised them, once; read, mailed and closed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.cases.cases import CaseBook, CaseItem, CaseKind, NewCase, close_case, find_cases, opening, read_cases
from bot.conversations.models import Reply
from bot.conversations.service import Conversations
from bot.conversations.unit import Rules
from bot.storage.case_tables import cases
from bot.storage.database import Database
from bot.storage.tables import callbacks, mails, verifications
from tests.conftest import Clock
from tests.support.core import FakeEngine, Visitor, case_book, plain_phrases

pytestmark = pytest.mark.integration

DUE = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)  # eight hours after the clock's nine, a Monday
MUG = CaseItem("1001", "Mug")
BROKEN_MUG = NewCase(CaseKind.DAMAGED, DUE, "the mug is in two pieces", "#W1000001", (MUG, MUG))


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def book(database: Database, new_id: Callable[[], str]) -> CaseBook:
    return case_book(database, new_id, mail_to="desk@shop.example")


@pytest.fixture
def service(database: Database, clock: Clock, new_id: Callable[[], str], book: CaseBook) -> Conversations:
    return Conversations(
        database, plain_phrases(), Rules(), book, clock=clock, new_id=new_id, effect_handlers={}, instance="one"
    )


@pytest.fixture
def ann(service: Conversations) -> Visitor:
    return Visitor(service, "ann")


async def turn(service: Conversations, engine: FakeEngine, ann: Visitor, *effects: dict[str, Any]) -> str:
    """One turn whose actions returned these effects; the conversation's id."""
    engine.scripted["help"] = [(Reply("Noted", custom={"effects": list(effects)}),)]
    conversation = (await ann.types("help")).conversation_id
    due = await service.next_turn(conversation)
    assert due is not None
    await service.commit_turn(due, await engine.run(due, due.history), 1)
    return conversation


async def test_a_case_is_stored_with_the_turn_that_promised_it(service, database, engine, ann) -> None:
    conversation = await turn(service, engine, ann, opening(BROKEN_MUG))
    (case,) = await database.read(read_cases)
    assert (case.conversation_id, case.kind, case.order_number) == (conversation, "damaged", "#W1000001")
    assert (case.items, case.words, case.contact) == ((MUG, MUG), "the mug is in two pieces", None)
    assert (case.opened_at, case.due_at, case.status) == (DUE - timedelta(hours=8), DUE, "open")
    assert (case.level, case.shop_customer_id) == ("anonymous", None)


@pytest.mark.parametrize(
    ("order", "level", "customer"), [(None, "verified", "mei_halasz"), ("#W1000001", "matched", None)]
)
async def test_a_person_sees_how_well_the_customer_was_known(
    service, database, engine, ann, clock, order, level, customer
) -> None:
    conversation = (await ann.types("hello")).conversation_id
    proof = {"id": "v1", "conversation_id": conversation, "shop_customer_id": "mei_halasz", "method": "one_time_code"}
    times = {"granted_at": clock.now, "expires_at": clock.now + timedelta(minutes=30)}
    await database.write(
        lambda connection: connection.execute(
            sa.insert(verifications).values(**proof, **times, level=level, order_id=order)
        )
    )
    await service.commit_turn(*await _answered(service, engine, conversation))
    await turn(service, engine, ann, opening(BROKEN_MUG))
    (case,) = await database.read(read_cases)
    assert (case.level, case.shop_customer_id) == (level, customer)


async def _answered(service: Conversations, engine: FakeEngine, conversation: str) -> tuple[Any, Any, int]:
    due = await service.next_turn(conversation)
    assert due is not None
    return due, await engine.run(due, due.history), 1


async def test_the_same_turn_opens_a_case_once(database, book, service, ann, clock) -> None:
    conversation = (await ann.types("help")).conversation_id
    effect = opening(BROKEN_MUG)

    def twice(connection: sa.Connection) -> list[str]:
        of_turn = {"conversation_id": conversation, "turn_key": "m1", "now": clock.now}
        return [book.apply(connection, effect, **of_turn).id for _ in range(2)]

    first, again = await database.write(twice)
    later, _ = await database.write(twice)
    assert first == again == later
    assert len(await database.read(lambda connection: connection.execute(sa.select(mails)).all())) == 1


async def test_two_runs_of_a_turn_at_once_open_one_case(database, book, service, ann, clock) -> None:
    conversation = (await ann.types("help")).conversation_id
    of_turn = {"conversation_id": conversation, "turn_key": "m1", "now": clock.now}

    async def run() -> None:
        await database.write(lambda connection: book.apply(connection, opening(BROKEN_MUG), **of_turn))

    await asyncio.gather(run(), run(), run(), return_exceptions=True)
    assert len(await database.read(read_cases)) == 1


async def test_one_turn_opens_a_case_for_each_problem(service, database, engine, ann) -> None:
    lamp = NewCase(CaseKind.DAMAGED, DUE, "", "#W1000001", (CaseItem("1002", "Lamp"),))
    late = NewCase(CaseKind.LATE, DUE, "", "#W1000002")
    await turn(service, engine, ann, *map(opening, (BROKEN_MUG, lamp, late)))
    assert len(await database.read(read_cases)) == 3


@pytest.mark.parametrize(
    "broken",
    [
        {"kind": "urgent"},
        {"due_at": "Tuesday"},
        {"due_at": "2026-03-02T17:00:00"},
        {"due_at": None},
        {"items": ["mug"]},
        {"order_number": "#" * 65},
    ],
)
async def test_what_is_no_case_is_refused(service, database, engine, ann, broken) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        await turn(service, engine, ann, opening(BROKEN_MUG) | broken)
    assert await database.read(lambda connection: read_cases(connection, done=True)) == []


async def test_words_are_kept_up_to_a_length(service, database, engine, ann) -> None:
    await turn(service, engine, ann, opening(NewCase(CaseKind.OTHER, DUE, "ä" * 5000)))
    (case,) = await database.read(read_cases)
    assert case.words == "ä" * 2000


async def test_what_is_promised_in_a_conversation_can_be_looked_up(service, engine, ann, book) -> None:
    conversation = await turn(service, engine, ann, opening(BROKEN_MUG))
    assert [case.kind for case in await book.open_in(conversation)] == ["damaged"]
    assert await book.open_in("another") == ()


async def test_overdue_cases_come_first_and_done_ones_last(service, database, engine, ann, clock) -> None:
    due = {"a": 30, "b": 1, "c": 5, "d": 2}
    effects = [opening(NewCase(CaseKind.OTHER, clock.now + timedelta(hours=h), "", order)) for order, h in due.items()]
    await turn(service, engine, ann, *effects)
    opened = await database.read(read_cases)
    clock.forward(hours=3)
    assert [(case.order_number, case.overdue(clock.now)) for case in opened] == [
        ("b", True),
        ("d", True),
        ("c", False),
        ("a", False),
    ]
    assert await database.write(lambda connection: close_case(connection, opened[0].id, clock.now))
    found = await database.read(lambda connection: read_cases(connection, done=True))
    assert [case.order_number for case in found] == ["d", "c", "a", "b"]
    assert not found[-1].overdue(clock.now)


async def test_a_case_is_done_once(service, database, engine, ann, clock) -> None:
    await turn(service, engine, ann, opening(BROKEN_MUG))
    (case,) = await database.read(lambda connection: find_cases(connection, read_cases(connection)[0].id[:32]))
    assert await database.write(lambda connection: close_case(connection, case.id, clock.now))
    clock.forward(hours=1)
    assert not await database.write(lambda connection: close_case(connection, case.id, clock.now))
    (done,) = await database.read(lambda connection: find_cases(connection, case.id))
    assert (done.status, done.done_at) == ("done", clock.now - timedelta(hours=1))


async def test_the_beginning_of_an_id_is_no_pattern(service, database, engine, ann) -> None:
    await turn(service, engine, ann, opening(BROKEN_MUG))
    for typed in ("", "%", "_"):
        assert await database.read(lambda connection, typed=typed: find_cases(connection, typed)) == []


async def test_the_shops_people_are_mailed_a_case(service, database, engine, ann) -> None:
    await turn(service, engine, ann, opening(BROKEN_MUG))
    (mail,) = await database.read(lambda connection: connection.execute(sa.select(mails)).all())
    assert mail.recipient == "desk@shop.example"
    assert mail.subject == "Something is damaged: answer promised by 17:00 today"
    for part in ("#W1000001, Mug, Mug", "not known", "the mug is in two pieces"):
        assert part in mail.body


async def test_nobody_is_mailed_unless_wanted(database, new_id, service, ann, clock) -> None:
    conversation = (await ann.types("help")).conversation_id
    book = case_book(database, new_id)
    await database.write(
        lambda connection: book.open(connection, BROKEN_MUG, conversation_id=conversation, key="k", now=clock.now)
    )
    assert await database.read(lambda connection: connection.execute(sa.select(mails)).all()) == []


async def test_a_case_without_its_conversation_or_time_is_refused_by_the_database(database, book, clock) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        await database.write(
            lambda connection: book.open(connection, BROKEN_MUG, conversation_id="gone", key="k", now=clock.now)
        )


async def test_a_call_back_that_was_made_is_closed_too(service, database, ann, book, clock) -> None:
    conversation = (await ann.types("help")).conversation_id
    row = {"id": "b1", "conversation_id": conversation, "reason": "asked", "contact": "1", "created_at": clock.now}

    def ask(connection: sa.Connection) -> str:
        connection.execute(sa.insert(callbacks).values(**row, state="open"))
        of_call = {"conversation_id": conversation, "contact": "jo@mail.example", "words": "after six"}
        return book.open_call_back(connection, **of_call, now=clock.now).id

    case_id = await database.write(ask)
    await database.write(lambda connection: close_case(connection, case_id, clock.now))
    states = await database.read(lambda connection: connection.execute(sa.select(callbacks.c.state)).scalars().all())
    assert states == ["closed"]
    assert (await database.read(lambda connection: connection.execute(sa.select(cases.c.status)).scalar())) == "done"
