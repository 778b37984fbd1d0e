"""What agents do with a conversation beside writing: take it, pass it on, put it off, give it back, end it, tag it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.conversations.models import Change
from bot.conversations.unit import Unit
from bot.desk.drafts import move_draft
from bot.desk.pages import HEADERS, DeskCall, Refused, page, row_id_of
from bot.desk.sent import number_of
from bot.desk.snoozing import WrongTime, moment_of
from bot.desk.tags import add_tag, known_tags, remove_tag
from bot.desk.tools import DeskTools
from bot.handoff import owning
from bot.handoff.errors import NotPossible, UnknownConversation
from bot.handoff.models import BOT, QUEUE, Ending, Reason
from bot.handoff.noting import LONGEST_NOTE
from bot.handoff.outbound import open_outbound
from bot.handoff.queue import open_conversations
from bot.staff.accounts import agent_by_id, all_agents
from bot.staff.models import Agent, Presence, Team
from bot.staff.presence import here
from bot.staff.rights import Right, may
from bot.staff.teams import all_teams
from bot.storage.tables import conversations

REFRESH = {"talk:changed": ""}  # the page's script reads the conversation again
OWNERS = (BOT, QUEUE)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody a conversation can be passed on to."""

    agent: Agent
    presence: Presence
    load: int  # open conversations of theirs, without what they snoozed


def routes(tools: DeskTools) -> list[Route]:
    """All routes of what is done."""

    def post(path: str, right: Right, handler: object) -> Route:
        return Route(f"/desk/c/{{id}}/{path}", page(tools, right, handler), methods=["POST"])  # type: ignore[arg-type]  # one of the below

    return [
        post("claim", Right.ANSWER, claim),
        post("again", Right.ANSWER, write_again),
        post("release", Right.ANSWER, release),
        post("snooze", Right.ANSWER, snooze),
        post("back", Right.ANSWER, hand_back),
        post("end", Right.ANSWER, end),
        post("tags", Right.NOTE, tag),
        post("tags/remove", Right.NOTE, untag),
        Route("/desk/c/{id}/transfer", page(tools, Right.ANSWER, colleagues), methods=["GET"]),
        post("transfer", Right.ANSWER, transfer),
        Route("/desk/tags", page(tools, Right.NOTE, suggest_tags)),
    ]


async def claim(call: DeskCall) -> Response:
    """`POST …/claim`: from the queue or the assistant; from a colleague for those who may reassign.

    `owner` is who had it on the page: somebody else by now is a conflict.
    """
    _only_at_our_desk(call)
    conversation_id, seen = row_id_of(call), await call.field("owner")

    def work(unit: Unit) -> Change:
        wanted = sa.select(conversations.c.owner).where(conversations.c.id == conversation_id)
        owner = unit.connection.execute(wanted).scalar()
        if owner == BOT:
            call.demand(Right.TAKE_OVER)
        if owner not in (*OWNERS, call.agent.id, None) and seen == owner and call.may(Right.REASSIGN):
            change = owning.transfer(unit, conversation_id, call.agent, to_agent=call.agent)
        else:
            expected = seen if seen in OWNERS else None
            change = owning.claim(unit, conversation_id, call.agent, expected_owner=expected)
        call.note(unit.connection, "claim", conversation_id=conversation_id, details={"from": owner})
        return change

    await call.tools.conversations.change(work)
    return call.done(events=REFRESH)


async def write_again(call: DeskCall) -> Response:
    """`POST …/again`: go on with the customer of a conversation that has ended; leads to where that is."""
    conversation_id = row_id_of(call)
    led_to = ""

    def work(unit: Unit) -> Change:
        nonlocal led_to
        led_to, change = open_outbound(unit, conversation_id, call.agent, Reason.FOLLOW_UP)
        move_draft(unit.connection, call.agent.id, from_id=conversation_id, to_id=led_to)
        call.note(unit.connection, "write_again", conversation_id=led_to, subject=conversation_id)
        return change

    await call.tools.conversations.change(work)
    return call.go(f"/desk/c/{led_to}")


async def release(call: DeskCall) -> Response:
    """`POST …/release`: back to the queue, before all others; `seen` as at `end`."""
    conversation_id, seen = row_id_of(call), await _seen(call)

    def work(unit: Unit) -> Change:
        call.note(unit.connection, "release", conversation_id=conversation_id)
        return owning.release(unit, conversation_id, by=call.agent, why="released", seen=seen)

    await call.tools.conversations.change(work)
    return call.done("It waits in the queue again, as the first.", events=REFRESH)


async def colleagues(call: DeskCall) -> Response:
    """`GET …/transfer`: whom a conversation can be passed on to, with who is there and how much they have."""
    conversation_id = row_id_of(call)

    def work(connection: Connection) -> tuple[list[Colleague], list[Team], str]:
        owner = connection.execute(
            sa.select(conversations.c.owner).where(conversations.c.id == conversation_id)
        ).scalar()
        if owner is None:
            raise UnknownConversation("There is no such conversation.")
        return _colleagues(call, connection, owner), list(all_teams(connection)), owner

    people, teams, owner = await call.read(work)
    return call.fragment("talk_transfer.html", id=conversation_id, people=people, teams=teams, owner=owner)


