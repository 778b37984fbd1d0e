"""Getting a conversation back on its way: bare facts, yes and no to nothing, stop, not understood."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Domain, Events, ServiceAction
from actions.reading import Facts, active_form, contact_value, intent_of
from actions.repeats import reworded


class ActionTakeFacts(ServiceAction):
    """A number or an address that nobody asked for: an order number opens that order, the rest is kept for later."""

    action_name = "action_take_facts"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        facts = self.facts(tracker)
        if facts.order_number and active_form(tracker) != "track_order_form":
            return [FollowupAction("track_order_form")]
        if active_form(tracker):
            return [SlotSet("problem", "not_understood")]
        response = reworded(tracker, _reply_to(facts))
        dispatcher.utter_message(response=response, example=self.services.order_numbers.example)
        return [SlotSet("contact", contact_value(facts.contact))] if facts.contact else []


class ActionAskRephrase(ServiceAction):
    """Not understood: asks for other words; a message with an order number in it is about that order."""

    action_name = "action_ask_rephrase"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        facts = self.facts(tracker)
        if facts.order_number and active_form(tracker) != "track_order_form":
            return [FollowupAction("track_order_form")]
        if active_form(tracker):
            return [SlotSet("problem", "not_understood")]
        if facts.contact.email:
            dispatcher.utter_message(response="utter_email_noted")
            return [SlotSet("contact", contact_value(facts.contact))]
        beyond = intent_of(tracker) == "out_of_scope"
        response = "utter_out_of_scope" if beyond else "utter_ask_rephrase"
        dispatcher.utter_message(response=reworded(tracker, response))
        return []


class ActionCannotProvide(ServiceAction):
    """The customer has not what is asked for: says where it is and what else would do."""

    action_name = "action_cannot_provide"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        events = [SlotSet("problem", "missing")]
        return events if active_form(tracker) else [*events, FollowupAction("track_order_form")]


class ActionAffirm(ServiceAction):
    """A yes to no question."""

    action_name = "action_affirm"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        if active_form(tracker):
            return [SlotSet("problem", "not_understood")]
        dispatcher.utter_message(response="utter_affirm")
        return []


class ActionDeny(ServiceAction):
    """A no to no question; in a form, that the thing asked for is not at hand."""

    action_name = "action_deny"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        if active_form(tracker):
            return [SlotSet("problem", "missing")]
        dispatcher.utter_message(response="utter_deny")
        return []


class ActionStop(ServiceAction):
    """Stops what is going on."""

    action_name = "action_stop"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        running = active_form(tracker)
        dispatcher.utter_message(response="utter_stopped" if running else "utter_nothing_to_stop")
        forgotten = ("requested_slot", "order_number", "tried_contact", "problem", "asked")
        return [ActiveLoop(None), *(SlotSet(name, None) for name in forgotten)]


def _reply_to(facts: Facts) -> str:
    if facts.contact.email:
        return "utter_email_noted"
    if facts.contact.postcode:
        return "utter_postcode_noted"
    if facts.code:
        return "utter_no_code_open"
    return "utter_number_unreadable" if facts.digits else "utter_ask_rephrase"
