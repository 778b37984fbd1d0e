"""Messages as they are shown on Telegram, made in a line, and hostile texts to fill them with."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bot.conversations.models import Message
from bot.languages.languages import Labels

WORDS = Labels(
    "en",
    {},
    {
        "total": "Total",
        "you_on_the_website": "You, on our website:",
        "status_shipped": "On its way",
        "help_centre": "Help centre",
    },
)

_PIECES = (
    "<b>", "</b>", '<a href="https://x.example">', "<script>alert(1)</script>", "&lt;", "&amp;#x27;", "&nbsp;", "*",
    "**", "_", "__", "~", "||", "`", "```python\n", "[x](https://y.example)", "\\", "#", ">", "- ", "!", ".", "{",
    "}", "{name}", "${x}", "%s", "null", "None", "NaN", "/start", "/stop@shop_bot", "@somebody",
    "https://z.example/?a=1&b=2", "mailto:a@b.example", "+44 20 7946 0000", "#W4827310", "$AAPL", "\n", "\n\n\n\n",
    "\t", "  ", "\r\n", "\r", "\x00", "\x07", "\x1b[31m", "\x7f", "\x85", "\u2028", "\u2029", "\u00ad", "\u200b",
    "\u200c", "\u200d", "\u200e\u200f\u200e", "\u202a", "\u202e", "\u2060", "\u2066", "\ufeff", "\ufffc", "\ufffd",
    "\uffff", "\ue000", "\u3164", "\u115f", "\u2800", "\u00a0", "\u3000", "\ufe0f", "\ud800", "\udc00", "\ud83d",
    "\udd25\ud83d", "\ud83d\udd25", "e\u0301\u0327\u0323", "a\u030a", "\u0333", "\u033f",
    "z" + "\u0335\u0311\u0358" * 12, "👍🏽", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇬🇧🇩🇪🇺",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "1️⃣", "𝔘𝔫𝔦", "𠮷野家", "日本語のテキスト。",
    "שלום עולם", "مرحبا بالعالم", "हिन्दी", "ไทย", "Ω≈ç√", "ﷺ", "Straße", "word", "and", "a ",
)  # fmt: skip


def fuzzed_text(chance: random.Random) -> str:
    """Some text that somebody, somewhere, would write to break what shows it."""
    kind = chance.random()
    if kind < 0.04:
        return chance.choice(["", " ", "\n", "\u200b\u200d", "\u3164", "\ufeff \u2060", "\x00", "\u202e", "\ud800"])
    if kind < 0.07:
        return chance.choice(_PIECES) * chance.choice([10, 40])
    if kind < 0.08:
        return chance.choice(_PIECES) * 1500
    if kind < 0.09:
        return "".join(chance.choice(_PIECES) for _ in range(1200))
    length = chance.choice([1, 2, 3, 5, 8, 12, 20, 60])
    return "".join(chance.choice(_PIECES) for _ in range(length))


def shown(text: str = "", **others: Any) -> Message:
    """A stored message of ours; `others` are fields of `Message`."""
    fields: dict[str, Any] = {
        "id": "m" * 32,
        "conversation_id": "c" * 32,
        "seq": 1,
        "at": datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
        "channel": "telegram",
        "author_kind": "bot",
        "author_name": None,
        "kind": "text",
        "text": text,
        "choices": (),
        "cards": (),
        "expects": None,
        "external_id": None,
        "in_reply_to": None,
    }
    return Message(**fields | others)


def offered(*titles: str) -> tuple[dict[str, Any], ...]:
    """Choices with these titles."""
    return tuple({"id": f"{number:032x}", "title": title} for number, title in enumerate(titles, 1))


def scores() -> tuple[dict[str, Any], ...]:
    """The choices of a rating."""
    return tuple({"id": f"5c{score:030x}", "title": str(score), "value": str(score)} for score in range(1, 6))


def drawn(kind: str = "order", **others: Any) -> dict[str, Any]:
    """A card; `others` are its fields."""
    empty = {"title": "Order W4827310", "subtitle": None, "badge": None, "fields": [], "items": [], "total": None}
    return {"kind": kind, **empty, **others}


def field(label: str, value: str, href: str | None = None) -> dict[str, Any]:
    """One line of a card."""
    return {"label": label, "value": value, "href": href}


def item(title: str, detail: str | None = None, price: str | None = None, image: str | None = None) -> dict[str, Any]:
    """One thing on a card."""
    return {"title": title, "detail": detail, "price": price, "image": image}


def joined_without_blanks(texts: Sequence[str]) -> str:
    """What can be seen of several texts, whatever stands between them."""
    return "".join("".join(text.split()) for text in texts)
