"""Conversations with what was understood and answered in them, written row by row, to be counted."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.insights.facts.digest import Digest
from bot.storage.database import Database
from bot.storage.desk_tables import handoff_events, handoffs
from bot.storage.insight_tables import conversation_facts, conversation_words
from bot.storage.tables import agents, conversations, customers, deliveries, identities, messages, surveys, turns

ZONE, WITHIN = ZoneInfo("Europe/Berlin"), timedelta(days=7)


class Life:
    """Writes what happens, at the moment that the clock shows."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._numbers = itertools.count(1)

    def id(self, kind: str) -> str:
        return f"{kind}{next(self._numbers):06d}"

    def customer(self, name: str | None = None) -> str:
        own = self.id("u")

        def work(connection: Connection) -> None:
            values = {"id": own, "locale": "en", "created_at": self._clock(), "name": name}
            connection.execute(sa.insert(customers).values(**values))
            known = {"id": f"i{own}", "customer_id": own, "channel": "web", "external_id": own}
            connection.execute(sa.insert(identities).values(**known, created_at=self._clock()))

        self._database.write_now(work)
        return own

    def begins(self, customer: str) -> str:
        own = self.id("c")
        values = {
            "id": own,
            "customer_id": customer,
            "identity_id": f"i{customer}",
            "channel": "web",
            "locale": "de-DE",
            "state": "open",
            "owner": "bot",
            "last_seq": 0,
            "turns": 0,
            "history": [],
            "created_at": self._clock(),
            "active_at": self._clock(),
        }
        self._database.write_now(lambda connection: connection.execute(sa.insert(conversations).values(**values)))
        return own

    def says(
        self,
        conversation: str,
        text: str,
        intent: str,
        *replies: str | tuple[str, str],
        confidence: float = 0.9,
    ) -> str:
        """The customer says something, and the bot replies: each reply a name of the domain's, or (name, what it asks
        for); the message's id.
        """
        own = self.id("m")

        def work(connection: Connection) -> None:
            self._message(connection, conversation, own, "customer", text)
            number = connection.execute(
                sa.update(conversations)
                .where(conversations.c.id == conversation)
                .values(turns=conversations.c.turns + 1)
                .returning(conversations.c.turns)
            ).scalar_one()
            connection.execute(
                sa.insert(turns).values(
                    message_id=own,
                    conversation_id=conversation,
                    number=number,
                    events=[],
                    understanding={"intent": {"name": intent, "confidence": confidence}},
                    effects=[],
                    model=f"model-{number}",
                    attempts=1,
                    finished_at=self._clock(),
                )
            )
            for reply in replies:
                name, expects = reply if isinstance(reply, tuple) else (reply, None)
                more = {"response": name, "expects": expects, "in_reply_to": own}
                self._message(connection, conversation, self.id("m"), "bot", f"text of {name}", **more)

        self._database.write_now(work)
        return own

    def agent(self) -> str:
        own = self.id("a")
        values = {
            "id": own,
            "email": f"{own}@shop.example",
            "name": "Robin",
            "password_hash": "",
            "role": "agent",
            "state": "active",
            "languages": [],
            "capacity": 4,
            "presence": "online",
            "preferences": {},
        }
        self._database.write_now(
            lambda connection: connection.execute(sa.insert(agents).values(**values, created_at=self._clock()))
        )
        return own

    def asks_for_a_person(self, conversation: str, reason: str = "asked") -> str:
        own = self.id("h")
        values = {
            "id": own,
            "conversation_id": conversation,
            "reason": reason,
            "state": "queued",
            "language": "de",
            "packet": {},
            "requested_at": self._clock(),
            "queued_at": self._clock(),
        }

        def work(connection: Connection) -> None:
            connection.execute(sa.insert(handoffs).values(**values))
            self._happened(connection, own, conversation, "requested", 1)

        self._database.write_now(work)
        return own

    def withdraws(self, conversation: str, handoff: str) -> None:
        def work(connection: Connection) -> None:
            closed = {"state": "closed", "closed_at": self._clock(), "outcome": "withdrawn"}
            connection.execute(sa.update(handoffs).where(handoffs.c.id == handoff).values(**closed))
            self._happened(connection, handoff, conversation, "withdrawn", 2)

        self._database.write_now(work)

    def agent_says(self, conversation: str, handoff: str, agent: str, text: str) -> None:
        def work(connection: Connection) -> None:
            self._message(connection, conversation, self.id("m"), "agent", text, agent_id=agent)
            first = {"first_reply_at": self._clock(), "state": "held", "held_by": agent}
            connection.execute(sa.update(handoffs).where(handoffs.c.id == handoff).values(**first))

        self._database.write_now(work)

    def ends(self, conversation: str, *, survey: str = "asked", **values: Any) -> None:
        """It ends, and the survey opens."""
        exempt = "nothing_asked" if survey == "exempt" else None

        def work(connection: Connection) -> None:
            question = None
            if exempt is None:
                question = self.id("m")
                self._message(connection, conversation, question, "system", "How was it?", kind="rating")
            over = {"state": "ended", "end_reason": "idle", "ended_at": self._clock(), "owner": "bot"}
            connection.execute(sa.update(conversations).where(conversations.c.id == conversation).values(**over))
            connection.execute(
                sa.insert(surveys).values(
                    id=self.id("s"),
                    conversation_id=conversation,
                    message_id=question,
                    state=survey,
                    about="bot",
                    changes=0,
                    exempt_reason=exempt,
                    due_at=self._clock(),
                    **{"asked_at": self._clock(), "closes_at": self._clock() + timedelta(hours=72), **values},
                )
            )

        self._database.write_now(work)

    def rates(self, conversation: str, score: int, comment: str | None = None) -> None:
        self.survey(conversation, state="answered", score=score, answered_at=self._clock(), comment=comment)

    def survey(self, conversation: str, **values: Any) -> None:
        own = surveys.c.conversation_id == conversation
        self._database.write_now(lambda connection: connection.execute(sa.update(surveys).where(own).values(**values)))

    def lived(self, customer: str, intent: str = "track_order", text: str = "where is it") -> str:
        """A whole short conversation, answered and ended."""
        conversation = self.begins(customer)
        self.says(conversation, text, intent, "utter_order_shipped")
        self.ends(conversation)
        return conversation

    def _happened(self, connection: Connection, handoff: str, conversation: str, kind: str, number: int) -> None:
        connection.execute(
            sa.insert(handoff_events).values(
                id=self.id("e"),
                handoff_id=handoff,
                number=number,
                conversation_id=conversation,
                kind=kind,
                at=self._clock(),
            )
        )

    def _message(
        self, connection: Connection, conversation: str, own: str, author: str, text: str, **values: Any
    ) -> None:
        moved = connection.execute(
            sa.update(conversations)
            .where(conversations.c.id == conversation)
            .values(last_seq=conversations.c.last_seq + 1, active_at=self._clock())
            .returning(conversations.c.last_seq, conversations.c.identity_id)
        ).one()
        of_customer = author == "customer"
        row = {
            "id": own,
            "conversation_id": conversation,
            "seq": moved.last_seq,
            "channel": "web",
            "kind": "text",
            "external_id": own if of_customer else None,
            "author_kind": author,
            "text": text,
            "created_at": self._clock(),
            "handled_at": self._clock() if of_customer else None,
            **values,
        }
        connection.execute(sa.insert(messages).values(**row))
        if not of_customer:
            connection.execute(
                sa.insert(deliveries).values(
                    message_id=own,
                    channel="web",
                    conversation_id=conversation,
                    seq=moved.last_seq,
                    identity_id=moved.identity_id,
                    state="delivered",
                    attempts=1,
                    next_at=self._clock(),
                    updated_at=self._clock(),
                )
            )


def rows_of(database: Database, query: sa.Select[Any]) -> Sequence[Any]:
    """What a query finds."""
    return database.read_now(lambda connection: connection.execute(query).all())


def digest_of(database: Database, clock: Callable[[], datetime], *listeners: Any) -> Digest:
    return Digest(database, zone=ZONE, reopened_within=WITHIN, clock=clock, listeners=listeners)


def facts(database: Database, conversation: str) -> Any:
    (row,) = rows_of(
        database, sa.select(conversation_facts).where(conversation_facts.c.conversation_id == conversation)
    )
    return row


def words(database: Database, conversation: str) -> str | None:
    wanted = conversation_words.c.conversation_id == conversation
    found = rows_of(database, sa.select(conversation_words.c.words).where(wanted))
    return found[0].words if found else None
