"""What the web protocol shows a customer, as plain values, and what a customer can do; no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Choice:
    """A button; `value` is what it stands for, if anything."""

    id: str
    title: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Item:
    """One thing on a card."""

    title: str
    detail: str
    price: str

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(part for part in (self.title, self.detail, self.price) if part)


@dataclass(frozen=True, slots=True)
class Card:
    """A card of a message; `lines` are its texts beside the items."""

    kind: str
    title: str
    lines: tuple[str, ...]
    items: tuple[Item, ...]

    @property
    def text(self) -> str:
        """All of it, a line each."""
        return "\n".join((self.title, *(item.text for item in self.items), *self.lines))


@dataclass(frozen=True, slots=True)
class Message:
    """One message that the customer was shown."""

    author: str
    text: str
    choices: tuple[Choice, ...] = ()
    cards: tuple[Card, ...] = ()
    expects: str | None = None

    @property
    def asks(self) -> bool:
        """Whether it asks for something."""
        return self.expects is not None or bool(self.choices)

    @property
    def summary(self) -> Card | None:
        """What will be done on a yes, where that is what it shows."""
        return next((card for card in self.cards if card.kind == "summary"), None)

    @property
    def whole(self) -> str:
        """Its words and its cards'."""
        return "\n".join((self.text, *(card.text for card in self.cards)))

    def choice(self, *values: str) -> Choice | None:
        """The first choice that stands for one of these."""
        return next((choice for value in values for choice in self.choices if choice.value == value), None)


@dataclass(frozen=True, slots=True)
class Say:
    """Types something."""

    text: str


@dataclass(frozen=True, slots=True)
class Tap:
    """Chooses a button."""

    choice: Choice


@dataclass(frozen=True, slots=True)
class LookForCode:
    """Looks into the own mailbox, at that address, for a one-time code."""

    email: str


Move = Say | Tap | LookForCode


def read_message(frame: Mapping[str, Any]) -> Message:
    """A `message` frame of the web protocol; what is not there counts as empty."""
    return Message(
        author=str((frame.get("author") or {}).get("kind", "system")),
        text=str(frame.get("text") or ""),
        choices=tuple(
            Choice(str(choice.get("id")), str(choice.get("title") or ""), choice.get("value"))
            for choice in _objects(frame, "choices")
        ),
        cards=tuple(_card(card) for card in _objects(frame, "cards")),
        expects=frame.get("expects"),
    )


def _objects(frame: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    return [one for one in frame.get(key) or [] if isinstance(one, dict)]


def _card(card: Mapping[str, Any]) -> Card:
    lines = [str(card["subtitle"])] if card.get("subtitle") else []
    lines += [str((card.get("badge") or {}).get("text"))] if card.get("badge") else []
    lines += [f"{field.get('label')}: {field.get('value')}" for field in _objects(card, "fields")]
    lines += [str(card["total"])] if card.get("total") else []
    items = tuple(
        Item(*(str(item.get(key) or "") for key in ("title", "detail", "price"))) for item in _objects(card, "items")
    )
    return Card(str(card.get("kind")), str(card.get("title") or ""), tuple(lines), items)


def shown(message: Message) -> list[str]:
    """A message as the lines of a transcript."""
    lines = message.text.splitlines()
    for card in message.cards:
        lines.append(f"  [{card.kind}] {card.title}")
        lines += [f"    · {' · '.join(part for part in (i.title, i.detail, i.price) if part)}" for i in card.items]
        lines += [f"    {line}" for line in card.lines]
    lines += [f"  ({choice.title}{f' = {choice.value}' if choice.value else ''})" for choice in message.choices]
    if message.expects:
        lines.append(f"  expects {message.expects}")
    return lines
