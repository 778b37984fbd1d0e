"""A shop whose people answer: conversations that are handed over, agents who come and go, and the keeper's rounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.cases.hours import BusinessHours
from bot.conversations.models import Change, Message
from bot.conversations.service import Conversations
from bot.conversations.unit import Rules, Unit
from bot.handoff import owning
from bot.handoff.keeping import Keeper
from bot.handoff.models import Handoff, Place, QueuePlaceOf
from bot.handoff.people import HandoffPeople
from bot.handoff.queue import place_of, places
from bot.handoff.reading import HandoffEvent, events_of, handoff_of
from bot.handoff.sla import Times
from bot.handoff.staffing import Staffing
from bot.staff.accounts import add_agent, agent_by_id, change_agent
from bot.staff.models import Agent, Presence, Role
from bot.staff.presence import choose, sign_of_life
from bot.storage.database import Database
from bot.storage.desk_tables import handoffs
from bot.storage.tables import conversations
from tests.conftest import Clock
from tests.support.core import Heard, Visitor, case_book, plain_phrases

HOURS = BusinessHours.parse("Mon-Fri 08:00-18:00", "Europe/London")
TIMES = Times(timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=8), 75, HOURS)
STAFFING = Staffing(HOURS, timedelta(seconds=60))


class House:
    """One process of a shop with people. Names of agents and customers are their ids and identities."""

    def __init__(
        self, database: Database, clock: Clock, new_id: Callable[[], str], *, instance: str = "one", **keeper: Any
    ) -> None:
        self.database = database
        self.clock = clock
        self.heard = Heard()
        self.shown: list[Mapping[str, QueuePlaceOf]] = []
        self.presences: list[Mapping[str, Presence]] = []
        self.service = Conversations(
            database,
            plain_phrases(),
            Rules(),
            case_book(database, new_id),
            clock=clock,
            new_id=new_id,
            effect_handlers={},
            instance=instance,
            people=HandoffPeople(STAFFING, TIMES),
        )
        self.keeper = Keeper(
            self.service,
            STAFFING,
            TIMES,
            on_places=self.shown.append,
            on_presence=self.presences.append,
            **keeper,
        )
        self.service.subscribe(self.heard)
        self.visitors: dict[str, Visitor] = {}
        self.ids: dict[str, str] = {}  # conversations by customer

    # -- agents --------------------------------------------------------------------------------------------

    def adds(self, name: str, *, capacity: int = 4, role: Role = Role.AGENT, languages: tuple[str, ...] = ()) -> None:
        """Somebody new, who is there at once."""

        def work(connection: Connection) -> None:
            add_agent(
                connection,
                agent_id=name,
                email=f"{name}@shop.example",
                name=name.title(),
                role=role,
                password_hash="none",
                capacity=capacity,
                now=self.clock(),
                languages=languages,
            )
            choose(connection, name, Presence.ONLINE, self.clock())

        self.database.write_now(work)

    def chooses(self, name: str, presence: Presence) -> None:
        """Somebody says whether they take conversations."""
        self.database.write_now(lambda connection: choose(connection, name, presence, self.clock()))

    def disables(self, name: str) -> None:
        """Their account is closed."""
        self.database.write_now(lambda connection: change_agent(connection, name, self.clock(), state="disabled"))

    def lives(self, *names: str) -> None:
        """Their desks give a sign of life."""
        for name in names:
            self.database.write_now(lambda connection, name=name: sign_of_life(connection, name, self.clock()))

    def agent(self, name: str) -> Agent:
        """The account."""
        found = self.database.read_now(lambda connection: agent_by_id(connection, name))
        assert found is not None
        return found

    async def does(self, work: Callable[..., Change | None], customer: str, name: str, *args: Any, **more: Any) -> None:
        """Somebody does one of `owning`'s functions in a customer's conversation."""
        conversation_id, agent = self.ids[customer], self.agent(name)
        await self.service.change(lambda unit: work(unit, conversation_id, agent, *args, **more))

    async def answers(self, customer: str, name: str, text: str = "Let me see.") -> None:
        """An agent writes to a customer."""
        self.lives(name)
        await self.does(owning.reply, customer, name, text, key=f"{customer}{name}{self.clock()}")

    # -- customers -----------------------------------------------------------------------------------------

    async def writes(self, customer: str, text: str = "hello") -> None:
        """A customer writes."""
        visitor = self.visitors.setdefault(customer, Visitor(self.service, customer))
        received = await visitor.types(text)
        self.ids[customer] = received.conversation_id

    async def asks(self, customer: str, **values: Any) -> tuple[Message, ...] | None:
        """A customer writes and asks for a person; `values` are set in the handoff."""
        await self.writes(customer)
        conversation_id = self.ids[customer]

        def work(unit: Unit) -> tuple[Message, ...] | None:
            return unit.people.ask_for(unit, conversation_id, "asked")

        told = await self.service.transact(work)
        if values:
            self.sets(customer, **values)
        return told

    # -- what there is -------------------------------------------------------------------------------------

    def sets(self, customer: str, **values: Any) -> None:
        """Change columns of a customer's handoff."""
        handoff_id = self.handoff(customer).id
        change = sa.update(handoffs).where(handoffs.c.id == handoff_id).values(**values)
        self.database.write_now(lambda connection: connection.execute(change))

    def conversation(self, customer: str) -> Row[Any]:
        """The customer's conversation."""
        wanted = sa.select(conversations).where(conversations.c.id == self.ids[customer])
        return self.database.read_now(lambda connection: connection.execute(wanted).one())

    def owner(self, customer: str) -> str:
        """Who may speak with them."""
        return str(self.conversation(customer).owner)

    def owners(self) -> dict[str, str]:
        """Who may speak with whom."""
        return {customer: self.owner(customer) for customer in self.ids}

    def handoff(self, customer: str) -> Handoff:
        """The customer's open handoff, or the last."""
        found = self.database.read_now(lambda connection: handoff_of(connection, self.ids[customer]))
        assert found is not None
        return found

    def events(self, customer: str) -> list[str]:
        """What happened to it."""
        handoff_id = self.handoff(customer).id
        return [one.kind for one in self.database.read_now(lambda connection: events_of(connection, handoff_id))]

    def all_events(self, customer: str) -> list[HandoffEvent]:
        """The same, with what is known of each."""
        handoff_id = self.handoff(customer).id
        return self.database.read_now(lambda connection: events_of(connection, handoff_id))

    def places(self) -> dict[str, Place]:
        """Everybody's place."""
        found = self.database.read_now(lambda connection: places(connection, self.clock()))
        return {customer: found[id_] for customer, id_ in self.ids.items() if id_ in found}

    def place(self, customer: str) -> Place | None:
        """One customer's place."""
        return self.database.read_now(lambda connection: place_of(connection, self.ids[customer], self.clock()))

    async def told(self, customer: str) -> list[str]:
        """The names of the sentences that we said, in order."""
        said = await self.service.messages_after(self.ids[customer], 0)
        return [message.response for message in said if message.response is not None]
