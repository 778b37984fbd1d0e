"""The steps that every change of hands is made of, each inside the caller's transaction; decides nothing.

Whoever changes hands begins with `locked`: from then on the conversation stands still for everybody else. A turn of the
bot's, a claim, a customer's message and an end all need its row, so of two at once the second sees what the first did.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Protocol, runtime_checkable

import sqlalchemy as sa
from sqlalchemy.engine import Row

from bot.cases.hours import BusinessHours
from bot.conversations.models import Change, Draft, Message
from bot.conversations.owned import leave_to_people
from bot.conversations.transcript import append
from bot.conversations.unit import Unit
from bot.handoff.errors import ConversationOver, NotOwner, NotPossible, UnknownConversation
from bot.handoff.models import BOT, QUEUE, Handoff, Outcome, Reason
from bot.handoff.packet import packet
from bot.handoff.reading import open_handoff
from bot.handoff.sla import Times, mark_over
from bot.staff.models import Agent, Role
from bot.staff.rights import Right, may
from bot.storage.desk_tables import handoffs
from bot.storage.tables import agents, conversations, messages

OURS = (BOT, QUEUE)  # owners that are no agent
# Where a unit knows no people whose times could be kept, as in a command.
_ROUND_THE_CLOCK = Times(
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=8),
    75,
    BusinessHours.parse("Mon-Sun 00:00-24:00", "UTC"),
)


@runtime_checkable
class Timed(Protocol):
    """People of whom it is known by when they answer."""

    times: Times


@runtime_checkable
class Elsewhere(Protocol):
    """People who may work in a helpdesk that has to be told."""

    def waits_again(self, unit: Unit, conversation_id: str) -> None:
        """A conversation that somebody had waits in the queue."""
        ...

    def taken_back(self, unit: Unit, conversation_id: str, reason: str) -> None:
        """A conversation is the bot's again, and was not theirs to give."""
        ...


def tell_elsewhere(unit: Unit, conversation_id: str) -> None:
    """What has just come back into the queue waits where people work."""
    if isinstance(unit.people, Elsewhere):
        unit.people.waits_again(unit, conversation_id)


def times_in(unit: Unit) -> Times:
    """By when a person is to answer."""
    return unit.people.times if isinstance(unit.people, Timed) else _ROUND_THE_CLOCK


def locked(unit: Unit, conversation_id: str) -> Row[Any]:
    """The conversation, which nobody else changes until this transaction is over.

    Who also locks its customer does so before: see `bot.customers.links.lock_customers`.

    Raises:
        UnknownConversation: there is none like that.
    """
    wanted = sa.select(conversations).where(conversations.c.id == conversation_id).with_for_update()
    found = unit.connection.execute(wanted).first()
    if found is None:
        raise UnknownConversation("There is no such conversation.")
    return found


def still_open(conversation: Row[Any]) -> None:
    """Raises `ConversationOver` where it has ended."""
    if conversation.state != "open":
        raise ConversationOver("This conversation has ended. To write again, begin a new one with this customer.")


def owned_by(unit: Unit, conversation: Row[Any], agent: Agent) -> Handoff:
    """The open handoff of a conversation that `agent` owns.

    Raises:
        ConversationOver: it has ended.
        NotOwner: somebody else owns it.
        NotPossible: they may not have any (more).
    """
    still_open(conversation)
    if conversation.owner != agent.id:
        raise not_owner(unit, conversation.owner)
    still_answers(unit, agent)
    return handoff_in(unit, conversation.id)


def still_answers(unit: Unit, agent: Agent) -> None:
    """Raises `NotPossible` where somebody's account takes no conversations (any more).

    As it is now, since `agent` was read before: whose account is closed while a reply of theirs is under way has no
    say any more. Call it with the conversation locked, else a closing may come between.
    """
    if agent.vouched_for:
        return
    wanted = sa.select(agents.c.state, agents.c.role).where(agents.c.id == agent.id)
    now = unit.connection.execute(wanted).first()
    if now is None or now.state != "active" or not may(Role(now.role), Right.ANSWER):
        raise NotPossible(f"{agent.name} does not take conversations.")


def nothing_unread(unit: Unit, conversation_id: str, seen: int | None) -> None:
    """Raises `NotPossible` where the customer has written after the message of the number `seen`; None: not known."""
    if seen is None:
        return
    later = sa.select(messages.c.id).where(
        messages.c.conversation_id == conversation_id, messages.c.seq > seen, messages.c.author_kind == "customer"
    )
    if unit.connection.execute(later.limit(1)).first() is not None:
        raise NotPossible("They have just written; read it first.")


def handoff_in(unit: Unit, conversation_id: str) -> Handoff:
    """The open handoff of a conversation that the queue or a person owns: there always is one."""
    found = open_handoff(unit.connection, conversation_id)
    assert found is not None, f"conversation {conversation_id} is owned by people without a handoff"
    return found


def not_owner(unit: Unit, owner: str) -> NotOwner:
    """The error that says who owns it."""
    if owner in OURS:
        return NotOwner(owner)
    return NotOwner(owner, unit.connection.execute(sa.select(agents.c.name).where(agents.c.id == owner)).scalar())


def give(unit: Unit, conversation_id: str, owner: str) -> None:
    """From now on `owner` alone speaks. What the app itself asked for is asked no more: people read what is written."""
    unit.connection.execute(
        sa.update(conversations).where(conversations.c.id == conversation_id).values(owner=owner, prompt=None)
    )


def begin(unit: Unit, conversation: Row[Any], reason: Reason | str, agent: Agent | None = None) -> str:
    """Open a handoff, in the queue or held by `agent`; its id."""
    handoff_id = unit.new_id()
    unit.connection.execute(
        sa.insert(handoffs).values(
            id=handoff_id,
            conversation_id=conversation.id,
            reason=str(reason),
            state="held" if agent else "queued",
            language=unit.phrases.language_for(conversation.locale),
            priority=0,
            packet=packet(unit, conversation.id, reason),
            requested_at=unit.now,
            queued_at=unit.now,
            held_by=agent.id if agent else None,
            held_at=unit.now if agent else None,
        )
    )
    return handoff_id


def close(unit: Unit, handoff: Handoff, outcome: Outcome) -> None:
    """Nobody has to take it over any more."""
    mark_over(unit, handoff.id)
    set_in(
        unit,
        handoff.id,
        state="closed",
        held_by=None,
        closed_at=unit.now,
        outcome=outcome.value,
        waiting_since=None,
        snoozed_until=None,
    )


def set_in(unit: Unit, handoff_id: str, **values: object) -> None:
    """Change columns of a handoff."""
    unit.connection.execute(sa.update(handoffs).where(handoffs.c.id == handoff_id).values(**values))


def say(unit: Unit, conversation_id: str, draft: Draft) -> tuple[Message, ...]:
    """Say one thing in the conversation."""
    return append(unit, conversation_id, [draft])


def taken_from_bot(unit: Unit, conversation_id: str) -> tuple[str, ...]:
    """What waits for the bot's turn waits for a person now; the channels' ids of these messages."""
    return leave_to_people(unit, conversation_id)


def changed(
    conversation: Row[Any],
    messages: Sequence[Message] = (),
    *,
    owner: str | None = None,
    handled: tuple[str, ...] = (),
    ended: bool = False,
    opened: bool = False,
    desk: bool = False,
) -> Change:
    """What is to be published of it."""
    return Change(
        conversation.id,
        conversation.customer_id,
        messages=tuple(messages),
        handled=handled,
        opened=opened,
        ended=ended,
        owner=owner,
        desk=desk,
    )
