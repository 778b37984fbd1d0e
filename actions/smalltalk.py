"""Hello and thanks."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Domain, Events, ServiceAction
from actions.reading import active_form


class ActionGreet(ServiceAction):
    """Greets; briefly in the middle of something."""

    action_name = "action_greet"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        dispatcher.utter_message(response="utter_greet_back" if active_form(tracker) else "utter_greet")
        return []


class ActionThanks(ServiceAction):
    """Takes thanks; in the middle of something without asking what else there is."""

    action_name = "action_thanks"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        response = "utter_youre_welcome_back" if active_form(tracker) else "utter_youre_welcome"
        dispatcher.utter_message(response=response)
        return []
