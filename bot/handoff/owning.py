"""What our people do with a conversation: take it, write in it, pass it on, give it back, end it; nothing of screens.

Every function locks the conversation, checks who owns it, and changes owner, handoff and what the customer reads in the
caller's transaction. So at any moment one speaks: of two claims one wins, and a reply is sent by the owner or not at
all. Give the change to `Conversations.change`, which publishes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Row

from bot.conversations.app_prompts import said
from bot.conversations.cleaning import clean_text
from bot.conversations.ending import end_conversation
from bot.conversations.models import Change, Draft
from bot.conversations.unit import Unit
from bot.handoff.errors import NotPossible
from bot.handoff.events import note_event
from bot.handoff.files import MOST_FILES, NewFile, keep_files, numbered
from bot.handoff.holding import back_to_queue, handoff_for, hold, may_dispose
from bot.handoff.models import BOT, QUEUE, Ending, Outcome, Reason
from bot.handoff.noting import LONGEST_NOTE, write_note
from bot.handoff.queue import VANISHES_AFTER, place_of
from bot.handoff.requesting import tell_place
from bot.handoff.returning import go_on_with_bot
from bot.handoff.sla import mark_answered, mark_snoozed
from bot.handoff.steps import (
    OURS,
    changed,
    close,
    give,
    handoff_in,
    locked,
    not_owner,
    nothing_unread,
    owned_by,
    say,
    set_in,
    still_answers,
    still_open,
    taken_from_bot,
    tell_elsewhere,
    times_in,
)
from bot.staff.models import Agent
from bot.staff.presence import is_at_desk
from bot.storage.desk_tables import handoff_events, handoffs, teams

Why = Literal["released", "vanished", "disabled"]
LONGEST_REPLY = 10_000
OUTCOMES_OF_ENDINGS = {Ending.RESOLVED: Outcome.RESOLVED, Ending.CUSTOMER_LEFT: Outcome.LEFT}


def claim(
    unit: Unit,
    conversation_id: str,
    agent: Agent,
    *,
    reason: Reason = Reason.TAKEN_OVER,
    expected_owner: str | None = None,
) -> Change:
    """Make an agent the owner of what the queue or the bot has. Claiming one's own changes nothing.

    Args:
        reason: noted where the bot had it and so nobody has asked for a person.
        expected_owner: who had it on the screen that was clicked; somebody else by now is an error.

    Raises:
        NotOwner: another agent has it.
        ConversationOver: it has ended.
        NotPossible: they may not.
    """
    return _take(unit, conversation_id, agent, "claimed", reason=reason, expected_owner=expected_owner)


def assign(unit: Unit, conversation_id: str, agent: Agent) -> Change:
    """As `claim`, by the routing: only what still waits in the queue.

    Raises:
        NotOwner: it does not wait there any more.
        ConversationOver: it has ended.
        NotPossible: the agent does not take any.
    """
    return _take(unit, conversation_id, agent, "assigned", expected_owner=QUEUE)


def reply(
    unit: Unit, conversation_id: str, agent: Agent, text: str, *, key: str, attachments: Sequence[NewFile] = ()
) -> Change:
    """Say something to the customer, as the owner.

    Args:
        key: of this one reply, made where it was written. Sent again with the same key it is not said again.

    Raises:
        NotOwner: somebody else owns it; nothing was said.
        ConversationOver: it has ended.
        NotPossible: there is nothing in it, or too much.
    """
    conversation = locked(unit, conversation_id)
    event_id = hashlib.sha256(f"reply\n{conversation_id}\n{key}".encode()).hexdigest()[:36]
    known = sa.select(handoff_events.c.id).where(handoff_events.c.id == event_id)
    if unit.connection.execute(known).first() is not None:
        return changed(conversation)
    handoff = owned_by(unit, conversation, agent)
    text = _sayable(clean_text(text), attachments)
    files = numbered(unit, attachments)
    draft = Draft(
        text,
        author_kind="agent",
        author_name=agent.name,
        agent_id=agent.id,
        cards=tuple(stored.card for stored in files),
    )
    told = say(unit, conversation_id, draft)
    keep_files(unit, told[0].id, files)
    note_event(
        unit,
        handoff.id,
        conversation_id,
        "replied",
        agent_id=agent.id,
        event_id=event_id,
        details={"message": told[0].id, "seq": told[0].seq},
    )
    mark_answered(unit, handoff.id, times_in(unit))
    return changed(conversation, told)


def release(
    unit: Unit, conversation_id: str, *, by: Agent | None, why: Why, of: str | None = None, seen: int | None = None
) -> Change:
    """Put a conversation back into the queue, before all others, and tell the customer that who had it is gone.

    Args:
        by: who does it; nobody where the agent has vanished or was disabled.
        of: the agent who was found to be gone; somebody else by now keeps it.
        seen: see `resolve`.

    Raises:
        NotOwner: no agent has it, or not that one, or `by` may not.
        ConversationOver: it has ended.
        NotPossible: the customer has written since.
    """
    conversation = locked(unit, conversation_id)
    still_open(conversation)
    owner = conversation.owner
    if owner in OURS or of not in (None, owner) or (by is not None and not may_dispose(by, conversation)):
        raise not_owner(unit, owner)
    if by is not None:
        still_answers(unit, by)
    nothing_unread(unit, conversation_id, seen)
    handoff = handoff_in(unit, conversation_id)
    back_to_queue(unit, conversation, handoff)
    kind = "vanished" if why == "vanished" else "returned_to_queue"
    # By whom it was let go: the routing gives it to others first.
    note_event(unit, handoff.id, conversation_id, kind, agent_id=owner, details=_by(by, owner) | {"why": why})
    tell_elsewhere(unit, conversation_id)
    place = place_of(unit.connection, conversation_id, unit.now)
    if place is not None and place.position > 1:  # others were let go before
        told = say(unit, conversation_id, said(unit, "utter_app_handoff_had_to_leave", conversation.locale))
        return changed(conversation, (*told, *tell_place(unit, conversation_id, place)), owner=QUEUE)
    told = say(unit, conversation_id, said(unit, "utter_app_handoff_waits_again", conversation.locale))
    return changed(conversation, told, owner=QUEUE)


def transfer(
    unit: Unit,
    conversation_id: str,
    by: Agent,
    *,
    to_agent: Agent | None = None,
    to_team: str | None = None,
    note: str = "",
    vanishes_after: timedelta = VANISHES_AFTER,
) -> Change:
    """Pass a conversation on to another agent, who owns it at once, or to a team, in whose queue it waits as first.

    Args:
        by: its owner, or somebody who may reassign what others, the queue or the bot have.
        to_team: a team's id; exactly one of the two is given.
        note: for whoever takes it on; kept as an internal note.
        vanishes_after: silence of a desk after which nothing is passed on to its agent.

    Raises:
        NotOwner: it is somebody else's.
        ConversationOver: it has ended.
        NotPossible: whom it should go to does not take any.
        ValueError: neither or both were named.
    """
    if (to_agent is None) == (to_team is None):
        raise ValueError("a conversation is passed on to an agent or to a team")
    conversation = locked(unit, conversation_id)
    still_open(conversation)
    if not may_dispose(by, conversation):
        raise not_owner(unit, conversation.owner)
    still_answers(unit, by)
    if to_agent is not None:
        still_answers(unit, to_agent)
        if to_agent.id != by.id and not is_at_desk(to_agent, unit.now, vanishes_after):
            raise NotPossible(f"{to_agent.name} is not there. Give it to somebody who is, or to a team.")
        if to_agent.id == conversation.owner:
            return changed(conversation)
    elif unit.connection.execute(sa.select(teams.c.id).where(teams.c.id == to_team)).first() is None:
        raise NotPossible("There is no such team any more.")
    handled = taken_from_bot(unit, conversation_id) if conversation.owner == BOT else ()
    handoff = handoff_for(unit, conversation, Reason.TAKEN_OVER, waits=bool(handled))
    _write_note(unit, conversation, by, note)
    note_event(
        unit,
        handoff.id,
        conversation_id,
        "transferred",
        agent_id=handoff.held_by or by.id,
        to_agent_id=to_agent.id if to_agent else None,
        to_team_id=to_team,
        details=_by(by, handoff.held_by),
    )
    if to_agent is not None:
        hold(unit, conversation, handoff, to_agent)
        if handoff.held_by is None:
            draft = said(unit, "utter_app_handoff_taken", conversation.locale, agent=to_agent.name)
        else:
            draft = said(unit, "utter_app_handoff_moved", conversation.locale, agent=to_agent.name)
        return changed(conversation, say(unit, conversation_id, draft), owner=to_agent.id, handled=handled)
    back_to_queue(unit, conversation, handoff, team_id=to_team)
    tell_elsewhere(unit, conversation_id)
    told = say(unit, conversation_id, said(unit, "utter_app_handoff_moved_team", conversation.locale))
    return changed(conversation, told, owner=QUEUE, handled=handled)


def hand_back(unit: Unit, conversation_id: str, agent: Agent, *, seen: int | None = None) -> Change:
    """Give the conversation to the bot, which knows what was said meanwhile, and say so.

    Args:
        seen: see `resolve`.

    Raises:
        NotOwner: it is somebody else's.
        ConversationOver: it has ended.
        NotPossible: the customer has written since.
    """
    conversation = locked(unit, conversation_id)
    handoff = owned_by(unit, conversation, agent)
    nothing_unread(unit, conversation_id, seen)
    close(unit, handoff, Outcome.HANDED_BACK)
    note_event(unit, handoff.id, conversation_id, "handed_back", agent_id=agent.id)
    give(unit, conversation_id, BOT)
    go_on_with_bot(unit, conversation, "utter_app_handed_back", asked_since=handoff.requested_at)
    draft = said(unit, "utter_app_handed_back", conversation.locale, agent=agent.name)
    return changed(conversation, say(unit, conversation_id, draft), owner=BOT)


def resolve(
    unit: Unit, conversation_id: str, agent: Agent, why: Ending = Ending.RESOLVED, *, seen: int | None = None
) -> Change:
    """End the conversation, and ask the customer how it was.

    Args:
        why: kept with what happened. Only what is resolved counts as that.
        seen: the number of the last message that was read; None where that is not known.

    Raises:
        NotOwner: it is somebody else's.
        ConversationOver: it has ended.
        NotPossible: the customer has written since.
    """
    conversation = locked(unit, conversation_id)
    handoff = owned_by(unit, conversation, agent)
    nothing_unread(unit, conversation_id, seen)
    close(unit, handoff, OUTCOMES_OF_ENDINGS.get(why, Outcome.OTHER))
    note_event(unit, handoff.id, conversation_id, "resolved", agent_id=agent.id, details={"reason": why.value})
    asked = end_conversation(unit, conversation_id, "resolved" if why is Ending.RESOLVED else "left")
    return changed(conversation, asked or (), owner=BOT, ended=True)


def snooze(unit: Unit, conversation_id: str, agent: Agent, until: datetime | None) -> Change:
    """Put one's conversation off until then, or take it up again; a word of the customer's takes it up as well.

    Raises:
        NotOwner: it is somebody else's.
        ConversationOver: it has ended.
        NotPossible: that moment is over.
    """
    conversation = locked(unit, conversation_id)
    handoff = owned_by(unit, conversation, agent)
    if until is not None and until <= unit.now:
        raise NotPossible("That time is over. Choose one that is still to come.")
    mark_snoozed(unit, handoff.id, times_in(unit), until)
    details = {"until": until.isoformat()} if until is not None else None
    kind = "snoozed" if until is not None else "taken_up"
    note_event(unit, handoff.id, conversation_id, kind, agent_id=agent.id, details=details)
    return changed(conversation, desk=True)


def wrap_up(unit: Unit, handoff_id: str, agent: Agent, how: int) -> Change | None:
    """Note how a handoff that is over was for who had it last, from 1 (hard) to 3 (easy); None where that was not them.

    Raises:
        ValueError: no such answer.
    """
    if how not in (1, 2, 3):
        raise ValueError("it was hard (1), all right (2) or easy (3)")
    given = (
        sa.select(handoff_events.c.conversation_id, handoff_events.c.to_agent_id)
        .join(handoffs, handoffs.c.id == handoff_events.c.handoff_id)
        .where(handoffs.c.id == handoff_id, handoffs.c.state == "closed", handoff_events.c.to_agent_id.is_not(None))
    )
    last = unit.connection.execute(given.order_by(handoff_events.c.number.desc()).limit(1)).first()
    if last is None or last.to_agent_id != agent.id:
        return None
    set_in(unit, handoff_id, wrap_up=how)
    return changed(locked(unit, last.conversation_id), desk=True)


def _take(
    unit: Unit,
    conversation_id: str,
    agent: Agent,
    kind: str,
    *,
    reason: Reason = Reason.TAKEN_OVER,
    expected_owner: str | None = None,
) -> Change:
    conversation = locked(unit, conversation_id)
    still_open(conversation)
    still_answers(unit, agent)
    if conversation.owner == agent.id:
        return changed(conversation)
    if conversation.owner not in OURS or expected_owner not in (None, conversation.owner):
        raise not_owner(unit, conversation.owner)
    handled = taken_from_bot(unit, conversation_id) if conversation.owner == BOT else ()
    handoff = handoff_for(unit, conversation, reason, waits=bool(handled))
    hold(unit, conversation, handoff, agent)
    note_event(unit, handoff.id, conversation_id, kind, agent_id=agent.id, to_agent_id=agent.id)
    draft = said(unit, "utter_app_handoff_taken", conversation.locale, agent=agent.name)
    return changed(conversation, say(unit, conversation_id, draft), owner=agent.id, handled=handled)


def _by(agent: Agent | None, owner: str | None) -> dict[str, str]:
    """Who did it, where that was not the owner."""
    return {"by": agent.id} if agent is not None and agent.id != owner else {}


def _sayable(text: str, attachments: Sequence[NewFile]) -> str:
    if not text and not attachments:
        raise NotPossible("There is nothing to send yet.")
    if len(text) > LONGEST_REPLY:
        raise NotPossible(f"That is too long: {len(text)} characters, and {LONGEST_REPLY} are possible.")
    if len(attachments) > MOST_FILES:
        raise NotPossible(f"At most {MOST_FILES} files go with one message.")
    return text


def _write_note(unit: Unit, conversation: Row[Any], agent: Agent, text: str) -> None:
    text = clean_text(text)
    if len(text) > LONGEST_NOTE:
        raise NotPossible(f"This note has {len(text):,} characters, and {LONGEST_NOTE:,} are possible.")
    if text:
        write_note(unit, conversation.id, agent, text, key=unit.new_id(), after_seq=conversation.last_seq)
