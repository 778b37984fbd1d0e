"""Reads the tracker: the turn, the facts in the customer's message, where the conversation stands. Decides nothing."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from rasa_sdk import Tracker

from bot.customers.contacts import (
    Contact,
    find_code,
    find_email,
    find_postcode,
    find_unmistakable_postcode,
    normal_postcode,
)
from bot.customers.proofs import Turn
from bot.orders.numbers import OrderNumbers

_READ_CHARACTERS = 1000  # patterns like these take time with the square of the length
_FEW_WORDS = 4
_SURE_QUESTION = 0.9  # a few words without a question mark that ask all the same
SURE = 0.6  # from this confidence on an intent is believed against what else a message may be

# What a message may be taken for while it really answers the question of a form.
ASIDES = frozenset(
    {
        *("inform", "nlu_fallback", "out_of_scope", "affirm", "deny", "cannot_provide", "explain", "help", "wait"),
        *("greet", "thanks", "smalltalk", "insult", "bot_challenge", "has_question", "something_else"),
        "not_helped",
    }
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a message says in numbers and addresses.

    `malformed` is what looks like an order number and is none; `digits` says that there are some, readable or not;
    `bare` that there is little else in the message, `alone` that there is nothing else.
    """

    order_numbers: tuple[str, ...]
    malformed: str | None
    contact: Contact
    code: str | None
    digits: bool
    bare: bool
    alone: bool

    @property
    def order_number(self) -> str | None:
        """The first order number."""
        return self.order_numbers[0] if self.order_numbers else None


def read_facts(tracker: Tracker, numbers: OrderNumbers) -> Facts:
    """The facts in the latest message: from its text, and from what the pipeline or the chosen button makes of it.

    What an entity holds counts only where it reads as such a fact here as well.
    """
    text, whole = str(tracker.latest_message.get("text") or ""), _whole_text(tracker)
    meant = [number for value in entity_values(tracker, "order_number") for number in numbers.find(value)]
    found = tuple(dict.fromkeys([*meant, *numbers.find(text)] or numbers.find(whole)))
    addresses = [find_email(value) for value in (text, *entity_values(tracker, "email"), whole)]
    words = len(re.findall(r"[^\W\d_]{2,}", re.sub(r"\S*[@\d]\S*", " ", text[:_READ_CHARACTERS])))
    return Facts(
        order_numbers=found,
        malformed=None if found else numbers.near(text),
        contact=Contact(
            next((address for address in addresses if address), None), _postcode(tracker, text, found, numbers)
        ),
        code=find_code(text),
        digits=any(character.isdigit() for character in text),
        bare=words < _FEW_WORDS,
        alone=words == 0,
    )


def _whole_text(tracker: Tracker) -> str:
    """The message of which the latest is one wish of several: number and address may stand beside another of them."""
    return str((tracker.latest_message.get("metadata") or {}).get("whole_text") or "")


def entity_values(tracker: Tracker, name: str) -> list[str]:
    """The values of all entities of that name in the latest message."""
    entities = tracker.latest_message.get("entities") or []
    return [str(entity.get("value")) for entity in entities if entity.get("entity") == name]


def answers_form(tracker: Tracker, facts: Facts, own_intents: Collection[str]) -> bool:
    """Whether the latest message may be an answer to the form that asks, rather than another wish with facts in it."""
    intent = intent_of(tracker)
    if intent in ASIDES or intent in own_intents or facts.alone:
        return True
    return facts.bare and confidence_of(tracker) < SURE


def turn_of(tracker: Tracker) -> Turn:
    """The turn that is being answered. Without the app's metadata (`rasa shell`) the conversation is the visitor."""
    metadata = tracker.latest_message.get("metadata") or {}
    heard: dict[str, Any] = next((event for event in reversed(tracker.events) if event.get("event") == "user"), {})
    message_id = metadata.get("message_id") or heard.get("message_id") or ""
    return Turn(tracker.sender_id, str(message_id), str(metadata.get("customer_id") or tracker.sender_id))


def people_are_there(tracker: Tracker) -> bool:
    """Whether one of the shop's people could take over now, as the app saw it when the turn began."""
    return bool((tracker.latest_message.get("metadata") or {}).get("people"))


