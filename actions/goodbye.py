"""Saying goodbye, which ends the conversation: only where it is sure that this is meant."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Domain, Events, ServiceAction
from actions.not_helped import not_helped
from actions.person import no_answer
from actions.reading import active_form, confidence_of, intent_of, is_brief, last_response
from actions.repeats import WORDINGS, reworded, said

SURE_OF_THE_END = 0.7  # an end cannot be taken back, so it needs more than other wishes do
DONE_NOW = frozenset("utter_done_now" + ending for ending in WORDINGS)
_ANYTHING_ELSE = frozenset("utter_youre_welcome" + ending for ending in WORDINGS)


class ActionGoodbye(ServiceAction):
    """Ends the conversation for a sure goodbye or a bare no; otherwise asks, or goes on with the form."""

    action_name = "action_goodbye"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        if intent_of(tracker) == "deny":
            if is_brief(tracker):
                return end(dispatcher)
            if last_response(tracker) not in _ANYTHING_ELSE:
                return not_helped(dispatcher, tracker, domain)
        elif confidence_of(tracker) >= SURE_OF_THE_END or last_response(tracker) in DONE_NOW:
            return end(dispatcher)
        if active_form(tracker):
            return no_answer(dispatcher, tracker, domain)
        wording = reworded(tracker, domain, "utter_done_now")
        dispatcher.utter_message(response=wording)
        return [said(tracker, wording)]


def end(dispatcher: CollectingDispatcher) -> Events:
    """Say goodbye and have the app end the conversation."""
    effect = {"type": "end", "reason": "done"}
    dispatcher.utter_message(response="utter_goodbye", json_message={"effects": [effect]})
    return [ActiveLoop(None), SlotSet("requested_slot", None), SlotSet("requests", None), SlotSet("asking", None)]
