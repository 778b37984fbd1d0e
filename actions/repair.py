"""Getting a conversation back on its way: what was not understood, bare facts, yes and no to nothing, stop."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.articles import ActionAnswerQuestion
from actions.base import Domain, Events, ServiceAction
from actions.goodbye import DONE_NOW, end
from actions.guesses import guess_buttons, likely_wishes, ranking_of, title_of
from actions.misses import NOT_AT_HAND, NOT_UNDERSTOOD, missed, misses_in_a_row
from actions.not_helped import not_helped
from actions.one_time_code import locked_lately, say_why_not
from actions.person import get_person, person_was_offered, wanted_for
from actions.products import ActionProductQuestion, speaks_of_products
from actions.reading import (
    Facts,
    active_form,
    contact_value,
    intent_of,
    is_brief,
    language_of,
    last_response,
    previous_turn,
    question_of,
    turn_of,
)
from actions.repeats import form_over, reworded, said
from bot.handoff.models import Reason

GUESSED = ("utter_guess", "utter_guess_again", "utter_guess_more")
TAKEN = ("utter_email_noted", "utter_postcode_noted", "utter_no_code_open")


class ActionNotUnderstood(ServiceAction):
    """Offers guesses at what was meant, or asks for other words; the second time in a row it is a person."""

    action_name = "action_not_understood"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        facts, form = self.facts(tracker), active_form(tracker)
        if facts.order_number and facts.bare and form not in ("track_order_form", "request_form"):
            return [FollowupAction("track_order_form")]
        if await speaks_of_products(self.services, tracker):
            return await ActionProductQuestion(self.services).run(dispatcher, tracker, domain)
        if not facts.bare and await self.services.articles.certain_answer(question_of(tracker), language_of(tracker)):
            return await ActionAnswerQuestion(self.services).run(dispatcher, tracker, domain)
        if misses_in_a_row(tracker) >= NOT_UNDERSTOOD:
            return self._given_up(dispatcher, tracker, domain)
        if form:
            return [SlotSet("problem", "not_understood"), missed(tracker)]
        if facts.contact.email and facts.bare:
            return [*_say(dispatcher, tracker, domain, "utter_email_noted"), *_kept(facts)]
        beyond = intent_of(tracker) == "out_of_scope"
        wishes = () if beyond else likely_wishes(ranking_of(tracker), domain)
        if wishes:
            return [*self.guess(dispatcher, tracker, domain, wishes), missed(tracker)]
        response = "utter_out_of_scope" if beyond else "utter_not_understood"
        return [*_say(dispatcher, tracker, domain, response), missed(tracker)]

    def _given_up(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        both_beyond = intent_of(tracker) == "out_of_scope" == previous_turn(tracker)[1]
        if both_beyond and not active_form(tracker) and not person_was_offered(tracker):
            return [*_say(dispatcher, tracker, domain, "utter_offer_person"), missed(tracker)]
        return get_person(dispatcher, tracker, domain, Reason.NOT_UNDERSTOOD)

    def guess(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain, wishes: tuple[str, ...]
    ) -> Events:
        """Offer these wishes and "something else", and keep the message they are guesses at."""
        languages, spoken = self.formatting(tracker).languages, language_of(tracker)
        titles = [title_of(wish, languages, spoken, domain) for wish in (*wishes, "something_else")]
        buttons = guess_buttons(wishes, titles[:-1], tracker, self.facts(tracker))
        buttons.append({"title": titles[-1], "payload": "/something_else"})
        wording = reworded(tracker, domain, "utter_guess")
        dispatcher.utter_message(response=wording, buttons=buttons)
        unclear = {"text": question_of(tracker), "turn": turn_of(tracker).message_id, "titles": titles[:-1]}
        return [SlotSet("unclear", unclear), said(tracker, wording)]


class ActionSomethingElse(ServiceAction):
    """None of what was offered: asks for other words, and the second time in a row gets a person."""

    action_name = "action_something_else"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        return something_else(dispatcher, tracker, domain)


class ActionTakeFacts(ServiceAction):
    """A number or an address that nobody asked for: an order number opens that order, the rest is kept for later."""

    action_name = "action_take_facts"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        facts = self.facts(tracker)
        if facts.order_number and active_form(tracker) not in ("track_order_form", "request_form"):
            return [FollowupAction("track_order_form")]
        response = _reply_to(facts)
        if response not in TAKEN and misses_in_a_row(tracker) >= (NOT_AT_HAND if facts.digits else NOT_UNDERSTOOD):
            return get_person(dispatcher, tracker, domain, Reason.NOT_UNDERSTOOD)
        if active_form(tracker):
            return [SlotSet("problem", "not_understood"), missed(tracker)]
        if response == "utter_no_code_open" and locked_lately(self.services, tracker):
            return say_why_not(self.services, dispatcher, tracker, domain, "locked")
        example, given = self.services.order_numbers.example, facts.malformed
        told = _say(dispatcher, tracker, domain, response, example=example, given=given)
        return [*told, *_kept(facts)] if response in TAKEN else [*told, missed(tracker)]


class ActionCannotProvide(ServiceAction):
    """The customer has not what is asked for: says where it is and what else would do; in the end it is a person."""

    action_name = "action_cannot_provide"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        if not active_form(tracker):
            return [SlotSet("problem", "missing"), FollowupAction("track_order_form")]
        if 1 < misses_in_a_row(tracker) < NOT_AT_HAND and tracker.get_slot("requested_slot") == "order_number":
            # Told where the number is, they still have none: their orders show it, once it is known who asks.
            dispatcher.utter_message(response="utter_orders_instead")
            return [ActiveLoop(None), SlotSet("requested_slot", None), FollowupAction("my_orders_form")]
        return not_at_hand(dispatcher, tracker, domain)


class ActionAffirm(ServiceAction):
    """A yes: to a person who was offered, or to no question."""

    action_name = "action_affirm"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        if person_was_offered(tracker):
            return get_person(dispatcher, tracker, domain, wanted_for(tracker, domain))
        if active_form(tracker):
            # "ok" before the answer: the question once more in other words, and then what else would do
            return not_at_hand(dispatcher, tracker, domain) if misses_in_a_row(tracker) > 1 else [missed(tracker)]
        if last_response(tracker) in DONE_NOW:
            return end(dispatcher)
        return _say(dispatcher, tracker, domain, "utter_affirm")


class ActionDeny(ServiceAction):
    """A no: to guesses, in a form that the thing asked for is not at hand, or to no question."""

    action_name = "action_deny"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        if active_form(tracker):
            return not_at_hand(dispatcher, tracker, domain)
        if last_response(tracker) in GUESSED:
            return something_else(dispatcher, tracker, domain)
        if last_response(tracker) in DONE_NOW:
            return _say(dispatcher, tracker, domain, "utter_has_question")
        if not (is_brief(tracker) or person_was_offered(tracker)):
            return not_helped(dispatcher, tracker, domain)
        return _say(dispatcher, tracker, domain, "utter_deny")


class ActionStop(ServiceAction):
    """Stops what is going on."""

    action_name = "action_stop"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        response = "utter_stopped" if active_form(tracker) else "utter_nothing_to_stop"
        wording = reworded(tracker, domain, response)
        dispatcher.utter_message(response=wording)
        forgotten = ("requested_slot", "order_number", "tried_contact", "other_orders", "problem")
        begun = ("requests", "laid_aside", "asking")
        return [
            ActiveLoop(None),
            *(SlotSet(name, None) for name in (*forgotten, *begun, "misses")),
            form_over(tracker, wording),
        ]


def something_else(dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
    """Ask for other words, or get a person when that was done already."""
    if misses_in_a_row(tracker) >= NOT_UNDERSTOOD:
        return get_person(dispatcher, tracker, domain, Reason.NOT_UNDERSTOOD)
    return [*_say(dispatcher, tracker, domain, "utter_something_else"), missed(tracker)]


def not_at_hand(dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
    """Have the form say where it is, or get a person when that has been said often enough."""
    if misses_in_a_row(tracker) >= NOT_AT_HAND:
        return get_person(dispatcher, tracker, domain, Reason.NOT_UNDERSTOOD)
    return [SlotSet("problem", "missing"), missed(tracker)]


def _say(
    dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any], response: str, **values: object
) -> Events:
    wording = reworded(tracker, domain, response)
    dispatcher.utter_message(response=wording, **values)
    return [said(tracker, wording)]


def _kept(facts: Facts) -> Events:
    return [SlotSet("contact", contact_value(facts.contact))] if facts.contact else []


def _reply_to(facts: Facts) -> str:
    if facts.contact.email:
        return "utter_email_noted"
    if facts.contact.postcode:
        return "utter_postcode_noted"
    if facts.code:
        return "utter_no_code_open"
    if facts.malformed:
        return "utter_number_malformed"
    return "utter_number_unreadable" if facts.digits else "utter_not_understood"
