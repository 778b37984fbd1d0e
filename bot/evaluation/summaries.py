"""Reads what the assistant is about to do, as a careful customer would, and tells what of it is not what they want."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.evaluation.messages import Card, Item, Message
from bot.evaluation.wishes import SWAPS, Kind, Knowledge, Method, Thing, Version, Wish


class About(StrEnum):
    """What of a summary is wrong."""

    KIND = "kind"
    ORDER = "order"
    MISSING = "missing"  # a thing that should be in it
    EXTRA = "extra"  # a thing that should not
    VERSION = "version"
    PAYMENT = "payment"
    REASON = "reason"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. `seen`: what is shown instead; empty where the right thing is only not shown."""

    about: About
    seen: str = ""
    thing: Thing | None = None
    version: Version | None = None

    @property
    def text(self) -> str:
        """For a transcript."""
        what = self.thing.name if self.thing else self.about.value
        return f"{self.about}: shows {self.seen}" if self.seen else f"{self.about}: does not show {what}"


# How a summary of each kind may speak of it; more than one may fit.
_WORDS: Mapping[Kind, str] = {
    Kind.CANCEL: r"cancel",
    Kind.RETURN: r"\breturn|send(ing)? back|sent back",
    Kind.EXCHANGE: r"exchang|swap",
    Kind.CHANGE_ITEMS: r"chang|swap|modif|replac|item",
    Kind.ORDER_ADDRESS: r"address|deliver|ship|sent? to|goes to",
    Kind.DEFAULT_ADDRESS: r"address",
    Kind.PAYMENT: r"pay|charge",
    Kind.PERSON: r"\bperson|\bpeople|human|colleague|call you|call back|get back to|in touch|\bteam\b",
}


def speaks_of(kind: Kind, text: str) -> bool:
    """Whether a text may be about a wish of that kind."""
    return kind in _WORDS and re.search(_WORDS[kind], text, re.IGNORECASE) is not None


def faults(message: Message, wish: Wish, knowledge: Knowledge) -> list[Fault]:
    """What of a summary is not as wished; empty for a summary to say yes to."""
    card = message.summary
    if card is None:
        return [Fault(About.KIND, "no summary")]
    text = message.whole
    head = f"{message.text}\n{card.title}"
    found: list[Fault] = []
    others = [kind for kind in _WORDS if kind is not wish.kind and speaks_of(kind, card.title or head)]
    if not speaks_of(wish.kind, head) and others:
        found.append(Fault(About.KIND, card.title or message.text))
    numbers = {number for number in knowledge.orders if number.lstrip("#") in text.upper()}
    if wish.order and numbers and wish.order not in numbers:
        found.append(Fault(About.ORDER, sorted(numbers)[0]))
    if wish.order and not numbers:
        found.append(Fault(About.ORDER, "no order"))
    if wish.order is None and numbers:
        found.append(Fault(About.KIND, card.title))
    if wish.things:
        found += _wrong_things(message, wish, knowledge)
    if wish.kind in SWAPS:
        pairs = list(zip(wish.things, wish.versions, strict=False))
        missing = {fault.thing.item_id for fault in found if fault.thing and fault.about is About.MISSING}
        pairs = [pair for pair in pairs if pair[0].item_id not in missing]
        found += [fault for thing, version in pairs if (fault := _wrong_version(text, thing, version))]
    if wish.payment:
        found += _wrong_payment(card.text, wish.payment, knowledge)
    if wish.reason and (other := _other_reason(text, wish.reason)):
        found.append(Fault(About.REASON, other))
    if wish.address is not None and (other := _other_address(card, wish.address)):
        found.append(Fault(About.ADDRESS, other))
    return found


def _wrong_things(message: Message, wish: Wish, knowledge: Knowledge) -> list[Fault]:
    card = message.summary
    assert card is not None
    text = message.whole
    found = []
    for name in dict.fromkeys(thing.name for thing in wish.things):
        mine = [thing for thing in wish.things if thing.name == name]
        rows = [item for item in card.items if _has(item.title, name)]
        if not rows and not _has(text, name):
            found.append(Fault(About.MISSING, ", ".join(item.title for item in card.items) or "no things", mine[0]))
        elif rows and len(rows) < len(mine) and not _counts(rows[0].text, len(mine)):
            found.append(Fault(About.MISSING, f"{len(rows)} of {len(mine)}", _not_among(rows, mine)))
        elif rows and wish.kind is Kind.RETURN and len(rows) > len(mine):
            found.append(Fault(About.EXTRA, f"{len(rows)} of {len(mine)}", mine[0]))
        else:
            found += [fault for thing in mine if (fault := _another_of_its_name(rows, thing, wish, knowledge))]
    order = knowledge.orders.get(wish.order or "")
    wanted = {thing.name for thing in wish.things}
    for thing in order.things if order else ():
        if thing.name not in wanted and any(_has(item.title, thing.name) for item in card.items):
            found.append(Fault(About.EXTRA, thing.name, thing))
    return found


