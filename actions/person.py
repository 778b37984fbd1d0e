"""Asking for a person, and being upset."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Domain, Events, ServiceAction
from actions.misses import NOT_UNDERSTOOD, missed, misses_in_a_row, none_missed
from actions.reading import active_form, last_response, previous_turn
from actions.repeats import WORDINGS, form_over, reworded, said

# Words that end with the question whether a person should get back to the customer, in whichever wording.
_OFFERS = (
    *("utter_offer_person", "utter_complaint", "utter_product_fact_unknown", "utter_not_helped", "utter_distress"),
    *("utter_unanswered", "utter_article_same", "utter_article_not_helpful"),
)
OFFERS = frozenset(offer + ending for offer in _OFFERS for ending in WORDINGS)
UPSET = ("complaint", "insult")


class ActionRequestCallback(ServiceAction):
    """Asks how the customer can be reached; the app takes the next message as the answer."""

    action_name = "action_request_callback"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        return ask_for_contact(dispatcher, tracker, domain, "utter_callback_asked", "asked")


class ActionComplaint(ServiceAction):
    """Feels with the customer and offers a person; to somebody who is upset still, it is a person."""

    action_name = "action_complaint"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        if upset_again(tracker):
            return ask_for_contact(dispatcher, tracker, domain, "utter_callback_upset", "asked")
        response = reworded(tracker, domain, "utter_insult_back" if active_form(tracker) else "utter_complaint")
        dispatcher.utter_message(response=response)
        return [said(tracker, response)]


class ActionDistress(ServiceAction):
    """Takes a danger to life seriously: where help is now, and a person; whatever was going on is left."""

    action_name = "action_distress"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        wording = reworded(tracker, domain, "utter_distress")
        dispatcher.utter_message(response=wording)
        gone = (SlotSet(name, None) for name in ("requested_slot", "requests", "asking"))
        return [ActiveLoop(None), *gone, none_missed(), form_over(tracker, wording)]


def upset_again(tracker: Tracker) -> bool:
    """Whether the customer was upset in the message before this one too."""
    return previous_turn(tracker)[1] in UPSET


def person_was_offered(tracker: Tracker) -> bool:
    """Whether the last thing said was the question if a person should get back to them."""
    return last_response(tracker) in OFFERS


def ask_for_contact(
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    domain: dict[str, Any],
    response: str,
    reason: str,
) -> Events:
    """Have the app note that a person should get back to them, ask where, and leave the form.

    Args:
        response: in which words, the first of its wordings.
        reason: why, as the call-back request keeps it.
    """
    wording = reworded(tracker, domain, response)
    effect = {"type": "request_callback", "reason": reason}
    dispatcher.utter_message(response=wording, json_message={"effects": [effect]})
    return [
        ActiveLoop(None),
        SlotSet("requested_slot", None),
        SlotSet("problem", None),
        SlotSet("requests", None),
        SlotSet("asking", None),
        none_missed(),
        form_over(tracker, wording),
    ]


def no_answer(dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
    """What a form hears that answers nothing: it asks in other words, and the second time in a row it is a person."""
    if misses_in_a_row(tracker) >= NOT_UNDERSTOOD:
        return ask_for_contact(dispatcher, tracker, domain, "utter_callback_not_understood", "not_understood")
    return [SlotSet("problem", "not_understood"), missed(tracker)]
