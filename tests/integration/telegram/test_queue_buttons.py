"""The button that leads back to the assistant: gone once nobody waits, and answered in words if tapped late."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversations.models import Change, Choice, Draft, Received
from bot.conversations.service import Conversations
from bot.conversations.transcript import append
from bot.conversations.unit import Unit
from bot.handoff import owning
from bot.handoff.people import HandoffPeople
from bot.staff.accounts import add_agent
from bot.staff.models import Agent, Role
from bot.storage.channel_tables import delivery_parts
from bot.storage.database import Database
from bot.storage.tables import choices, conversations, deliveries, messages
from channels.telegram.queue_buttons import GO_BACK, QueueButtons
from channels.telegram.reading import read_update
from channels.telegram.taps import Taps
from channels.telegram.updates import Tap
from tests.conftest import Clock
from tests.support.handed_over import TIMES, Switch
from tests.support.telegram_in import READING, WayIn, way_in
from tests.support.telegram_updates import BOT_ID, tapped, typed

WAY, NUMBER = "way" + "0" * 20, 17


@pytest.fixture
def inward(database: Database, clock: Clock, new_id: Callable[[], str]) -> WayIn:
    """Telegram, where people are behind the assistant."""
    return way_in(database, clock, new_id, people=HandoffPeople(Switch(), TIMES))


@pytest.fixture
def buttons(inward: WayIn) -> QueueButtons:
    return QueueButtons(inward.conversations, BOT_ID)


@pytest.fixture
def robin(database: Database, clock: Clock) -> Agent:
    fields: dict[str, Any] = {"email": "robin@shop.example", "role": Role.AGENT, "password_hash": "none", "capacity": 4}
    return database.write_now(
        lambda connection: add_agent(connection, agent_id="robin", name="Robin", now=clock(), **fields)
    )


async def wait(inward: WayIn, *, sent: bool = True) -> str:
    """A customer waits for a person, and their chat shows the button; the conversation's id."""
    await inward.takes(typed(1, "a person please"))
    (row,) = await inward.rows(sa.select(conversations.c.id))

    def work(unit: Unit) -> None:
        unit.people.ask_for(unit, row.id, "asked")
        append(unit, row.id, [Draft("Wait.", author_kind="system", choices=(Choice(WAY, "Go on", GO_BACK),))])

    await inward.conversations.transact(work)
    if sent:
        await arrive(inward)
    return str(row.id)


async def arrive(inward: WayIn) -> None:
    """Telegram has taken the message with the button."""

    def work(unit: Unit) -> None:
        own = sa.select(choices.c.message_id).where(choices.c.id == WAY)
        message_id = unit.connection.execute(own).scalar_one()
        of_it = deliveries.c.message_id == message_id
        unit.connection.execute(sa.update(deliveries).where(of_it).values(state="delivered"))
        part = {"message_id": message_id, "channel": "telegram", "part": 0, "outcome": "sent", "at": unit.now}
        unit.connection.execute(sa.insert(delivery_parts).values(external_id=f"42:{BOT_ID}:{NUMBER}", **part))

    await inward.conversations.transact(work)


async def owner(inward: WayIn) -> str:
    (row,) = await inward.rows(sa.select(conversations.c.owner))
    return str(row.owner)


async def edits(inward: WayIn) -> list[tuple[int, Any]]:
    """The keyboards that messages are to get, by the message's number."""
    return [
        (call.arguments["message_id"], call.arguments["reply_markup"]["inline_keyboard"])
        for call in await inward.queued()
        if call.method == "editMessageReplyMarkup"
    ]


async def test_the_way_back_goes_away_when_a_person_takes_the_conversation(inward, buttons, robin) -> None:
    conversation = await wait(inward)
    await buttons.settle()
    assert await edits(inward) == [], "they still wait"
    await inward.conversations.change(lambda unit: owning.claim(unit, conversation, robin))
    buttons.look_again()
    await buttons.settle()
    assert await edits(inward) == [(NUMBER, [])]
    buttons.look_again()
    await buttons.settle()
    assert len(await edits(inward)) == 1


async def test_the_way_back_goes_away_when_the_queue_is_left_otherwise(inward, buttons) -> None:
    conversation = await wait(inward)
    await inward.conversations.transact(lambda unit: unit.people.go_back(unit, conversation))
    await buttons.settle()
    assert await edits(inward) == [(NUMBER, [])]


