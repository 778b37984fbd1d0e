"""What the bot's history becomes when it gets a conversation back; pure, on events of Rasa's own kinds, without Rasa.

The form that was asking is left, and what was being changed is laid aside: it goes on only if the customer asks for
that. The words of both sides stand there as a turn in which no policy has acted, ended by a listening of its own, so
that no rule takes what comes next for an answer to what the bot said before. The order that was named last is at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.customers.contacts import find_email, find_unmistakable_postcode
from bot.orders.numbers import OrderNumbers

Json = dict[str, Any]

# Slots of the domain: the order that "where is it?" is about, how an order may be opened, what was said lately.
AT_HAND, CONTACT, REMEMBERED = "current_order", "contact", "said"
REQUESTS, LAID_ASIDE = "requests", "laid_aside"
# What a form was in the middle of. Asked for again, it begins anew.
UNFINISHED = (
    *("requested_slot", "order_number", REQUESTS, "asking", "answer", "problem", "malformed"),
    *("tried_contact", "other_orders", "waiting_wishes", "unclear", "misses"),
)
GREETING = "utter_greet"  # counts as said: who was with a person is greeted briefly, if at all
MOST_WORDS = 8  # messages that are remembered word for word
LONGEST_WORDS = 1000
_MOST_REMEMBERED = 8  # names of what was said, as actions keep them
_LISTEN = {"event": "action", "name": "action_listen"}
# As an engine begins a conversation; for one in which the bot never had a turn.
_START = ({"event": "action", "name": "action_session_start", "confidence": 1.0}, {"event": "session_started"}, _LISTEN)


@dataclass(frozen=True, slots=True)
class Words:
    """One message of the customer's, or of one of our people's."""

    id: str
    by_customer: bool
    text: str
    at: datetime
    has_turn: bool = False  # it waits for its turn, in which the bot hears it by itself


def after_people(
    history: Sequence[Json],
    said: Sequence[Words],
    *,
    numbers: OrderNumbers,
    now: datetime,
    closing: str,
) -> list[Json]:
    """The history with which the bot goes on.

    Args:
        history: its own, folded; empty where it never had a turn.
        said: what it did not hear, in order.
        closing: name of the response with which the customer is told that the bot goes on.
    """
    whole = [*history] or [_at(now, event) for event in _START]
    known = {event.get("message_id") or (event.get("metadata") or {}).get("message_id") for event in whole}
    slots = _slots(whole)
    changes = {name: None for name in UNFINISHED if slots.get(name) is not None} | _learnt(slots, said, numbers)
    left = [{"event": "active_loop", "name": None}] if _in_a_form(whole) else []
    return [
        *whole,
        *(_at(now, event) for event in left),
        *(_at(now, {"event": "slot", "name": name, "value": value}) for name, value in changes.items()),
        *(_heard(words) for words in said[-MOST_WORDS:] if words.id not in known and not words.has_turn),
        _bot(now, "", {"utter_action": closing}),
        _at(now, _LISTEN),
    ]


def _learnt(slots: Json, said: Sequence[Words], numbers: OrderNumbers) -> Json:
    """The slots that are set by what was said."""
    learnt: Json = {}
    if slots.get(REQUESTS):
        learnt[LAID_ASIDE] = slots[REQUESTS]
    named = [number for words in said for number in numbers.find(words.text)]
    if named:
        learnt[AT_HAND] = named[-1]
    # Of the customer's words alone: what one of our people writes proves nothing about who reads it.
    own = [words.text for words in said if words.by_customer]
    email = next((found for text in reversed(own) if (found := find_email(text))), None)
    postcode = next((found for text in reversed(own) if (found := find_unmistakable_postcode(text))), None)
    if email or postcode:
        learnt[CONTACT] = {"email": email, "postcode": postcode}
    remembered = slots.get(REMEMBERED) or []
    if GREETING not in remembered:
        learnt[REMEMBERED] = [*remembered, GREETING][-_MOST_REMEMBERED:]
    return learnt


def _in_a_form(history: Sequence[Json]) -> bool:
    names = (event.get("name") for event in reversed(history) if event.get("event") == "active_loop")
    return next(names, None) is not None


def _slots(history: Sequence[Json]) -> Json:
    slots: Json = {}
    for event in history:
        match event.get("event"):
            case "slot":
                slots[str(event.get("name"))] = event.get("value")
            case "reset_slots" | "session_started" | "restart":
                slots.clear()
    return slots


def _heard(words: Words) -> Json:
    """A message as an event: a customer's was understood as nothing, one of our people's counts as the bot's."""
    text = words.text[:LONGEST_WORDS]
    if not words.by_customer:
        return _bot(words.at, text, {"by": "agent", "message_id": words.id})
    understood = {"intent": {"name": None, "confidence": 0.0}, "entities": []}
    event = {"event": "user", "text": text, "message_id": words.id, "parse_data": understood}
    return _at(words.at, {**event, "metadata": {"to": "agent"}})


def _bot(at: datetime, text: str, metadata: Json) -> Json:
    return _at(at, {"event": "bot", "text": text, "data": {}, "metadata": metadata})


def _at(moment: datetime, event: Json) -> Json:
    return {**event, "timestamp": moment.timestamp()}
