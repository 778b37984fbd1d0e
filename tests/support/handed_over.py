"""A conversation core with people behind it: agents, customers, and what the database says of who owns what."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.cases.hours import BusinessHours
from bot.conversations.models import Change, Message, Reply
from bot.conversations.phrases import REQUIRED, Phrases
from bot.conversations.service import Conversations
from bot.conversations.unit import Rules, Unit
from bot.handoff.models import Handoff, Place
from bot.handoff.people import HandoffPeople, Helpdesk
from bot.handoff.reading import HandoffEvent, events_of, handoffs_of
from bot.handoff.sla import Times
from bot.insights.ledger import Report, verify
from bot.staff.accounts import add_agent
from bot.staff.models import Agent, Presence, Role
from bot.storage.database import Database
from bot.storage.tables import agents, choices, conversations, surveys
from tests.support.core import FakeEngine, Heard, Visitor, case_book
from tests.support.telegram_customer import TelegramCustomer

ROUND_THE_CLOCK = BusinessHours.parse("Mon-Sun 00:00-24:00", "UTC")
TIMES = Times(timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=8), 75, ROUND_THE_CLOCK)
SECOND_OF_TWO = Place(2, 240)
# What stands in the sentences about people, and the buttons below them.
FILLED = {
    "utter_app_handoff_queued": " {position}: {wait}",
    "utter_app_handoff_queued_next": ": {wait}",
    "utter_app_handoff_queued_unknown": " {position}",
    "utter_app_handoff_taken": " {agent}",
    "utter_app_handoff_moved": " {agent}",
    "utter_app_handed_back": " {agent}",
    "utter_app_agent_writes": " {agent}",
    "utter_app_rating_question_agent": " {agent}",
    "utter_app_handoff_closed": " {promise}",
    "utter_app_handoff_deserted": " {promise}",
    "utter_app_handoff_left": " {promise}",
    "utter_app_handoff_unreached": " {promise}",
    "utter_app_promise_here": " {promise}",
    "utter_app_callback_stored": " {contact}",
}
GO_BACK = {"title": "Go on with the assistant", "payload": "app:go_back"}
BUTTONS = {
    **dict.fromkeys((name for name in REQUIRED if name.startswith("utter_app_handoff_queued")), GO_BACK),
    **dict.fromkeys(("utter_app_handoff_waits_again", "utter_app_handoff_moved_team"), GO_BACK),
    "utter_app_callback_contact": {"title": "Answer me here in the chat", "payload": "app:callback_here"},
}


def named_phrases() -> Phrases:
    """Each of the app's sentences is its own name, with what it is filled with and its button."""
    return Phrases(
        {
            name: [{"text": name + FILLED.get(name, ""), "buttons": [BUTTONS[name]] if name in BUTTONS else []}]
            for name in REQUIRED
        }
    )


@dataclass
class Switch:
    """Whether people are there."""

    on: bool = True

    def live(self, connection: Connection, now: datetime, language: str) -> bool:
        return self.on


def handing_over(reason: str = "asked", text: str = "I'm getting somebody.") -> Reply:
    """A reply of the bot's that hands the conversation over."""
    return Reply(text, custom={"effects": [{"type": "request_handoff", "reason": reason}]})


