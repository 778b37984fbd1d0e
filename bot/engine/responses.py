"""Chooses and fills the responses of the domain; which variation is said depends on the message, not on chance."""

import hashlib
from typing import Any

from rasa.core.nlg.generator import ResponseVariationFilter
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator


class Responses(TemplatedNaturalLanguageGenerator):  # type: ignore[misc]  # Rasa asks for this very base class
    """As Rasa's, except that a turn that is run again says the same words again."""

    def __init__(self, responses: dict[str, list[dict[str, Any]]], seed: str) -> None:
        """`seed` is the id of the message that is answered."""
        super().__init__(responses)
        self._filter = ResponseVariationFilter(responses)
        self._seed = seed

    def _random_response_for(
        self, utter_action: str, output_channel: str, filled_slots: dict[str, Any]
    ) -> dict[str, Any] | None:
        if utter_action not in self.responses:
            return None
        variations = self._filter.responses_for_utter_action(utter_action, output_channel, filled_slots)
        if not variations:
            return None
        digest = hashlib.blake2b(f"{self._seed}\0{utter_action}".encode(), digest_size=8).digest()
        chosen: dict[str, Any] = variations[int.from_bytes(digest, "big") % len(variations)]
        return chosen
