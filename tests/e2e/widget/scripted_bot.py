"""What the fake server's bot says to each message: a fixed table of words, so that a test knows every answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Frame = dict[str, Any]

ORDER_CARD: Frame = {
    "kind": "order",
    "title": "Order #W2507194",
    "subtitle": "Placed on 16 November 2026",
    "badge": {"text": "On its way", "tone": "info"},
    "fields": [
        {"label": "Carrier", "value": "Royal Post", "href": None},
        {"label": "Tracking", "value": "RP 4481 2207 9 GB", "href": "https://track.example/RP448122079GB"},
        {"label": "Expected", "value": "Tuesday 24 November", "href": None},
        {"label": "Delivery to", "value": "12 Mill Lane\nBath BA1 1AA", "href": None},
    ],
    "items": [
        {"title": "Alder desk lamp", "detail": "Sage", "price": "£68.00", "image": "/images/alder-desk-lamp.svg"},
        {
            "title": "Finch stoneware mugs",
            "detail": "Chalk, set of four",
            "price": "£42.00",
            "image": "/images/finch-mugs.svg",
        },
    ],
    "total": "£110.00",
}
RATING = tuple({"id": f"r{n}", "title": str(n), "value": str(n)} for n in range(1, 6))
NO_THANKS = {"id": "no-thanks", "title": "No, thanks"}


@dataclass(frozen=True)
class Reply:
    """One message of the bot."""

    text: str
    choices: tuple[Frame, ...] = ()
    cards: tuple[Frame, ...] = ()
    expects: str | None = None
    ends: bool = field(default=False)  # the conversation has ended before this message


def answer(text: str) -> list[Reply]:
    """The replies to what the customer typed or tapped."""
    word = text.strip().lower()
    if word.startswith("ask "):
        return [Reply(f"Please tell me your {word[4:].replace('_', ' ')}.", expects=word[4:])]
    if "order" in word:
        return [
            Reply("Here it is. It left our warehouse yesterday and should be with you on Tuesday.", cards=(ORDER_CARD,))
        ]
    if word == "cancel":
        choices = ({"id": "yes", "title": "Yes, cancel it", "value": "yes"}, {"id": "no", "title": "No", "value": "no"})
        return [Reply("Shall I cancel order #W2507194 and refund £110.00?", choices=choices, expects="confirmation")]
    if "goodbye" in word:
        return [
            Reply("Glad I could help. Goodbye!"),
            Reply("How was this conversation?", RATING, expects="rating", ends=True),
        ]
    return [Reply(f"You said: {text}")]


def answer_after_end(text: str) -> list[Reply]:
    """The replies to a rating or a comment; nothing for what begins a new conversation."""
    if text in {choice["title"] for choice in RATING}:
        return [Reply("Thank you! Would you like to add a comment?", (NO_THANKS,), expects="comment")]
    if text == NO_THANKS["title"]:
        return [Reply("All right. Thank you for your time!")]
    return []
