"""A customer who has talked and rated, and what the database says of it; for all that is asked after the score."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from bot.conversations.ending import end_conversation
from bot.conversations.models import Change, EndReason, Message
from bot.conversations.service import Conversations
from bot.conversations.unit import Rules
from bot.insights.ledger import verify
from bot.storage.database import Database
from bot.storage.insight_tables import extra_questions, reviews
from bot.storage.tables import conversations, surveys
from tests.conftest import Clock
from tests.support.core import Visitor, case_book, plain_phrases
from tests.support.telegram_customer import TelegramCustomer


class Raters:
    """Wanda on the website and Tom on Telegram, in a shop that asks as its rules say."""

    def __init__(self, database: Database, clock: Clock, new_id: Callable[[], str], **rules: Any) -> None:
        self.database = database
        self.clock = clock
        self.service = Conversations(
            database,
            plain_phrases(),
            Rules(**rules),
            case_book(database, new_id),
            clock=clock,
            new_id=new_id,
            effect_handlers={},
            instance="one",
        )
        self.wanda = Visitor(self.service, "wanda")
        self.tom = TelegramCustomer(self.service)

    async def ended(self, customer: Visitor | TelegramCustomer, reason: EndReason = "done") -> str:
        """They have written, and the conversation has ended; its id."""
        conversation_id = (await customer.types("hello")).conversation_id

        def end(unit: Any) -> Change:
            wanted = sa.select(conversations.c.customer_id).where(conversations.c.id == conversation_id)
            asked = end_conversation(unit, conversation_id, reason)
            return Change(conversation_id, unit.connection.execute(wanted).scalar_one(), messages=asked or ())

        await self.service.change(end)
        return conversation_id

    async def rated(self, customer: Visitor | TelegramCustomer, score: int, comment: str | None) -> str:
        """They have rated and said why, or declined to; the conversation's id."""
        conversation_id = await self.ended(customer)
        await customer.types(f"{score}/5")
        await customer.types("no thanks" if comment is None else comment)
        return conversation_id

    async def said(self, conversation_id: str) -> list[Message]:
        """What we said in it."""
        return [m for m in await self.service.messages_after(conversation_id, 0) if m.author_kind != "customer"]

    async def choice(self, conversation_id: str, kind: str, value: str) -> str:
        """The button of the question of that kind."""
        asked = next(m for m in await self.said(conversation_id) if m.kind == kind and m.choices)
        return next(str(one["id"]) for one in asked.choices if one["value"] == value)

    def rows(self, table: sa.Table) -> list[Any]:
        """All there are."""
        return list(self.database.read_now(lambda connection: connection.execute(sa.select(table)).all()))

    @property
    def extra(self) -> Any:
        """The one further question."""
        (row,) = self.rows(extra_questions)
        return row

    @property
    def review(self) -> Any:
        """The one review."""
        (row,) = self.rows(reviews)
        return row

    @property
    def survey(self) -> Any:
        """The one survey."""
        (row,) = self.rows(surveys)
        return row

    def balances(self) -> bool:
        """Whether the ledger does."""
        return self.database.read_now(verify).breaches == ()
