"""How a conversation gets into an agent's hands, and out of them into the queue; who asked for it is decided elsewhere.

Like `steps`, inside the caller's transaction, with the conversation locked.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Row

from bot.conversations.unit import Unit
from bot.handoff.events import note_event
from bot.handoff.models import BOT, QUEUE, Handoff, Reason
from bot.handoff.sla import mark_due, mark_snoozed
from bot.handoff.steps import begin, give, handoff_in, set_in, times_in
from bot.staff.models import Agent
from bot.staff.rights import Right, may

FIRST = 1  # the priority of who has waited for somebody that is gone


def handoff_for(unit: Unit, conversation: Row[Any], reason: Reason, *, waits: bool = False) -> Handoff:
    """The open handoff, begun where the bot had the conversation."""
    if conversation.owner == BOT:
        handoff_id = begin(unit, conversation, reason)
        note_event(unit, handoff_id, conversation.id, "requested", details={"reason": str(reason)})
        if waits:  # the customer has written, and nobody answered
            mark_due(unit, handoff_id, times_in(unit))
    return handoff_in(unit, conversation.id)


def hold(unit: Unit, conversation: Row[Any], handoff: Handoff, agent: Agent) -> None:
    """Make an agent the owner of what has a handoff."""
    set_in(unit, handoff.id, state="held", held_by=agent.id, held_at=unit.now, priority=0)
    mark_snoozed(unit, handoff.id, times_in(unit), None)
    give(unit, conversation.id, agent.id)


def back_to_queue(unit: Unit, conversation: Row[Any], handoff: Handoff, *, team_id: str | None = None) -> None:
    """Let it wait again, before all others; `team_id` is of those it waits for from now on."""
    set_in(
        unit,
        handoff.id,
        state="queued",
        held_by=None,
        held_at=None,
        queued_at=unit.now,
        priority=FIRST,
        team_id=team_id or handoff.team_id,
        told_position=None,
        told_at=unit.now,
    )
    give(unit, conversation.id, QUEUE)
    mark_due(unit, handoff.id, times_in(unit))


def may_dispose(agent: Agent, conversation: Row[Any]) -> bool:
    """Whether they may give it to somebody else."""
    return bool(conversation.owner == agent.id) or may(agent.role, Right.REASSIGN)
