"""Every way in which a conversation can end asks how it was, once, on every channel; the few that do not, say why."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.conversations import blocking
from bot.conversations.models import Reply
from bot.handoff import owning, upkeep
from bot.handoff.models import Ending
from bot.staff.models import Agent
from tests.support.core import Visitor
from tests.support.handed_over import House, handing_over
from tests.support.telegram_customer import TelegramCustomer

pytestmark = pytest.mark.integration

Customer = Visitor | TelegramCustomer
Way = Callable[[House, Customer], Awaitable[str]]
CHANNELS = ("wanda", "tom")


def forward(house: House, **by: float) -> None:
    house.clock.forward(**by)  # type: ignore[attr-defined]  # the tests' own clock


async def taken(house: House, customer: Customer) -> tuple[str, Agent]:
    """An agent has the conversation and has answered in it."""
    talk, robin = await house.waits(customer), house.agent()
    await house.does(owning.claim, talk, robin)
    await house.does(owning.reply, talk, robin, "Here I am.", key=house.key())
    return talk, robin


async def by_goodbye(house: House, customer: Customer) -> str:
    talk = (await customer.types("bye")).conversation_id
    await house.turn(talk, Reply("Bye.", custom={"effects": [{"type": "end", "reason": "done"}]}))
    return talk


async def by_silence(house: House, customer: Customer) -> str:
    """Also what closing the page comes to: nobody hears of that, and the silence is the same."""
    talk = await house.talks(customer)
    forward(house, minutes=31)
    assert await house.service.end_idle() == 1
    return talk


async def after_a_promise(house: House, customer: Customer) -> str:
    """Outside hours nobody is there: a promise is given, and the conversation falls silent."""
    house.there.on = False
    talk = (await customer.types("a person please")).conversation_id
    await house.turn(talk, handing_over())
    forward(house, minutes=31)
    assert await house.service.end_idle() == 1
    return talk


async def by_an_agent(house: House, customer: Customer) -> str:
    talk, robin = await taken(house, customer)
    await house.does(owning.resolve, talk, robin)
    return talk


async def by_an_agent_for_another_reason(house: House, customer: Customer) -> str:
    talk, robin = await taken(house, customer)
    await house.does(owning.resolve, talk, robin, Ending.OTHER)
    return talk


async def silent_with_an_agent(house: House, customer: Customer) -> str:
    talk, _ = await taken(house, customer)
    forward(house, hours=3)
    await house.does(upkeep.end_silent, talk, house.owner(talk), timedelta(hours=2))
    return talk


async def handed_back_and_silent(house: House, customer: Customer) -> str:
    talk, robin = await taken(house, customer)
    await house.does(owning.hand_back, talk, robin)
    forward(house, minutes=31)
    assert await house.service.end_idle() == 1
    return talk


WAYS: dict[str, tuple[Way, str, str]] = {  # how it ends, the reason that is kept, who is rated
    "goodbye": (by_goodbye, "done", "bot"),
    "silence, as when the page is closed": (by_silence, "idle", "bot"),
    "a promise outside hours": (after_a_promise, "idle", "bot"),
    "resolved": (by_an_agent, "resolved", "agent"),
    "ended by an agent otherwise": (by_an_agent_for_another_reason, "left", "agent"),
    "silence while an agent has it": (silent_with_an_agent, "idle", "agent"),
    "handed back, then silence": (handed_back_and_silent, "idle", "agent"),
}


@pytest.mark.parametrize("name", CHANNELS)
@pytest.mark.parametrize("way", WAYS)
async def test_an_end_asks_once_on_every_channel_by(house: House, way: str, name: str) -> None:
    end, reason, about = WAYS[way]
    talk = await end(house, getattr(house, name))
    assert house.conversation(talk).end_reason == reason
    (survey,) = house.surveys(talk)
    assert (survey.state, survey.about) == ("due", about)
    questions = [message for message in await house.messages(talk) if message.kind == "rating"]
    assert [question.id for question in questions] == [survey.message_id]
    await house.service.end_idle()
    await house.service.close_surveys()
    assert len([message for message in await house.messages(talk) if message.kind == "rating"]) == 1


async def test_the_command_that_ends_asks(house: House) -> None:
    talk = await house.talks(house.tom)
    await house.tom.commands("end")
    (survey,) = house.surveys(talk)
    assert (survey.state, house.conversation(talk).end_reason) == ("due", "done")


async def test_who_comes_back_after_the_question_is_asked_about_the_new_conversation_only(house: House) -> None:
    first = await by_silence(house, house.tom)
    second = await by_silence(house, house.tom)
    assert first != second
    assert [len(house.surveys(talk)) for talk in (first, second)] == [1, 1]
    assert len([message for message in await house.messages(first) if message.kind == "rating"]) == 1


async def test_who_blocks_us_while_we_talk_cannot_be_asked_and_the_ledger_says_so(house: House) -> None:
    talk = await house.talks(house.tom)
    await house.service.changes(lambda unit: blocking.blocked(unit, "telegram", "42"))
    (survey,) = house.surveys(talk)
    assert (survey.state, survey.exempt_reason) == ("exempt", "blocked")


async def test_who_only_pressed_start_and_asked_nothing_is_not_asked(house: House) -> None:
    talk = (await house.tom.commands("start")).conversation_id
    await house.turn(talk)
    await house.tom.commands("end")
    (survey,) = house.surveys(talk)
    assert (survey.state, survey.exempt_reason) == ("exempt", "nothing_asked")
