"""Chooses which of a question's wordings to use, so that none is said twice in a row."""

from __future__ import annotations

from rasa_sdk import Tracker

from actions.reading import has_spoken, last_response


def question(tracker: Tracker, slot: str) -> str:
    """The response with which to ask for `slot`: by what was wrong with the last answer, or after an interruption.

    Every question but the one after an interruption has a second wording, named `…_again`.
    """
    problem = tracker.get_slot("problem")
    if problem:
        response = f"utter_ask_{slot}_{problem}"
    elif has_spoken(tracker):
        return f"utter_ask_{slot}_back"
    else:
        response = f"utter_ask_{slot}"
    return f"{response}_again" if tracker.get_slot("asked") == response else response


def reworded(tracker: Tracker, response: str) -> str:
    """`response`, or its second wording where it was the last thing said."""
    return f"{response}_again" if last_response(tracker) == response else response
