"""How the app comes by a contact for a call back: at once, a while later, and never what a form has asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import sqlalchemy as sa

from bot.conversations.models import Reply
from bot.conversations.service import Conversations
from bot.conversations.worker import TurnWorker
from bot.storage import tables
from bot.storage.database import Database
from tests.support.core import FakeEngine, Visitor

HUMAN = (
    Reply(
        "Where?", metadata={"expects": "text"}, custom={"effects": [{"type": "request_callback", "reason": "asked"}]}
    ),
)
AGAIN, STORED = "utter_app_callback_contact_again", "utter_app_callback_stored"

Say = Callable[[str], Awaitable[str]]


@pytest.fixture
def say(service: Conversations, engine: FakeEngine, worker: TurnWorker, ann: Visitor) -> Say:
    """Sends a text, waits for its turn, and gives back what was said last."""
    engine.scripted["human please"] = [HUMAN, HUMAN]
    engine.scripted["where is my order"] = [(Reply("Your e-mail?", metadata={"expects": "email"}),)]

    async def say(text: str) -> str:
        receipt = await ann.types(text)
        while await service.next_turn(receipt.conversation_id) is not None:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)
        return (await service.messages_after(receipt.conversation_id, 0))[-1].text.strip()

    return say


@pytest.fixture
def contact(database: Database) -> Callable[[], Awaitable[str | None]]:
    async def contact() -> str | None:
        found: str | None = await database.read(
            lambda connection: connection.execute(sa.select(tables.callbacks.c.contact)).scalar_one()
        )
        return found

    return contact


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("jo.hart@mail.example", "jo.hart@mail.example"),
        ("<jo.hart@mail.example>.", "jo.hart@mail.example"),
        ("0770 0900123", "0770 0900123"),
        ("+44 7700 900123", "+44 7700 900123"),
        ("(020) 7946 0018 after six", "(020) 7946 0018"),
        ("about W4827310: 07700 900123", "07700 900123"),
    ],
)
async def test_what_answers_the_question_is_kept(say, contact, typed, kept) -> None:
    await say("human please")
    assert (await say(typed)).startswith(STORED)
    assert await contact() == kept


@pytest.mark.parametrize("between", ["what are your opening hours?", "I don't want to give my email", "hmm"])
async def test_something_else_in_between_is_answered_and_the_contact_taken_when_it_comes(say, contact, between) -> None:
    await say("human please")
    assert await say(between) == f"You said {between}"
    assert await say("thanks") == "You said thanks"
    assert (await say("ok it's +44 7700 900123")).startswith(STORED)
    assert await contact() == "+44 7700 900123"


@pytest.mark.parametrize("unreadable", ["yes", "Ja, bitte", "jo@mail", "07700 9"])
async def test_an_unreadable_answer_is_asked_for_once_more_and_then_left_to_the_engine(
    say, contact, unreadable
) -> None:
    await say("human please")
    assert (await say(unreadable)).startswith(AGAIN)
    assert await say(unreadable) == f"You said {unreadable}"
    assert (await say("jo.hart@mail.example")).startswith(STORED)
    assert await contact() == "jo.hart@mail.example"


async def test_who_says_no_is_not_listened_to_for_a_contact_any_more(say, contact) -> None:
    await say("human please")
    assert await say("no thanks") == "You said no thanks"
    assert await say("jo.hart@mail.example") == "You said jo.hart@mail.example"
    assert await contact() is None


async def test_what_a_form_asks_for_is_the_forms(say, contact) -> None:
    await say("human please")
    await say("where is my order")
    assert await say("jo.hart@mail.example") == "You said jo.hart@mail.example"
    assert await contact() is None


async def test_a_phone_number_is_the_call_backs_also_while_a_form_asks(say, contact) -> None:
    await say("human please")
    await say("where is my order")
    assert (await say("07700 900123")).startswith(STORED)
    assert await contact() == "07700 900123"


@pytest.mark.parametrize(
    "text",
    [
        "W4827310",
        "it should have come on 12.03.2026",
        "4111 1111 1111 1111",
        "where is the order of jo.hart@mail.example",
        "my order W4827310 jo.hart@mail.example",
    ],
)
async def test_later_on_only_what_is_essentially_a_contact_is_one(say, contact, text) -> None:
    await say("human please")
    await say("hmm")
    assert await say(text) == f"You said {text}"
    assert await contact() is None


async def test_once_there_is_a_contact_another_is_an_ordinary_message(say, contact) -> None:
    await say("human please")
    await say("jo.hart@mail.example")
    assert await say("07700 900123") == "You said 07700 900123"
    assert await contact() == "jo.hart@mail.example"
