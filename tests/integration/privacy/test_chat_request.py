""" "Delete my data" in the chat: who has not proven who they are is told how; who has is asked, and promised a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.cases.cases import read_cases
from bot.composing import DOMAIN
from bot.conversations.models import Message
from bot.conversations.phrases import Phrases, load_domain
from bot.conversations.service import Conversations
from bot.conversations.unit import Rules
from bot.storage.database import Database
from bot.storage.tables import choices, conversations, messages, verifications
from tests.conftest import Clock
from tests.support.core import case_book
from tests.support.telegram_customer import TelegramCustomer

pytestmark = pytest.mark.integration


@pytest.fixture
def service(database: Database, clock: Clock, new_id: Callable[[], str]) -> Conversations:
    return Conversations(
        database,
        Phrases(load_domain(DOMAIN)["responses"]),
        Rules(privacy_page="https://shop.example/help/your-data"),
        case_book(database, new_id),
        clock=clock,
        new_id=new_id,
        effect_handlers={},
        instance="one",
    )


class Chat:
    """A customer on Telegram, and what they were told last."""

    def __init__(self, service: Conversations, clock: Clock, locale: str = "en") -> None:
        self.service, self.clock = service, clock
        self.customer = TelegramCustomer(service, "42", locale)
        self.conversation = ""

    async def asks(self) -> Message:
        """/privacy, and the button under its answer."""
        received = await self.customer.types("hello")
        self.conversation = received.conversation_id
        await self.customer.commands("privacy")
        return await self.taps("app:forget")

    async def taps(self, payload: str) -> Message:
        """The latest button with that payload."""
        offered = (
            sa.select(choices.c.id)
            .join(messages, messages.c.id == choices.c.message_id)
            .where(choices.c.conversation_id == self.conversation, choices.c.payload == payload)
            .order_by(messages.c.seq.desc())
        )
        (choice, *_) = self._rows(offered)
        await self.customer.taps(choice.id)
        said = await self.service.messages_after(self.conversation, 0)
        return said[-1]

    def proves(self) -> None:
        row = {
            "id": "proof",
            "conversation_id": self.conversation,
            "shop_customer_id": "cust-1",
            "level": "verified",
            "method": "one_time_code",
            "granted_at": self.clock(),
            "expires_at": self.clock() + timedelta(minutes=30),
        }
        self.service.database.write_now(lambda connection: connection.execute(sa.insert(verifications).values(row)))

    def cases(self) -> list[tuple[str, str]]:
        return [
            (case.kind, case.level)
            for case in self.service.database.read_now(lambda connection: read_cases(connection, done=True))
        ]

    def _rows(self, wanted: sa.Select[tuple[str]]) -> list[sa.Row[tuple[str]]]:
        return list(self.service.database.read_now(lambda connection: connection.execute(wanted).all()))


async def test_who_is_not_known_is_told_how_to_prove_it(service: Conversations, clock: Clock) -> None:
    chat = Chat(service, clock)
    told = await chat.asks()
    assert told.response == "utter_app_forget_prove"
    assert [choice["title"] for choice in told.choices] == ["Prove who I am", "Delete my data", "Talk to a person"]
    assert chat.cases() == []


async def test_who_has_proven_it_is_asked_and_a_yes_opens_one_case(service: Conversations, clock: Clock) -> None:
    chat = Chat(service, clock)
    await chat.asks()
    chat.proves()
    assert (await chat.taps("app:forget")).response == "utter_app_forget_question"
    assert chat.cases() == []
    promised = await chat.taps("app:forget:yes")
    assert promised.response == "utter_app_forget_promised"
    assert "1 April 2026" in promised.text
    assert chat.cases() == [("erasure", "verified")]


async def test_asked_again_the_first_promise_stands(service: Conversations, clock: Clock) -> None:
    chat = Chat(service, clock)
    await chat.asks()
    chat.proves()
    await chat.taps("app:forget")
    await chat.taps("app:forget:yes")
    clock.forward(minutes=5)
    await chat.customer.commands("privacy")
    told = await chat.taps("app:forget")
    assert told.response == "utter_app_forget_promised"
    assert len(chat.cases()) == 1


async def test_a_no_changes_nothing(service: Conversations, clock: Clock) -> None:
    chat = Chat(service, clock)
    await chat.asks()
    chat.proves()
    await chat.taps("app:forget")
    assert (await chat.taps("app:forget:no")).response == "utter_app_forget_kept"
    assert chat.cases() == []


async def test_a_proof_that_has_run_out_proves_nothing(service: Conversations, clock: Clock) -> None:
    chat = Chat(service, clock)
    await chat.asks()
    chat.proves()
    await chat.taps("app:forget")
    clock.forward(minutes=45)
    assert (await chat.taps("app:forget:yes")).response == "utter_app_forget_prove"
    assert chat.cases() == []


async def test_it_can_be_asked_for_after_the_end_as_well(service: Conversations, clock: Clock) -> None:
    chat = Chat(service, clock)
    chat.conversation = (await chat.customer.types("hello")).conversation_id
    await chat.customer.commands("end")
    await chat.customer.commands("privacy")
    told = await chat.taps("app:forget")
    assert (told.response, told.choices) == ("utter_app_forget_prove", ())
    chat.proves()
    await chat.customer.commands("privacy")
    assert (await chat.taps("app:forget")).response == "utter_app_forget_question"
    assert (await chat.taps("app:forget:yes")).response == "utter_app_forget_promised"


@pytest.mark.parametrize(
    ("locale", "day"), [("de", "1. April 2026"), ("fr", "1 avril 2026"), ("es", "1 de abril de 2026")]
)
async def test_the_promise_is_made_in_the_customer_s_language(
    service: Conversations, clock: Clock, locale: str, day: str
) -> None:
    chat = Chat(service, clock, locale)
    await chat.asks()
    chat.proves()
    own = conversations.c.id == chat.conversation
    service.database.write_now(
        lambda connection: connection.execute(sa.update(conversations).where(own).values(locale=locale))
    )
    await chat.taps("app:forget")
    assert day in (await chat.taps("app:forget:yes")).text
