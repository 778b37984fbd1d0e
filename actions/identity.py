"""Proving who one is: by a one-time code, or by e-mail or name with the postcode, where a shop allows that."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.misses import NOT_AT_HAND, missed, misses_in_a_row, none_missed
from actions.reading import Facts, contact_in, intent_of, language_of, turn_of
from actions.services import Services
from bot.customers.contacts import find_postcode
from bot.customers.names import read_name
from bot.customers.verification import ChangeProof, Level, Proof
from bot.languages.requests import request_words
from bot.self_service.reading.pieces import says_any

Events = list[dict[str, Any]]

EMAIL, POSTCODE, CODE = "email", "postcode", "one_time_code"
_READ_CHARACTERS = 1000
_MOST_NAMES = 4
_OVER = {Proof.LOCKED: "locked"}
_PROBLEMS = {Proof.WRONG: "wrong", Proof.EXPIRED: "expired"}


@dataclass(frozen=True, slots=True)
class Proven:
    """How far it is. `over`: nothing more will be asked, and the slot `problem` says why; `ask`: what is asked next.

    With neither, and not verified, the message was no answer and the question stays.
    """

    verified: bool = False
    over: bool = False
    ask: str | None = None
    events: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What is being asked. `starting`: the message is the first; `answers`: it may be an answer to `waiting_for`."""

    waiting_for: str | None
    starting: bool
    answers: bool


async def prove(
    services: Services, dispatcher: CollectingDispatcher, tracker: Tracker, facts: Facts, question: Question
) -> Proven:
    """Take what a message says towards a proof, and judge it as soon as there is enough."""
    access = await services.verification.access(tracker.sender_id)
    if access.level is Level.VERIFIED:
        return Proven(verified=True)
    if question.waiting_for == CODE and tracker.get_slot("email") and facts.code and question.answers:
        return await _judged_code(services, tracker, facts.code)
    only_by_code = ChangeProof(services.settings.change_proof) is ChangeProof.ONE_TIME_CODE
    if not (only_by_code or _wants_code(tracker, question)):
        return await _by_what_is_known(services, tracker, facts, question)
    return await _by_code(services, dispatcher, tracker, facts, question, code_open=access.code_open)


async def send_code(services: Services, dispatcher: CollectingDispatcher, tracker: Tracker, email: str) -> Proven:
    """Ask for a code to `email` and leave the effect that sends it; it is over when too many were asked for."""
    proof, customer_id = await services.verification.request_code(turn_of(tracker), email)
    if proof is Proof.LOCKED:
        return Proven(over=True, events=(SlotSet("problem", "locked"),))
    effect: dict[str, Any] = {"type": "send_code", "shop_customer_id": customer_id, "email": email}
    dispatcher.utter_message(json_message={"effects": [effect]})
    kept = contact_in(tracker.get_slot("contact"))
    contact = {"email": email, "postcode": kept.postcode}
    again = "resent" if tracker.get_slot("email") else None
    slots = (SlotSet("email", email), SlotSet("contact", contact), SlotSet("problem", again))
    return Proven(ask=CODE, events=(none_missed(), *slots))


async def _by_code(
    services: Services,
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    facts: Facts,
    question: Question,
    *,
    code_open: bool,
) -> Proven:
    email = facts.contact.email if question.answers or question.starting else None
    asked_instead = question.waiting_for == POSTCODE  # rather than the postcode
    if email is None and (asked_instead or (question.starting and not code_open)):
        email = contact_in(tracker.get_slot("contact")).email
    if email is not None:
        return await send_code(services, dispatcher, tracker, email)
    if question.starting:
        known = tracker.get_slot("email") if code_open else None
        events = (none_missed(), SlotSet("email", known), SlotSet("problem", None))
        return Proven(ask=CODE if known else EMAIL, events=events)
    return _unreadable(tracker, facts, question)


async def _by_what_is_known(services: Services, tracker: Tracker, facts: Facts, question: Question) -> Proven:
    """E-mail or name, and the postcode with it, from this message and those before."""
    kept, name = contact_in(tracker.get_slot("contact")), tracker.get_slot("name")
    asked = question.waiting_for in (EMAIL, POSTCODE)
    text = str(tracker.latest_message.get("text") or "")
    read = read_name(text, asked=asked and question.answers) or (_name_alone(text) if asked else None)
    # Five digits alone are a postcode where one is asked for, or where somebody says who they are.
    told = facts.contact.postcode or (find_postcode(text) if read or (asked and not facts.order_number) else None)
    email, postcode = facts.contact.email or kept.email, told or kept.postcode
    name = list(read) if read else name
    given = (SlotSet("name", name), SlotSet("contact", {"email": email, "postcode": postcode}))
    proof = await services.verification.prove_customer(
        turn_of(tracker), email=email, name=tuple(name) if name else None, postcode=postcode
    )
    if proof is Proof.RIGHT:
        return Proven(verified=True, events=(none_missed(), *given, SlotSet("problem", None)))
    if proof is Proof.LOCKED:
        return Proven(over=True, events=(SlotSet("problem", "locked"),))
    if proof is Proof.WRONG:
        forgotten = (SlotSet("name", None), SlotSet("contact", None))
        return Proven(ask=EMAIL, events=(none_missed(), *forgotten, SlotSet("problem", "no_match")))
    fruitful = bool(read or told or facts.contact)
    if not (fruitful or question.starting):
        return _unreadable(tracker, facts, question)
    ask = POSTCODE if (email or name) and not postcode else EMAIL
    problem = "with_postcode" if postcode else None
    return Proven(ask=ask, events=(none_missed(), *given, SlotSet("problem", problem)))


async def _judged_code(services: Services, tracker: Tracker, code: str) -> Proven:
    proof = await services.verification.check_code(turn_of(tracker), code)
    if proof is Proof.RIGHT:
        return Proven(verified=True, events=(SlotSet("problem", None),))
    if proof in _OVER:
        return Proven(over=True, events=(SlotSet("problem", _OVER[proof]),))
    return Proven(ask=CODE, events=(SlotSet("problem", _PROBLEMS[proof]),))


def _name_alone(text: str) -> tuple[str, str] | None:
    """A name that stands between other things: "I forgot. Jo Marsh, I live in 94105"."""
    pieces = (piece.strip() for piece in re.split(r"[.!?,;\n]", text[:_READ_CHARACTERS]))
    names = (read_name(piece, asked=True) for piece in pieces if 2 <= len(piece.split()) <= _MOST_NAMES)
    return next((name for name in names if name), None)


def _wants_code(tracker: Tracker, question: Question) -> bool:
    """Where more than a code proves it: who asks for one, or has not got the postcode at hand, gets one."""
    if question.waiting_for == CODE:
        return True
    if question.waiting_for != POSTCODE:
        return False
    text = str(tracker.latest_message.get("text") or "")
    speaks_of_code = says_any(text, request_words(language_of(tracker))["request_code"]) and not find_postcode(text)
    return speaks_of_code or intent_of(tracker) in ("resend_code", "cannot_provide", "deny")


def _unreadable(tracker: Tracker, facts: Facts, question: Question) -> Proven:
    if not (facts.digits and facts.bare and question.answers and not facts.order_number):
        return Proven()
    if misses_in_a_row(tracker) >= NOT_AT_HAND:
        return Proven(over=True, events=(SlotSet("problem", "given_up"),))
    return Proven(ask=question.waiting_for, events=(SlotSet("problem", "not_understood"), missed(tracker)))
