"""The wish for a person, wherever it comes from: handed over where people are there, else promised; and back again."""

from __future__ import annotations

from bot.conversations.app_prompts import Happened, request_callback
from bot.conversations.owned import leave_to_people
from bot.conversations.transcript import append
from bot.conversations.unit import Unit

SILENT = "engine_silent"  # the reason where an answer does not come


def hand_over(unit: Unit, conversation_id: str, reason: str) -> Happened:
    """Give an open conversation to people, or have it noted that one gets back to the customer.

    What has been stored so far stays in front of what is said here: call it last.
    """
    told = unit.people.ask_for(unit, conversation_id, reason)
    if told is None:
        return Happened(append(unit, conversation_id, request_callback(unit, conversation_id, reason)))
    if not told:  # people have it already
        return Happened()
    return Happened(told, owner="queue", handled=leave_to_people(unit, conversation_id))


def go_back(unit: Unit, conversation_id: str) -> Happened:
    """The customer goes on with the bot instead of waiting."""
    told = unit.people.go_back(unit, conversation_id)
    return Happened(told, owner="bot" if told else None)