async def test_a_way_back_that_is_sent_late_goes_away_once_it_is_there(inward, buttons, robin) -> None:
    conversation = await wait(inward, sent=False)
    await inward.conversations.change(lambda unit: owning.claim(unit, conversation, robin))
    await buttons.settle()
    assert await edits(inward) == []
    await arrive(inward)
    await buttons.settle()
    assert await edits(inward) == [(NUMBER, [])]


async def test_who_taps_it_in_time_keeps_the_tick(inward, buttons) -> None:
    await wait(inward)
    await inward.takes(tapped(2, WAY, "q1", under=NUMBER))
    await buttons.settle()
    assert await owner(inward) == "bot"
    assert inward.client.answers() == [{"callback_query_id": "q1"}]
    assert [keyboard[0][0]["text"] for _, keyboard in await edits(inward)] == ["✓ Go on"]


async def test_a_late_tap_is_told_who_has_the_conversation(inward, robin) -> None:
    conversation = await wait(inward)
    await inward.conversations.change(lambda unit: owning.claim(unit, conversation, robin))
    await inward.takes(tapped(2, WAY, "q1", under=NUMBER))
    (answer,) = inward.client.answers()
    assert (answer["show_alert"], answer["text"].split()[0]) == (True, "utter_app_handoff_taken")
    assert await owner(inward) == "robin"
    assert await edits(inward) == [], "a tick would say that it had its effect"


async def test_a_tap_after_the_person_is_gone_is_told_that_the_assistant_is_there(inward, robin) -> None:
    conversation = await wait(inward)
    await inward.conversations.change(lambda unit: owning.claim(unit, conversation, robin))
    await inward.conversations.change(lambda unit: owning.hand_back(unit, conversation, robin))
    await inward.takes(tapped(2, WAY, "q1", under=NUMBER))
    assert inward.client.answers()[0]["text"].split()[0] == "utter_app_with_assistant"
    assert await owner(inward) == "bot"


async def test_a_tap_after_the_end_is_told_so_and_is_no_message(inward, robin) -> None:
    conversation = await wait(inward)
    await inward.conversations.change(lambda unit: owning.claim(unit, conversation, robin))
    await inward.conversations.change(lambda unit: owning.resolve(unit, conversation, robin))
    await inward.takes(tapped(2, WAY, "q1", under=NUMBER))
    assert inward.client.answers()[0]["text"].split()[0] == "utter_app_conversation_over"
    assert await inward.rows(sa.select(messages.c.id).where(messages.c.payload == GO_BACK)) == []


class Overtaken:
    """A core in which something happens after a button was looked up and before its tap is received."""

    def __init__(self, conversations: Conversations, meanwhile: Callable[[], Awaitable[Any]]) -> None:
        self._conversations = conversations
        self._meanwhile = meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._conversations, name)

    async def receive(self, *args: Any, **named: Any) -> Received:
        await self._meanwhile()
        return await self._conversations.receive(*args, **named)


async def tap_while(inward: WayIn, meanwhile: Callable[[], Awaitable[Any]]) -> None:
    """The way back is tapped, and that happens meanwhile."""
    taps = Taps(Overtaken(inward.conversations, meanwhile), inward.inbox, inward.answers)  # type: ignore[arg-type]
    await inward.inbox.store([tapped(2, WAY, "q1", under=NUMBER)])
    (stored,) = await inward.inbox.waiting()
    tap = read_update(stored.body, READING)
    assert isinstance(tap, Tap)
    await taps.take(stored, tap)
    await inward.answers.settle()


async def test_a_person_who_is_quicker_than_the_tap_leaves_no_tick(inward, buttons, robin) -> None:
    conversation = await wait(inward)
    await tap_while(inward, lambda: inward.conversations.change(lambda unit: owning.claim(unit, conversation, robin)))
    buttons.look_again()
    await buttons.settle()
    assert await owner(inward) == "robin"
    assert inward.client.answers()[0]["text"].split()[0] == "utter_app_handoff_taken"
    assert await edits(inward) == [(NUMBER, [])], "the way back is gone"


async def test_who_waits_again_before_the_tap_goes_back_and_sees_the_tick(inward, buttons, robin) -> None:
    conversation = await wait(inward)
    await inward.conversations.change(lambda unit: owning.claim(unit, conversation, robin))

    def let_go(unit: Unit) -> Change:
        return owning.release(unit, conversation, by=robin, why="released")

    await tap_while(inward, lambda: inward.conversations.change(let_go))
    assert await owner(inward) == "bot"
    assert [keyboard[0][0]["text"] for _, keyboard in await edits(inward)] == ["✓ Go on"]
