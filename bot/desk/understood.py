"""What the bot made of a customer's message, in a few words for the agent who reads it; understands nothing itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

FAILED = "utter_action_failed"  # what is said where an action has failed
FALLBACK = "nlu_fallback"  # the intent where none is likely enough
_OF_RASA = frozenset({"action_listen", "action_session_start", "action_extract_slots", "action_restart"})
_WORDS = {"option": "Variant", "money": "Amount"}  # of entities whose names say little
_OF_BUTTONS = frozenset({"chosen"})  # which of our own questions a button answers, for the assistant alone
_SECRET = frozenset({"one_time_code"})  # whoever reads a conversation needs no code that was sent to its customer
_MOST_SHOWN = 8  # entities
_LONGEST_VALUE = 80  # characters


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing that was recognised in the words."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Ran:
    """One action of the bot's, and whether it failed."""

    name: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Understood:
    """What the engine made of one message.

    `failed` is why the whole turn came to nothing, as a word; `wishes` are all there were, where there were several.
    """

    intent: str | None
    percent: int
    wishes: tuple[str, ...] = ()
    heard: tuple[Heard, ...] = ()
    ran: tuple[Ran, ...] = ()
    failed: str | None = None


def understood_of(understanding: Mapping[str, Any] | None, events: Iterable[Mapping[str, Any]]) -> Understood | None:
    """What is shown beside a message, out of its stored turn; None where there is nothing to show.

    Args:
        understanding: of the turn, as the engine returned it.
        events: of the turn, as the engine returned them.
    """
    ran = _ran(list(events))
    if not understanding:
        return Understood(None, 0, ran=ran) if ran else None
    if error := understanding.get("error"):
        return Understood(None, 0, ran=ran, failed=in_words(str(error)))
    intent = understanding.get("intent") or {}
    name = intent.get("name")
    wishes = [str(wish.get("intent") or "") for wish in understanding.get("wishes") or () if isinstance(wish, Mapping)]
    return Understood(
        in_words(str(name)) if name else None,
        round(100 * _share(intent.get("confidence"))),
        tuple(in_words(wish) for wish in wishes if wish) if len(wishes) > 1 else (),
        tuple(Heard(thing_in_words(name), value) for name, value in recognised(understanding.get("entities") or ())),
        ran,
    )


def in_words(name: str) -> str:
    """A name of the assistant's as words: `change_order_address` is "Change order address"."""
    if name == FALLBACK:
        return "Nothing certain"
    words = " ".join(name.replace("/", " ").replace("_", " ").split())
    return words[:1].upper() + words[1:]


def thing_in_words(name: str) -> str:
    """An entity's name as words: `option` is "Variant"."""
    return _WORDS.get(name) or in_words(name)


def recognised(entities: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    """Name and value of each thing that was recognised, once, however often and in whatever case it was found."""
    seen: set[tuple[str, str]] = set()
    for entity in entities:
        name = str(entity.get("entity") or "")
        value = "•••" if name in _SECRET else _cut(" ".join(str(entity.get("value")).split()))
        known = (name, value.casefold())
        if name and name not in _OF_BUTTONS and known not in seen and len(seen) < _MOST_SHOWN:
            seen.add(known)
            yield name, value


def _ran(events: list[Mapping[str, Any]]) -> tuple[Ran, ...]:
    """The actions that ran, in order. A failed one leaves nothing but the sentence that says so."""
    found: list[Ran] = []
    for event in events:
        name = str(event.get("name") or "")
        match event.get("event"):
            case "action" if name and name not in _OF_RASA and not name.startswith("utter_"):
                found.append(Ran(in_words(name.removeprefix("action_"))))
            case "bot" if _said(event) == FAILED and found:
                found[-1] = Ran(found[-1].name, failed=True)
            case "bot" if _said(event) == FAILED:
                found.append(Ran("", failed=True))
    return tuple(found)


def _said(event: Mapping[str, Any]) -> object:
    return (event.get("metadata") or {}).get("utter_action")


def _share(value: object) -> float:
    return min(1.0, max(0.0, float(value))) if isinstance(value, int | float) else 0.0


def _cut(value: str) -> str:
    return value if len(value) <= _LONGEST_VALUE else value[: _LONGEST_VALUE - 1] + "…"
