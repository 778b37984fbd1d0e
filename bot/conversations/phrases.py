"""The app's own sentences, read from the domain's responses, so that one voice speaks even while the engine is down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

REQUIRED = (
    "utter_app_delay_notice",
    "utter_app_person_offer",
    "utter_app_callback_contact",
    "utter_app_callback_stored",
    "utter_app_rating_question",
    "utter_app_rating_thanks",
    "utter_app_rating_sorry",
    "utter_app_rating_changed",
    "utter_app_comment_thanks",
    "utter_app_comment_declined",
    "utter_app_turn_failed",
)


class DomainError(Exception):
    """The domain file cannot serve the app; the text says why and what to add."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One response of the domain, filled in."""

    text: str
    buttons: tuple[Mapping[str, Any], ...]
    expects: str | None
    response: str


class Phrases:
    """Responses by name. Variants are taken in turn by `pick`, so that a repeated sentence differs where it can."""

    def __init__(self, responses: Mapping[str, Any]) -> None:
        missing = [name for name in REQUIRED if not responses.get(name)]
        if missing:
            raise DomainError(f"domain.yml lacks the responses {', '.join(missing)}; add them under responses:")
        self._responses = responses

    def say(self, name: str, *, pick: int = 0, **values: object) -> Phrase:
        """The response `name` with `values` in its {placeholders}.

        Raises:
            KeyError: no such response.
        """
        variants = self._responses[name]
        variant = variants[pick % len(variants)]
        text = str(variant.get("text", ""))
        for key, value in values.items():  # not str.format: a customer's braces must stay braces
            text = text.replace("{" + key + "}", str(value))
        metadata = variant.get("metadata") or {}
        return Phrase(text.strip(), tuple(variant.get("buttons") or ()), metadata.get("expects"), name)


def load_domain(path: Path) -> dict[str, Any]:
    """Parse the domain file.

    Raises:
        DomainError: missing, or no YAML.
    """
    try:
        loaded = YAML(typ="safe").load(path)
    except OSError as error:
        raise DomainError(f"{path} cannot be read: {error.strerror}") from error
    except YAMLError as error:
        raise DomainError(f"{path} is no valid YAML: {error}") from error
    if not isinstance(loaded, dict):
        raise DomainError(f"{path} holds no domain")
    return loaded
