"""Saying goodbye, which ends the conversation."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Domain, Events, ServiceAction


class ActionGoodbye(ServiceAction):
    """Says goodbye and asks the app to end the conversation."""

    action_name = "action_goodbye"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        effect = {"type": "end", "reason": "done"}
        dispatcher.utter_message(response="utter_goodbye", json_message={"effects": [effect]})
        return [ActiveLoop(None), SlotSet("requested_slot", None)]
