"""Asking for a person, and being upset."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Domain, Events, ServiceAction
from actions.misses import NOT_UNDERSTOOD, missed, misses_in_a_row, none_missed
from actions.reading import active_form, is_pushed, last_response, people_are_there, previous_turn
from actions.repeats import WORDINGS, form_over, reworded, said
from bot.handoff.models import Reason

# Words that end with the question whether the customer would like a person, in whichever wording.
_OFFERS = (
    *("utter_offer_person", "utter_complaint", "utter_product_fact_unknown", "utter_not_helped", "utter_distress"),
    *("utter_unanswered", "utter_article_same", "utter_article_not_helpful"),
    *("utter_request_refused_not_offered", "utter_request_refused_profile_by_person"),
)
OFFERS = frozenset(offer + ending for offer in _OFFERS for ending in WORDINGS)
UPSET = ("complaint", "insult")

# What was said last tells what a person is wanted for: beginnings of names of responses.
_FAILED = (
    "utter_action_failed",
    "utter_request_shop_away",
    "utter_request_outcome_unknown",
    "utter_request_not_resent",
)
_POLICY = ("utter_request_refused", "utter_wish_")
# How the sentences for a reason are named; a call back knows fewer.
_WORDS = {
    Reason.ASKED: ("asked", "asked"),
    Reason.NOT_UNDERSTOOD: ("not_understood", "not_understood"),
    Reason.UPSET: ("upset", "upset"),
    Reason.FAILED_ACTION: ("failed", "asked"),
    Reason.POLICY: ("policy", "asked"),
}


class ActionRequestCallback(ServiceAction):
    """A person is wanted: the customer is handed over, or where nobody is there asked where they can be reached."""

    action_name = "action_request_callback"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        return get_person(dispatcher, tracker, domain, wanted_for(tracker, domain))


class ActionComplaint(ServiceAction):
    """Feels with the customer and offers a person; to somebody who is upset still, it is a person."""

    action_name = "action_complaint"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        if upset_again(tracker):
            return get_person(dispatcher, tracker, domain, Reason.UPSET)
        response = reworded(tracker, domain, "utter_insult_back" if active_form(tracker) else "utter_complaint")
        dispatcher.utter_message(response=response)
        return [said(tracker, response)]


class ActionDistress(ServiceAction):
    """Takes a danger to life seriously: where help is now, and a person; whatever was going on is left."""

    action_name = "action_distress"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        there = people_are_there(tracker)
        wording = reworded(tracker, domain, "utter_distress_handoff" if there else "utter_distress")
        effects = {"effects": [{"type": "request_handoff", "reason": Reason.UPSET.value}]} if there else None
        dispatcher.utter_message(response=wording, json_message=effects)
        return [*left(tracker), form_over(tracker, wording)]


def upset_again(tracker: Tracker) -> bool:
    """Whether the customer was upset in the message before this one too."""
    return previous_turn(tracker)[1] in UPSET


def person_was_offered(tracker: Tracker) -> bool:
    """Whether the last thing said was the question if they would like a person."""
    return last_response(tracker) in OFFERS


def wanted_for(tracker: Tracker, domain: dict[str, Any]) -> Reason:
    """Why somebody asks for a person: what was said last may have offered one."""
    last = last_response(tracker) or ""
    if last.startswith(_FAILED):
        return Reason.FAILED_ACTION
    offers = (
        button.get("payload") == "/human"
        for variant in (domain.get("responses") or {}).get(last, ())
        for button in variant.get("buttons") or ()
    )
    return Reason.POLICY if last.startswith(_POLICY) and any(offers) else Reason.ASKED


def get_person(
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    domain: dict[str, Any],
    reason: Reason,
    *,
    words: Reason | None = None,
) -> Events:
    """Leave the form, and have the app hand over to a person; where none is there, ask where one may reach them.

    How long it takes, or by when somebody answers, the app says: it knows better, and last.

    Args:
        words: for which reason it is said, where that is another.
    """
    of_handoff, of_callback = _WORDS[words or reason]
    if people_are_there(tracker):
        kind, response = "request_handoff", f"utter_handoff_{of_handoff}"
    elif is_pushed(tracker):  # whoever answers does so there: no other address is asked for
        kind, response = "request_handoff", f"utter_promise_{of_callback}"
    else:
        kind, response = "request_callback", f"utter_callback_{of_callback}"
    wording = reworded(tracker, domain, response)
    dispatcher.utter_message(response=wording, json_message={"effects": [{"type": kind, "reason": reason.value}]})
    return [*left(tracker), form_over(tracker, wording)]


def left(tracker: Tracker) -> Events:
    """The events that leave what was going on; what was being changed is laid aside, to be gone on with if asked."""
    aside = tracker.get_slot("requests") or tracker.get_slot("laid_aside")
    gone = (SlotSet(name, None) for name in ("requested_slot", "problem", "requests", "asking"))
    return [ActiveLoop(None), SlotSet("laid_aside", aside), *gone, none_missed()]


def no_answer(dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
    """What a form hears that answers nothing: it asks in other words, and the second time in a row it is a person."""
    if misses_in_a_row(tracker) >= NOT_UNDERSTOOD:
        return get_person(dispatcher, tracker, domain, Reason.NOT_UNDERSTOOD)
    return [SlotSet("problem", "not_understood"), missed(tracker)]
