"""Hello, thanks and whatever else people say to be friendly, or not: short answers, each with a way on."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Domain, Events, ServiceAction
from actions.person import get_person, upset_again
from actions.reading import active_form, confidence_of
from actions.repair import ActionNotUnderstood
from actions.repeats import reworded, said
from bot.handoff.models import Reason

SURE_OF_A_PAUSE = 0.8  # waiting for somebody who is not looking for anything leads nowhere

# What small talk is about, by words of the languages that are shipped; anything else has the general answer.
_ABOUT = {
    "how_are_you": r"how('?s| is) (it|life|things|everything|your)\b|how('re| are| r) (you|u|ya|things)\b|"
    r"how do you do|what'?s up|sup\b|going on|"
    r"wie geht|wie l[äa]uft|c[oó]mo est[áa]s|qu[ée] tal|comment (ça )?va|ça va|comment vas",
    "name": r"\b(you|your|ur|yr|u) name\b|\ba name\b|^name\b|who (are|r) (you|u)\b|who made (you|u)\b|"
    r"what.* call you|hei(ß|ss)t du|hei(ß|ss)en sie|(dein|ihr) name|wer bist|te llamas|tu nombre|qui[ée]n eres|"
    r"tu t'?appelles|vous appelez|(ton|votre) nom|qui es.tu",
    "joke": r"\bjokes?\b|\bfunny\b|laugh|\bsing\b|\bwitz|chiste|blague",
    "praise": r"\b(good|great|nice|best|awesome|love|cool|clever|smart|helpful|amazing|brilliant)\b|"
    r"\b(toll|super|klasse|genial|g[ée]nial)\b",
}


class ActionGreet(ServiceAction):
    """Greets; briefly in the middle of something."""

    action_name = "action_greet"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        return _answer(dispatcher, tracker, domain, "utter_greet", "utter_greet_back")


class ActionThanks(ServiceAction):
    """Takes thanks; in the middle of something without asking what else there is."""

    action_name = "action_thanks"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        return _answer(dispatcher, tracker, domain, "utter_youre_welcome", "utter_youre_welcome_back")


class ActionHelp(ServiceAction):
    """Tells what the assistant can do."""

    action_name = "action_help"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        return _answer(dispatcher, tracker, domain, "utter_help", "utter_help_back")


class ActionBotChallenge(ServiceAction):
    """Says that it is a machine."""

    action_name = "action_bot_challenge"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        return _answer(dispatcher, tracker, domain, "utter_bot_challenge", "utter_bot_challenge")


class ActionSmalltalk(ServiceAction):
    """Answers small talk in a sentence that leads back to the shop."""

    action_name = "action_smalltalk"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        text = str(tracker.latest_message.get("text") or "")[:200].casefold().replace("’", "'")
        about = next((name for name, words in _ABOUT.items() if re.search(words, text)), None)
        response = f"utter_smalltalk_{about}" if about else "utter_smalltalk"
        return _answer(dispatcher, tracker, domain, response, "utter_smalltalk_back")


class ActionInsult(ServiceAction):
    """Stays calm and offers a person; the second time in a row it is a person."""

    action_name = "action_insult"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        if upset_again(tracker):
            return get_person(dispatcher, tracker, domain, Reason.UPSET)
        return _answer(dispatcher, tracker, domain, "utter_insult", "utter_insult_back")


class ActionWait(ServiceAction):
    """The customer needs a moment; a message that only may say so ("the first one") was not understood."""

    action_name = "action_wait"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        if confidence_of(tracker) < SURE_OF_A_PAUSE:
            return await ActionNotUnderstood(self.services).run(dispatcher, tracker, domain)
        return _answer(dispatcher, tracker, domain, "utter_wait", "utter_wait")


class ActionHasQuestion(ServiceAction):
    """The customer says that there is a question, and not yet which."""

    action_name = "action_has_question"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        return _answer(dispatcher, tracker, domain, "utter_has_question", "utter_has_question")


class ActionExplain(ServiceAction):
    """Why something is asked for: in a form its question is put with the reason."""

    action_name = "action_explain"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        if active_form(tracker):
            return [SlotSet("problem", "why")]
        return _answer(dispatcher, tracker, domain, "utter_why_details", "utter_why_details")


def _answer(
    dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any], response: str, in_a_form: str
) -> Events:
    wording = reworded(tracker, domain, in_a_form if active_form(tracker) else response)
    dispatcher.utter_message(response=wording)
    return [said(tracker, wording)]
