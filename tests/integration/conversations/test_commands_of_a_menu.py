"""Commands of a channel's menu: what the engine is told, and what the app does itself."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from bot.conversations.commands import COMMANDS
from bot.conversations.models import Attachment
from bot.conversations.phrases import Phrases, load_domain
from bot.conversations.service import Conversations
from bot.conversations.unit import Rules
from bot.insights.ledger import verify
from bot.settings import ROOT
from bot.storage.tables import conversations, surveys
from tests.support.core import case_book
from tests.support.telegram_customer import TelegramCustomer, settled

OF_THE_ENGINE = {name: payload for name, payload in COMMANDS.items() if payload.startswith("/")}


@pytest.fixture
def tom(service) -> TelegramCustomer:
    return TelegramCustomer(service)


@pytest.fixture
def frank(database, clock, new_id) -> Conversations:
    """Conversations in the words of the project."""
    return Conversations(
        database,
        Phrases(load_domain(ROOT / "domain.yml")["responses"]),
        Rules(privacy_page="https://shop.example/privacy"),
        case_book(database, new_id),
        clock=clock,
        new_id=new_id,
        effect_handlers={},
        instance="one",
    )


async def until(look, *, is_over) -> None:
    for _ in range(100):
        if is_over(await look()):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come to that")


async def replies(service, conversation_id: str) -> list[str | None]:
    return [m.response for m in await service.messages_after(conversation_id, 0) if m.author_kind != "customer"]


def row_of(database, conversation_id: str):
    wanted = sa.select(conversations).where(conversations.c.id == conversation_id)
    return database.read_now(lambda connection: connection.execute(wanted).one())


@pytest.mark.parametrize(("name", "payload"), OF_THE_ENGINE.items())
async def test_a_command_is_told_to_the_engine_as_the_wish_it_stands_for(
    service, engine, worker, tom, name, payload
) -> None:
    received = await tom.commands(name)
    assert received.needs_turn
    await worker.stop(2)
    assert [(turn.text, turn.payload) for turn in engine.turns] == [(f"/{name}", payload)]
    (own, _) = await service.messages_after(received.conversation_id, 0)
    assert (own.kind, own.text) == ("command", f"/{name}")


async def test_a_typed_command_is_only_text(service, engine, worker, tom) -> None:
    await tom.types("/orders")
    await worker.stop(2)
    assert [(turn.text, turn.payload) for turn in engine.turns] == [("/orders", None)]


async def test_a_command_after_the_end_begins_a_new_conversation(service, tom) -> None:
    first = await tom.types("hello")
    await tom.commands("end")
    second = await tom.commands("orders")
    assert second.conversation_id != first.conversation_id
    assert second.change.opened


async def test_end_ends_the_conversation_and_asks_for_a_rating(service, database, tom) -> None:
    first = await tom.types("hello")
    received = await tom.commands("end")
    assert received.conversation_id == first.conversation_id
    assert received.change.ended
    assert [m.kind for m in received.change.messages] == ["command", "rating"]
    row = row_of(database, first.conversation_id)
    assert (row.state, row.end_reason) == ("ended", "done")


async def test_what_waited_when_the_customer_ended_it_is_not_answered(service, engine, worker, database, tom) -> None:
    first = await tom.types("hello")
    await tom.commands("end")
    looking = asyncio.create_task(worker.run())
    await until(lambda: service.waiting(), is_over=lambda waiting: not waiting)
    looking.cancel()
    assert database.read_now(verify).balanced
    assert await replies(service, first.conversation_id) == ["utter_app_rating_question"]


async def test_where_nothing_is_open_end_says_so_and_opens_nothing(service, database, tom) -> None:
    first = await tom.types("hello")
    await tom.commands("end")
    again = await tom.commands("end")
    assert again.conversation_id == first.conversation_id
    assert not again.change.ended
    assert (await replies(service, first.conversation_id))[-1] == "utter_app_nothing_to_end"
    count = database.read_now(lambda c: c.execute(sa.select(sa.func.count()).select_from(surveys)).scalar_one())
    assert count == 1


async def test_the_first_end_of_somebody_new_opens_nothing_to_rate(service, database, tom) -> None:
    received = await tom.commands("end")
    assert await replies(service, received.conversation_id) == ["utter_app_nothing_to_end"]
    assert survey_of(database) == ("exempt", "nothing_asked")
    assert row_of(database, received.conversation_id).state == "ended"
    assert database.read_now(verify).breaches == ()


def survey_of(database) -> tuple[str, str | None]:
    wanted = sa.select(surveys.c.state, surveys.c.exempt_reason)
    return tuple(database.read_now(lambda connection: connection.execute(wanted).one()))


STICKER, PHOTO = Attachment("sticker", file_id="s"), Attachment("photo", file_id="p", size=1)


@pytest.mark.parametrize(
    ("send", "state"),
    [
        ([{"command": "privacy"}], "exempt"),
        ([{"command": "start"}, {"command": "web"}], "exempt"),
        ([{"text": "", "attachments": (STICKER,)}, {"text": "", "attachments": (PHOTO,)}], "exempt"),
        ([{"command": "start"}, {"text": "hello"}], "due"),
        ([{"command": "orders"}], "due"),
        ([{"text": "is this mine?", "attachments": (PHOTO,)}], "due"),
    ],
)
async def test_who_asked_nothing_is_not_asked_how_it_was(service, worker, database, tom, clock, send, state) -> None:
    for fields in send:
        await service.receive(tom.incoming(**{"text": None, **fields}))
        await settled(worker)
    clock.forward(minutes=31)
    assert await service.end_idle() == 1
    assert survey_of(database)[0] == state
    assert database.read_now(verify).breaches == ()


async def test_end_delivered_twice_ends_once(service, tom) -> None:
    await tom.types("hello")
    incoming = tom.incoming(None, command="end")
    first, second = await service.receive(incoming), await service.receive(incoming)
    assert second.duplicate
    assert second.seq == first.seq


@pytest.mark.parametrize(
    ("locale", "link"), [("en-GB", "https://shop.example/privacy"), ("de", "https://shop.example/privacy?lang=de")]
)
async def test_privacy_is_answered_without_the_engine(frank, locale, link) -> None:
    received = await TelegramCustomer(frank, "43", locale).commands("privacy")
    assert not received.needs_turn
    reply = received.change.messages[1]
    assert reply.response == "utter_app_privacy"
    assert link in reply.text.split()
    assert [choice["title"] for choice in reply.choices]


async def test_privacy_after_the_end_is_said_there_without_a_button_that_would_be_refused(frank) -> None:
    tom = TelegramCustomer(frank)
    first = await tom.types("hello")
    await tom.commands("end")
    received = await tom.commands("privacy")
    assert received.conversation_id == first.conversation_id
    # The app's own goes on working; the engine's would not.
    assert [choice["title"] for choice in received.change.messages[1].choices] == ["Delete my data"]


async def test_with_it_runs_in_the_receipts_transaction_and_also_for_a_duplicate(service, database, tom) -> None:
    seen: list[tuple[int, bool]] = []

    def with_it(unit, received) -> None:
        stored = unit.connection.execute(sa.select(sa.func.count()).select_from(conversations)).scalar_one()
        seen.append((stored, received.duplicate))

    incoming = tom.incoming("hello")
    await service.receive(incoming, with_it=with_it)
    assert (await service.receive(incoming, with_it=with_it)).duplicate
    assert seen == [(1, False), (1, True)]


async def test_what_fails_with_a_message_undoes_its_receipt(service, tom) -> None:
    def with_it(unit, received) -> None:
        raise LookupError("no such update")

    incoming = tom.incoming("hello")
    with pytest.raises(LookupError):
        await service.receive(incoming, with_it=with_it)
    assert not (await service.receive(incoming)).duplicate
