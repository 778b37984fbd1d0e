"""The questions by which somebody proves who they are, the form that puts them, and a new one-time code."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Domain, Events, ServiceAction
from actions.identity import Question, prove, send_code
from actions.misses import put_again
from actions.person import get_person
from actions.reading import active_form, answers_form, has_spoken, intent_of, just_started
from actions.repeats import form_over, question, reworded, said
from actions.services import Services
from bot.customers.verification import ChangeProof
from bot.handoff.models import Reason

_ASKED_FOR = {
    ChangeProof.ONE_TIME_CODE: "email",
    ChangeProof.EMAIL_POSTCODE: "email_and_postcode",
    ChangeProof.NAME_POSTCODE: "name",
}
LOCKED = "utter_locked"
FORMS = ("my_orders_form", "my_profile_form", "request_form")


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
        answers = answers_form(tracker, facts, (self.own_intent,))
        question = Question(tracker.get_slot("requested_slot"), starting, answers)
        proven = await prove(self.services, dispatcher, tracker, facts, question)
        if proven.verified or proven.over:
            problem = [] if proven.over else [SlotSet("problem", None)]
            return [*proven.events, SlotSet("requested_slot", None), *problem]
        if proven.ask:
            moves_on = proven.ask != question.waiting_for
            return [*proven.events, *([SlotSet("requested_slot", proven.ask)] if moves_on else [])]
        return put_again(tracker) if intent_of(tracker) == self.own_intent and not has_spoken(tracker) else []


class ActionAskEmail(ServiceAction):
    """Asks whose account it is, by the e-mail address or by what else the shop takes for a proof."""

    action_name = "action_ask_email"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        response = question(tracker, domain, _ASKED_FOR[ChangeProof(self.services.settings.change_proof)])
        dispatcher.utter_message(response=response)
        return [SlotSet("problem", None), said(tracker, response)]


class ActionAskPostcode(ServiceAction):
    """Asks for the postcode that belongs to the name or the e-mail address."""

    action_name = "action_ask_postcode"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        response = question(tracker, domain, "postcode")
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
        email = self.facts(tracker).contact.email or tracker.get_slot("email")  # "my other address is …"
        if active_form(tracker) not in FORMS:
            if locked_lately(self.services, tracker):
                return say_why_not(self.services, dispatcher, tracker, domain, "locked")
            response = reworded(tracker, domain, "utter_no_code_open")
            dispatcher.utter_message(response=response)
            return [said(tracker, response)]
        if not email:
            return [SlotSet("problem", "missing")]
        sent = await send_code(self.services, dispatcher, tracker, email)
        if sent.over:
            told = say_why_not(self.services, dispatcher, tracker, domain, "locked")
            return [ActiveLoop(None), SlotSet("requested_slot", None), *told]
        return [*sent.events, *([SlotSet("asking", sent.ask)] if tracker.get_slot("asking") else [])]


def locked_lately(services: Services, tracker: Tracker) -> bool:
    """Whether it was said that trying is paused, and the pause is not over."""
    since = services.clock().timestamp() - services.settings.lock_minutes * 60
    told = (event for event in tracker.events if event.get("event") == "bot")
    return any(
        (event.get("metadata") or {}).get("utter_action") == LOCKED and (event.get("timestamp") or 0) > since
        for event in told
    )


def say_why_not(
    services: Services,
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    domain: dict[str, Any],
    problem: str | None,
) -> Events:
    """Say why nothing can be shown to somebody who is not verified, or get a person where it led nowhere."""
    if problem == "given_up":
        return get_person(dispatcher, tracker, domain, Reason.NOT_UNDERSTOOD)
    response = reworded(tracker, domain, LOCKED if problem == "locked" else "utter_not_verified")
    dispatcher.utter_message(response=response, minutes=round(services.settings.lock_minutes))
    return [SlotSet("problem", None), form_over(tracker, response)]
