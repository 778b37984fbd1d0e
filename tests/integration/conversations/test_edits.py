"""Messages that customers change after they were sent: shown as changed, never answered a second time."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.conversations.models import Reply, TurnResult
from bot.insights.ledger import verify
from bot.storage.channel_tables import message_edits
from bot.storage.tables import conversations
from tests.support.telegram_customer import TelegramCustomer, settled

UNREAD = "utter_app_edit_unread"


@pytest.fixture
def tom(service) -> TelegramCustomer:
    return TelegramCustomer(service)


async def answered(tom, worker, text: str, number: int) -> str:
    received = await tom.types(text, number=number)
    await settled(worker)
    return str(received.conversation_id)


async def shown(service, conversation_id: str) -> list[tuple[str, str | None]]:
    found = await service.messages_after(conversation_id, 0)
    return [(message.text, message.edited_text) for message in found if message.author_kind == "customer"]


async def test_an_edit_of_an_answered_message_is_shown_and_met_with_a_notice(
    service, worker, engine, tom, clock, heard, database
) -> None:
    conversation = await answered(tom, worker, "where is it?", 1)
    change = await tom.edits(1, "cancel it!", clock.now)
    assert change.edited == (1,)
    assert [(m.kind, m.response) for m in change.messages] == [("notice", UNREAD)]
    assert await shown(service, conversation) == [("where is it?", "cancel it!")]
    assert change in heard.changes
    assert len(engine.turns) == 1
    assert database.read_now(verify).breaches == ()


async def test_the_notice_comes_once_in_a_conversation(service, worker, tom, clock) -> None:
    conversation = await answered(tom, worker, "where is it?", 1)
    await answered(tom, worker, "hello?", 2)
    assert (await tom.edits(1, "cancel it!", clock.now)).messages
    for number, text in ((1, "no, wait"), (2, "hello there?")):
        assert (await tom.edits(number, text, clock.now + timedelta(seconds=5))).messages == ()
    assert await shown(service, conversation) == [("where is it?", "no, wait"), ("hello?", "hello there?")]


@pytest.mark.parametrize("text", ["Where is it", "where  is it?!", "WHERE IS IT?"])
async def test_an_edit_that_changes_no_words_is_shown_without_a_notice(service, worker, tom, clock, text) -> None:
    conversation = await answered(tom, worker, "where is it?", 1)
    change = await tom.edits(1, text, clock.now)
    assert change.messages == ()
    assert await shown(service, conversation) == [("where is it?", text)]


async def test_an_edit_that_comes_twice_changes_once(worker, tom, clock) -> None:
    await answered(tom, worker, "where is it?", 1)
    assert await tom.edits(1, "cancel it!", clock.now) is not None
    assert await tom.edits(1, "cancel it!", clock.now) is None


async def test_of_edits_in_any_order_the_latest_is_shown(service, worker, tom, clock) -> None:
    conversation = await answered(tom, worker, "a b", 1)
    await tom.edits(1, "third version", clock.now + timedelta(seconds=2))
    assert await tom.edits(1, "second version", clock.now + timedelta(seconds=1)) is None
    assert await shown(service, conversation) == [("a b", "third version")]


async def test_of_two_edits_within_a_second_the_later_to_come_is_shown(service, worker, tom, clock, database) -> None:
    conversation = await answered(tom, worker, "a b", 1)
    await tom.edits(1, "second version", clock.now)
    await tom.edits(1, "third version", clock.now)
    assert await shown(service, conversation) == [("a b", "third version")]
    assert database.read_now(lambda c: c.execute(sa.select(message_edits.c.text)).scalars().all()) == ["third version"]


async def test_what_the_channel_calls_an_edit_and_is_none_changes_nothing(worker, tom, clock) -> None:
    await answered(tom, worker, "see https://shop.example", 1)
    assert await tom.edits(1, "see https://shop.example", clock.now) is None


async def test_words_put_back_as_they_were_are_shown_so(service, worker, tom, clock) -> None:
    conversation = await answered(tom, worker, "a b", 1)
    await tom.edits(1, "c d", clock.now)
    assert (await tom.edits(1, "a b", clock.now + timedelta(seconds=3))).edited == (1,)
    assert await shown(service, conversation) == [("a b", "a b")]


async def test_an_edit_that_comes_before_its_message_is_shown_with_it(service, worker, engine, tom, clock) -> None:
    assert await tom.edits(1, "first edit", clock.now) is None
    assert await tom.edits(1, "second edit", clock.now + timedelta(seconds=1)) is None
    conversation = await answered(tom, worker, "as it was sent", 1)
    assert await shown(service, conversation) == [("as it was sent", "second edit")]
    assert [turn.text for turn in engine.turns] == ["second edit"]
    assert UNREAD not in [m.response for m in await service.messages_after(conversation, 0)]


async def test_an_edit_of_what_still_waits_is_what_is_answered(service, engine, tom, clock) -> None:
    received = await tom.types("order W1234576", number=1)
    await tom.types("please", number=2)
    change = await tom.edits(1, "order W1234567", clock.now)
    assert change.messages == ()
    assert change.turn is None
    assert (await service.next_turn(received.conversation_id)).text == "order W1234567\nplease"


async def test_an_edit_of_a_command_that_waits_leaves_it_a_command(service, tom, clock) -> None:
    received = await service.receive(tom.incoming(None, 1, command="orders"))
    await tom.edits(1, "/help", clock.now)
    turn = await service.next_turn(received.conversation_id)
    assert (turn.text, turn.payload) == ("/orders", "/list_orders")


def answer_to(turn) -> TurnResult:
    return TurnResult([], [], (Reply("an answer"),), None, "model", 1.0, 0.0)


@pytest.mark.parametrize(("text", "told"), [("order W1234567", [UNREAD]), ("Order  W1234576!", [])])
async def test_an_edit_that_comes_while_its_turn_runs_is_met_with_a_notice_after_the_answer(
    service, tom, clock, database, text, told
) -> None:
    received = await tom.types("order W1234576", number=1)
    turn = await service.next_turn(received.conversation_id)
    assert (await tom.edits(1, text, clock.now)).messages == ()
    change = await service.commit_turn(turn, answer_to(turn), 1)
    assert [m.response for m in change.messages] == [None, *told]
    assert await service.next_turn(received.conversation_id) is None
    assert database.read_now(verify).breaches == ()


async def test_an_edit_back_to_other_words_than_were_answered_is_met_with_a_notice(worker, tom, clock) -> None:
    await tom.edits(1, "cancel it!", clock.now)
    await answered(tom, worker, "where is it?", 1)
    change = await tom.edits(1, "where is it?", clock.now + timedelta(seconds=3))
    assert [m.response for m in change.messages] == [UNREAD]


async def test_where_a_person_reads_the_edit_nothing_is_said(worker, tom, clock, database) -> None:
    conversation = await answered(tom, worker, "where is it?", 1)
    taken = sa.update(conversations).where(conversations.c.id == conversation).values(owner="agent-7")
    database.write_now(lambda connection: connection.execute(taken))
    change = await tom.edits(1, "cancel it!", clock.now)
    assert (change.edited, change.messages) == ((1,), ())


async def test_after_the_end_nothing_is_said_about_an_edit(worker, tom, clock) -> None:
    await answered(tom, worker, "where is it?", 1)
    await tom.commands("end")
    change = await tom.edits(1, "cancel it!", clock.now)
    assert (change.edited, change.messages) == ((1,), ())
