"""Who speaks with the customer: told when it changes, after a reconnect, and from other processes; and who types."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversations.models import Change, Choice, Draft
from bot.conversations.remote_changes import RemoteChanges
from bot.conversations.signals import Signal, SignalKind
from bot.conversations.transcript import append
from bot.conversations.unit import Unit
from bot.handoff.models import Place, QueuePlaceOf
from bot.storage.tables import conversations

pytestmark = pytest.mark.integration


async def standing(site: Any, token: str) -> Any:
    return await site.conversations.status("web", site.tokens.read_session(token).id)


async def become(site: Any, conversation_id: str, owner: str, *drafts: Draft, told: bool = True) -> None:
    """Another owner, and what is said about it; untold it is as from a process that was not heard."""

    def work(unit: Unit) -> Change | None:
        own = conversations.c.id == conversation_id
        unit.connection.execute(sa.update(conversations).where(own).values(owner=owner))
        customer = unit.connection.execute(sa.select(conversations.c.customer_id).where(own)).scalar_one()
        stored = append(unit, conversation_id, drafts)
        return Change(conversation_id, customer, messages=stored, owner=owner) if told else None

    await site.conversations.change(work)


async def begun(site: Any) -> tuple[str, str]:
    """A visitor who has said something: their token and conversation."""
    token = await site.token()
    async with site.visit(token) as talk:
        await talk.until_done(await talk.say("hello"))
    return token, (await standing(site, token)).conversation_id


def status(shown: str, position: int | None = None, eta: int | None = None, agent: str | None = None) -> dict[str, Any]:
    wait = None if eta is None else f"{eta} s in en"
    place = {"position": position, "eta_seconds": eta, "wait": wait}
    return {"type": "status", "status": shown, **place, "agent": agent, "choices": []}


async def test_the_way_through_the_queue_to_a_person_and_back_is_told(site) -> None:
    token, conversation = await begun(site)
    async with site.visit(token) as talk:
        assert (await talk.next("ready"))["owner"] == "bot"
        site.people.places[conversation] = Place(2, 240)
        await become(site, conversation, "queue", Draft("You are number 2.", "system", kind="notice"))
        assert (await talk.next("message"))["author"]["kind"] == "customer"  # the history first
        assert await talk.next("status") == status("queue", 2, 240)
        await become(site, conversation, "robin", Draft("Hello, Robin here.", "agent", "Robin Hale"))
        assert (await talk.next("message"))["author"] == {"kind": "agent", "name": "Robin Hale"}
        assert await talk.next("status") == status("agent", agent="Robin Hale")
        await become(site, conversation, "bot")
        assert await talk.next("status") == status("open")


async def test_while_nothing_changes_nothing_is_told_again(site) -> None:
    token, conversation = await begun(site)
    async with site.visit(token) as talk:
        await become(site, conversation, "queue")
        assert await talk.next("status") == status("queue")
        site.conversations.look_again()
        assert not [frame for frame in await talk.quiet() if frame["type"] == "status"]


async def test_after_a_reconnect_the_place_is_told_once_more(site) -> None:
    token, conversation = await begun(site)
    site.people.places[conversation] = Place(1, None)
    await become(site, conversation, "queue")
    async with site.visit(token) as talk:
        ready = await talk.next("ready")
        assert (ready["status"], ready["owner"]) == ("open", "queue")
        assert await talk.next("status") == status("queue", 1)


async def test_an_agent_whose_name_is_not_known_is_an_agent(site) -> None:
    token, conversation = await begun(site)
    await become(site, conversation, "an id that no client sees")
    async with site.visit(token) as talk:
        assert (await talk.next("ready"))["owner"] == "agent"
        assert await talk.next("status") == status("agent")


async def test_places_that_move_are_told_until_somebody_takes_the_conversation(site) -> None:
    token, conversation = await begun(site)
    customer = (await standing(site, token)).customer_id
    async with site.visit(token) as talk:
        site.people.places[conversation] = Place(4, 700)
        await become(site, conversation, "queue")
        assert await talk.next("status") == status("queue", 4, 700)
        site.people.places[conversation] = Place(3, 600)  # whoever reads anew finds the same as whoever was told
        site.hub.places_moved({customer: QueuePlaceOf(customer, conversation, Place(3, 600))})
        assert await talk.next("status") == status("queue", 3, 600)
        await become(site, conversation, "robin")
        site.hub.places_moved({customer: QueuePlaceOf(customer, conversation, Place(1, 60))})
        assert await talk.next("status") == status("agent", agent="Robin Hale")
        assert not [frame for frame in await talk.quiet() if frame["type"] == "status"]


async def test_while_somebody_waits_the_way_back_to_the_assistant_stays_open(site) -> None:
    token, conversation = await begun(site)
    ways = [Choice(f"way-{number}", f"Go on {number}", "app:go_back") for number in (1, 2)]
    told = [Draft("You are number 1.", "system", choices=(way,)) for way in ways]
    await become(site, conversation, "queue", told[0], Draft("Or this?", choices=(Choice("x", "X", "/x"),)), told[1])
    async with site.visit(token) as talk:
        assert (await talk.next("status"))["choices"] == [{"id": "way-2", "title": "Go on 2"}]
        await become(site, conversation, "robin")
        assert (await talk.next("status"))["choices"] == []


async def test_a_change_of_owner_in_another_process_is_told(site) -> None:
    token, conversation = await begun(site)
    customer = (await standing(site, token)).customer_id
    async with site.visit(token) as talk:
        await talk.next("turn_done")
        await become(site, conversation, "queue", told=False)
        told = {"from": "two", "conversation": conversation, "customer": customer, "handled": [], "opened": False}
        payload = json.dumps(told | {"ended": False, "owner": "queue"})
        RemoteChanges(site.conversations, "postgresql://x")._publish(payload)
        assert await talk.next("status") == status("queue")


async def test_an_agent_who_types_is_shown_with_their_name(site) -> None:
    token, conversation = await begun(site)
    customer = (await standing(site, token)).customer_id
    async with site.visit(token) as talk:
        await talk.quiet()
        typing = Signal(SignalKind.AGENT_TYPING, conversation, customer, "robin", "Robin Hale")
        site.signals.send(typing)
        site.signals.send(typing)  # the desk need not count: it is told once in two seconds
        assert [f for f in await talk.quiet() if f["type"] == "typing"] == [{"type": "typing", "agent": "Robin Hale"}]


class Desk:
    """What the desk hears."""

    def __init__(self) -> None:
        self.heard: list[Signal] = []

    def signalled(self, signal: Signal) -> None:
        self.heard.append(signal)


async def test_the_desk_hears_a_customer_type_only_while_a_person_is_wanted(site) -> None:
    token, conversation = await begun(site)
    customer = (await standing(site, token)).customer_id
    desk = Desk()
    site.signals.subscribe(desk)
    async with site.visit(token) as talk:
        await talk.quiet()
        await talk.send({"type": "typing"})
        await asyncio.sleep(0.1)
        assert desk.heard == []
        await become(site, conversation, "robin")
        await talk.next("status")
        await talk.send({"type": "typing"})
        async with asyncio.timeout(2):
            while not desk.heard:  # noqa: ASYNC110  # a test
                await asyncio.sleep(0.01)
        assert desk.heard == [Signal(SignalKind.CUSTOMER_TYPING, conversation, customer)]