@dataclass
class House:
    """Customers, agents and the bot at one database."""

    database: Database
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    place: Place | None = SECOND_OF_TWO
    helpdesk: Helpdesk | None = None
    there: Switch = field(default_factory=Switch)
    engine: FakeEngine = field(default_factory=FakeEngine)
    heard: Heard = field(default_factory=Heard)

    def __post_init__(self) -> None:
        self.people = HandoffPeople(
            self.there, TIMES, places=lambda connection, conversation, now: self.place, helpdesk=self.helpdesk
        )
        self.service = self.process("one")
        self.service.subscribe(self.heard)
        self.wanda = Visitor(self.service, "wanda")
        self.tom = TelegramCustomer(self.service, "42")
        self._keys = itertools.count(1)

    def process(self, instance: str) -> Conversations:
        """The core as one process has it."""
        return Conversations(
            self.database,
            named_phrases(),
            Rules(),
            case_book(self.database, self.new_id),
            clock=self.clock,
            new_id=self.new_id,
            effect_handlers={},
            instance=instance,
            people=self.people,
        )

    def agent(self, name: str = "Robin", role: Role = Role.AGENT, presence: Presence = Presence.ONLINE) -> Agent:
        """One of our people, at their desk."""

        def work(connection: Connection) -> Agent:
            agent_id = self.new_id()
            added = add_agent(
                connection,
                agent_id=agent_id,
                email=f"{name.lower()}@shop.example",
                name=name,
                role=role,
                password_hash="none",
                capacity=4,
                now=self.clock(),
            )
            theirs = sa.update(agents).where(agents.c.id == agent_id)
            connection.execute(theirs.values(presence=presence.value, seen_at=self.clock()))
            return replace(added, presence=presence, seen_at=self.clock())

        return self.database.write_now(work)

    # -- what happens

    async def turn(self, conversation_id: str, *replies: Reply) -> Change:
        """The engine answers what waits, as it says by itself or with `replies`."""
        due = await self.service.next_turn(conversation_id)
        assert due is not None
        if replies:
            self.engine.scripted[due.text] = [replies]
        return await self.service.commit_turn(due, await self.engine.run(due, due.history), 1)

    async def talks(self, customer: Visitor | TelegramCustomer | None = None, text: str = "hello") -> str:
        """A customer writes and is answered by the bot; the conversation's id."""
        conversation_id = (await (customer or self.wanda).types(text)).conversation_id
        await self.turn(conversation_id)
        return conversation_id

    async def waits(self, customer: Visitor | TelegramCustomer | None = None, text: str = "a person please") -> str:
        """A customer asks for a person, and is in the queue; the conversation's id."""
        conversation_id = (await (customer or self.wanda).types(text)).conversation_id
        await self.turn(conversation_id, handing_over())
        return conversation_id

    async def does(self, work: Callable[..., Change | None], *args: Any, **named: Any) -> Change | None:
        """A function of `bot.handoff`, in a transaction of its own, and published."""
        return await self.service.change(lambda unit: work(unit, *args, **named))

    async def unit_of_work(self, work: Callable[[Unit], Any]) -> Any:
        return await self.service.transact(work)

    def key(self) -> str:
        """A fresh key of a reply."""
        return f"key-{next(self._keys)}"

    # -- what is there

    def read(self, statement: sa.Select[Any]) -> Sequence[Any]:
        return self.database.read_now(lambda connection: connection.execute(statement).all())

    def conversation(self, conversation_id: str) -> Any:
        return self.read(sa.select(conversations).where(conversations.c.id == conversation_id))[0]

    def owner(self, conversation_id: str) -> str:
        return str(self.conversation(conversation_id).owner)

    def handoffs(self, conversation_id: str) -> list[Handoff]:
        return self.database.read_now(lambda connection: handoffs_of(connection, conversation_id))

    def handoff(self, conversation_id: str) -> Handoff:
        """The last one."""
        return self.handoffs(conversation_id)[-1]

    def events(self, conversation_id: str) -> list[HandoffEvent]:
        """Of the last handoff."""
        handoff_id = self.handoff(conversation_id).id
        return self.database.read_now(lambda connection: events_of(connection, handoff_id))

    def kinds(self, conversation_id: str) -> list[str]:
        return [event.kind for event in self.events(conversation_id)]

    def surveys(self, conversation_id: str) -> Sequence[Any]:
        return self.read(sa.select(surveys).where(surveys.c.conversation_id == conversation_id))

    async def said(self, conversation_id: str, after: int = 0) -> list[str]:
        """Everything in it, in order."""
        return [message.text.strip() for message in await self.messages(conversation_id, after)]

    async def messages(self, conversation_id: str, after: int = 0) -> list[Message]:
        return await self.service.messages_after(conversation_id, after)

    def button(self, conversation_id: str, payload: str) -> str:
        """The id of the newest button with that payload."""
        wanted = sa.select(choices.c.id).where(
            choices.c.conversation_id == conversation_id, choices.c.payload == payload
        )
        return str(self.read(wanted.order_by(choices.c.id.desc()))[0].id)

    def ledger(self) -> Report:
        return self.database.read_now(verify)
