"""What becomes of our conversations by what people do in Chatwoot; each function works in the caller's transaction.

Whatever comes twice, late or out of order has its effect once: an agent's message is known by its number, and of
everything else only the state counts that the conversation has there now.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from bot.conversations.ending import end_conversation
from bot.conversations.models import Change, Json
from bot.conversations.unit import Unit
from bot.customers.links import lock_customer_of
from bot.handoff import owning, requesting
from bot.handoff.errors import HandoffError
from bot.handoff.files import MOST_FILES, NewFile
from bot.handoff.models import BOT, QUEUE, Reason
from bot.handoff.outbound import open_outbound
from bot.handoff.steps import changed, locked
from bot.helpdesk.chatwoot import events, links
from bot.helpdesk.chatwoot.agents import agent_for, agent_who, is_of_chatwoot
from bot.helpdesk.chatwoot.desk import ChatwootDesk
from bot.helpdesk.chatwoot.events import Said
from bot.helpdesk.chatwoot.links import Link, keep_link, link_by_number, link_of
from bot.helpdesk.chatwoot.outbox import Kind, enqueue, told_so_far, under_way
from bot.helpdesk.chatwoot.words import goes_on_in, plain, told_elsewhere
from bot.staff import audit
from bot.staff.models import Agent
from bot.storage.tables import conversations

NOT_PASSED_ON = "**This did not reach the customer:** "


class NotLinkedYet(Exception):
    """Our word that makes the two conversations one is still under way."""


class Moved(Exception):
    """The link is not what it was when Chatwoot was asked: ask again."""


def adopt(unit: Unit, conversation: Json) -> Link | None:
    """The link of a conversation of Chatwoot's; made where only it knows that it is ours; None where it is not.

    Where two were made of one of ours, both lead to the link of the one that it goes on in.

    Raises:
        NotLinkedYet: it is being made.
    """
    number = conversation.get("id")
    if type(number) is not int:
        return None
    link = link_by_number(unit.connection, str(number))
    named = events.named_in(conversation)
    if link is not None or named is None:
        return link
    known = unit.connection.execute(sa.select(conversations.c.id).where(conversations.c.id == named)).first()
    if known is None:
        return None
    if (other := link_of(unit.connection, named)) is not None:
        return other
    if under_way(unit.connection, named, [Kind.OPEN]):
        raise NotLinkedYet
    keep_link(unit, named, str(number), None, {"status": conversation.get("status")})
    return link_by_number(unit.connection, str(number))


def said(
    unit: Unit,
    desk: ChatwootDesk,
    link: Link,
    message: Said,
    files: Sequence[NewFile],
    missing: Sequence[str],
    *,
    at: str | None = None,
) -> list[Change]:
    """Say to the customer what an agent has written; once, however often it comes.

    They own the conversation from then on. Where it has ended, they go on in a new one. What cannot be said comes back
    to them as a note, and so does where the customer is, if that is in another conversation of Chatwoot's.

    Args:
        missing: names of files that could not be fetched.
        at: number of the conversation they wrote in.
    """
    at = at or link.number
    if not events.once(unit.connection, f"message:{message.id}", unit.now):
        return []
    agent = agent_for(unit, message.by)
    changes: list[Change] = []
    conversation_id = link.conversation_id
    try:
        with unit.connection.begin_nested():
            conversation_id, taken = _taken(unit, desk, link, agent)
            changes += taken
            text, key = plain(message.text), f"chatwoot:{message.id}"
            sent = files[:MOST_FILES]
            if text or sent or not missing:  # else there is nothing left of it
                changes.append(owning.reply(unit, conversation_id, agent, text, key=key, attachments=sent))
                _note(unit, conversation_id, agent, "reply", f"message:{message.id}")
    except HandoffError as error:
        why = " ".join([str(error), *missing])
        tell_agents(unit, link.conversation_id, f"refused:{message.id}", NOT_PASSED_ON + why, at=at)
        return []
    links.note(unit, conversation_id, status="open")
    if lost := [*missing, *(file.name for file in files[MOST_FILES:])]:
        tell_agents(unit, conversation_id, f"missing:{message.id}", NOT_PASSED_ON + ", ".join(lost), at=at)
    now = link_of(unit.connection, conversation_id)
    if now is not None and now.number != at:
        tell_agents(unit, conversation_id, f"moved:{at}:{now.number}", goes_on_in(now.number), at=at)
        told = told_elsewhere(agent.name, at, message.text)
        tell_agents(unit, conversation_id, f"elsewhere:{message.id}", told)
    return changes


def is_now(unit: Unit, desk: ChatwootDesk, before: Link, told: int, conversation: Json) -> list[Change]:
    """Let a conversation of ours be what its other half is now: whose it is, handed back, or resolved.

    Args:
        before: the link as it was before Chatwoot was asked.
        told: how much it had been told by then.
        conversation: its answer.

    Raises:
        Moved: the link has changed since, or it was told more; or it is resolved, and the customer has written what it
            was not told yet: their word opens it again.
    """
    status, assignee = str(conversation.get("status")), events.assignee_in(conversation)
    taker = None
    if assignee is not None and assignee.id != before.assignee and status not in ("resolved", "pending"):
        taker = agent_for(unit, assignee)  # before the conversation, as where they write: one order of locks
    row = locked(unit, before.conversation_id)
    link = link_of(unit.connection, before.conversation_id)
    awaited = [Kind.OPEN, Kind.STATUS]
    if status == "resolved" and row.state == "open":
        awaited.append(Kind.MESSAGE)
    if link != before or told != told_so_far(unit.connection, row.id) or under_way(unit.connection, row.id, awaited):
        raise Moved
    # First what is known there, so that what follows from it here is not told there again.
    links.note(unit, link.conversation_id, status=status, assignee=assignee.id if assignee else None)
    if row.state != "open":
        return []
    if status == "resolved":
        return _resolved(unit, row)
    if status == "pending":
        return _pending(unit, row)
    if taker is not None:
        return [] if row.owner == taker.id else [_given(unit, desk, row, taker)]
    return _let_go(unit, link, row) if assignee is None else []


def tell_agents(unit: Unit, conversation_id: str, key: str, text: str, *, at: str | None = None) -> None:
    """Queue a note for agents.

    Args:
        at: number of the conversation in which they are to read it, where that may be another than its other half.
    """
    locked(unit, conversation_id)
    enqueue(unit, conversation_id, Kind.NOTE, key, {"text": text} | ({"number": at} if at else {}))


def nobody_hears(unit: Unit, conversation_id: str) -> list[Change]:
    """What was handed over cannot get there: the customer is promised an answer, and goes on with the bot."""
    owner = locked(unit, conversation_id).owner
    if owner != QUEUE and not (owner != BOT and is_of_chatwoot(unit, owner)):
        return []  # somebody at our own desk has it, and stays with the customer
    change = requesting.promise_instead(unit, conversation_id, requesting.NobodyComes.UNREACHED, owner=owner)
    return [] if change is None else [change]


def _taken(unit: Unit, desk: ChatwootDesk, link: Link, agent: Agent) -> tuple[str, list[Change]]:
    """Make an agent the owner of what they write in; the conversation, and what changed."""
    lock_customer_of(unit.connection, link.conversation_id)  # before it, as whoever receives their message does
    row = locked(unit, link.conversation_id)
    if row.state != "open":
        reached, change = open_outbound(unit, link.conversation_id, agent, Reason.FOLLOW_UP)
        _note(unit, reached, agent, "outbound", link.conversation_id)
        if link_of(unit.connection, reached) is None:
            keep_link(unit, reached, link.number, link.contact_id, {**link.details, "status": "open"})
        if change.opened:
            enqueue(unit, reached, Kind.STATUS, f"status:{reached}:opened", {"status": "open"})
        else:  # the customer began it with the bot
            desk.handed_over(unit, reached)
        return reached, [change]
    if row.owner == agent.id:
        return row.id, []
    return row.id, [_given(unit, desk, row, agent)]


def _given(unit: Unit, desk: ChatwootDesk, row: Row[Any], agent: Agent) -> Change:
    if row.owner in (BOT, QUEUE):
        change = owning.claim(unit, row.id, agent)
        if row.owner == BOT:  # else it would stay what it is there, with nothing of what the bot was told
            desk.handed_over(unit, row.id)
    else:
        change = owning.transfer(unit, row.id, agent_who(unit, row.owner), to_agent=agent)
    _note(unit, row.id, agent, "claim", row.owner)
    return change


def _resolved(unit: Unit, row: Row[Any]) -> list[Change]:
    if row.owner == BOT:
        return []
    if row.owner != QUEUE:
        agent = agent_who(unit, row.owner)
        _note(unit, row.id, agent, "resolve")
        return [owning.resolve(unit, row.id, agent)]
    asked = end_conversation(unit, row.id, "resolved")
    return [] if asked is None else [changed(row, asked, owner=BOT, ended=True)]


def _pending(unit: Unit, row: Row[Any]) -> list[Change]:
    if row.owner == BOT:
        return []
    if row.owner != QUEUE:
        agent = agent_who(unit, row.owner)
        _note(unit, row.id, agent, "hand_back")
        return [owning.hand_back(unit, row.id, agent)]
    told = requesting.withdraw(unit, row.id)
    return [changed(row, told, owner=BOT)] if told else []


def _let_go(unit: Unit, link: Link, row: Row[Any]) -> list[Change]:
    """It waits again, where that is news: who had it already there may be away when it is handed over again."""
    if link.assignee is None or row.owner in (BOT, QUEUE):
        return []
    _note(unit, row.id, agent_who(unit, row.owner), "release")
    return [owning.release(unit, row.id, by=None, why="released", of=row.owner)]


def _note(unit: Unit, conversation_id: str, agent: Agent, action: str, subject: str | None = None) -> None:
    """Write into the audit log what an agent did there."""
    audit.note(
        unit.connection,
        now=unit.now,
        action=action,
        agent_id=agent.id,
        conversation_id=conversation_id,
        subject=subject,
        details={"at": "chatwoot"},
    )
