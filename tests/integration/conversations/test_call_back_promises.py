"""A call back is promised for a moment, which is said, stored, and seen by a person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bot.cases.cases import Case, close_case, read_cases
from bot.conversations.app_prompts import request_callback
from bot.conversations.models import Incoming
from bot.conversations.phrases import Phrases, load_domain
from bot.conversations.service import Conversations
from bot.conversations.unit import Unit
from bot.settings import ROOT
from bot.storage.database import Database
from tests.conftest import Clock

Say = Callable[[str], Awaitable[str]]
MAIL = "jo@mail.example"


@pytest.fixture
def phrases() -> Phrases:
    return Phrases(load_domain(ROOT / "domain.yml")["responses"])


class Caller:
    """Somebody who asks to be called back, in their language."""

    def __init__(self, service: Conversations, locale: str) -> None:
        self._service = service
        self._locale = locale
        self._sent = 0
        self.conversation = ""

    async def types(self, text: str) -> str:
        """Send a text; gives back what was said last."""
        self._sent += 1
        receipt = await self._service.receive(Incoming("web", "ann", f"ann:{self._sent}", text, None, self._locale))
        self.conversation = receipt.conversation_id
        return (await self._service.messages_after(self.conversation, 0))[-1].text

    async def asks(self) -> list[str]:
        """Ask to be called back, as the button does; gives back what the app says."""

        def work(unit: Unit) -> list[str]:
            return [draft.text for draft in request_callback(unit, self.conversation, "asked")]

        return await self._service.transact(work)


@pytest.fixture
def caller(service: Conversations) -> Callable[[str], Awaitable[Caller]]:
    async def caller(locale: str = "en") -> Caller:
        somebody = Caller(service, locale)
        await somebody.types("hello")
        await somebody.asks()
        return somebody

    return caller


async def opened(database: Database) -> list[Case]:
    return await database.read(read_cases)


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en-GB", f"get back to you on {MAIL} by 11:00 today."),
        ("de-AT", f"meldet sich spätestens heute um 11:00 Uhr unter {MAIL} bei Ihnen."),
        ("es", f"con usted en {MAIL} a más tardar hoy a las 11:00."),
        ("fr-FR", f"vous contactera au plus tard aujourd'hui à 11:00 ({MAIL})."),
    ],
)
async def test_the_promise_is_said_in_the_customers_language(caller, locale, said) -> None:
    assert said in await (await caller(locale)).types(MAIL)


async def test_the_promise_is_stored_as_a_case(caller, database, clock) -> None:
    ann = await caller()
    await ann.types(f"{MAIL}, after six please")
    (case,) = await opened(database)
    assert (case.kind, case.contact, case.conversation_id) == ("call_back", MAIL, ann.conversation)
    assert case.words == f"{MAIL}, after six please"
    assert (case.due_at - case.opened_at).total_seconds() == 2 * 3600


async def test_without_a_contact_there_is_nothing_to_promise(caller, database) -> None:
    await caller()
    assert await opened(database) == []


async def test_asked_again_the_promise_stays_the_first_one(caller, database, clock: Clock) -> None:
    ann = await caller()
    await ann.types(MAIL)
    clock.forward(minutes=20)
    (said,) = await ann.asks()
    assert f"{MAIL} by 11:00 today" in said
    assert len(await opened(database)) == 1


async def test_a_promise_that_was_broken_is_not_said_again(caller, database, clock: Clock) -> None:
    ann = await caller()
    await ann.types(MAIL)
    (first,) = await opened(database)
    clock.forward(hours=3)
    (said,) = await ann.asks()
    assert f"{MAIL} by 14:00 today" in said
    assert [case.due_at for case in await opened(database)] == [first.due_at]


async def test_who_was_called_back_may_ask_once_more(caller, database, clock: Clock) -> None:
    ann = await caller()
    await ann.types(MAIL)
    (first,) = await opened(database)
    await database.write(lambda connection: close_case(connection, first.id, clock.now))
    clock.forward(minutes=20)
    (said,) = await ann.asks()
    assert f"{MAIL} by 11:30 today" in said
    (second,) = await opened(database)
    assert second.id != first.id
