"""Tags of conversations: set, taken away, and those that are known already; free words, however they are typed.

A tag says what a conversation is about, never whom: it is read, counted and filtered by where identifiers are hidden.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.cleaning import clean_text
from bot.conversations.models import Change
from bot.conversations.unit import Unit
from bot.handoff.errors import NotPossible, UnknownConversation
from bot.privacy.emptying import words_are_deleted
from bot.privacy.masking import mask
from bot.privacy.names import names_of
from bot.staff import audit
from bot.staff.models import Agent
from bot.storage.desk_tables import conversation_tags
from bot.storage.inserts import insert_into
from bot.storage.tables import conversations

LONGEST_TAG = 40  # characters
MOST_TAGS = 20  # of one conversation


def tags_of(connection: Connection, conversation_id: str) -> list[str]:
    """The conversation's tags, by name."""
    wanted = sa.select(conversation_tags.c.tag).where(conversation_tags.c.conversation_id == conversation_id)
    return list(connection.execute(wanted.order_by(conversation_tags.c.tag)).scalars())


def known_tags(connection: Connection, begins: str, *, most: int = 12) -> list[str]:
    """Tags that some conversation has and that begin so, or have a word that does; the most used first."""
    start = as_tag(begins)
    used = sa.func.count().label("used")
    wanted = sa.select(conversation_tags.c.tag, used).group_by(conversation_tags.c.tag)
    if start:
        at_start = conversation_tags.c.tag.startswith(start, autoescape=True)
        wanted = wanted.where(at_start | conversation_tags.c.tag.contains(f" {start}", autoescape=True))
    return [row.tag for row in connection.execute(wanted.order_by(used.desc(), conversation_tags.c.tag).limit(most))]


def add_tag(unit: Unit, conversation_id: str, agent: Agent, typed: str) -> Change:
    """Set a tag; one that it has already changes nothing.

    Raises:
        NotPossible: it is no tag, or there are too many.
        UnknownConversation: there is none like that.
    """
    tag = as_tag(typed)
    if not tag:
        raise NotPossible("A tag has at least one letter or digit.")
    if len(tag) > LONGEST_TAG:
        raise NotPossible(f"A tag has at most {LONGEST_TAG} characters; this one has {len(tag)}.")
    customer_id = _locked(unit, conversation_id)
    if words_are_deleted(unit.connection, conversation_id):  # a tag may be a name
        raise NotPossible("What was said in this conversation is deleted; no tag can be set any more.")
    if _tells_who(unit, conversation_id, tag) or _tells_who(unit, conversation_id, typed[:1000]):
        raise NotPossible(
            "A tag says what it is about, not who it is: no customer's address, number or name. Write a note instead."
        )
    has = tags_of(unit.connection, conversation_id)
    if tag not in has and len(has) >= MOST_TAGS:
        raise NotPossible(f"A conversation has at most {MOST_TAGS} tags. Take one away first.")
    row = {"conversation_id": conversation_id, "tag": tag, "agent_id": agent.id, "created_at": unit.now}
    stored = insert_into(unit.connection, conversation_tags).values(row).on_conflict_do_nothing()
    # Not by its rowcount, which PostgreSQL's driver does not tell of an INSERT.
    if unit.connection.execute(stored.returning(conversation_tags.c.tag)).first() is not None:
        _note(unit, conversation_id, agent, "tag", tag)
    return Change(conversation_id, customer_id, desk=True)


def remove_tag(unit: Unit, conversation_id: str, agent: Agent, tag: str) -> Change:
    """Take a tag away; one that it has not changes nothing. Raises `UnknownConversation`."""
    customer_id = _locked(unit, conversation_id)
    of_it = conversation_tags.c.conversation_id == conversation_id
    if unit.connection.execute(sa.delete(conversation_tags).where(of_it, conversation_tags.c.tag == tag)).rowcount:
        _note(unit, conversation_id, agent, "untag", tag)
    return Change(conversation_id, customer_id, desk=True)


def as_tag(typed: str) -> str:
    """What is typed as a tag: in small letters, one space between words, without what only marks it as one."""
    words = " ".join(clean_text(typed[:1000]).split()).strip("# ,;").lower()
    return words if any(letter.isalnum() for letter in words) else ""


def _tells_who(unit: Unit, conversation_id: str, text: str) -> bool:
    known = tuple(names_of(unit.connection, [conversation_id]).get(conversation_id, ()))
    return mask(text, known=known, order_number=unit.rules.order_number_pattern) != text


def _note(unit: Unit, conversation_id: str, agent: Agent, action: str, tag: str) -> None:
    audit.note(
        unit.connection,
        now=unit.now,
        action=action,
        agent_id=agent.id,
        conversation_id=conversation_id,
        subject=tag,
    )


def _locked(unit: Unit, conversation_id: str) -> str:
    wanted = sa.select(conversations.c.customer_id).where(conversations.c.id == conversation_id).with_for_update()
    customer_id: str | None = unit.connection.execute(wanted).scalar()
    if customer_id is None:
        raise UnknownConversation("There is no such conversation.")
    return customer_id
