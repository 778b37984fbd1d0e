"""Proving who one is by a one-time code: the form's questions, its answers, and a new code."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Domain, Events, ServiceAction
from actions.reading import active_form, contact_in, has_spoken, intent_of, just_started, turn_of
from actions.repeats import question, reworded
from actions.services import Services
from bot.customers.verification import Level, Proof

FORMS = ("my_orders_form", "my_profile_form")
OTHER_WISHES = ("track_order", "another_order", "needs_person", "human", "stop", "goodbye", "resend_code")
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
        answers = facts.bare or intent_of(tracker) not in OTHER_WISHES
        email = facts.contact.email if answers or starting else None
        if email is None and starting and not access.code_open:
            email = contact_in(tracker.get_slot("contact")).email
        if email is not None:
            return await send_code(self.services, dispatcher, tracker, email)
        waiting_for, known = tracker.get_slot("requested_slot"), tracker.get_slot("email")
        if starting:
            return [SlotSet("email", known if access.code_open else None), SlotSet("problem", None)]
        if waiting_for == "one_time_code" and known and facts.code and answers:
            return await self._judged(tracker, facts.code)
        if intent_of(tracker) == self.own_intent and not has_spoken(tracker):
            return [SlotSet("problem", None)]
        unreadable = facts.digits and facts.bare and not facts.order_number
        return [SlotSet("problem", "not_understood")] if unreadable else []

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
        response = question(tracker, "email")
        dispatcher.utter_message(response=response)
        return [SlotSet("problem", None), SlotSet("asked", response)]


class ActionAskOneTimeCode(ServiceAction):
    """Asks for the code that was sent."""

    action_name = "action_ask_one_time_code"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        response = question(tracker, "one_time_code")
        minutes = round(self.services.settings.code_minutes)
        dispatcher.utter_message(response=response, email=tracker.get_slot("email"), minutes=minutes)
        return [SlotSet("problem", None), SlotSet("asked", response)]


class ActionResendCode(ServiceAction):
    """Sends a new code to the same address."""

    action_name = "action_resend_code"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        email = tracker.get_slot("email")
        if active_form(tracker) not in FORMS:
            dispatcher.utter_message(response=reworded(tracker, "utter_no_code_open"))
            return []
        if not email:
            return [SlotSet("problem", "missing")]
        events = await send_code(self.services, dispatcher, tracker, email)
        if SlotSet("problem", "locked") in events:
            say_why_not(self.services, dispatcher, tracker, "locked")
            return [ActiveLoop(None), SlotSet("requested_slot", None), SlotSet("problem", None)]
        return events


async def send_code(services: Services, dispatcher: CollectingDispatcher, tracker: Tracker, email: str) -> Events:
    """Ask for a code to `email` and leave the effect that sends it; the form ends when too many were asked for."""
    proof, customer_id = await services.verification.request_code(turn_of(tracker), email)
    if proof is Proof.LOCKED:
        return [SlotSet("requested_slot", None), SlotSet("problem", "locked")]
    effect: dict[str, Any] = {"type": "send_code", "shop_customer_id": customer_id, "email": email}
    dispatcher.utter_message(json_message={"effects": [effect]})
    again = "resent" if tracker.get_slot("email") else None
    return [SlotSet("email", email), SlotSet("contact", {"email": email, "postcode": None}), SlotSet("problem", again)]


def say_why_not(services: Services, dispatcher: CollectingDispatcher, tracker: Tracker, problem: str | None) -> None:
    """Say why nothing can be shown to somebody who is not verified."""
    response = reworded(tracker, "utter_locked") if problem == "locked" else "utter_not_verified"
    dispatcher.utter_message(response=response, minutes=round(services.settings.lock_minutes))
