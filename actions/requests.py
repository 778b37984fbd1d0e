"""The form in which customers have something changed: it reads, asks, and does it on a clear yes."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Domain, Events, ServiceAction
from actions.one_time_code import ActionAskEmail, ActionAskOneTimeCode, ActionAskPostcode, say_why_not
from actions.reading import active_form, has_spoken, language_of
from actions.repeats import reworded, said
from actions.request_message import Message
from actions.request_turn import FORM, RequestTurn
from actions.request_words import RequestWords, Said
from bot.self_service.deciding import next_step
from bot.self_service.request import requests_in

_OF_IDENTITY = {"email": ActionAskEmail, "postcode": ActionAskPostcode, "one_time_code": ActionAskOneTimeCode}
_SHOWN_PROBLEMS = ("not_understood", "missing", "why")


class ValidateRequestForm(ServiceAction):
    """Takes a message into the requests at hand, and has the shop do what was said yes to."""

    action_name = "validate_request_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        message = Message(dispatcher, tracker, domain, self.facts(tracker))
        return await RequestTurn(self.services, message).events()


class ActionAskAnswer(ServiceAction):
    """Asks what is missing: who it is, or the next thing the request at hand needs."""

    action_name = "action_ask_answer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        of_identity = _OF_IDENTITY.get(str(tracker.get_slot("asking")))
        if of_identity is not None:
            return await of_identity(self.services).run(dispatcher, tracker, domain)
        message = Message(dispatcher, tracker, domain, self.facts(tracker))
        access = await self.services.verification.access(tracker.sender_id)
        world = await RequestTurn(self.services, message).world(access)
        requests = requests_in(tracker.get_slot("requests"))
        if world is None or not requests:
            return [SlotSet("asking", "email")] + await ActionAskEmail(self.services).run(dispatcher, tracker, domain)
        if requests[0].sent:  # what came of it is not known yet, so there is nothing to ask
            return [] if has_spoken(tracker) else _say(dispatcher, tracker, domain, "utter_request_outcome_unknown")
        words = RequestWords(self.services.formatting_for(language_of(tracker)), domain.get("responses") or {})
        return _put(dispatcher, tracker, domain, words.step(next_step(requests[0], world), world))


class ActionRequestOver(ServiceAction):
    """Says why nothing was done, where it was not known who asked."""

    action_name = "action_request_over"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        problem = tracker.get_slot("problem")
        if problem not in ("locked", "given_up"):
            return []
        told = say_why_not(self.services, dispatcher, tracker, domain, problem)
        return [SlotSet("requests", None), SlotSet("asking", None), *told]


class ActionResumeRequest(ServiceAction):
    """Goes on with what was begun, if something was."""

    action_name = "action_resume_request"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        if requests_in(tracker.get_slot("requests")):
            return [SlotSet("problem", None)] if active_form(tracker) else [FollowupAction(FORM)]
        aside = tracker.get_slot("laid_aside")
        if requests_in(aside) and not active_form(tracker):
            return [SlotSet("requests", aside), SlotSet("laid_aside", None), FollowupAction(FORM)]
        return _say(dispatcher, tracker, domain, "utter_nothing_to_stop")


class ActionNothingBefore(ServiceAction):
    """Back, where nothing was asked."""

    action_name = "action_nothing_before"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        return _say(dispatcher, tracker, domain, "utter_request_note_nothing_before")


class ActionPastChoice(ServiceAction):
    """A button of a request that is over."""

    action_name = "action_past_choice"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        return _say(dispatcher, tracker, domain, "utter_request_note_past_choice")


def _put(dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain, question: Said) -> Events:
    wording, problem = reworded(tracker, domain, question.response), tracker.get_slot("problem")
    if problem in _SHOWN_PROBLEMS:
        dispatcher.utter_message(response=reworded(tracker, domain, f"utter_request_{problem}"))
    content = {"cards": list(question.cards)} if question.cards else None
    buttons = list(question.buttons)
    dispatcher.utter_message(response=wording, json_message=content, buttons=buttons, **question.words)
    return [SlotSet("problem", None), said(tracker, wording)]


def _say(dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain, response: str) -> Events:
    wording = reworded(tracker, domain, response)
    dispatcher.utter_message(response=wording)
    return [said(tracker, wording)]
