"""Going on in another language, because the customer asks for it."""

from __future__ import annotations

import re

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Domain, Events, ServiceAction
from actions.reading import active_form, entity_values, language_of, turn_of
from bot.languages.languages import BASE, Languages, plain

_READ_CHARACTERS = 1000


class ActionChangeLanguage(ServiceAction):
    """Changes to the language that was asked for; offers those we have where it is another, or none was named."""

    action_name = "action_change_language"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        formatting = self.services.formatting_for(language_of(tracker))
        languages, spoken = formatting.languages, formatting.language
        wanted = wanted_language(tracker, languages, spoken)
        if wanted in languages.codes:
            response = "utter_language_already" if wanted == language_before(tracker) else "utter_language_changed"
            response += "_back" if active_form(tracker) else ""
            dispatcher.utter_message(response=response, language=wanted)
            return [SlotSet("language", wanted)]
        response = "utter_language_unknown" if wanted else "utter_language_ask"
        name = formatting.name_of_language(wanted) if wanted else ""
        dispatcher.utter_message(response=response, name=name, buttons=language_buttons(languages))
        return []


def wanted_language(tracker: Tracker, languages: Languages, spoken: str) -> str | None:
    """The code of the language that the message asks for; of several that which is not spoken now and that we have.

    Where languages are only refused ("no hablo inglés") it is the one that the message is written in.
    """
    text = str(tracker.latest_message.get("text") or "")
    named = entity_values(tracker, "language")
    if not named:
        refused = languages_refused(text, languages)
        named = [code for code in languages_named(text, languages) if code not in refused]
        if refused and not named:
            written = (tracker.latest_message.get("language") or {}).get("name")
            named = [code for code in (written, spoken) if code in languages.codes and code not in refused][:1]
    named.sort(key=lambda code: (code == spoken, code not in languages.codes))
    return named[0] if named else None


def languages_named(text: str, languages: Languages) -> list[str]:
    """The codes of the languages that a text names, in any language, in order."""
    names = languages.heard.language_names
    return list(dict.fromkeys(names[word] for word in _words(text, languages) if word in names))


def languages_refused(text: str, languages: Languages) -> list[str]:
    """The codes of the languages that a text says no to: the first after a negation, else the last before it.

    A question refuses nothing: "don't you speak German?"
    """
    if text.rstrip().endswith("?"):
        return []
    names, negations, refused = languages.heard.language_names, languages.heard.negations, []
    for clause in re.split(r"[,.;:!\n]+", text[:_READ_CHARACTERS]):
        words = _words(clause, languages)
        negation = next((place for place, word in enumerate(words) if word in negations), None)
        if negation is None:
            continue
        before = [names[word] for word in words[:negation] if word in names]
        after = [names[word] for word in words[negation:] if word in names]
        refused += after[:1] or before[-1:]
    return refused


def language_before(tracker: Tracker) -> str:
    """The language that was spoken until this message; it may have changed the language by being written in another."""
    this_turn = turn_of(tracker).message_id.split(":")[0]
    position = next(
        (
            place
            for place, event in enumerate(tracker.events)
            if event.get("event") == "user" and str(event.get("message_id") or "").split(":")[0] == this_turn
        ),
        len(tracker.events),
    )
    while position and tracker.events[position - 1].get("event") == "slot":
        position -= 1
        if tracker.events[position].get("name") == "language":
            earlier = (event for event in reversed(tracker.events[:position]) if event.get("name") == "language")
            before = next((event.get("value") for event in earlier if event.get("event") == "slot"), None)
            return str(before or tracker.get_slot("default_language") or BASE)
    return language_of(tracker)


def _words(text: str, languages: Languages) -> list[str]:
    whole = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", plain(text[:_READ_CHARACTERS]))
    # "don't" is one word, "l'anglais" two
    return [part for word in whole for part in ([word] if word in languages.heard.negations else word.split("'"))]


def language_buttons(languages: Languages) -> list[dict[str, str]]:
    """A button for each language we speak, called as its speakers call it."""
    return [
        {
            "title": languages.labels(code).say("language_name"),
            "payload": f'/change_language{{"language": "{code}"}}',
            "value": code,
        }
        for code in languages.codes
    ]
