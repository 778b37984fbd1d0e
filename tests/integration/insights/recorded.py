"""Conversations as the product stores them, written row by row, so that a test can bend one of them."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage import desk_tables, insight_tables, tables
from bot.storage.case_tables import cases

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Recorder:
    """Writes whole conversations; times go on by a minute with every row."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)
        self.now = START

    def conversation(
        self,
        *,
        turns: int = 2,
        survey: str | None = "asked",
        score: int | None = None,
        comment: str | None = None,
        about: str = "bot",
        channel: str = "web",
    ) -> str:
        """A conversation of `turns` questions with one answer each; ended, with that survey, unless it is None."""
        customer, identity, conversation = self._id("u"), self._id("i"), self._id("c")
        ended = survey is not None
        self._insert(tables.customers, id=customer, locale="en", created_at=self._tick())
        self._insert(
            tables.identities,
            id=identity,
            customer_id=customer,
            channel=channel,
            external_id=identity,
            created_at=self.now,
        )
        self._insert(
            tables.conversations,
            id=conversation,
            customer_id=customer,
            identity_id=identity,
            channel=channel,
            locale="en",
            state="ended" if ended else "open",
            owner="bot",
            end_reason="done" if ended else None,
            last_seq=2 * turns + (1 if ended else 0),
            turns=turns,
            history=[],
            created_at=self.now,
            active_at=self.now,
            ended_at=self.now if ended else None,
        )
        for number in range(1, turns + 1):
            asked = self._message(conversation, identity, channel, 2 * number - 1, author_kind="customer")
            self._message(conversation, identity, channel, 2 * number, author_kind="bot", in_reply_to=asked)
            self._insert(
                tables.turns,
                message_id=asked,
                conversation_id=conversation,
                number=number,
                events=[],
                effects=[],
                attempts=1,
                finished_at=self.now,
            )
        if survey is not None:
            question = self._message(conversation, identity, channel, 2 * turns + 1, author_kind="system")
            self._survey(conversation, question, survey, score, comment, about)
        return conversation

    def handed_over(self, conversation: str, agent: str | None = None) -> str:
        """Give an open conversation to the queue, or to an agent who has written in it; the handoff's id."""
        handoff, own = self._id("h"), tables.conversations.c.id == conversation
        self._connection.execute(sa.update(tables.conversations).where(own).values(owner=agent or "queue"))
        self._insert(
            desk_tables.handoffs,
            id=handoff,
            conversation_id=conversation,
            reason="asked",
            state="held" if agent else "queued",
            language="en",
            priority=0,
            packet={},
            requested_at=self._tick(),
            queued_at=self.now,
            held_by=agent,
        )
        self._event(handoff, conversation, 1, "requested")
        if agent is not None:
            self._event(handoff, conversation, 2, "claimed")
            row = self._connection.execute(sa.select(tables.conversations).where(own)).one()
            seq = row.last_seq + 1
            self._message(conversation, row.identity_id, row.channel, seq, author_kind="agent")
            self._connection.execute(sa.update(tables.conversations).where(own).values(last_seq=seq))
        return handoff

    def agent(self) -> str:
        """One of our people."""
        agent = self._id("a")
        self._insert(
            tables.agents,
            id=agent,
            email=f"{agent}@shop.example",
            name="Robin",
            password_hash="",
            role="agent",
            state="active",
            languages=[],
            capacity=4,
            presence="online",
            preferences={},
            created_at=self._tick(),
        )
        return agent

    def _event(self, handoff: str, conversation: str, number: int, kind: str) -> None:
        self._insert(
            desk_tables.handoff_events,
            id=self._id("e"),
            handoff_id=handoff,
            number=number,
            conversation_id=conversation,
            kind=kind,
            at=self.now,
        )

    def asked_for_call_back(self, conversation: str, contact: str | None) -> None:
        """Somebody asked to be called back; no more."""
        self._insert(
            tables.callbacks,
            id=self._id("b"),
            conversation_id=conversation,
            reason="asked",
            contact=contact,
            state="open",
            created_at=self._tick(),
        )

    def call_back(self, conversation: str) -> None:
        """Somebody is to be called back within two hours."""
        case, contact = self._id("k"), "jo@mail.example"
        self.asked_for_call_back(conversation, contact)
        self._insert(
            cases,
            id=case,
            key=case,
            conversation_id=conversation,
            kind="call_back",
            level="anonymous",
            items=[],
            words="",
            contact=contact,
            status="open",
            opened_at=self.now,
            due_at=self.now + timedelta(hours=2),
        )

    def promoter(self, conversation: str, score: int = 10) -> None:
        """Who has rated it would also recommend us."""
        row = self._row(tables.conversations, tables.conversations.c.id == conversation)
        seq = row.last_seq + 1
        question = self._message(conversation, row.identity_id, row.channel, seq, author_kind="system")
        own = sa.update(tables.conversations).where(tables.conversations.c.id == conversation)
        self._connection.execute(own.values(last_seq=seq))
        survey = self._row(tables.surveys, tables.surveys.c.conversation_id == conversation)
        self._insert(
            insight_tables.extra_questions,
            id=self._id("x"),
            survey_id=survey.id,
            kind="nps",
            state="answered",
            score=score,
            message_id=question,
            asked_at=self.now,
            answered_at=self._tick(),
            closes_at=survey.closes_at,
        )

    def praised(self, conversation: str) -> None:
        """Who has rated it said why, and lets us publish it; it is published."""
        survey = self._row(tables.surveys, tables.surveys.c.conversation_id == conversation)
        self._insert(
            insight_tables.reviews,
            id=self._id("r"),
            survey_id=survey.id,
            conversation_id=conversation,
            state="published",
            score=survey.score,
            name="Mia",
            text="Splendid.",
            language="en",
            asked_at=self._tick(),
            decided_at=self.now,
            published_at=self._tick(),
        )

    def _row(self, table: sa.Table, where: sa.ColumnElement[bool]) -> Any:
        return self._connection.execute(sa.select(table).where(where)).one()

    def _survey(
        self, conversation: str, question: str, state: str, score: int | None, comment: str | None, about: str
    ) -> None:
        survey = self._id("s")
        asked = state in ("asked", "answered", "expired")
        if not asked:
            self._connection.execute(
                sa.update(tables.deliveries).where(tables.deliveries.c.message_id == question).values(state="waiting")
            )
        self._insert(
            tables.surveys,
            id=survey,
            conversation_id=conversation,
            message_id=question,
            state=state,
            about=about,
            score=score,
            comment=comment,
            changes=0,
            exempt_reason="blocked" if state == "exempt" else None,
            due_at=self._tick(),
            asked_at=self.now if asked else None,
            answered_at=self.now if state == "answered" else None,
            closes_at=self.now + timedelta(hours=72),
        )
        if score is not None and score <= 2:
            self._insert(
                tables.follow_ups,
                id=self._id("f"),
                survey_id=survey,
                conversation_id=conversation,
                state="open",
                created_at=self.now,
            )

    def _message(
        self,
        conversation: str,
        identity: str,
        channel: str,
        seq: int,
        *,
        author_kind: str,
        in_reply_to: str | None = None,
    ) -> str:
        message = self._id("m")
        customer = author_kind == "customer"
        self._insert(
            tables.messages,
            id=message,
            conversation_id=conversation,
            seq=seq,
            channel=channel,
            external_id=message if customer else None,
            author_kind=author_kind,
            kind="text",
            text="…",
            in_reply_to=in_reply_to,
            created_at=self._tick(),
            handled_at=self.now if customer else None,
        )
        if not customer:
            self._insert(
                tables.deliveries,
                message_id=message,
                channel=channel,
                conversation_id=conversation,
                identity_id=identity,
                seq=seq,
                state="delivered",
                attempts=1,
                next_at=self.now,
                updated_at=self.now,
            )
        return message

    def _insert(self, table: sa.Table, **values: Any) -> None:
        self._connection.execute(sa.insert(table).values(**values))

    def _id(self, kind: str) -> str:
        return f"{kind}{next(self._numbers):06d}"

    def _tick(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now
