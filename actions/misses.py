"""Counts the messages in a row that led nowhere, so that the second or third of them leads to a person."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.reading import active_form, previous_turn, turn_of

Event = dict[str, Any]

NOT_UNDERSTOOD = 2  # the second message in a row that was not understood: there is no third try
NOT_AT_HAND = 3  # the third in a row without the number or address that is asked for


def misses_in_a_row(tracker: Tracker) -> int:
    """How many messages in a row led nowhere, the one being answered included."""
    kept = tracker.get_slot("misses")
    if not isinstance(kept, dict):
        return 1
    if kept.get("turn") == turn_of(tracker).message_id:
        return int(kept.get("count", 0))  # counted already, by another action of this turn
    return int(kept.get("count", 0)) + 1 if _was_before(tracker, kept) else 1


def missed(tracker: Tracker) -> Event:
    """The event that counts the message being answered."""
    return dict(SlotSet("misses", _counted(tracker)))


def none_missed() -> Event:
    """The event that begins to count anew."""
    return dict(SlotSet("misses", None))


def put_again(tracker: Tracker) -> list[Event]:
    """What a form's question becomes when the wish is said once more instead of an answer.

    First the question in other words, then where the answer is to be found, and at last a person.
    """
    count = misses_in_a_row(tracker)
    if count > NOT_AT_HAND:
        return [dict(SlotSet("requested_slot", None)), dict(SlotSet("problem", "given_up"))]
    return [dict(SlotSet("problem", "missing" if count > 1 else None)), missed(tracker)]


def _counted(tracker: Tracker) -> dict[str, Any]:
    count, turn = misses_in_a_row(tracker), turn_of(tracker).message_id
    return {"count": count, "turn": turn, "form": active_form(tracker)}


def _was_before(tracker: Tracker, kept: dict[str, Any]) -> bool:
    """Whether the miss that was counted last was the message before this one.

    Rasa leaves out of a tracker the messages that a form took by itself, so in the same form one that is not to be
    seen counts as well; what brings a form on begins to count anew.
    """
    if previous_turn(tracker)[0] == kept.get("turn"):
        return True
    form, seen = active_form(tracker), [event.get("message_id") for event in tracker.events]
    return form is not None and form == kept.get("form") and kept.get("turn") not in seen
