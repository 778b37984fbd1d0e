"""Where one order is: which one, opened by the contact on it, and what there is to say about it."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Domain, Events, ServiceAction
from actions.cards import order_card
from actions.misses import NOT_AT_HAND, missed, misses_in_a_row, none_missed, put_again
from actions.order_news import order_news
from actions.person import get_person
from actions.reading import (
    Facts,
    active_form,
    answers_form,
    contact_in,
    contact_value,
    has_spoken,
    intent_of,
    just_started,
    language_of,
    turn_of,
)
from actions.repeats import form_over, names_said, question, reworded, said
from actions.resuming import resumed
from bot.customers.contacts import Contact
from bot.customers.proofs import Turn
from bot.customers.verification import Proof
from bot.handoff.models import Reason
from bot.self_service.finding import order_spoken_of
from bot.self_service.world import MOST_ORDERS

FORM = "track_order_form"
OF_ONE_ORDER = ("order_contents", "order_total", "order_destination")
OWN_INTENTS = ("track_order", "another_order", *OF_ONE_ORDER)
MOST_AT_ONCE = 3


class ValidateTrackOrderForm(ServiceAction):
    """Reads number and contact, and opens the order as soon as it has both."""

    action_name = "validate_track_order_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        facts, starting = self.facts(tracker), just_started(tracker, FORM)
        if not starting and intent_of(tracker) == "resume" and await self._is_verified(tracker):
            return await self._resumed(tracker)
        spoken_of = await self._spoken_of(tracker)
        if not (starting or facts.order_number or facts.contact or facts.digits or spoken_of):
            return _asked_again(tracker)
        if not (starting or spoken_of or answers_form(tracker, facts, OWN_INTENTS)):
            return []
        number = _number_meant(tracker, facts) or spoken_of
        contact = facts.contact or contact_in(tracker.get_slot("contact"))
        if facts.order_number and not contact:
            contact = contact_in(tracker.get_slot("tried_contact"))
        if number is None or not (starting or facts.order_number or facts.contact or spoken_of):
            return [SlotSet("contact", contact_value(contact)), *_unreadable(tracker, facts)]
        return [*_others(tracker, facts), *await self._opened(turn_of(tracker), number, contact)]

    async def _is_verified(self, tracker: Tracker) -> bool:
        return (await self.services.verification.access(tracker.sender_id)).customer_id is not None

    async def _resumed(self, tracker: Tracker) -> Events:
        """Go on where the channel has told meanwhile who it is: an order of theirs needs no contact any more."""
        number = tracker.get_slot("order_number")
        if number is None:
            return [SlotSet("problem", None)]
        return await self._opened(turn_of(tracker), str(number), contact_in(tracker.get_slot("contact")))

    async def _spoken_of(self, tracker: Tracker) -> str | None:
        """The order of a verified customer that is meant without its number: "the one with the lamp"."""
        access = await self.services.verification.access(tracker.sender_id)
        if access.customer_id is None or _next_of_several(tracker):
            return None
        orders = await self.services.shop.orders_of(access.customer_id, limit=MOST_ORDERS)
        text = str(tracker.latest_message.get("text") or "")
        return order_spoken_of(text, orders, self.services.order_numbers, language_of(tracker))

    async def _opened(self, turn: Turn, number: str, contact: Contact) -> Events:
        proof = await self.services.verification.open_order(turn, number, contact)
        slots = {"order_number": number, "contact": contact_value(contact), "problem": None}
        if proof is Proof.WRONG:
            slots |= {"contact": None, "tried_contact": contact_value(contact), "problem": "no_match"}
        if proof in (Proof.RIGHT, Proof.LOCKED):
            slots |= {"requested_slot": None, "problem": "locked" if proof is Proof.LOCKED else None}
        return [none_missed(), *(SlotSet(name, value) for name, value in slots.items())]


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
        response = question(tracker, domain, "order_number")
        if numbers and response in ("utter_ask_order_number", "utter_ask_order_number_again"):
            response = reworded(tracker, domain, "utter_ask_order_number_known")
        words = {"example": self.services.order_numbers.example, "given": tracker.get_slot("malformed")}
        dispatcher.utter_message(response=response, buttons=[order_button(number) for number in numbers], **words)
        return [SlotSet("problem", None), said(tracker, response)]


class ActionAskContact(ServiceAction):
    """Asks for the e-mail address or the postcode on the order."""

    action_name = "action_ask_contact"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        response = question(tracker, domain, "contact")
        dispatcher.utter_message(response=response, number=tracker.get_slot("order_number"))
        return [SlotSet("problem", None), said(tracker, response)]


class ActionAnotherOrder(ServiceAction):
    """Puts the order at hand aside, so that the form asks for the next."""

    action_name = "action_another_order"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        return [SlotSet(name, None) for name in ("order_number", "tried_contact", "other_orders", "problem")]


class ActionShowOrder(ServiceAction):
    """Tells how far the order is, and goes on to the next of several; says why not where it may not be seen."""

    action_name = "action_show_order"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        number, done = str(tracker.get_slot("order_number")), _all_done(tracker)
        order = await self.services.shop.order(number)
        access = await self.services.verification.access(tracker.sender_id)
        if tracker.get_slot("problem") == "given_up":
            wanted = get_person(dispatcher, tracker, domain, Reason.NOT_UNDERSTOOD)
            return [*done, *wanted]
        if order is None or not access.may_read(order):
            return [*done, self._refused(dispatcher, tracker, domain)]
        formatting, today = self.formatting(tracker), self.services.formatting.today(self.services.clock())
        news = order_news(order, formatting, today)
        once_more = tracker.get_slot("current_order") == order.number and news.response in names_said(tracker)
        wording = reworded(tracker, domain, news.response) if once_more else news.response
        cards = [order_card(order, formatting)] if wording == news.response else []
        dispatcher.utter_message(response=wording, json_message={"cards": cards}, **news.words)
        shown = [*done, *_next_order(tracker), SlotSet("current_order", order.number), form_over(tracker, wording)]
        goes_on = any(event["event"] == "followup" for event in shown)
        return shown if goes_on else [*shown, *resumed(tracker)]

    def _refused(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> dict[str, Any]:
        locked = tracker.get_slot("problem") == "locked"
        response = reworded(tracker, domain, "utter_locked" if locked else "utter_order_gone")
        dispatcher.utter_message(response=response, minutes=round(self.services.settings.lock_minutes))
        return form_over(tracker, response)


def order_kept(tracker: Tracker, facts: Facts) -> Events:
    """Keep the order that another wish names: a later "where is it?" means it, and so does a form that asks for one."""
    if facts.order_number is None:
        return []
    asking = [SlotSet("order_number", facts.order_number)] if active_form(tracker) == FORM else []
    return [SlotSet("current_order", facts.order_number), *asking]


def order_button(number: str) -> dict[str, str]:
    """A button that opens one order."""
    return {"title": number, "payload": f'/track_order{{"order_number": "{number}"}}', "value": number}


def _number_meant(tracker: Tracker, facts: Facts) -> str | None:
    kept = tracker.get_slot("order_number")
    if _next_of_several(tracker):
        return str(kept)
    if facts.order_number or kept:
        return facts.order_number or str(kept)
    shown_last = tracker.get_slot("current_order")
    if shown_last and just_started(tracker, FORM) and intent_of(tracker) in ("track_order", *OF_ONE_ORDER):
        return None if facts.malformed else str(shown_last)
    return None


def _unreadable(tracker: Tracker, facts: Facts) -> Events:
    if facts.contact or not facts.digits:
        problem = tracker.get_slot("problem") if just_started(tracker, FORM) else None
        return [SlotSet("problem", None if facts.contact else problem)]
    if just_started(tracker, FORM) and not facts.malformed:
        return [SlotSet("problem", tracker.get_slot("problem"))]
    if misses_in_a_row(tracker) >= NOT_AT_HAND:
        return [SlotSet("requested_slot", None), SlotSet("problem", "given_up")]
    problem = "malformed" if facts.malformed else "unreadable"
    if tracker.get_slot("requested_slot") == "contact":
        problem = "not_understood"
    return [SlotSet("problem", problem), SlotSet("malformed", facts.malformed), missed(tracker)]


def _others(tracker: Tracker, facts: Facts) -> Events:
    """Keep the orders named beside the first; those of an earlier form are forgotten when a new one begins."""
    others = list(facts.order_numbers[1:MOST_AT_ONCE])
    if _next_of_several(tracker) or not (others or just_started(tracker, FORM)):
        return []
    return [SlotSet("other_orders", {"turn": None, "numbers": others} if others else None)]


def _next_order(tracker: Tracker) -> Events:
    """Go on to the next order named, with the contact that opened this one."""
    kept = tracker.get_slot("other_orders")
    numbers = kept.get("numbers") if isinstance(kept, dict) else None
    if not numbers:
        return [SlotSet("other_orders", None)]
    rest = {"turn": turn_of(tracker).message_id, "numbers": numbers[1:]}
    return [SlotSet("order_number", numbers[0]), SlotSet("other_orders", rest), FollowupAction(FORM)]


def _next_of_several(tracker: Tracker) -> bool:
    """Whether the form was begun, in this very turn, for an order that was named beside another."""
    kept = tracker.get_slot("other_orders")
    return isinstance(kept, dict) and kept.get("turn") == turn_of(tracker).message_id


def _all_done(tracker: Tracker) -> Events:
    return [SlotSet(name, None) for name in ("order_number", "tried_contact", "problem", "malformed")]


def _asked_again(tracker: Tracker) -> Events:
    # The wish that began the form, said once more, is no interruption: the question is simply put again.
    intent = intent_of(tracker)
    if intent not in OWN_INTENTS or has_spoken(tracker):
        return []
    forgotten = [SlotSet("order_number", None)] if intent == "another_order" else []
    return [*forgotten, *put_again(tracker)]
