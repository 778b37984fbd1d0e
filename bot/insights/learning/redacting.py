"""A customer's words as a test may keep them: whatever tells who they are replaced by something that reads alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.insights.learning.sentences import MASKED, Marked
from bot.privacy.masking import ORDER_NUMBER, mask

# The demo shop's, and other examples of our own, in the order in which they are used.
_STAND_INS: Mapping[str, Sequence[str]] = {
    "order_number": ("W4827310", "W2507194", "W3816629", "W9293455", "W6240109", "W4060775"),
    "email": ("jo.hart@mail.example", "jo.h@post.example", "ada@web.example"),
    "phone": ("07700 900123", "07700 900456"),
    "postcode": ("YO1 7EP", "LS2 9JT", "N1 5QT"),
    "one_time_code": ("482917", "111111", "482731"),
}
# What masking finds and the assistant did not: words that nothing is recognised in.
_WORDS = {
    "[name]": "Jo",
    "[link]": "that page",
    "[address]": "Mill Lane",
    "[number]": "so many",
    "[IBAN]": "my account",
}
_ADDRESS = "4 Mill Lane, York, YO1 7EP"
_VALUES = ("product", "option", "product_kind", "language", "date", "money")  # of the shop, not of a person


@dataclass(frozen=True, slots=True)
class Redacted:
    """Words that may be kept, and what was recognised in them."""

    text: str
    marks: tuple[Marked, ...]


@dataclass(slots=True)
class Redaction:
    """Of one conversation: the same number is replaced by the same one every time.

    Args:
        names: of the customer.
        order_number: what the shop's order numbers look like.
    """

    names: tuple[str, ...] = ()
    order_number: str = ORDER_NUMBER
    _used: dict[tuple[str, str], str] = field(default_factory=dict)

    def of(self, text: str, entities: Sequence[Mapping[str, Any]], *, expects: str | None = None) -> Redacted:
        """What may be kept of what was said.

        Args:
            entities: recognised in it, as the engine tells them.
            expects: what the customer was asked for.
        """
        if expects == "address" and len(text.split()) > 2:
            at = _ADDRESS.index("YO1")
            return Redacted(_ADDRESS, (Marked(at, len(_ADDRESS), "postcode"),))
        parts: list[str] = []
        marks: list[Marked] = []
        at = length = 0

        def put(words: str) -> None:
            nonlocal length
            parts.append(words)
            length += len(words)

        for entity in _in_order(entities, len(text)):
            start, end, name = int(entity["start"]), int(entity["end"]), str(entity["entity"])
            put(self._words(text[at:start]))
            begun = length
            put(self.stand_in(name, text[start:end]))
            words = parts[-1]
            value = str(entity.get("value", words)) if name not in _STAND_INS else words
            marks.append(Marked(begun, length, name, None if value == text[start:end] else value))
            at = end
        put(self._words(text[at:]))
        return _straight("".join(parts), marks)

    def stand_in(self, entity: str, words: str = "") -> str:
        """What is said in place of an entity's words."""
        known = _STAND_INS.get(entity)
        if known is None:
            return self._words(words) if words else (entity if entity in _VALUES else "something")
        key = (entity, "".join(sign for sign in words.casefold() if sign.isalnum()))
        if key not in self._used:
            number = sum(1 for name, _ in self._used if name == entity)
            self._used[key] = known[number % len(known)]
        return self._used[key]

    def _words(self, text: str) -> str:
        masked = mask(text, known=self.names, order_number=self.order_number)
        return MASKED.sub(lambda found: _WORDS.get(found.group(), "this"), masked)


def _in_order(entities: Sequence[Mapping[str, Any]], length: int) -> list[Mapping[str, Any]]:
    """Those with a place, none over another."""
    found: list[Mapping[str, Any]] = []
    at = 0
    placed = [one for one in entities if isinstance(one.get("start"), int) and isinstance(one.get("end"), int)]
    for one in sorted(placed, key=lambda entity: (entity["start"], -entity["end"])):
        if at <= one["start"] < one["end"] <= length and one.get("entity"):
            found.append(one)
            at = one["end"]
    return found


def _straight(text: str, marks: Sequence[Marked]) -> Redacted:
    """On one line, its marks where they belong."""
    places = [0] * (len(text) + 1)
    out: list[str] = []
    for index, sign in enumerate(text):
        places[index] = len(out)
        space = sign.isspace() or not sign.isprintable()
        if not (space and (not out or out[-1] == " ")):
            out.append(" " if space else sign)
    places[len(text)] = len(out)
    line = "".join(out).rstrip()
    kept = [Marked(places[one.start], min(places[one.end], len(line)), one.entity, one.value) for one in marks]
    return Redacted(line, tuple(one for one in kept if one.start < one.end))
