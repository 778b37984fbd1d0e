"""A handoff's packet as an agent reads it: a few facts and the last tries, in plain values; reads nothing itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.conversations.models import Json
from bot.desk.understood import in_words, recognised
from bot.self_service.request import Request, requests_in

MOST_FACTS = 12
LONGEST_FACT = 160
# Beginnings of the names of responses that say nothing of what was answered.
_ANSWER = re.compile(r"^utter_(app_|handoff_|promise_|callback_)?")
# What only the assistant can make use of; what it holds of the customer's wishes is told as a wish.
_NOT_TOLD = frozenset(
    {"requests", "misses", "unclear", "shown_products", "other_orders", "malformed", "tried_contact", "problem"}
)
_FAILURES = (
    *("not_understood", "out_of_scope", "not_helped", "something_else", "unreadable", "malformed"),
    *("failed", "refused", "unavailable", "outcome_unknown", "shop_away", "unknown", "locked"),
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing the assistant knew: `name` is a slot's, for the template to put in words."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Try:
    """One message, what it was taken for, and what came of it."""

    seq: int
    said: str
    intent: str
    percent: int
    wishes: tuple[str, ...]
    heard: tuple[Fact, ...]
    answered: tuple[str, ...]
    went_wrong: bool
    why: str  # the engine's, where it could not answer at all


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change the customer was asking for."""

    task: str
    number: str
    details: tuple[Fact, ...]
    sent: bool  # it was sent to the shop, and no answer came


@dataclass(frozen=True, slots=True)
class PacketShown:
    """A packet, ready to be shown."""

    tries: tuple[Try, ...] = ()
    facts: tuple[Fact, ...] = ()
    wanted: tuple[Wanted, ...] = ()

    @property
    def went_wrong(self) -> tuple[Try, ...]:
        """The tries that came to nothing."""
        return tuple(one for one in self.tries if one.went_wrong)


def packet_shown(packet: Json | None) -> PacketShown:
    """A packet in plain values. Whatever it lacks, or has of another shape, is left out."""
    if not isinstance(packet, Mapping):
        return PacketShown()
    slots = packet.get("slots")
    slots = slots if isinstance(slots, Mapping) else {}
    facts = [Fact(str(name), told) for name, value in slots.items() if name not in _NOT_TOLD and (told := _told(value))]
    if packet.get("contact"):
        facts.append(Fact("call_back_contact", _cut(str(packet["contact"]))))
    return PacketShown(
        tries=tuple(_try(turn) for turn in _list(packet.get("understood")) if isinstance(turn, Mapping)),
        facts=tuple(facts[:MOST_FACTS]),
        wanted=tuple(_wanted(request) for request in requests_in(slots.get("requests"))),
    )


def _try(turn: Mapping[str, Any]) -> Try:
    answered = [str(name) for name in _list(turn.get("answered"))]
    failed = turn.get("failed")
    wishes = [in_words(str(wish)) for wish in _list(turn.get("wishes"))]
    confidence = turn.get("confidence")
    entities = [one for one in _list(turn.get("entities")) if isinstance(one, Mapping)]
    return Try(
        seq=int(turn.get("seq") or 0),
        said=str(turn.get("said") or ""),
        intent=in_words(str(turn["intent"])) if turn.get("intent") else "",
        percent=round(100 * min(1.0, max(0.0, float(confidence)))) if isinstance(confidence, int | float) else 0,
        wishes=tuple(wishes) if len(wishes) > 1 else (),
        heard=tuple(Fact(name, value) for name, value in recognised(entities)),
        answered=tuple(in_words(_ANSWER.sub("", name)) for name in answered),
        went_wrong=bool(failed) or any(word in name for name in answered for word in _FAILURES),
        why=in_words(str(failed)) if failed else "",
    )


def _wanted(request: Request) -> Wanted:
    told = {
        "reason": request.reason,
        "what": request.what,
        "phone": request.phone,
        "address": _told(request.address and _parts(request.address)),
        "remedy": request.remedy,
    }
    details = tuple(Fact(name, _cut(str(value))) for name, value in told.items() if value)
    return Wanted(in_words(request.task.value), request.number or "", details, request.sent)


def _parts(address: Any) -> dict[str, str]:
    return {name: getattr(address, name) for name in address.__slots__}


def _told(value: object) -> str:
    """A slot's value in one line; nothing where there is nothing a person could read."""
    match value:
        case str() | int() | float():
            return _cut(str(value))
        case Mapping():
            return _cut(", ".join(str(part) for part in value.values() if isinstance(part, str | int | float) and part))
        case Sequence():
            return _cut(", ".join(str(part) for part in value if isinstance(part, str | int | float) and part))
    return ""


def _list(value: object) -> Iterable[Any]:
    return value if isinstance(value, list | tuple) else ()


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_FACT else text[: LONGEST_FACT - 1] + "…"