def is_pushed(tracker: Tracker) -> bool:
    """Whether it was written on a channel on which we can write to the customer later as well."""
    return bool((tracker.latest_message.get("metadata") or {}).get("pushed"))


def intent_of(tracker: Tracker) -> str | None:
    """What the latest message was understood as."""
    name = (tracker.latest_message.get("intent") or {}).get("name")
    return str(name) if name else None


def confidence_of(tracker: Tracker) -> float:
    """How sure the pipeline is of that, from 0 to 1."""
    return float((tracker.latest_message.get("intent") or {}).get("confidence") or 0.0)


def is_brief(tracker: Tracker) -> bool:
    """Whether the latest message is a few words at most: "no", "no, thank you"."""
    return _words(str(tracker.latest_message.get("text") or "")) < _FEW_WORDS


def is_remark_on_order(tracker: Tracker) -> bool:
    """Whether what was taken for a question about products may say which order is meant: "it's the blue one"."""
    text = str(tracker.latest_message.get("text") or "")
    asks = "?" in text or confidence_of(tracker) >= _SURE_QUESTION or entity_values(tracker, "product")
    return active_form(tracker) == "track_order_form" and not asks and _words(text) <= _FEW_WORDS + 1


def _words(text: str) -> int:
    return len(re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", text[:_READ_CHARACTERS]))


def question_of(tracker: Tracker) -> str:
    """What the customer wants to know, in their words: where a guess was chosen, the message it was a guess at."""
    text, unclear = str(tracker.latest_message.get("text") or ""), tracker.get_slot("unclear")
    guessed = isinstance(unclear, dict) and text in (unclear.get("titles") or ())
    return str(unclear["text"]) if guessed else text


def language_of(tracker: Tracker) -> str:
    """The language the conversation is in: the decided one, else the one of the visitor's page or of the shop."""
    return str(tracker.get_slot("language") or tracker.get_slot("default_language") or "en")


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


def previous_turn(tracker: Tracker) -> tuple[str, str | None]:
    """The id of the customer's message before the one being answered, and what it was understood as; "" if none."""
    now = turn_of(tracker).message_id
    for event in reversed(tracker.events[: len(tracker.events) - len(_this_turn(tracker))]):
        message_id = str(event.get("message_id") or "")
        if event.get("event") == "user" and message_id and message_id != now:
            intent = ((event.get("parse_data") or {}).get("intent") or {}).get("name")
            return message_id, str(intent) if intent else None
    return "", None


def contact_in(value: Any) -> Contact:
    """The contact kept in a slot; empty where the slot holds something else."""
    if not isinstance(value, dict):
        return Contact()
    email, postcode = value.get("email"), value.get("postcode")
    return Contact(email if isinstance(email, str) else None, postcode if isinstance(postcode, str) else None)


def contact_value(contact: Contact) -> dict[str, str | None] | None:
    """The contact as a slot keeps it."""
    return {"email": contact.email, "postcode": contact.postcode} if contact else None


def _this_turn(tracker: Tracker) -> list[dict[str, Any]]:
    events = tracker.events
    for position in range(len(events) - 1, -1, -1):
        if events[position].get("event") == "user":
            return list(events[position + 1 :])
    return list(events)


def _postcode(tracker: Tracker, text: str, found: tuple[str, ...], numbers: OrderNumbers) -> str | None:
    asked_for = tracker.get_slot("requested_slot")
    given = find_unmistakable_postcode(text) or find_unmistakable_postcode(_whole_text(tracker))
    if given is None and (asked_for == "contact" or found):
        given = find_postcode(text)  # digits alone are one only where one is asked for, or beside an order number
    if given is None and asked_for == "contact" and not found and not _is_attempt(text, numbers):
        given = _unusual_postcode(text)
    return given


def _is_attempt(text: str, numbers: OrderNumbers) -> bool:
    """Whether it begins like an order number, so that it is none of the postcodes that consist of digits."""
    return numbers.near(text) is not None and not text.strip().isdigit()


def _unusual_postcode(text: str) -> str | None:
    # Asked for a postcode, a short answer with a digit in it is one, whichever country's.
    shaped = re.fullmatch(r"\s*(?=.*\d)[A-Za-z\d][A-Za-z\d \-]{1,8}[A-Za-z\d]\s*", text)
    return normal_postcode(text) if shaped else None
