"""Who speaks with a customer now: the assistant, the queue and the place in it, or one of our people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.commands import APP
from bot.conversations.models import Json, Status
from bot.conversations.service import Conversations
from bot.handoff.models import BOT, QUEUE, Place
from bot.storage.tables import choices, messages

PlaceOf = Callable[[Connection, str, datetime], Place | None]
NameOf = Callable[[Connection, str], str | None]
WaitOf = Callable[[float, str], str]

GO_BACK = f"{APP}go_back"  # what the button means by which somebody goes on with the assistant instead of waiting


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a conversation stands.

    `place` is there in the queue, where it is known; `agent` is the name of the agent who owns it; `ways` are choices
    that are open as long as it stands so.
    """

    state: str = "open"
    owner: str = BOT
    place: Place | None = None
    agent: str | None = None
    ways: tuple[Json, ...] = ()


WITH_THE_BOT, OVER = Standing(), Standing("ended")


@dataclass(frozen=True, slots=True)
class PeopleShown:
    """What customers get to know of our people.

    `place_of` is given a conversation, and knows its place in the queue; `name_of` is given an agent; `wait_of` says in
    a language how long so many seconds are, in the words of the messages about it.
    """

    place_of: PlaceOf
    name_of: NameOf
    wait_of: WaitOf


NOBODY_KNOWN = PeopleShown(
    lambda connection, conversation_id, now: None, lambda connection, agent_id: None, lambda seconds, language: ""
)


async def read_standing(conversations: Conversations, people: PeopleShown, status: Status) -> Standing:
    """What there is to tell of a conversation with that status.

    Raises:
        DatabaseUnavailable: it cannot be told now.
    """
    conversation_id, owner = status.conversation_id, status.owner
    if status.state == "ended":
        return OVER
    if owner == BOT or conversation_id is None:
        return WITH_THE_BOT

    def read(connection: Connection) -> Standing:
        if owner != QUEUE:
            return Standing(owner=owner, agent=people.name_of(connection, owner))
        now = conversations.unit(connection).now
        place = people.place_of(connection, conversation_id, now)
        return Standing(owner=owner, place=place, ways=_ways(connection, conversation_id))

    return await conversations.database.read(read)


def _ways(connection: Connection, conversation_id: str) -> tuple[Json, ...]:
    """The last button that was offered for going back to the assistant."""
    found = connection.execute(
        sa.select(choices.c.id, choices.c.title)
        .select_from(choices.join(messages, messages.c.id == choices.c.message_id))
        .where(choices.c.conversation_id == conversation_id, choices.c.payload == GO_BACK)
        .order_by(messages.c.seq.desc())
        .limit(1)
    ).first()
    return () if found is None else ({"id": found.id, "title": found.title},)
