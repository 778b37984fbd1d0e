"""What can be wrong between conversations and the people who have them, and the rules that must notice."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.sql.dml import UpdateBase

from bot.storage.desk_tables import handoff_events, handoffs
from bot.storage.tables import conversations, messages, surveys
from tests.integration.insights.bending import ENDED, HELD, QUEUED, TALKED, again, at, of

ONE_HANDOFF = "people have an open conversation exactly while one handoff of it is open"
OWNER_HOLDS = "who owns a conversation is who holds its handoff, and what is queued is the queue's"
NOBODYS = "a conversation that has ended is nobody's any more"
HELD_OR_CLOSED = "a handoff is held by somebody exactly while it is, and closed exactly with an outcome and a time"
WRITTEN_DOWN = "what happened to a handoff is written down from its request on, without gaps"
HANDED_OVER = "our people write only where something was handed over to them"
SURVEY_ABOUT = "a survey is about our people exactly where one of them wrote"
NO_TURN_WAITS = "what people own waits for no turn of the bot"


def owned(conversation: str, owner: str) -> UpdateBase:
    """Make somebody the owner, and nothing else."""
    return sa.update(conversations).where(conversations.c.id == conversation).values(owner=owner)


def handoff(conversation: str) -> sa.ColumnElement[bool]:
    return handoffs.c.conversation_id == conversation


BENT_HANDOFFS: dict[str, tuple[Callable[[dict[str, str]], UpdateBase], set[str]]] = {
    "nobody asked for the person who has it": (
        lambda ids: owned(ids[TALKED], "queue"),
        {ONE_HANDOFF},
    ),
    "the bot speaks while it waits in the queue": (
        lambda ids: owned(ids[QUEUED], "bot"),
        {ONE_HANDOFF, OWNER_HOLDS},
    ),
    "two agents have it": (
        lambda ids: owned(ids[HELD], "another"),
        {OWNER_HOLDS},
    ),
    "what is queued is an agent's": (
        lambda ids: owned(ids[QUEUED], "somebody"),
        {OWNER_HOLDS},
    ),
    "two handoffs are open": (
        lambda ids: again(handoffs, handoff(ids[QUEUED])),
        {ONE_HANDOFF},
    ),
    "an agent owns what has ended": (
        lambda ids: owned(ids[ENDED], "somebody"),
        {NOBODYS},
    ),
    "a handoff outlives its conversation": (
        lambda ids: sa.update(handoffs).where(handoff(ids[QUEUED])).values(conversation_id=ids[ENDED]),
        {ONE_HANDOFF, NOBODYS},
    ),
    "a handoff is held by nobody": (
        lambda ids: sa.update(handoffs).where(handoff(ids[HELD])).values(held_by=None),
        {HELD_OR_CLOSED, OWNER_HOLDS},
    ),
    "a handoff was closed without an outcome": (
        lambda ids: sa.update(handoffs).where(handoff(ids[QUEUED])).values(state="closed"),
        {HELD_OR_CLOSED, ONE_HANDOFF},
    ),
    "nobody wrote down what happened to a handoff": (
        lambda ids: sa.delete(handoff_events).where(handoff_events.c.conversation_id == ids[QUEUED]),
        {WRITTEN_DOWN},
    ),
    "an event of a handoff is lost": (
        lambda ids: (
            sa.update(handoff_events)
            .where(handoff_events.c.conversation_id == ids[HELD], handoff_events.c.number == 2)
            .values(number=3)
        ),
        {WRITTEN_DOWN},
    ),
    "somebody wrote where nothing was handed over": (
        lambda ids: sa.update(messages).where(at(messages, ids[ENDED], 4)).values(author_kind="agent"),
        {HANDED_OVER, SURVEY_ABOUT},
    ),
    "a survey is about somebody who never wrote": (
        lambda ids: sa.update(surveys).where(of(ids[ENDED])).values(about="agent"),
        {SURVEY_ABOUT},
    ),
    "a message waits for the bot while a person has it": (
        lambda ids: sa.update(messages).where(at(messages, ids[HELD], 1)).values(handled_at=None),
        {
            NO_TURN_WAITS,
            "every turn is of one handled customer's message of its conversation",
            "what the bot answered is handled, by a turn, unless it was a button of the app's own",
        },
    ),
}
