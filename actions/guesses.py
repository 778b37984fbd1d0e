"""What a message that was not surely understood may have meant, as buttons in the customer's words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rasa_sdk import Tracker

from actions.reading import Facts
from bot.languages.languages import Languages

MOST = 3
FLOOR = 0.05  # below it a wish is no better a guess than any other
_GUESS = "utter_guess_"
MEANS = {  # the same button stands for them
    "another_order": "track_order",
    "order_contents": "track_order",
    "order_total": "track_order",
    "order_destination": "track_order",
}


def likely_wishes(ranking: Sequence[Mapping[str, Any]], domain: dict[str, Any]) -> tuple[str, ...]:
    """Up to three wishes from a ranking of intents, the likeliest first; only such as have a name for a button."""
    named = domain.get("responses") or {}
    found: dict[str, None] = {}
    for entry in ranking:
        intent = str(entry.get("name"))
        wish = MEANS.get(intent, intent)
        if float(entry.get("confidence") or 0.0) >= FLOOR and _GUESS + wish in named:
            found.setdefault(wish)
    return tuple(found)[:MOST]


def ranking_of(tracker: Tracker) -> list[dict[str, Any]]:
    """The intents the pipeline thought of, with its confidence in each."""
    ranking = tracker.latest_message.get("intent_ranking")
    return ranking if isinstance(ranking, list) else []


def title_of(wish: str, languages: Languages, language: str, domain: dict[str, Any]) -> str:
    """What the button for a wish is called: the language's own word for it, or the domain's."""
    name = _GUESS + wish
    variants = languages.responses(language).get(name) or (domain.get("responses") or {}).get(name) or [{}]
    return str(variants[0].get("text") or wish)


def guess_buttons(wishes: Sequence[str], titles: Sequence[str], tracker: Tracker, facts: Facts) -> list[dict[str, str]]:
    """A button for each wish, which carries what the message said besides the wish."""
    details = _details(tracker, facts)
    known = json.dumps(details, ensure_ascii=False) if details else ""
    return [{"title": title, "payload": f"/{wish}{known}"} for wish, title in zip(wishes, titles, strict=True)]


def _details(tracker: Tracker, facts: Facts) -> dict[str, str]:
    entities = tracker.latest_message.get("entities") or []
    details = {str(entity["entity"]): str(entity["value"]) for entity in reversed(entities) if entity.get("value")}
    details |= {"order_number": facts.order_number} if facts.order_number else {}
    details |= {"email": facts.contact.email} if facts.contact.email else {}
    return details
