"""Things that have happened before somebody looks at the desk: proofs, cases, low ratings, answers about how it was."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.cases.cases import CaseKind, NewCase
from bot.conversations.ending import end_conversation, open_survey, rate
from bot.conversations.models import Change, Reply
from bot.conversations.unit import Unit
from bot.customers.verification import Level
from bot.handoff import owning
from bot.staff.models import Agent
from bot.storage.tables import conversations, customers, follow_ups, surveys, verifications
from tests.support.core import Visitor
from tests.support.desk_house import DeskHouse
from tests.support.handed_over import handing_over


class Scene:
    """What can have happened at a `DeskHouse`."""

    def __init__(self, desk: DeskHouse) -> None:
        self.desk = desk
        self.house = desk.house

    def visitor(self, name: str) -> Visitor:
        """Somebody on the website."""
        return Visitor(self.house.service, name)

    def named(self, conversation_id: str, name: str) -> None:
        """We know what the customer is called."""
        c = conversations.c
        theirs = sa.select(c.customer_id).where(c.id == conversation_id).scalar_subquery()
        self._write(sa.update(customers).where(customers.c.id == theirs).values(name=name))

    def proven(
        self, conversation_id: str, customer_id: str, *, order: str | None = None, minutes: float = 30, method: str = ""
    ) -> None:
        """The customer has proven who they are, or what is on an order; `minutes` may be over already."""
        now = self.desk.clock()
        self._write(
            sa.insert(verifications).values(
                id=self.desk.new_id(),
                conversation_id=conversation_id,
                shop_customer_id=customer_id,
                level=Level.MATCHED if order else Level.VERIFIED,
                order_id=order,
                method=method or ("postcode" if order else "one_time_code"),
                granted_at=now - timedelta(hours=1),
                expires_at=now + timedelta(minutes=minutes),
            )
        )

    async def misunderstood(self, visitor: Visitor, first: str, second: str, intent: str = "out_of_scope") -> str:
        """The bot misses twice, and a person is asked for; the conversation's id."""
        house = self.house
        house.engine.intents |= {first: intent, second: intent}
        conversation_id = (await visitor.types(first)).conversation_id
        await house.turn(conversation_id, Reply("Could you say that in other words?", response="utter_not_understood"))
        await visitor.types(second)
        missed = Reply("I did not understand that either.", response="utter_not_understood_again")
        await house.turn(conversation_id, missed, handing_over("not_understood"))
        return conversation_id

    async def held(self, agent: Agent, visitor: Visitor | None = None, text: str = "a person please") -> str:
        """A conversation that an agent has."""
        conversation_id = await self.house.waits(visitor, text)
        await self.house.does(owning.claim, conversation_id, agent)
        return conversation_id

    async def case(self, conversation_id: str, kind: CaseKind = CaseKind.DAMAGED, **fields: Any) -> str:
        """Something a person has promised to do; `hours` from now."""
        hours = fields.pop("hours", 4)
        due = self.desk.clock() + timedelta(hours=hours)
        new = NewCase(kind, due, fields.pop("words", "It came broken."), **fields)

        def work(unit: Unit) -> str:
            key = f"scene:{unit.new_id()}"
            opened = unit.cases.open(unit.connection, new, conversation_id=conversation_id, key=key, now=unit.now)
            return opened.id

        return str(await self.house.unit_of_work(work))

    async def call_back(self, conversation_id: str, contact: str, words: str = "Please call me.") -> str:
        """Somebody wants to be called back."""

        def work(unit: Unit) -> str:
            opened = unit.cases.open_call_back(
                unit.connection, conversation_id=conversation_id, contact=contact, words=words, now=unit.now
            )
            return opened.id

        return str(await self.house.unit_of_work(work))

    async def rated(self, conversation_id: str, score: int, comment: str | None = None, hours: float = 8) -> str | None:
        """The conversation ends and is rated; the follow-up's id, where there is one."""

        def work(unit: Unit) -> Change | None:
            end_conversation(unit, conversation_id, "done")
            survey = open_survey(unit.connection, conversation_id, unit.now)
            assert survey is not None
            rate(unit, survey, score)
            theirs = sa.update(surveys).where(surveys.c.id == survey.id)
            unit.connection.execute(theirs.values(comment=comment))
            over = sa.update(conversations).where(conversations.c.id == conversation_id)
            unit.connection.execute(over.values(prompt=None))  # what comes next is no comment
            due = sa.update(follow_ups).where(follow_ups.c.survey_id == survey.id)
            unit.connection.execute(due.values(due_at=unit.now + timedelta(hours=hours)))
            return None

        await self.house.service.change(work)
        found = self.house.read(sa.select(follow_ups.c.id).where(follow_ups.c.conversation_id == conversation_id))
        return str(found[0].id) if found else None

    async def wrapped_up(self, agent: Agent, name: str, how: int) -> str:
        """An agent resolves a conversation, and says how it was."""
        conversation_id = await self.held(agent, self.visitor(name))
        await self.house.does(owning.resolve, conversation_id, agent)
        await self.house.does(owning.wrap_up, self.house.handoff(conversation_id).id, agent, how)
        return conversation_id

    def _write(self, statement: Any) -> None:
        def work(connection: Connection) -> None:
            connection.execute(statement)

        self.desk.database.write_now(work)
