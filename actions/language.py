"""Going on in another language, because the customer asks for it."""

from __future__ import annotations

import re

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Domain, Events, ServiceAction
from actions.reading import active_form, entity_values, language_of
from bot.languages.languages import Languages, plain

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
            response = "utter_language_already" if wanted == spoken else "utter_language_changed"
            response += "_back" if active_form(tracker) else ""
            dispatcher.utter_message(response=response, language=wanted)
            return [SlotSet("language", wanted)]
        response = "utter_language_unknown" if wanted else "utter_language_ask"
        name = formatting.name_of_language(wanted) if wanted else ""
        dispatcher.utter_message(response=response, name=name, buttons=language_buttons(languages))
        return []


def wanted_language(tracker: Tracker, languages: Languages, spoken: str) -> str | None:
    """The code of the language that the message names; of several that which is not spoken now and that we have."""
    named = entity_values(tracker, "language") or languages_named(
        str(tracker.latest_message.get("text") or ""), languages
    )
    named.sort(key=lambda code: (code == spoken, code not in languages.codes))
    return named[0] if named else None


def languages_named(text: str, languages: Languages) -> list[str]:
    """The codes of the languages that a text names, in any language, in order."""
    names = languages.heard.language_names
    words = re.findall(r"[^\W\d_]+", plain(text[:_READ_CHARACTERS]))
    return list(dict.fromkeys(names[word] for word in words if word in names))


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
