"""The app's own sentences, in the conversation's language and one voice with the engine's, also while that is down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bot.languages.languages import BASE, Languages, shipped_languages

REQUIRED = (
    "utter_app_delay_notice",
    "utter_app_person_offer",
    "utter_app_callback_contact",
    "utter_app_callback_contact_again",
    "utter_app_callback_stored",
    "utter_app_rating_question",
    "utter_app_rating_thanks",
    "utter_app_rating_sorry",
    "utter_app_rating_changed",
    "utter_app_comment_thanks",
    "utter_app_comment_declined",
    "utter_app_turn_failed",
    "utter_app_rating_over",
    "utter_app_button_over",
    "utter_app_button_of_earlier",
    "utter_app_conversation_over",
    "utter_app_too_many_waiting",
    "utter_app_unreadable",
    "utter_app_empty",
    "utter_app_too_long",
    "utter_app_session_over",
    "utter_app_session_invalid",
    "utter_app_unavailable",
    "utter_app_too_fast",
    "utter_app_delayed",
    "utter_app_linked",
    "utter_app_linked_only",
    "utter_app_write_anew",
    "utter_app_unlinked",
    "utter_app_link_question",
    "utter_app_link_declined",
    "utter_app_link_accepted",
    "utter_app_link_unknown",
    "utter_app_link_other_customer",
    "utter_app_web_link",
    "utter_app_privacy",
    "utter_app_forget_question",
    "utter_app_forget_prove",
    "utter_app_forget_promised",
    "utter_app_forget_kept",
    "utter_app_nothing_to_end",
    "utter_app_media_kept",
    "utter_app_media_with_words",
    "utter_app_media_unknown",
    "utter_app_media_limit",
    "utter_app_media_not_kept",
    "utter_app_sticker",
    "utter_app_location",
    "utter_app_contact_kept",
    "utter_app_phone_known",
    "utter_app_edit_unread",
    "utter_app_maybe_lost",
    "utter_app_private_only",
    "utter_app_handoff_queued",
    "utter_app_handoff_queued_next",
    "utter_app_handoff_queued_unknown",
    "utter_app_handoff_queued_next_unknown",
    "utter_app_queue_moved",
    "utter_app_queue_moved_unknown",
    "utter_app_queue_next",
    "utter_app_handoff_taken",
    "utter_app_handoff_had_to_leave",
    "utter_app_handoff_waits_again",
    "utter_app_handoff_moved",
    "utter_app_handoff_moved_team",
    "utter_app_handed_back",
    "utter_app_with_assistant",
    "utter_app_went_back",
    "utter_app_handoff_closed",
    "utter_app_handoff_deserted",
    "utter_app_handoff_left",
    "utter_app_handoff_unreached",
    "utter_app_promise_here",
    "utter_app_agent_writes",
    "utter_app_rating_question_agent",
    "utter_app_rating_reminder",
    "utter_app_nps_question",
    "utter_app_ces_question",
    "utter_app_extra_thanks",
    "utter_app_extra_changed",
    "utter_app_review_question",
    "utter_app_review_question_unnamed",
    "utter_app_review_agreed",
    "utter_app_review_declined",
    "utter_app_review_withdrawn",
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
    """Responses by name. Variants are taken in turn by `pick`, so that a repeated sentence differs where it can.

    Args:
        responses: the domain's, which are English.
        languages: where the others are, and the labels of buttons; left out, those of the project.
        locale: of the shop, for conversations of which nothing is known.

    Raises:
        DomainError: a sentence the app needs is missing.
    """

    def __init__(self, responses: Mapping[str, Any], languages: Languages | None = None, locale: str = BASE) -> None:
        missing = [name for name in REQUIRED if not responses.get(name)]
        if missing:
            raise DomainError(f"domain.yml lacks the responses {', '.join(missing)}; add them under responses:")
        self._responses = responses
        self.languages = languages or shipped_languages()
        self._locale = locale

    def language_for(self, locale: str | None) -> str:
        """The language to speak with a customer whose page, or whose conversation, has this locale."""
        return self.languages.language_for(locale, self._locale)

    def label(self, name: str, *, locale: str | None) -> str:
        """A short word, as on a button."""
        return self.languages.labels(self.language_for(locale)).say(name)

    def say(self, name: str, *, locale: str | None = None, pick: int = 0, **values: object) -> Phrase:
        """The response `name` with `values` in its {placeholders}, in the language of `locale` or else in English.

        Raises:
            KeyError: no such response.
        """
        own = self.languages.responses(self.language_for(locale))
        variants = own.get(name) or self._responses[name]
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
