"""What was said did not help, or was not what was meant: an apology, other words, a person."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Domain, Events, ServiceAction
from actions.misses import NOT_UNDERSTOOD, missed, misses_in_a_row
from actions.person import get_person
from actions.reading import active_form
from actions.repeats import reworded, said
from bot.handoff.models import Reason


class ActionNotHelped(ServiceAction):
    """Says sorry and asks for other words; the second time in a row it is a person."""

    action_name = "action_not_helped"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        return not_helped(dispatcher, tracker, domain)


def not_helped(dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
    """Say sorry and offer a person, or get one when the message before this one led nowhere either."""
    if misses_in_a_row(tracker) >= NOT_UNDERSTOOD:
        return get_person(dispatcher, tracker, domain, Reason.NOT_UNDERSTOOD, words=Reason.UPSET)
    wording = reworded(tracker, domain, "utter_not_helped_back" if active_form(tracker) else "utter_not_helped")
    dispatcher.utter_message(response=wording)
    return [missed(tracker), said(tracker, wording)]
