"""What the shop keeps about a verified customer."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Domain, Events, ServiceAction
from actions.cards import profile_card
from actions.one_time_code import ValidateIdentityForm, say_why_not
from actions.repeats import form_over, reworded
from actions.resuming import resumed


class ValidateMyProfileForm(ValidateIdentityForm):
    """Proves who asks."""

    action_name = "validate_my_profile_form"
    form = "my_profile_form"
    own_intent = "view_profile"


class ActionShowProfile(ServiceAction):
    """Shows the profile."""

    action_name = "action_show_profile"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        access = await self.services.verification.access(tracker.sender_id)
        profile = await self.services.shop.customer(access.customer_id) if access.customer_id else None
        if profile is None:
            return say_why_not(self.services, dispatcher, tracker, domain, tracker.get_slot("problem"))
        cards, response = [profile_card(profile, self.formatting(tracker))], reworded(tracker, domain, "utter_profile")
        dispatcher.utter_message(response=response, json_message={"cards": cards})
        return [SlotSet("problem", None), form_over(tracker, response), *resumed(tracker)]
