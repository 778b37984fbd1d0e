"""Chooses which of a response's wordings to use, so that no sentence comes back while it is still remembered."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.reading import has_spoken

Event = dict[str, Any]

REMEMBERED = 8
WORDINGS = ("", "_again", "_more")
_QUESTION = "utter_ask_"


def reworded(tracker: Tracker, domain: dict[str, Any], response: str) -> str:
    """`response`, or the first of its further wordings that was not said lately; the oldest where all were.

    Further wordings are the responses of the domain named `…_again` and `…_more`.
    """
    known, lately = domain.get("responses") or {}, names_said(tracker)
    wordings = [response, *(response + ending for ending in WORDINGS[1:] if response + ending in known)]
    fresh = next((wording for wording in wordings if wording not in lately), None)
    return fresh or max(wordings, key=lately[::-1].index)


def question(tracker: Tracker, domain: dict[str, Any], slot: str) -> str:
    """The response with which to ask for `slot`: by what was wrong with the last answer, or after an interruption."""
    problem = tracker.get_slot("problem")
    if problem:
        return reworded(tracker, domain, f"{_QUESTION}{slot}_{problem}")
    return reworded(tracker, domain, f"{_QUESTION}{slot}_back" if has_spoken(tracker) else f"{_QUESTION}{slot}")


def names_said(tracker: Tracker) -> list[str]:
    """The names of what was said lately, the newest last."""
    kept = tracker.get_slot("said")
    return [name for name in kept if isinstance(name, str)] if isinstance(kept, list) else []


def said(tracker: Tracker, *names: str) -> Event:
    """The event that remembers what is said in this turn."""
    return dict(SlotSet("said", [*names_said(tracker), *names][-REMEMBERED:]))


def form_over(tracker: Tracker, *names: str) -> Event:
    """As `said`, and forgets the questions of a form: the next form's are new."""
    others = [name for name in names_said(tracker) if not name.startswith(_QUESTION)]
    return dict(SlotSet("said", [*others, *names][-REMEMBERED:]))
