"""Reads the tracker: the turn, the facts in the customer's message, where the conversation stands. Decides nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from rasa_sdk import Tracker

from bot.customers.contacts import Contact, find_code, find_email, find_postcode, normal_postcode
from bot.customers.proofs import Turn
from bot.orders.numbers import OrderNumbers

_READ_CHARACTERS = 1000  # patterns like these take time with the square of the length
_FEW_WORDS = 4


@dataclass(frozen=True, slots=True)
class Facts:
    """What a message says in numbers and addresses.

    `bare` says that there is little else in it; `digits` that it has some, readable or not.
    """

    order_number: str | None
    contact: Contact
    code: str | None
    digits: bool
    bare: bool


def read_facts(tracker: Tracker, numbers: OrderNumbers) -> Facts:
    """The facts in the latest message: from its text, and from what the chosen button stands for."""
    text = str(tracker.latest_message.get("text") or "")
    meant = [str(entity.get("value")) for entity in _entities(tracker) if entity.get("entity") == "order_number"]
    found = [number for value in meant for number in numbers.find(value)] or list(numbers.find(text))
    postcode = find_postcode(text)
    asked_for = tracker.get_slot("requested_slot")
    if asked_for == "contact" and postcode is None and not found:
        postcode = _unusual_postcode(text)
    if asked_for == "order_number" and not found and text.strip().isdigit():
        postcode = None  # five digits, where a number of seven was asked for
    return Facts(
        order_number=found[0] if found else None,
        contact=Contact(find_email(text), postcode),
        code=find_code(text),
        digits=any(character.isdigit() for character in text),
        bare=len(re.findall(r"[^\W\d_]{2,}", re.sub(r"\S*[@\d]\S*", " ", text[:_READ_CHARACTERS]))) < _FEW_WORDS,
    )


def turn_of(tracker: Tracker) -> Turn:
    """The turn that is being answered. Without the app's metadata (`rasa shell`) the conversation is the visitor."""
    metadata = tracker.latest_message.get("metadata") or {}
    heard: dict[str, Any] = next((event for event in reversed(tracker.events) if event.get("event") == "user"), {})
    message_id = metadata.get("message_id") or heard.get("message_id") or ""
    return Turn(tracker.sender_id, str(message_id), str(metadata.get("customer_id") or tracker.sender_id))


def intent_of(tracker: Tracker) -> str | None:
    """What the latest message was understood as."""
    name = (tracker.latest_message.get("intent") or {}).get("name")
    return str(name) if name else None


def active_form(tracker: Tracker) -> str | None:
    """The form that is asking, if one is."""
    name = (tracker.active_loop or {}).get("name")
    return str(name) if name else None


def just_started(tracker: Tracker, form: str) -> bool:
    """Whether `form` began with the message that is being answered."""
    return any(event.get("event") == "active_loop" and event.get("name") == form for event in _this_turn(tracker))


def has_spoken(tracker: Tracker) -> bool:
    """Whether something has been said in this turn already."""
    return any(event.get("event") == "bot" and event.get("text") for event in _this_turn(tracker))


def last_response(tracker: Tracker) -> str | None:
    """The name of what was said last, before the message that is being answered."""
    before = tracker.events[: len(tracker.events) - len(_this_turn(tracker))]
    said = (event for event in reversed(before) if event.get("event") == "bot")
    return next(((event.get("metadata") or {}).get("utter_action") for event in said), None)


def contact_in(value: Any) -> Contact:
    """The contact kept in a slot; empty where the slot holds something else."""
    if not isinstance(value, dict):
        return Contact()
    email, postcode = value.get("email"), value.get("postcode")
    return Contact(email if isinstance(email, str) else None, postcode if isinstance(postcode, str) else None)


def contact_value(contact: Contact) -> dict[str, str | None] | None:
    """The contact as a slot keeps it."""
    return {"email": contact.email, "postcode": contact.postcode} if contact else None


def _entities(tracker: Tracker) -> list[dict[str, Any]]:
    return tracker.latest_message.get("entities") or []


def _this_turn(tracker: Tracker) -> list[dict[str, Any]]:
    events = tracker.events
    for position in range(len(events) - 1, -1, -1):
        if events[position].get("event") == "user":
            return list(events[position + 1 :])
    return list(events)


def _unusual_postcode(text: str) -> str | None:
    # Asked for a postcode, a short answer with a digit in it is one, whichever country's.
    shaped = re.fullmatch(r"\s*(?=.*\d)[A-Za-z\d][A-Za-z\d \-]{1,8}[A-Za-z\d]\s*", text)
    return normal_postcode(text) if shaped else None