async def transfer(call: DeskCall) -> Response:
    """`POST …/transfer`: `to` is `agent:<id>` or `team:<id>`; `note` is for whoever takes it on."""
    _only_at_our_desk(call)
    conversation_id, note = row_id_of(call), await call.field("note")
    kind, _, target = (await call.field("to")).partition(":")
    if kind not in ("agent", "team") or not target or "\0" in target:
        raise Refused("Choose somebody, or a team.", 422)
    if len(note) > LONGEST_NOTE:
        raise Refused(f"This note has {len(note):,} characters, and {LONGEST_NOTE:,} are possible.", 422)
    told = ""

    def work(unit: Unit) -> Change:
        nonlocal told
        call.note(unit.connection, "transfer", conversation_id=conversation_id, subject=f"{kind}:{target}"[:200])
        if kind == "team":
            told = "It waits for that team now, as the first."
            return owning.transfer(unit, conversation_id, call.agent, to_team=target, note=note)
        agent = agent_by_id(unit.connection, target)
        if agent is None:
            raise NotPossible("There is no such account any more.")
        told = f"{agent.name} has it now."
        after = call.tools.vanishes_after
        return owning.transfer(unit, conversation_id, call.agent, to_agent=agent, note=note, vanishes_after=after)

    await call.tools.conversations.change(work)
    return call.done(told, events=REFRESH)


async def snooze(call: DeskCall) -> Response:
    """`POST …/snooze`: `until` a moment, by the shop's clock where it has no zone; none takes it up again."""
    conversation_id, typed = row_id_of(call), (await call.field("until"))[:40]
    zone = ZoneInfo(call.tools.settings.timezone)
    try:
        until = moment_of(typed, zone, call.now) if typed else None
    except WrongTime as error:
        raise Refused(str(error), 422) from error

    def work(unit: Unit) -> Change:
        details = {"until": until.isoformat()} if until else None
        call.note(unit.connection, "snooze" if until else "take_up", conversation_id=conversation_id, details=details)
        return owning.snooze(unit, conversation_id, call.agent, until)

    await call.tools.conversations.change(work)
    words = f"Snoozed until {until.astimezone(zone):%a %d %b %H:%M}." if until else "Awake again."
    return call.done(words, events=REFRESH)


async def hand_back(call: DeskCall) -> Response:
    """`POST …/back`: the assistant goes on, and the customer is told; `seen` as at `end`."""
    conversation_id, seen = row_id_of(call), await _seen(call)

    def work(unit: Unit) -> Change:
        call.note(unit.connection, "hand_back", conversation_id=conversation_id)
        return owning.hand_back(unit, conversation_id, call.agent, seen=seen)

    await call.tools.conversations.change(work)
    return call.done("The assistant goes on from here.", events=REFRESH)


async def end(call: DeskCall) -> Response:
    """`POST …/end`: for a `reason`, resolved where none is given; the customer is asked how it was.

    `seen` is the number of the last message on the page: what the customer has written since is to be read first.
    """
    conversation_id, seen = row_id_of(call), await _seen(call)
    try:
        reason = Ending(await call.field("reason", Ending.RESOLVED.value))
    except ValueError as error:
        raise Refused("Choose why it ends.", 422) from error

    def work(unit: Unit) -> Change:
        call.note(unit.connection, "resolve", conversation_id=conversation_id, details={"reason": reason.value})
        return owning.resolve(unit, conversation_id, call.agent, reason, seen=seen)

    await call.tools.conversations.change(work)
    return call.done("Ended. The customer is asked how it was.", events=REFRESH | {"talk:ended": conversation_id})


async def tag(call: DeskCall) -> Response:
    """`POST …/tags`: set `tag`."""
    conversation_id, typed = row_id_of(call), await call.field("tag")
    await call.tools.conversations.change(lambda unit: add_tag(unit, conversation_id, call.agent, typed))
    return call.done(events=REFRESH)


async def untag(call: DeskCall) -> Response:
    """`POST …/tags/remove`: take `tag` away."""
    conversation_id, typed = row_id_of(call), (await call.field("tag")).replace("\0", "")
    await call.tools.conversations.change(lambda unit: remove_tag(unit, conversation_id, call.agent, typed))
    return call.done(events=REFRESH)


async def suggest_tags(call: DeskCall) -> Response:
    """`GET /desk/tags?q=`: known tags that begin so, as JSON."""
    typed = call.query("q", most=40)
    found: Sequence[str] = await call.read(lambda connection: known_tags(connection, typed))
    return JSONResponse({"tags": found}, headers=HEADERS)


async def _seen(call: DeskCall) -> int | None:
    """The number of the last message on the page; None where the page does not say.

    Raises:
        Refused: it is no number that a page of ours has.
    """
    shown = await call.field("seen")
    seen = number_of(shown)
    if shown and seen is None:
        raise Refused("This page is out of date. Load it anew and try again.")
    return seen


def _only_at_our_desk(call: DeskCall) -> None:
    """Who owns what is decided in one place; what is written to customers of one's own accord stays possible."""
    if call.tools.settings.helpdesk != "desk":
        raise Refused("Conversations are answered in Chatwoot. Take this one there.", 409)


def _colleagues(call: DeskCall, connection: Connection, owner: str) -> list[Colleague]:
    """Those who answer, but the owner: who is there first, and of them who has the most room."""
    loads = open_conversations(connection, call.now)
    found = [
        Colleague(agent, here(agent, call.now, call.tools.vanishes_after), loads.get(agent.id, 0))
        for agent in all_agents(connection)
        if may(agent.role, Right.ANSWER) and agent.id != owner
    ]
    there = list(Presence)
    return sorted(
        found, key=lambda one: (there.index(one.presence), one.load / max(one.agent.capacity, 1), one.agent.name)
    )
