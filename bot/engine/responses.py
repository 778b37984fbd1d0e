"""Chooses and fills the responses, in the conversation's language; which variation is said depends on the message."""

import copy
import hashlib
from typing import Any

from rasa.core.nlg.generator import ResponseVariationFilter
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator

from bot.engine.language import SLOT, Languages


class Responses(TemplatedNaturalLanguageGenerator):  # type: ignore[misc]  # Rasa asks for this very base class
    """As Rasa's, except that a turn that is run again says the same words again, and for the languages."""

    def __init__(self, languages: Languages, seed: str) -> None:
        """`seed` is the id of the message that is answered."""
        super().__init__(languages.responses(None))
        self._languages = languages
        self._seed = seed

    def generate_from_slots(
        self, utter_action: str, filled_slots: dict[str, Any], output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """Rasa's own, from the responses of the right language.

        An action that has just changed the language names the new one among the values of its response.
        """
        language = self._languages.language_of({**filled_slots, **({SLOT: kwargs[SLOT]} if kwargs.get(SLOT) else {})})
        chosen = self._chosen(self._languages.responses(language), utter_action, output_channel, filled_slots)
        if chosen is None:
            return None
        filled: dict[str, Any] = self._fill_response(copy.deepcopy(chosen), filled_slots, **kwargs)
        return filled

    def _chosen(
        self, responses: dict[str, Any], utter_action: str, output_channel: str, filled_slots: dict[str, Any]
    ) -> dict[str, Any] | None:
        if utter_action not in responses:
            return None
        fitting = ResponseVariationFilter(responses)
        variations = fitting.responses_for_utter_action(utter_action, output_channel, filled_slots)
        if not variations:
            return None
        digest = hashlib.blake2b(f"{self._seed}\0{utter_action}".encode(), digest_size=8).digest()
        chosen: dict[str, Any] = variations[int.from_bytes(digest, "big") % len(variations)]
        return chosen
