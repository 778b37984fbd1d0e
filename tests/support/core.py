"""Parts around the conversation core that tests control: an engine, listeners, a visitor."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from bot.cases.cases import CaseBook
from bot.cases.hours import BusinessHours
from bot.cases.promises import Promises
from bot.conversations.errors import EngineError
from bot.conversations.models import Change, Incoming, PendingTurn, Received, Reply, TurnResult
from bot.conversations.phrases import REQUIRED, Phrases
from bot.conversations.service import Conversations
from bot.orders.formatting import Formatting
from bot.storage.database import Database


class FakeEngine:
    """Answers each text with a reply that quotes it, or as the test has scripted."""

    def __init__(self) -> None:
        self.scripted: dict[str, list[EngineError | tuple[Reply, ...]]] = {}
        self.intents: dict[str, str] = {}
        self.turns: list[PendingTurn] = []
        self.up = True

    async def run(self, turn: PendingTurn, history: list[dict[str, object]]) -> TurnResult:
        self.turns.append(turn)
        steps = self.scripted.get(turn.text)
        step = steps.pop(0) if steps else (Reply(text=f"You said {turn.text}"),)
        intent = self.intents.get(turn.text, "x")
        if isinstance(step, EngineError):
            raise step
        event = {"event": "user", "text": turn.text}
        return TurnResult([*history, event], [event], step, {"intent": {"name": intent}}, "model", 1.0, 0.0)

    async def healthy(self) -> bool:
        return self.up


class Heard:
    """Remembers every published change."""

    def __init__(self) -> None:
        self.changes: list[Change] = []

    def changed(self, change: Change) -> None:
        self.changes.append(change)

    def look_again(self) -> None:
        """Nothing is missed in one process."""

    def texts(self, kind: str) -> list[str]:
        return [m.text for change in self.changes for m in change.messages if m.author_kind == kind]


class NobodyWatches:
    """A listener that counts what it hears, and says of typing what the test says."""

    def __init__(self) -> None:
        self.delayed = 0
        self.typing: float | None = None

    def bot_is_busy(self, turn: PendingTurn) -> None:
        return None

    def answer_is_delayed(self, turn: PendingTurn) -> None:
        self.delayed += 1

    def since_typing(self, turn: PendingTurn) -> float | None:
        return self.typing


class Visitor:
    """Sends what one visitor types and taps."""

    def __init__(self, service: Conversations, name: str) -> None:
        self._service = service
        self.name = name
        self._numbers = itertools.count(1)

    def typed(self, text: str, number: int | None = None) -> Incoming:
        external = f"{self.name}:{next(self._numbers) if number is None else number}"
        return Incoming("web", self.name, external, text, None, "en")

    def tapped(self, choice_id: str) -> Incoming:
        return Incoming("web", self.name, f"{self.name}:{next(self._numbers)}", None, choice_id, "en")

    async def types(self, text: str, number: int | None = None) -> Received:
        return await self._service.receive(self.typed(text, number))

    async def taps(self, choice_id: str) -> Received:
        return await self._service.receive(self.tapped(choice_id))


def plain_phrases() -> Phrases:
    """Each of the app's sentences is its own name."""
    return Phrases({name: [{"text": f"{name} {{score}}{{contact}}"}] for name in REQUIRED})


def weekday_promises() -> Promises:
    """Eight hours for a case, two for a call back, of a London shop's weekdays from nine to half past five."""
    return Promises(
        BusinessHours.parse("Mon-Fri 09:00-17:30", "Europe/London"),
        case_hours=8,
        call_back_hours=2,
        formatting=Formatting("en-GB", "GBP", "Europe/London"),
    )


def case_book(database: Database, new_id: Callable[[], str], mail_to: str = "") -> CaseBook:
    """Cases with the promises above."""
    return CaseBook(database, weekday_promises(), new_id=new_id, mail_to=mail_to)
