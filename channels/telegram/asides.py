"""Sentences to customers that are no part of a conversation, such as why a message is not taken."""

from __future__ import annotations

import hashlib

from bot.conversations.unit import Unit
from channels.telegram.calls import enqueue
from channels.telegram.inbox import Stored

ONCE_IN_SECONDS = 30


def say_aside(unit: Unit, chat_id: int, sentence: str) -> bool:
    """Have a sentence sent once the caller's transaction is committed.

    Returns:
        False where the same was said there within the same half minute: who sends a hundred messages too many hears
        that once.
    """
    moment = int(unit.now.timestamp()) // ONCE_IN_SECONDS
    what = hashlib.sha256(sentence.encode()).hexdigest()[:12]
    return enqueue(unit, f"aside:{chat_id}:{what}:{moment}", chat_id, "sendMessage", {"text": sentence})


def ask_aside(unit: Unit, chat_id: int, stored: Stored, message: dict[str, object]) -> None:
    """Have a question sent that an update gives rise to, with its buttons; once, however often it is handled."""
    enqueue(unit, f"asked:{chat_id}:{stored.update_id}", chat_id, "sendMessage", message)
