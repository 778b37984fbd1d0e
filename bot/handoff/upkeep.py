"""The keeper's steps, each one transaction that looks again before it changes anything; when they are due is not here.

Between what the keeper saw and its step somebody may have been quicker: an agent, the customer, another process. Then
the step does nothing (None), or raises a `HandoffError`, which means the same to the keeper.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from bot.conversations.app_prompts import said
from bot.conversations.ending import end_conversation
from bot.conversations.models import Change, Draft, Json
from bot.conversations.unit import Unit
from bot.handoff import owning, requesting
from bot.handoff.events import note_event
from bot.handoff.models import BOT, QUEUE, Place
from bot.handoff.queue import open_conversations
from bot.handoff.requesting import NobodyComes
from bot.handoff.sla import Times, mark_near, mark_snoozed
from bot.handoff.staffing import Staffing
from bot.handoff.steps import changed, handoff_in, locked, say, set_in, times_in
from bot.handoff.watching import Gone, is_silent, takes_any
from bot.handoff.wording import wait_words
from bot.staff import audit
from bot.staff.accounts import agent_by_id
from bot.storage.desk_tables import handoffs
from bot.storage.tables import agents

TELLS_AFTER = timedelta(minutes=2)  # so often at most a customer is told that they moved on


@dataclass(frozen=True, slots=True)
class Absence:
    """An agent who cannot answer in a conversation of theirs any more.

    Attributes:
        heard_since: silence counts from then on only.
        promises: nobody else comes either, so a promise is given instead of a place in the queue.
    """

    conversation_id: str
    agent_id: str
    why: Gone
    heard_since: datetime
    promises: bool


def take_from_gone(unit: Unit, absence: Absence, staffing: Staffing) -> Change | None:
    """Put what an agent left behind back into the queue, as first; what they were typing stays."""
    conversation_id, agent_id = absence.conversation_id, absence.agent_id
    conversation = locked(unit, conversation_id)
    if conversation.owner != agent_id:
        return None
    agent = agent_by_id(unit.connection, agent_id)
    if absence.why == "vanished":
        waits = handoff_in(unit, conversation_id).waiting_since is not None
        there = agent is not None and not is_silent(agent, unit.now, staffing.vanishes_after, absence.heard_since)
        if there or not waits:
            return None
    elif agent is not None and takes_any(agent):
        return None
    if absence.promises:
        return requesting.promise_instead(unit, conversation_id, NobodyComes.LEFT, owner=agent_id)
    change = owning.release(unit, conversation_id, by=None, why=absence.why, of=agent_id)
    _note(unit, conversation_id, "release", agent_id, {"why": absence.why})
    return change


def give(unit: Unit, conversation_id: str, agent_id: str, staffing: Staffing) -> Change | None:
    """Give what waits in the queue to an agent, if they are still there and have room."""
    # The agent's row first: of two who give them something at once, the second counts what the first gave.
    own = sa.select(agents.c.id).where(agents.c.id == agent_id).with_for_update(key_share=True)
    unit.connection.execute(own)
    agent = agent_by_id(unit.connection, agent_id)
    if agent is None or not staffing.answers(agent, unit.now):
        return None
    if open_conversations(unit.connection, unit.now, agent_id=agent_id).get(agent_id, 0) >= agent.capacity:
        return None
    if locked(unit, conversation_id).owner != QUEUE:
        return None
    until = handoff_in(unit, conversation_id).snoozed_until
    if until is not None and until > unit.now:
        return None
    change = owning.assign(unit, conversation_id, agent)
    _note(unit, conversation_id, "assign", agent_id)
    return change


def wake(unit: Unit, conversation_id: str, agent_id: str) -> Change | None:
    """Take up what an agent had put off until now: the clock's doing, and nobody's."""
    conversation = locked(unit, conversation_id)
    if conversation.state != "open" or conversation.owner != agent_id:
        return None
    handoff = handoff_in(unit, conversation_id)
    if handoff.snoozed_until is None or handoff.snoozed_until > unit.now:
        return None
    mark_snoozed(unit, handoff.id, times_in(unit), None)
    note_event(unit, handoff.id, conversation_id, "taken_up")
    return changed(conversation, desk=True)


def end_silent(unit: Unit, conversation_id: str, agent_id: str, idle_after: timedelta) -> Change | None:
    """End what an agent has and nobody has written in for too long, and ask the customer how it was."""
    conversation = locked(unit, conversation_id)
    if conversation.state != "open" or conversation.owner != agent_id:
        return None
    handoff = handoff_in(unit, conversation_id)
    if handoff.waiting_since is not None or handoff.snoozed_until is not None:
        return None
    if conversation.active_at > unit.now - idle_after:
        return None
    asked = end_conversation(unit, conversation_id, "idle")
    if asked is not None:
        _note(unit, conversation_id, "end_idle", agent_id)
    return None if asked is None else changed(conversation, asked, owner=BOT, ended=True)


def mark(unit: Unit, handoff_id: str, conversation_id: str, times: Times) -> Change | None:
    """Write down warnings and breaches of the times that were wanted; the desk shows them."""
    conversation = locked(unit, conversation_id)
    return changed(conversation, desk=True) if mark_near(unit, handoff_id, times) else None


def tell_moved(unit: Unit, conversation_id: str, place: Place) -> Change | None:
    """Tell a customer on a channel that we send to that they moved on in the queue."""
    conversation = locked(unit, conversation_id)
    of_it = sa.and_(handoffs.c.conversation_id == conversation_id, handoffs.c.state == "queued")
    wanted = sa.select(handoffs.c.id, handoffs.c.told_position, handoffs.c.told_at).where(of_it)
    handoff: Any = unit.connection.execute(wanted).first()
    if conversation.owner != QUEUE or handoff is None or not tells(handoff, place, unit.now):
        return None
    told = say(unit, conversation_id, moved(unit, conversation.locale, place))
    set_in(unit, handoff.id, told_position=place.position, told_at=unit.now)
    return changed(conversation, told)


def tells(handoff: Row[Any], place: Place, now: datetime) -> bool:
    """Whether a customer is to hear of their place: it is a better one, and they did not hear of it just now."""
    improved = handoff.told_position is None or place.position < handoff.told_position
    return improved and (handoff.told_at is None or handoff.told_at <= now - TELLS_AFTER)


def moved(unit: Unit, locale: str, place: Place) -> Draft:
    """The sentence that says so."""
    if place.position == 1:
        return said(unit, "utter_app_queue_next", locale)
    if place.eta_seconds is None:
        return said(unit, "utter_app_queue_moved_unknown", locale, position=place.position)
    formatting = unit.cases.promises.formatting.in_language(unit.phrases.language_for(locale))
    wait = wait_words(formatting, place.eta_seconds)
    return said(unit, "utter_app_queue_moved", locale, position=place.position, wait=wait)


def _note(unit: Unit, conversation_id: str, action: str, agent_id: str, details: Json | None = None) -> None:
    """Nobody did it: it is about the agent, and stands in the audit log so."""
    audit.note(
        unit.connection,
        now=unit.now,
        action=action,
        conversation_id=conversation_id,
        subject=f"agent:{agent_id}",
        details=details,
    )
