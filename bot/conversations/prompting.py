"""What the app's own questions share: in which locale they are asked, what is waited for, how a sentence is said."""

from __future__ import annotations

import sqlalchemy as sa

from bot.conversations.models import Draft
from bot.conversations.unit import Unit
from bot.storage.tables import conversations


def locale_of(unit: Unit, conversation_id: str) -> str:
    """The locale of a conversation: of the visitor's page at first, later the language that is spoken in it."""
    found = unit.connection.execute(sa.select(conversations.c.locale).where(conversations.c.id == conversation_id))
    return str(found.scalar_one())


def set_prompt(unit: Unit, conversation_id: str, prompt: str | None) -> None:
    """What the app waits for in this conversation, outside the engine; None: for nothing."""
    unit.connection.execute(sa.update(conversations).where(conversations.c.id == conversation_id).values(prompt=prompt))


def app_says(unit: Unit, conversation_id: str, name: str, *, kind: str = "text", score: int | None = None) -> Draft:
    """One of the app's sentences, as a message that asks for nothing more than the sentence does."""
    phrase = unit.phrases.say(name, locale=locale_of(unit, conversation_id), score=score)
    return Draft(phrase.text, author_kind="system", kind=kind, response=name, expects=phrase.expects)
