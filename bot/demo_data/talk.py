"""One conversation while it is made: who says what when, and the rows that the app would have written of it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.conversations.models import Json
from bot.demo_data.person import Matter, Person
from bot.demo_data.releases import Release
from bot.demo_data.rows import Rows
from bot.demo_data.traffic import LOCALES, Visit
from bot.demo_data.words import Entity, Words
from bot.storage.tables import conversations, deliveries, messages, turns

_SURE, _UNSURE = (24.0, 1.1), (5.0, 7.0)  # of beta distributions
_FALLBACK = "nlu_fallback"


class Talk:
    """Writes down what is said, one after the other; `at` is when the last thing was.

    Attributes:
        mood: what the customer makes of it, in parts of a score.
        goal: how the matter stands: reached, open, refused, failed or people.
        closed: the customer said goodbye.
        agent: who of our people spoke last.
    """

    def __init__(
        self, visit: Visit, *, id: str, customer_id: str, identity_id: str, person: Person, matter: Matter,
        release: Release, words: Words, chance: random.Random, rows: Rows, intents: Sequence[str],
    ) -> None:  # fmt: skip
        self.visit, self.id, self.person, self.matter = visit, id, person, matter
        self.customer_id, self.identity_id = customer_id, identity_id
        self.release, self.words, self.chance, self.rows = release, words, chance, rows
        self.channel, self.language, self.at = visit.channel, visit.language, visit.at
        self.mood, self.goal, self.closed, self.promised = 0.0, "open", False, False
        self.with_people, self.stays_open, self.level = False, False, "anonymous"
        self.agent: Any = None
        self.end_reason: str | None = None
        self.said_last, self.asked = "", ""
        self.understood: list[Json] = []
        self.about = {"name": person.first_name}
        self.row = rows.add(
            conversations, id=id, customer_id=customer_id, channel=visit.channel, identity_id=identity_id,
            locale=LOCALES[visit.language], state="open", owner="bot", last_seq=0, turns=0, created_at=visit.at,
            active_at=visit.at,
        )  # fmt: skip
        self._intents = intents
        self._events: list[Json] = []
        self._effects: list[Json] = []

    # -- time and ids ---------------------------------------------------------------------------------------

    def new_id(self) -> str:
        """An id of this conversation's own."""
        return f"{self.chance.getrandbits(128):032x}"

    def likely(self, share: float) -> bool:
        """Whether something happens that does so often."""
        return self.chance.random() < share

    def wait(self, seconds: float) -> None:
        """About so long nothing happens."""
        self.at += timedelta(seconds=min(seconds * 6, seconds * self.chance.lognormvariate(-0.18, 0.6)))

    # -- the customer ---------------------------------------------------------------------------------------

    def says(
        self, intent: str, text: str | None = None, *, entities: Sequence[Entity] = (), seconds: float = 25.0
    ) -> str:
        """The customer types something, and the bot has understood it; the message's id.

        Args:
            text: what; without it one of the ways to say that.
            seconds: about how long it takes them.
        """
        if text is None:
            text, entities = self._sentence(intent)
        return self._heard(text, intent, self._sure(), entities, seconds=seconds)

    def mumbles(self, intent: str) -> str:
        """The customer types something that the bot does not understand, though it means that."""
        text, entities = self._sentence(intent)
        return self._heard(text, _FALLBACK, self.chance.betavariate(*_UNSURE), entities, meant=intent)

    def chooses(self, title: str, payload: str, intent: str, *, seconds: float = 9.0) -> str:
        """The customer taps a button of the bot's."""
        return self._heard(title, intent, 1.0, (), kind="choice", payload=payload, seconds=seconds)

    def commands(self, text: str, payload: str, intent: str) -> str:
        """The customer gives a command of the channel's."""
        return self._heard(text, intent, 1.0, (), kind="command", payload=payload)

    def tells(self, text: str, *, kind: str = "text", payload: str | None = None, seconds: float = 30.0) -> str:
        """The customer says something that has no turn: to people, or to what the app itself asks."""
        self.wait(seconds)
        return self._customer(text, kind, payload, self.at)

    def _sentence(self, intent: str) -> tuple[str, tuple[Entity, ...]]:
        sentence = self.words.sentence(self.language, intent, self.chance)
        text, entities = sentence.text, sentence.entities
        mine = {"order_number": self.matter.order, "email": self.person.email, "postcode": self.person.postcode}
        if any(name in mine for _, _, name in entities):
            parts: list[str] = []
            kept: list[Entity] = []
            end = 0
            for start, stop, name in entities:
                parts.append(text[end:start])
                before = sum(map(len, parts))
                parts.append(mine.get(name, text[start:stop]))
                kept.append((before, before + len(parts[-1]), name))
                end = stop
            text, entities = "".join((*parts, text[end:])), tuple(kept)
        elif not entities and text[:1].islower() and self.likely(0.45):
            text = text[:1].upper() + text[1:]
        return text, entities

    def _sure(self) -> float:
        return 0.35 + 0.65 * self.chance.betavariate(*_SURE)

    def _heard(
        self, text: str, intent: str, confidence: float, entities: Sequence[Entity], *, kind: str = "text",
        payload: str | None = None, seconds: float = 25.0, meant: str | None = None,
    ) -> str:  # fmt: skip
        if self.row["last_seq"]:
            self.wait(seconds + 0.12 * len(text))
        said_at, engine, actions = self.at, self.chance.lognormvariate(2.9, 0.35), self.chance.lognormvariate(2.7, 0.9)
        message_id = self._customer(text, kind, payload, said_at)
        self.at += timedelta(milliseconds=engine + actions)
        found = [
            {
                "entity": name,
                "start": start,
                "end": end,
                "value": text[start:end],
                "extractor": "PatternEntityExtractor",
            }
            for start, end, name in entities
        ]
        understood: Json = {
            "intent": {"name": intent, "confidence": confidence},
            "ranking": self._ranking(intent, confidence, meant),
            "entities": found,
            "text": text if payload is None else payload,
        }
        self.row["turns"] += 1
        when = said_at.timestamp()
        self._events = [
            {"event": "user", "timestamp": when, "text": understood["text"], "message_id": message_id,
             "input_channel": self.channel, "parse_data": {"intent": understood["intent"], "entities": found}},
        ]  # fmt: skip
        self._effects = []
        self.rows.of(messages)[-1]["handled_at"] = self.at
        self.rows.add(
            turns, message_id=message_id, conversation_id=self.id, number=self.row["turns"], events=self._events,
            understanding=understood, effects=self._effects, model=self.release.name, attempts=1,
            engine_ms=round(engine, 2), actions_ms=round(actions, 2), finished_at=self.at,
        )  # fmt: skip
        self.asked, self.said_last = message_id, text
        self.understood.append(
            {
                "seq": self.row["last_seq"],
                "said": text,
                "intent": intent,
                "confidence": round(confidence, 3),
                "entities": [{"entity": one["entity"], "value": one["value"]} for one in found],
                "wishes": [],
                "failed": None,
                "answered": [],
                "effects": [],
                "attempts": 1,
            }
        )
        return message_id

    def _ranking(self, intent: str, confidence: float, meant: str | None) -> list[Json]:
        names = [intent] if meant is None else [intent, meant]
        left = 1.0 - confidence
        ranking = [{"name": intent, "confidence": confidence}]
        if meant is not None:  # nothing was certain: the likeliest stand below that
            left = 1.0
            ranking.append({"name": meant, "confidence": confidence})
            left -= confidence
        while len(ranking) < 5:
            name = self._intents[int(self.chance.random() * len(self._intents))]
            if name not in names:
                names.append(name)
                share = left * 0.55
                left -= share
                ranking.append({"name": name, "confidence": share})
        return ranking

    def _customer(self, text: str, kind: str, payload: str | None, at: datetime) -> str:
        message_id = self.new_id()
        seq = self._next(at)
        self.rows.add(
            messages, id=message_id, conversation_id=self.id, seq=seq, channel=self.channel,
            external_id=f"{self.identity_id}:{self.id[:16]}{seq}", author_kind="customer", kind=kind, text=text,
            payload=payload, created_at=at, handled_at=at,
        )  # fmt: skip
        return message_id

    # -- we -------------------------------------------------------------------------------------------------

    def bot(
        self, name: str, *, values: Mapping[str, str] | None = None, choices: Sequence[tuple[str, str | None]] = ()
    ) -> str:
        """The bot answers the customer's last message; `choices` come before the buttons that the answer has."""
        said = self.words.say(name, self.language, self.matter.values if values is None else values)
        when = self.at.timestamp()
        self.understood[-1]["answered"].append(name)
        self._events += (
            {"event": "action", "timestamp": when, "name": name, "policy": "RulePolicy", "confidence": 1.0},
            {"event": "bot", "timestamp": when, "text": said.text, "metadata": {"utter_action": name}},
        )
        return self._ours(
            "bot", said.text, response=name, expects=said.expects, in_reply_to=self.asked,
            choices=self._choices((*choices, *((str(one["title"]), one.get("value")) for one in said.buttons))),
        )  # fmt: skip

    def app(
        self, name: str, *, kind: str = "text", values: Mapping[str, str] | None = None,
        choices: Sequence[tuple[str, str | None]] | None = None, delivery: str | None = None,
    ) -> str:  # fmt: skip
        """The app itself says something."""
        said = self.words.say(name, self.language, self.matter.values | dict(values or {}))
        shown = choices if choices is not None else [(str(button["title"]), None) for button in said.buttons]
        return self._ours(
            "system", said.text, kind=kind, response=name, expects=said.expects, choices=self._choices(shown),
            delivery=delivery,
        )  # fmt: skip

    def colleague(self, text: str, agent: Any) -> str:
        """One of our people says something."""
        self.agent = agent
        return self._ours("agent", text, author_name=agent.name, agent_id=agent.id)

    @property
    def asked_nothing(self) -> bool:
        """Whether nobody could say how it was, since nothing was asked."""
        return not self.agent and self.visit.wish == "nothing" and self.channel == "telegram"

    def effect(self, kind: str, /, **more: Any) -> None:
        """Something that the turn does beside answering."""
        self._effects.append({"type": kind, **more})
        self.understood[-1]["effects"].append(kind)

    def slot(self, name: str, value: Any) -> None:
        """Something that the bot knows from now on."""
        self._events.append({"event": "slot", "timestamp": self.at.timestamp(), "name": name, "value": value})

    def _choices(self, shown: Any) -> list[Json] | None:
        found = [
            {"id": self.new_id(), "title": title, **({} if value is None else {"value": value})}
            for title, value in shown
        ]
        return found or None

    def _ours(self, author: str, text: str, *, kind: str = "text", delivery: str | None = None, **more: Any) -> str:
        message_id, seq = self.new_id(), self._next(self.at)
        self.rows.add(
            messages, id=message_id, conversation_id=self.id, seq=seq, channel=self.channel, author_kind=author,
            kind=kind, text=text, created_at=self.at, **more,
        )  # fmt: skip
        state = delivery or self._delivered()
        error = "the channel takes nothing for this customer" if state == "failed" else None
        self.rows.add(
            deliveries, message_id=message_id, channel=self.channel, conversation_id=self.id,
            identity_id=self.identity_id, seq=seq, state=state, attempts=0 if state == "waiting" else 1, error=error,
            next_at=self.at, updated_at=self.at,
        )  # fmt: skip
        return message_id

    def _delivered(self) -> str:
        chance = self.chance.random()
        if self.channel == "telegram":
            return "sent" if chance > 0.004 else "failed" if chance > 0.001 else "unknown"
        return "sent" if chance > 0.35 else "delivered"

    def _next(self, at: datetime) -> int:
        self.row["last_seq"] += 1
        self.row["active_at"] = max(at, self.row["active_at"])
        number: int = self.row["last_seq"]
        return number
