"""Where one order is: which one, opened by the contact on it, and what there is to say about it."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Domain, Events, ServiceAction
from actions.cards import order_card
from actions.order_news import order_news
from actions.reading import (
    contact_in,
    contact_value,
    has_spoken,
    intent_of,
    just_started,
    turn_of,
)
from actions.repeats import question, reworded
from bot.customers.contacts import Contact
from bot.customers.proofs import Turn
from bot.customers.verification import Proof

FORM = "track_order_form"
OWN_INTENTS = ("track_order", "another_order")
OTHER_WISHES = ("list_orders", "view_profile", "needs_person", "human", "stop", "goodbye")


class ValidateTrackOrderForm(ServiceAction):
    """Reads number and contact, and opens the order as soon as it has both."""

    action_name = "validate_track_order_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        facts, starting = self.facts(tracker), just_started(tracker, FORM)
        if not (starting or facts.order_number or facts.contact or facts.digits):
            return _asked_again(tracker)
        if not (starting or facts.bare or intent_of(tracker) not in OTHER_WISHES):
            return []
        number = facts.order_number or tracker.get_slot("order_number")
        if number is None and starting and intent_of(tracker) == "track_order":
            number = tracker.get_slot("current_order")
        contact = facts.contact or contact_in(tracker.get_slot("contact"))
        if facts.order_number and not contact:
            contact = contact_in(tracker.get_slot("tried_contact"))
        if number is None:
            problem = tracker.get_slot("problem") if starting else "unreadable"
            return [SlotSet("contact", contact_value(contact)), SlotSet("problem", None if facts.contact else problem)]
        return await self._opened(turn_of(tracker), number, contact)

    async def _opened(self, turn: Turn, number: str, contact: Contact) -> Events:
        proof = await self.services.verification.open_order(turn, number, contact)
        slots = {"order_number": number, "contact": contact_value(contact), "problem": None}
        if proof is Proof.WRONG:
            slots |= {"contact": None, "tried_contact": contact_value(contact), "problem": "no_match"}
        if proof in (Proof.RIGHT, Proof.LOCKED):
            slots |= {"requested_slot": None, "problem": "locked" if proof is Proof.LOCKED else None}
        return [SlotSet(name, value) for name, value in slots.items()]


class ActionAskOrderNumber(ServiceAction):
    """Asks which order, and offers those that may be seen already."""

    action_name = "action_ask_order_number"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        access = await self.services.verification.access(tracker.sender_id)
        numbers = sorted(access.order_numbers)
        if access.customer_id is not None:
            numbers = [order.number for order in await self.services.shop.orders_of(access.customer_id, limit=5)]
        numbers = [number for number in numbers if number != tracker.get_slot("current_order")]
        response = question(tracker, "order_number")
        if numbers and response in ("utter_ask_order_number", "utter_ask_order_number_again"):
            response = "utter_ask_order_number_known"
        buttons = [order_button(number) for number in numbers]
        dispatcher.utter_message(response=response, example=self.services.order_numbers.example, buttons=buttons)
        return [SlotSet("problem", None), SlotSet("asked", response)]


class ActionAskContact(ServiceAction):
    """Asks for the e-mail address or the postcode on the order."""

    action_name = "action_ask_contact"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        response = question(tracker, "contact")
        dispatcher.utter_message(response=response, number=tracker.get_slot("order_number"))
        return [SlotSet("problem", None), SlotSet("asked", response)]


class ActionAnotherOrder(ServiceAction):
    """Puts the order at hand aside, so that the form asks for the next."""

    action_name = "action_another_order"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        return [SlotSet(name, None) for name in ("order_number", "tried_contact", "problem")]


class ActionShowOrder(ServiceAction):
    """Tells how far the order is."""

    action_name = "action_show_order"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        services, number = self.services, str(tracker.get_slot("order_number"))
        done = [SlotSet(name, None) for name in ("order_number", "tried_contact", "problem", "asked")]
        order = await services.shop.order(number)
        access = await services.verification.access(tracker.sender_id)
        if order is None or not access.may_read(order):
            locked = tracker.get_slot("problem") == "locked"
            response = reworded(tracker, "utter_locked") if locked else "utter_order_gone"
            dispatcher.utter_message(response=response, minutes=round(services.settings.lock_minutes))
            return done
        news = order_news(order, services.formatting, services.formatting.today(services.clock()))
        cards = [order_card(order, services.formatting)]
        dispatcher.utter_message(response=news.response, json_message={"cards": cards}, **news.words)
        return [*done, SlotSet("current_order", order.number)]


def order_button(number: str) -> dict[str, str]:
    """A button that opens one order."""
    return {"title": number, "payload": f'/track_order{{"order_number": "{number}"}}', "value": number}


def _asked_again(tracker: Tracker) -> Events:
    # The wish that began the form, said once more, is no interruption: the question is simply put again.
    intent = intent_of(tracker)
    if intent not in OWN_INTENTS or has_spoken(tracker):
        return []
    forgotten = [SlotSet("order_number", None)] if intent == "another_order" else []
    return [*forgotten, SlotSet("problem", None)]
