"""Internal notes in a conversation: only the desk shows them, no channel ever does."""

from __future__ import annotations

import sqlalchemy as sa

from bot.conversations.cleaning import clean_text
from bot.conversations.models import Change
from bot.conversations.unit import Unit
from bot.handoff.errors import NotPossible, UnknownConversation
from bot.handoff.noting import LONGEST_NOTE, write_note
from bot.privacy.emptying import words_are_deleted
from bot.staff.models import Agent
from bot.storage.tables import conversations


class WrongWords(Exception):
    """What was written cannot be taken; the text is a sentence for the agent."""


def add_note(unit: Unit, conversation_id: str, agent: Agent, text: str, *, key: str) -> Change:
    """Write a note below the last message.

    Args:
        key: of this note, 32 characters; the same one twice is written once.

    Raises:
        WrongWords: it is empty or too long.
        UnknownConversation: there is none like that.
        NotPossible: what was said in it is deleted.
    """
    words = written(text, LONGEST_NOTE, "note")
    found = unit.connection.execute(
        sa.select(conversations.c.customer_id, conversations.c.last_seq).where(conversations.c.id == conversation_id)
    ).first()
    if found is None:
        raise UnknownConversation("There is no such conversation.")
    if words_are_deleted(unit.connection, conversation_id):
        raise NotPossible("What was said in this conversation is deleted; nothing can be written about it any more.")
    write_note(unit, conversation_id, agent, words, key=key, after_seq=found.last_seq)
    return Change(conversation_id, found.customer_id, desk=True)


def written(text: str, longest: int, what: str) -> str:
    """The words as they can be stored.

    Args:
        longest: in the units that all channels count in, UTF-16's.
        what: they are, as the sentence names it.

    Raises:
        WrongWords: there are none, or too many.
    """
    if len(text) > 4 * longest:  # not even cleaned: whatever it holds, it is too long
        raise WrongWords(f"This {what} is far too long: {longest:,} characters are possible.")
    words = clean_text(text)
    if not words:
        raise WrongWords(f"This {what} is empty.")
    if (length := units(words)) > longest:
        raise WrongWords(
            f"This {what} has {length:,} characters, and {longest:,} are possible. Shorten it, or send it in parts."
        )
    return words


def units(text: str) -> int:
    """How long a text is in the units of UTF-16, as browsers and Telegram count."""
    return len(text.encode("utf-16-le")) // 2
