"""A customer on the website and one on Telegram, the links between them, and what the database says of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.conversations.linking import Followed
from bot.conversations.models import Message, Reply
from bot.conversations.phrases import Phrases
from bot.conversations.service import Conversations
from bot.conversations.unit import Rules
from bot.customers.links import Link, read_links
from bot.insights.ledger import Report, verify
from bot.storage.channel_tables import participants
from bot.storage.database import Database
from bot.storage.tables import choices, conversations, customers, deliveries, identities, verifications
from tests.support.core import FakeEngine, Visitor, case_book, plain_phrases
from tests.support.telegram_customer import TelegramCustomer

QUESTION = Reply(
    text="Which order?",
    buttons=({"title": "#W1", "payload": "/choose{}", "value": "W1"},),
    custom={"cards": [{"type": "order", "number": "#W1"}]},
    response="utter_which_order",
    metadata={"expects": "order_number"},
)


@dataclass
class Shop:
    """Wanda chats on the website, Tom on Telegram; both are the same person once a link says so."""

    service: Conversations
    engine: FakeEngine = field(default_factory=FakeEngine)

    def __post_init__(self) -> None:
        self.wanda = Visitor(self.service, "wanda")
        self.tom = TelegramCustomer(self.service, "42")

    # -- what happens

    async def turn(self, conversation_id: str) -> None:
        """The engine answers what waits."""
        due = await self.service.next_turn(conversation_id)
        assert due is not None
        await self.service.commit_turn(due, await self.engine.run(due, due.history), 1)

    async def asks(self, customer: Visitor | TelegramCustomer, text: str = "track", reply: Reply = QUESTION) -> str:
        """A customer writes, and is asked something; the conversation's id."""
        self.engine.scripted[text] = [(reply,)]
        conversation_id = (await customer.types(text)).conversation_id
        await self.turn(conversation_id)
        return conversation_id

    async def end(self, conversation_id: str) -> None:
        """The bot says goodbye."""
        self.engine.scripted["bye"] = [(Reply("Bye.", custom={"effects": [{"type": "end", "reason": "done"}]}),)]
        await self.turn(conversation_id)

    async def link(self, external_id: str = "wanda", channel: str = "web", *, to: str = "telegram") -> str:
        """A token that this identity asks for."""
        token, _ = await self.service.open_link(channel, external_id, to, "en")
        return token

    async def follow(self, token: str, external_id: str = "42", channel: str = "telegram") -> Followed:
        return await self.service.follow_link(token, channel, external_id, "en")

    async def linked(self) -> Followed:
        """Tom follows a link of Wanda's."""
        return await self.follow(await self.link())

    # -- what is there

    def row(self, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> Any:
        rows = self.rows(table, *conditions)
        assert len(rows) == 1, rows
        return rows[0]

    def rows(self, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> list[Any]:
        wanted = sa.select(table).where(*conditions)
        return self.service.database.read_now(lambda connection: list(connection.execute(wanted)))

    def conversation(self, conversation_id: str) -> Any:
        return self.row(conversations, conversations.c.id == conversation_id)

    def identity(self, external_id: str) -> Any:
        return self.row(identities, identities.c.external_id == external_id)

    def customer_of(self, external_id: str) -> str:
        return str(self.identity(external_id).customer_id)

    def taking_part(self, conversation_id: str) -> set[str]:
        """The external ids of those who take part in a shared conversation now."""
        present = self.rows(
            participants, participants.c.conversation_id == conversation_id, participants.c.left_at.is_(None)
        )
        return {str(self.row(identities, identities.c.id == row.identity_id).external_id) for row in present}

    def sent_to(self, external_id: str, message: Message) -> tuple[str, bool] | None:
        """State of the delivery of a message to an identity, and whether it is a copy; None where there is none."""
        of_it = deliveries.c.message_id == message.id
        found = self.rows(deliveries, of_it, deliveries.c.identity_id == self.identity(external_id).id)
        return (found[0].state, found[0].copy) if found else None

    def links(self) -> list[Link]:
        return self.service.database.read_now(read_links)

    def ledger(self) -> Report:
        return self.service.database.read_now(verify)

    async def said(self, conversation_id: str) -> list[Message]:
        return await self.service.messages_after(conversation_id, 0)

    async def button(self, conversation_id: str, payload: str) -> str:
        """The id of the last choice offered in a conversation whose payload begins so."""
        offered = self.rows(
            choices, choices.c.conversation_id == conversation_id, choices.c.payload.startswith(payload)
        )
        shown = {
            choice["id"]: message.seq for message in await self.said(conversation_id) for choice in message.choices
        }
        return str(max((row.id for row in offered), key=shown.__getitem__))

    # -- what is proven

    def know(self, external_id: str, shop_customer: str) -> None:
        """The shop knows this customer, by an identity token once."""
        known = sa.update(customers).where(customers.c.id == self.customer_of(external_id))
        self.service.database.write_now(
            lambda connection: connection.execute(known.values(shop_customer_id=shop_customer))
        )

    def prove(self, conversation_id: str, level: str, now: datetime, shop_customer: str = "jo") -> None:
        """Something was proven in a conversation, for half an hour."""
        row = {
            "id": f"{conversation_id[-8:]}:{level}",
            "conversation_id": conversation_id,
            "shop_customer_id": shop_customer,
            "level": level,
            "order_id": "#W1" if level == "matched" else None,
            "method": "email",
            "granted_at": now,
            "expires_at": now + timedelta(minutes=30),
        }
        self.service.database.write_now(lambda connection: connection.execute(sa.insert(verifications).values(**row)))

    def proven(self, conversation_id: str) -> set[str]:
        return {row.level for row in self.rows(verifications, verifications.c.conversation_id == conversation_id)}


def shop_of(
    database: Database,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
    rules: Rules,
    phrases: Phrases | None = None,
) -> Shop:
    """A shop with rules of its own."""
    book, words = case_book(database, new_id), phrases or plain_phrases()
    service = Conversations(
        database, words, rules, book, clock=clock, new_id=new_id, effect_handlers={}, instance="one"
    )
    return Shop(service)
