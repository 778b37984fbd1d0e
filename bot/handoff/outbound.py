"""Writing to a customer whose conversation is over, since something was promised or a rating asks for it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from bot.conversations.app_prompts import said
from bot.conversations.models import Change
from bot.conversations.opening import latest_of, open_conversation
from bot.conversations.unit import Unit
from bot.customers.links import lock_customer_of
from bot.handoff.errors import NotPossible, UnknownConversation
from bot.handoff.events import note_event
from bot.handoff.models import BOT, QUEUE, Reason
from bot.handoff.owning import claim
from bot.handoff.steps import begin, changed, give, locked, not_owner, say, still_answers
from bot.staff.models import Agent
from bot.storage.tables import conversations, identities


def open_outbound(unit: Unit, conversation_id: str, agent: Agent, reason: Reason) -> tuple[str, Change]:
    """Go on with the customer of a conversation: in their open one, or in a new one that knows the last.

    The agent owns it from then on, and the customer is told who writes. Call it with no conversation locked, or with
    `lock_customer_of` called before that.

    Args:
        conversation_id: what it is about.
        reason: `PROMISED` or `FOLLOW_UP`.

    Returns:
        The conversation to write in, and what changed there.

    Raises:
        UnknownConversation: there is none like that.
        NotOwner: another agent is talking to the customer.
        NotPossible: the customer takes nothing from us any more where they wrote, or the agent may not.
    """
    customer_id = lock_customer_of(unit.connection, conversation_id)
    still_answers(unit, agent)
    about = unit.connection.execute(sa.select(conversations).where(conversations.c.id == conversation_id)).first()
    if about is None or customer_id is None:
        raise UnknownConversation("There is no such conversation.")
    whom = _whom(unit, customer_id, about)
    latest = latest_of(unit, whom.customer_id)  # no message of theirs comes between
    if latest is not None and latest.state == "open":
        if latest.owner not in (BOT, QUEUE, agent.id):
            raise not_owner(unit, latest.owner)
        return latest.id, claim(unit, latest.id, agent, reason=reason)
    opened_id = open_conversation(
        unit,
        whom.customer_id,
        whom.id,
        whom.channel,
        about.locale,
        previous_id=latest.id if latest is not None else about.id,
    )
    conversation = locked(unit, opened_id)
    handoff_id = begin(unit, conversation, reason, agent)
    give(unit, opened_id, agent.id)
    note_event(unit, handoff_id, opened_id, "requested", details={"reason": str(reason), "about": conversation_id})
    note_event(unit, handoff_id, opened_id, "claimed", agent_id=agent.id, to_agent_id=agent.id)
    told = say(unit, opened_id, said(unit, "utter_app_agent_writes", conversation.locale, agent=agent.name))
    return opened_id, changed(conversation, told, owner=agent.id, opened=True)


def _whom(unit: Unit, customer_id: str, about: Row[Any]) -> Row[Any]:
    """The identity that is written to: who spoke there, or where that one takes nothing any more, another of theirs."""
    theirs = unit.connection.execute(
        sa.select(identities)
        .where(identities.c.customer_id == customer_id, identities.c.blocked_at.is_(None))
        .order_by((identities.c.id == about.identity_id).desc(), identities.c.created_at.desc())
        .limit(1)
    ).first()
    if theirs is None:
        raise NotPossible("This customer takes no messages from us any more where they wrote.")
    return theirs
