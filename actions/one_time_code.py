"""Proving who one is by a one-time code: the form's questions, its answers, and a new code."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Domain, Events, ServiceAction
from actions.misses import NOT_AT_HAND, missed, misses_in_a_row, none_missed, put_again
from actions.person import ask_for_contact
from actions.reading import active_form, answers_form, contact_in, has_spoken, intent_of, just_started, turn_of
from actions.repeats import form_over, question, reworded, said
from actions.services import Services
from bot.customers.verification import Level, Proof

FORMS = ("my_orders_form", "my_profile_form")
DONE = {Proof.RIGHT: None, Proof.LOCKED: "locked"}
PROBLEMS = {Proof.WRONG: "wrong", Proof.EXPIRED: "expired"}


class ValidateIdentityForm(ServiceAction, ABC):
    """Reads e-mail address and code; a form that needs a verified customer inherits it under its own name."""

    own_intent: str

    @property
    @abstractmethod
    def form(self) -> str:
        """The form's name in domain.yml. Abstract, so that rasa_sdk does not take this class for an action."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        facts, starting = self.facts(tracker), just_started(tracker, self.form)
        access = await self.services.verification.access(tracker.sender_id)
        if access.level is Level.VERIFIED:
            return [SlotSet("requested_slot", None), SlotSet("problem", None)]
        answers = answers_form(tracker, facts, (self.own_intent,))
        email = facts.contact.email if answers or starting else None
        if email is None and starting and not access.code_open:
            email = contact_in(tracker.get_slot("contact")).email
        if email is not None:
            return await send_code(self.services, dispatcher, tracker, email)
        waiting_for, known = tracker.get_slot("requested_slot"), tracker.get_slot("email")
        if starting:
            return [none_missed(), SlotSet("email", known if access.code_open else None), SlotSet("problem", None)]
        if waiting_for == "one_time_code" and known and facts.code and answers:
            return await self._judged(tracker, facts.code)
        if intent_of(tracker) == self.own_intent and not has_spoken(tracker):
            return put_again(tracker)
        unreadable = facts.digits and facts.bare and answers and not facts.order_number
        return self._unreadable(tracker) if unreadable else []

    def _unreadable(self, tracker: Tracker) -> Events:
        if misses_in_a_row(tracker) >= NOT_AT_HAND:
            return [SlotSet("requested_slot", None), SlotSet("problem", "given_up")]
        return [SlotSet("problem", "not_understood"), missed(tracker)]

    async def _judged(self, tracker: Tracker, code: str) -> Events:
        proof = await self.services.verification.check_code(turn_of(tracker), code)
        if proof in DONE:
            return [SlotSet("requested_slot", None), SlotSet("problem", DONE[proof])]
        return [SlotSet("problem", PROBLEMS[proof])]


class ActionAskEmail(ServiceAction):
    """Asks where to send the code."""

    action_name = "action_ask_email"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        response = question(tracker, domain, "email")
        dispatcher.utter_message(response=response)
        return [SlotSet("problem", None), said(tracker, response)]


class ActionAskOneTimeCode(ServiceAction):
    """Asks for the code that was sent."""

    action_name = "action_ask_one_time_code"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        response = question(tracker, domain, "one_time_code")
        minutes = round(self.services.settings.code_minutes)
        dispatcher.utter_message(response=response, email=tracker.get_slot("email"), minutes=minutes)
        return [SlotSet("problem", None), said(tracker, response)]


class ActionResendCode(ServiceAction):
    """Sends a new code to the same address."""

    action_name = "action_resend_code"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        email = tracker.get_slot("email")
        if active_form(tracker) not in FORMS:
            response = reworded(tracker, domain, "utter_no_code_open")
            dispatcher.utter_message(response=response)
            return [said(tracker, response)]
        if not email:
            return [SlotSet("problem", "missing")]
        events = await send_code(self.services, dispatcher, tracker, email)
        if SlotSet("problem", "locked") in events:
            told = say_why_not(self.services, dispatcher, tracker, domain, "locked")
            return [ActiveLoop(None), SlotSet("requested_slot", None), *told]
        return events


async def send_code(services: Services, dispatcher: CollectingDispatcher, tracker: Tracker, email: str) -> Events:
    """Ask for a code to `email` and leave the effect that sends it; the form ends when too many were asked for."""
    proof, customer_id = await services.verification.request_code(turn_of(tracker), email)
    if proof is Proof.LOCKED:
        return [SlotSet("requested_slot", None), SlotSet("problem", "locked")]
    effect: dict[str, Any] = {"type": "send_code", "shop_customer_id": customer_id, "email": email}
    dispatcher.utter_message(json_message={"effects": [effect]})
    again = "resent" if tracker.get_slot("email") else None
    return [
        none_missed(),
        SlotSet("email", email),
        SlotSet("contact", {"email": email, "postcode": None}),
        SlotSet("problem", again),
    ]


def say_why_not(
    services: Services,
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    domain: dict[str, Any],
    problem: str | None,
) -> Events:
    """Say why nothing can be shown to somebody who is not verified, or get a person where it led nowhere."""
    if problem == "given_up":
        return ask_for_contact(dispatcher, tracker, domain, "utter_callback_not_understood", "not_understood")
    response = reworded(tracker, domain, "utter_locked" if problem == "locked" else "utter_not_verified")
    dispatcher.utter_message(response=response, minutes=round(services.settings.lock_minutes))
    return [SlotSet("problem", None), form_over(tracker, response)]
