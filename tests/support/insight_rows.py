"""A past that the CX team can look at: seeded conversations, written with their facts straight into the tables.

What is written agrees with itself (facts say what the messages, turns and surveys do), but nobody talked: for what
the assistant really does there are other houses.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.insights.facts.words import plain_words
from bot.storage.article_tables import article_showings, unanswered_questions
from bot.storage.desk_tables import conversation_tags, handoff_events, handoffs, notes
from bot.storage.insight_tables import conversation_facts, conversation_words
from bot.storage.tables import conversations, customers, deliveries, identities, messages, surveys, turns

RELEASES = ("2026.1", "2026.2", "2026.3")
NAMES = ("Mei Halasz", "Ada Okafor", "Jonas Weber", "Lucía Peña", "Sam O’Neill", None)
TOPICS: dict[str, tuple[str, str, str]] = {  # what it is about, what is asked, what is answered
    "track_order": ("track_order", "where is my order #W1234567?", "It is on its way and comes tomorrow."),
    "cancel_order": ("cancel_order", "please cancel my order", "It is cancelled; the money is back in three days."),
    "returns": ("return_items", "the lamp is broken, I want to send it back", "Here is the label for it."),
    "payment": ("payment_question", "why was my card charged twice?", "One of them is only a reservation."),
    "shipping": ("shipping_question", "do you ship to Norway?", "Yes, in four days."),
    "unknown": ("nlu_fallback", "flurbl the wug", "I did not get that."),
}
STEPS = {
    "confirmed": ("answered", "thanked"),
    "assumed": ("answered",),
    "abandoned": ("asked again",),
    "handed_off": ("asked again", "asked for a person"),
    "reopened": ("answered", "came back"),
}
MS = {"engine_ms": 41.5, "actions_ms": 12.25}


@dataclass
class Rows:
    """Rows by table, written at once."""

    of: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, table: sa.Table, **values: Any) -> dict[str, Any]:
        """One more row."""
        self.of.setdefault(table.name, []).append(values)
        return values

    def write(self, connection: Connection) -> None:
        """Write all, what others refer to first."""
        for table in conversations.metadata.sorted_tables:
            rows = self.of.get(table.name)
            if rows:
                columns = {name: None for row in rows for name in row}
                connection.execute(sa.insert(table), [columns | row for row in rows])


def plausible(
    connection: Connection,
    count: int,
    now: datetime,
    *,
    seed: int = 7,
    days: int = 60,
    agents: Sequence[str] = (),
    zone: ZoneInfo = ZoneInfo("Europe/London"),  # noqa: B008  # a constant
    prefix: str = "",
) -> list[str]:
    """Write `count` conversations of the last `days`, the newest first; their ids, in that order.

    Args:
        seed: the same one makes the same conversations.
        agents: ids of those who take over what is handed off.
        prefix: of all ids; another one makes further conversations.
    """
    chance, rows, ids = random.Random(seed), Rows(), []
    for number in range(count):
        began = now - timedelta(days=days * (number + 0.5) / max(count, 1), minutes=chance.randrange(60))
        ids.append(_one(rows, chance, f"{prefix}{number:08d}", began, agents, zone))
    rows.write(connection)
    return ids


def _one(rows: Rows, chance: random.Random, mark: str, began: datetime, agents: Sequence[str], zone: ZoneInfo) -> str:
    topic = chance.choice(list(TOPICS))
    outcomes = ["confirmed", "assumed", "abandoned", "reopened", *(["handed_off"] if agents else [])]
    outcome = chance.choice(outcomes)
    channel, language = chance.choice(("web", "web", "telegram")), chance.choice(("en", "en", "de", "fr"))
    agent = chance.choice(list(agents)) if outcome == "handed_off" else None
    score = chance.choice((None, 1, 2, 3, 4, 5))
    if outcome == "confirmed":
        score = chance.choice((None, 4, 5))
    elif outcome == "assumed":
        score = None
    talk = _Talk(rows, f"c{mark}", channel, began)
    rows.add(
        customers, id=f"p{mark}", name=chance.choice(NAMES), locale=language, created_at=began, shop_customer_id=None
    )
    rows.add(
        identities, id=f"i{mark}", customer_id=f"p{mark}", channel=channel, external_id=f"x{mark}", created_at=began
    )
    _intent, asked, answered = TOPICS[topic]
    confidence = 0.3 if topic == "unknown" else round(chance.uniform(0.7, 1.0), 3)
    release = chance.choice(RELEASES)
    question = talk.customer(asked)
    talk.turn(question, topic, confidence, release)
    talk.bot(answered)
    for _ in range(chance.randrange(4)):
        more = talk.customer(
            chance.choice(("and when?", "my e-mail is mei.halasz@example.com", "call me on +44 20 7946 0991"))
        )
        talk.turn(more, topic, confidence, release)
        talk.bot("One moment.")
    if topic == "shipping":
        helpful = chance.choice((True, False, None))
        rows.add(
            article_showings,
            id=f"a{mark}",
            conversation_id=talk.id,
            message_id=question,
            slug="shipping-abroad",
            language=language,
            passage="Countries",
            shown_at=began,
            helpful=helpful,
            judged_at=None if helpful is None else began,
        )
    if topic == "unknown":
        rows.add(
            unanswered_questions,
            id=f"u{mark}",
            conversation_id=talk.id,
            message_id=question,
            text=asked,
            language=language,
            intent="nlu_fallback",
            asked_at=began,
        )
    if agent:
        _handed(rows, talk, mark, agent, language)
    ended = talk.at + timedelta(minutes=5)
    commented = score is not None and chance.random() < 0.4
    rows.add(
        surveys,
        id=f"s{mark}",
        conversation_id=talk.id,
        message_id=None,
        state="expired" if score is None else "answered",
        about="agent" if agent else "bot",
        score=score,
        comment="Nobody answered my question." if commented else None,
        changes=0,
        due_at=ended,
        asked_at=ended,
        answered_at=None if score is None else ended,
        closes_at=ended + timedelta(days=3),
    )
    if chance.random() < 0.2:
        rows.add(
            conversation_tags, conversation_id=talk.id, tag=chance.choice(("vip", "bug", "refund")), created_at=ended
        )
    rows.add(
        conversations,
        id=talk.id,
        customer_id=f"p{mark}",
        channel=channel,
        identity_id=f"i{mark}",
        shared=False,
        locale=language,
        state="ended",
        owner="bot",
        end_reason="resolved" if agent else chance.choice(("done", "idle")),
        last_seq=talk.seq,
        turns=talk.turns,
        created_at=began,
        active_at=talk.at,
        ended_at=ended,
    )
    rows.add(conversation_words, conversation_id=talk.id, words=plain_words("\n".join(talk.words)), hidden="")
    local = began.astimezone(zone)
    rows.add(
        conversation_facts,
        conversation_id=talk.id,
        customer_id=f"p{mark}",
        at=ended,
        state="ended",
        end_reason="resolved" if agent else "done",
        outcome=outcome,
        channel=channel,
        language=language,
        topic=topic,
        steps=[topic, *STEPS[outcome]],
        owner="agent" if agent else "bot",
        agent_id=agent,
        handed_off=agent is not None,
        handoff_reason="asked" if agent else None,
        verified=chance.choice(("anonymous", "matched", "verified")),
        customer_messages=talk.counts["customer"],
        bot_messages=talk.counts["bot"],
        agent_messages=talk.counts["agent"],
        turns=talk.turns,
        fallbacks=talk.turns if topic == "unknown" else 0,
        failures=0,
        unanswered=1 if topic == "unknown" else 0,
        lowest_confidence=confidence,
        release=release,
        survey_state="expired" if score is None else "answered",
        asked=True,
        about="agent" if agent else "bot",
        score=score,
        commented=commented,
        nps=None if score is None else min(10, score * 2),
        ces=None,
        helpful=0,
        not_helpful=0,
        first_answer_seconds=2.0,
        person_seconds=60.0 if agent else None,
        resolution_seconds=(ended - began).total_seconds(),
        started_at=began,
        ended_at=ended,
        day=ended.astimezone(zone).date().isoformat(),
        weekday=local.weekday(),
        hour=local.hour,
        computed_at=ended,
    )
    return talk.id


def _handed(rows: Rows, talk: _Talk, mark: str, agent: str, language: str) -> None:
    talk.customer("let me talk to a person")
    asked_at = talk.at
    talk.agent("Hello, I am looking into it.", agent)
    rows.add(
        handoffs,
        id=f"h{mark}",
        conversation_id=talk.id,
        reason="asked",
        state="closed",
        language=language,
        priority=0,
        packet={},
        requested_at=asked_at,
        queued_at=asked_at,
        first_reply_at=talk.at,
        closed_at=talk.at,
        outcome="resolved",
    )
    for number, kind in enumerate(("requested", "claimed", "resolved"), 1):
        rows.add(
            handoff_events,
            id=f"e{mark}{number}",
            handoff_id=f"h{mark}",
            number=number,
            conversation_id=talk.id,
            kind=kind,
            agent_id=None if kind == "requested" else agent,
            details={"reason": "asked"} if kind == "requested" else None,
            at=asked_at + timedelta(seconds=number),
        )
    rows.add(
        notes,
        id=f"n{mark}",
        conversation_id=talk.id,
        agent_id=agent,
        after_seq=talk.seq,
        text="Wants the refund on mei.halasz@example.com",
        created_at=talk.at,
    )


class _Talk:
    """Messages of one conversation, one below the other."""

    def __init__(self, rows: Rows, conversation_id: str, channel: str, began: datetime) -> None:
        self._rows = rows
        self.id = conversation_id
        self._channel = channel
        self.at = began
        self.seq = self.turns = 0
        self.words: list[str] = []
        self.counts = {"customer": 0, "bot": 0, "agent": 0}

    def customer(self, text: str) -> str:
        return self._says("customer", text, handled=True)

    def bot(self, text: str) -> str:
        return self._delivered(self._says("bot", text))

    def agent(self, text: str, agent_id: str) -> str:
        return self._delivered(self._says("agent", text, agent_id=agent_id))

    def turn(self, message_id: str, topic: str, confidence: float, release: str) -> None:
        """What was made of a message."""
        self.turns += 1
        understanding = {
            "intent": {"name": TOPICS[topic][0], "confidence": confidence},
            "entities": [{"entity": "order_number", "value": "#W1234567"}] if topic == "track_order" else [],
        }
        self._rows.add(
            turns,
            message_id=message_id,
            conversation_id=self.id,
            number=self.turns,
            events=[{"event": "action", "name": f"action_{topic}"}],
            understanding=understanding,
            effects=[],
            model=release,
            attempts=1,
            finished_at=self.at,
            **MS,
        )

    def _says(self, by: str, text: str, *, agent_id: str | None = None, handled: bool = False) -> str:
        self.seq += 1
        self.at += timedelta(seconds=40)
        self.words.append(text)
        self.counts[by] += 1
        message_id = f"m{self.id}-{self.seq}"
        self._rows.add(
            messages,
            id=message_id,
            conversation_id=self.id,
            seq=self.seq,
            channel=self._channel,
            author_kind=by,
            author_name="Robin Hale" if by == "agent" else None,
            agent_id=agent_id,
            kind="text",
            text=text,
            created_at=self.at,
            handled_at=self.at if handled else None,
        )
        return message_id

    def _delivered(self, message_id: str) -> str:
        identity = f"i{self.id[1:]}"
        self._rows.add(
            deliveries,
            message_id=message_id,
            channel=self._channel,
            conversation_id=self.id,
            identity_id=identity,
            seq=self.seq,
            state="delivered",
            attempts=1,
            next_at=self.at,
            updated_at=self.at,
        )
        return message_id
