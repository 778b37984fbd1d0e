"""Cards of orders and products as the desk shows them: compact, whatever of a card there is; makes none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

FILE = "file"  # a card that stands for an attachment, which is shown by itself


@dataclass(frozen=True, slots=True)
class Line:
    """An item on a card, or a field of it."""

    name: str
    value: str = ""
    price: str = ""


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A card: its head, and what unfolds."""

    title: str
    badge: str
    tone: str  # good | bad | warn | info
    price: str  # the total, or of the one item
    subtitle: str
    items: tuple[Line, ...]
    fields: tuple[Line, ...]


def shown_cards(cards: Iterable[object] | None) -> tuple[ShownCard, ...]:
    """The cards of a message, as channels got them; those that stand for files left out."""
    return tuple(_shown(card) for card in cards or () if isinstance(card, Mapping) and card.get("kind") != FILE)


def _shown(card: Mapping[str, Any]) -> ShownCard:
    badge = card.get("badge")
    badge = badge if isinstance(badge, Mapping) else {}
    items = tuple(
        Line(_text(item.get("title")), _text(item.get("detail")), _text(item.get("price")))
        for item in card.get("items") or ()
        if isinstance(item, Mapping)
    )
    fields = tuple(
        Line(_text(one.get("label")), _text(one.get("value")))
        for one in card.get("fields") or ()
        if isinstance(one, Mapping)
    )
    price = _text(card.get("total")) or (items[0].price if len(items) == 1 else "")
    return ShownCard(
        _text(card.get("title")) or _text(card.get("kind")).capitalize() or "Card",
        _text(badge.get("text")),
        _text(badge.get("tone")),
        price,
        _text(card.get("subtitle")),
        items,
        fields,
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)
