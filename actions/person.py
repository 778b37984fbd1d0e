"""Asking for a person."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Domain, Events, ServiceAction
from actions.reading import active_form, intent_of, last_response
from actions.repeats import reworded

NOT_UNDERSTOOD = ("nlu_fallback", "out_of_scope")
WAYS_BACK = {
    "track_order_form": "/track_order",
    "my_orders_form": "/list_orders",
    "my_profile_form": "/view_profile",
}


class ActionRequestCallback(ServiceAction):
    """Asks how the customer can be reached; the app takes the next message as the answer."""

    action_name = "action_request_callback"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        lost = intent_of(tracker) in NOT_UNDERSTOOD
        offered = last_response(tracker) == "utter_offer_person"
        effect = {"type": "request_callback", "reason": "not_understood" if lost or offered else "asked"}
        response = "utter_callback_not_understood" if lost else "utter_callback_asked"
        dispatcher.utter_message(response=response, json_message={"effects": [effect]})
        return [ActiveLoop(None), SlotSet("requested_slot", None)]


class ActionOfferPerson(ServiceAction):
    """Offers a person for what only a person can do, and a way back to what was going on."""

    action_name = "action_offer_person"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        way_back = WAYS_BACK.get(active_form(tracker) or "")
        buttons = [{"title": "Carry on", "payload": way_back}] if way_back else []
        dispatcher.utter_message(response=reworded(tracker, "utter_needs_person"), buttons=buttons)
        return [ActiveLoop(None), SlotSet("requested_slot", None)]
