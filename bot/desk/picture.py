"""All that our own database knows of a conversation's customer, for the panel beside the conversation; asks no shop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.desk.knowing import Known, read_known
from bot.desk.worklists import Todo, Whose, low_ratings, promises
from bot.handoff.errors import UnknownConversation
from bot.handoff.models import Handoff
from bot.handoff.reading import handoff_of
from bot.storage.case_tables import cases
from bot.storage.channel_tables import links
from bot.storage.desk_tables import conversation_tags, notes, teams
from bot.storage.tables import agents, callbacks, conversations, customers, identities, surveys

MOST_EARLIER = 8


@dataclass(frozen=True, slots=True)
class Reached:
    """A way in which the customer can be reached on one of our channels."""

    channel: str
    external_id: str
    since: datetime
    blocked_at: datetime | None
    linked_at: datetime | None  # the customer asked that it be the same conversation there
    here: bool  # they wrote there last


@dataclass(frozen=True, slots=True)
class Contact:
    """What the customer left for being called back."""

    text: str
    left_at: datetime


@dataclass(frozen=True, slots=True)
class Earlier:
    """Another conversation of the same customer."""

    id: str
    channel: str
    begun_at: datetime
    end_reason: str | None
    about: str | None  # who was rated: bot | agent
    score: int | None
    comment: str | None


@dataclass(frozen=True, slots=True)
class Picture:
    """The customer and the conversation, as far as our database knows them."""

    conversation: Row[Any]
    customer: Row[Any]
    owner_name: str | None  # of the agent who owns it
    known: Known
    handoff: Handoff | None
    held_by: str | None
    team: str | None
    reached: tuple[Reached, ...]
    contacts: tuple[Contact, ...]
    earlier: tuple[Earlier, ...]
    earlier_count: int
    promises: tuple[Todo, ...]
    follow_ups: tuple[Todo, ...]
    tags: tuple[str, ...]
    notes: int

    @property
    def mark(self) -> str:
        """The same while nothing of what the shop may show has changed."""
        numbers = "-".join(sorted(number.strip("#") for number in self.known.order_numbers))
        return f"{self.known.best.value}-{self.known.customer_id or 'nobody'}-{numbers}-{self.known.level.value}"


def read_picture(connection: Connection, conversation_id: str, now: datetime) -> Picture:
    """What stands beside a conversation.

    Raises:
        UnknownConversation: there is none like that.
    """
    conversation = connection.execute(sa.select(conversations).where(conversations.c.id == conversation_id)).first()
    if conversation is None:
        raise UnknownConversation("There is no such conversation.")
    customer_id = conversation.customer_id
    customer = connection.execute(sa.select(customers).where(customers.c.id == customer_id)).one()
    handoff = handoff_of(connection, conversation_id)
    earlier = _earlier(connection, conversation)
    return Picture(
        conversation=conversation,
        customer=customer,
        owner_name=_scalar(connection, agents.c.name, conversation.owner),
        known=read_known(connection, conversation_id, now),
        handoff=handoff,
        held_by=_scalar(connection, agents.c.name, handoff.held_by) if handoff and handoff.held_by else None,
        team=_scalar(connection, teams.c.name, handoff.team_id) if handoff and handoff.team_id else None,
        reached=_reached(connection, conversation),
        contacts=_contacts(connection, customer_id),
        earlier=earlier,
        earlier_count=_count(
            connection, conversations, conversations.c.customer_id == customer_id, conversations.c.id != conversation_id
        ),
        promises=tuple(promises(connection, customer_id=customer_id)),
        follow_ups=tuple(low_ratings(connection, whose=Whose.ALL, customer_id=customer_id)),
        tags=tuple(_tags(connection, conversation_id)),
        notes=_count(connection, notes, notes.c.conversation_id == conversation_id),
    )


def _reached(connection: Connection, conversation: Row[Any]) -> tuple[Reached, ...]:
    theirs = (links.c.identity_id == identities.c.id) & (links.c.to_customer_id == identities.c.customer_id)
    linked_at = (
        sa.select(sa.func.max(links.c.created_at))
        .where(theirs, links.c.undone_at.is_(None))
        .correlate(identities)
        .scalar_subquery()
    )
    found = connection.execute(
        sa.select(identities, linked_at.label("linked_at"))
        .where(identities.c.customer_id == conversation.customer_id)
        .order_by(identities.c.created_at, identities.c.id)
    )
    here = conversation.identity_id
    return tuple(
        Reached(row.channel, row.external_id, row.created_at, row.blocked_at, row.linked_at, row.id == here)
        for row in found
    )


def _contacts(connection: Connection, customer_id: str) -> tuple[Contact, ...]:
    """Each once, the newest first."""
    theirs = conversations.c.customer_id == customer_id
    of_cases = sa.select(cases.c.contact, cases.c.opened_at.label("at")).join(
        conversations, conversations.c.id == cases.c.conversation_id
    )
    of_calls = sa.select(callbacks.c.contact, callbacks.c.created_at.label("at")).join(
        conversations, conversations.c.id == callbacks.c.conversation_id
    )
    both = sa.union_all(
        of_cases.where(theirs, cases.c.contact.is_not(None)),
        of_calls.where(theirs, callbacks.c.contact.is_not(None)),
    )
    found: dict[str, datetime] = {}
    for row in sorted(connection.execute(both), key=lambda row: row.at, reverse=True):
        found.setdefault(str(row.contact), row.at)
    return tuple(Contact(text, at) for text, at in found.items())


def _earlier(connection: Connection, conversation: Row[Any]) -> tuple[Earlier, ...]:
    c = conversations.c
    found = connection.execute(
        sa.select(c.id, c.channel, c.created_at, c.end_reason, surveys.c.about, surveys.c.score, surveys.c.comment)
        .select_from(conversations.outerjoin(surveys, surveys.c.conversation_id == c.id))
        .where(c.customer_id == conversation.customer_id, c.id != conversation.id)
        .order_by(c.created_at.desc(), c.id)
        .limit(MOST_EARLIER)
    )
    return tuple(Earlier(*row) for row in found)


def _tags(connection: Connection, conversation_id: str) -> list[str]:
    found = sa.select(conversation_tags.c.tag).where(conversation_tags.c.conversation_id == conversation_id)
    return [str(tag) for tag in connection.execute(found.order_by(conversation_tags.c.tag)).scalars()]


def _count(connection: Connection, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(table).where(*conditions)).scalar_one())


def _scalar(connection: Connection, column: sa.Column[Any], row_id: str) -> str | None:
    found = connection.execute(sa.select(column).where(column.table.c.id == row_id)).scalar()
    return None if found is None else str(found)