def _not_among(rows: Sequence[Item], things: Sequence[Thing]) -> Thing:
    """Of several things of one name, one whose own options no row shows."""
    text = "\n".join(item.text for item in rows)
    unseen = [thing for thing in things if not all(_has(text, thing.options[name]) for name in thing.apart)]
    return (unseen or list(things))[-1]


def _another_of_its_name(rows: Sequence[Item], thing: Thing, wish: Wish, knowledge: Knowledge) -> Fault | None:
    """Two of a kind in one order: whether the card shows the options of the other one only."""
    order = knowledge.orders.get(wish.order or "")
    twins = [other for other in order.things if other.name == thing.name] if order else []
    wanted = {one.item_id for one in wish.things}
    text = "\n".join(item.text for item in rows)
    for twin in twins:
        apart = [name for name, value in thing.options.items() if twin.options.get(name) != value]
        shows_twin = apart and all(_has(text, twin.options.get(name, "")) for name in apart)
        shows_own = all(_has(text, thing.options[name]) for name in apart)
        if twin.item_id not in wanted and shows_twin and not shows_own:
            return Fault(About.EXTRA, f"{twin.name} {twin.options[apart[0]]}", thing)
    return None


def _wrong_version(text: str, thing: Thing, version: Version) -> Fault | None:
    """Whether the new version shows in a text: every value that differs, or another one of that option instead."""
    for option in version.differs:
        value = version.options[option]
        if value in ("none", "no", "yes") or _has(text, value):
            continue
        old = thing.options.get(option)
        instead = [other for other in sorted(version.values[option]) if other != old and _has(text, other)]
        return Fault(About.VERSION, f"{option} {instead[0]}" if instead else "", thing, version)
    return None


def _wrong_payment(text: str, wanted: str, knowledge: Knowledge) -> list[Fault]:
    shown = [name for name, method in knowledge.methods.items() if _shows(text, method, knowledge)]
    if wanted in shown or wanted not in knowledge.methods:
        return []
    return [Fault(About.PAYMENT, shown[0] if shown else "")]


def _shows(text: str, method: Method, knowledge: Knowledge) -> bool:
    if method.source != "credit_card":
        return _has(text, method.source.replace("_", " "))
    cards = [other for other in knowledge.methods.values() if other.source == "credit_card"]
    return _has(text, method.last_four) or (len(cards) == 1 and (_has(text, method.brand) or _has(text, "credit card")))


def _other_address(card: Card, wanted: Mapping[str, str]) -> str:
    """What a card shows for an address where that is not just the wanted one; empty where it is."""
    line = next((line for line in card.lines if _has(line, wanted["address1"])), None)
    if line is None:
        return "another address"
    rest = line.partition(": ")[2] or line
    for key in ("address1", "address2", "city", "state", "zip"):
        before, rest = rest, re.sub(rf"(?<!\w){re.escape(wanted[key])}(?!\w)", "", rest, count=1, flags=re.IGNORECASE)
        if wanted[key] and rest == before:
            return line
    return line if re.search(r"\w", re.sub(r"\b(USA?|United States)\b", "", rest)) else ""


def _other_reason(text: str, wanted: str) -> str:
    stems = {"no longer needed": r"no longer need|not needed|n't need", "ordered by mistake": r"mistake|accident"}
    shown = [reason for reason, stem in stems.items() if re.search(stem, text, re.IGNORECASE)]
    return shown[0] if shown and wanted not in shown else ""


def _has(text: str, words: str) -> bool:
    """Whether the words are in the text, whole, in whatever case; a plural counts."""
    if not words:
        return False
    return re.search(rf"(?<!\w){re.escape(words)}(?:s|es)?(?!\w)", text, re.IGNORECASE) is not None


def _counts(text: str, number: int) -> bool:
    """Whether a line says that there are that many: "2 ×", "x2"."""
    return re.search(rf"(?<!\d){number}\s*[x×]|[x×]\s*{number}(?!\d)", text, re.IGNORECASE) is not None
