"""Chatwoot that fails, answers too late or not at all, and a bridge that is killed: nothing is lost, or said twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.helpdesk.chatwoot import outbox
from bot.helpdesk.chatwoot.outbox import LEASE
from bot.storage.desk_tables import helpdesk_calls
from tests.chatwoot.server import Fault
from tests.support.bridged import DESK, bridge_to

pytestmark = pytest.mark.integration


async def _until_all_is_told(bridged, rounds: int = 30) -> None:
    for _ in range(rounds):
        await bridged.settle()
        waiting = sa.select(helpdesk_calls.c.id).where(helpdesk_calls.c.state.in_(("waiting", "sending")))
        if not bridged.house.read(waiting):
            return
        bridged.clock.forward(seconds=60)
    raise AssertionError("something is never told")


def _told_once(bridged) -> None:
    (talk,) = bridged.chatwoot.kept.talks.values()
    (contact,) = bridged.chatwoot.kept.contacts.values()
    assert talk.contact is contact
    keys = [said.attributes.get("bellhop") for said in talk.messages]
    assert len(keys) == len(set(keys)) == 4
    assert talk.incoming == ["one", "two"]


FAULTS = {
    "drops the connection": lambda where, after: Fault(0, where, after=after),
    "fails": lambda where, after: Fault(500, where, after=after),
    "is a gateway that gives up": lambda where, after: Fault(504, where, after=after),
    "wants us to wait": lambda where, after: Fault(429, where, headers={"Retry-After": "0"}),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
@pytest.mark.parametrize("after", [False, True], ids=["undone", "done all the same"])
@pytest.mark.parametrize("where", ["POST /api/v1/accounts/3/contacts", "conversations", "messages", "toggle_status"])
async def test_whatever_fails_is_told_once_and_in_order(bridged, fault, after, where) -> None:
    bridged.chatwoot.faults += [fault(where, after), fault(where, after)]
    await bridged.house.waits()
    await bridged.house.wanda.types("one")
    await bridged.house.wanda.types("two")
    await _until_all_is_told(bridged)
    _told_once(bridged)


async def test_killed_in_the_middle_of_a_call_it_is_told_once(bridged, clock) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    waiting = await house.waits()
    await house.wanda.types("one")
    await house.wanda.types("two")
    for where in ("contacts", "conversations", "labels", "messages", "messages", "messages"):
        chatwoot.faults.append(Fault(500, where, after=True, seconds=30))
        killed, client = bridge_to(chatwoot, house.service, clock, may_carry=lambda unit: True)
        task = asyncio.ensure_future(killed.carry_all())
        while chatwoot.faults:  # noqa: ASYNC110 — what is waited for happens in another server
            await asyncio.sleep(0.01)
        task.cancel()
        for making in killed._making.values():  # as a process that is no more
            making.cancel()
        await asyncio.wait(list(killed._making.values()))
        await client.close()
        clock.forward(seconds=LEASE.total_seconds() + 15)
    await _until_all_is_told(bridged)
    _told_once(bridged)
    chatwoot.reply(chatwoot.robin, "Hello.")
    await bridged.settle()
    assert (await house.said(waiting))[-1] == "Hello."


async def test_a_refused_token_is_loud_and_nothing_is_given_up(bridged, capsys) -> None:
    bridged.chatwoot.token = "another"
    await bridged.house.waits()
    await bridged.bridge.carry_all()
    assert bridged.bridge.state == "refused"
    bridged.chatwoot.token = "token-of-an-administrator"
    await _until_all_is_told(bridged)
    assert bridged.bridge.state == "up"
    assert len(bridged.chatwoot.talk.notes) == 2


async def test_it_waits_as_long_as_chatwoot_wants(bridged) -> None:
    bridged.chatwoot.faults.append(Fault(429, "contacts", headers={"Retry-After": "600"}))
    await bridged.house.waits()
    await bridged.bridge.carry_all()
    asked = len(bridged.chatwoot.requests)
    bridged.clock.forward(seconds=60)
    await bridged.bridge.carry_all()
    assert len(bridged.chatwoot.requests) == asked == 1
    assert bridged.bridge.state == "up"


async def test_while_chatwoot_is_away_nobody_is_there_and_who_waits_is_promised_an_answer(bridged) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    url, house.there.on = chatwoot.url, True
    waiting = await house.waits()
    chatwoot.faults += [Fault(503) for _ in range(60)]
    for _ in range(6):
        await bridged.bridge.carry_all()
        bridged.clock.forward(minutes=2)
    assert bridged.bridge.state == "down"
    assert not house.database.read_now(lambda connection: DESK.live(connection, bridged.clock(), "en"))
    await bridged.bridge.look_after()
    assert house.owner(waiting) == "bot"
    assert house.handoff(waiting).outcome == "promised"
    assert "utter_app_handoff_unreached" in (await house.said(waiting))[-1]
    chatwoot.faults.clear()
    await _until_all_is_told(bridged)
    assert chatwoot.talk.status == "pending"
    assert "promised" in chatwoot.talk.notes[-1]
    assert house.database.read_now(lambda connection: DESK.live(connection, bridged.clock(), "en"))
    assert url == chatwoot.url


async def test_what_chatwoot_will_never_take_is_told_without_it(bridged) -> None:
    house = bridged.house
    waiting = await house.waits()
    await bridged.settle()
    bridged.chatwoot.faults.append(Fault(422, "messages"))
    await house.wanda.types("one")
    await bridged.settle()
    assert house.owner(waiting) == "bot"
    assert house.handoff(waiting).outcome == "promised"


async def test_a_conversation_that_is_deleted_there_becomes_a_promise(bridged) -> None:
    house = bridged.house
    waiting = await house.waits()
    await bridged.settle()
    bridged.chatwoot.pushes.clear()
    bridged.chatwoot.deletes()
    await bridged.bridge.look_after()
    assert house.handoff(waiting).outcome == "promised"
    await house.waits(text="a person please!")
    await _until_all_is_told(bridged)
    assert bridged.chatwoot.talk.status == "open"


async def test_words_are_not_kept_for_ever(bridged, clock) -> None:
    await bridged.house.waits()
    await bridged.settle()
    clock.forward(days=8)
    assert await bridged.house.unit_of_work(outbox.forget_old) == 4
    assert await bridged.house.unit_of_work(outbox.forget_old) == 0
    assert timedelta(days=8) > outbox.KEPT


@pytest.mark.parametrize(("status", "state", "kept"), [(422, "up", "failed"), (401, "refused", "waiting")])
async def test_what_is_refused_is_recorded_with_the_reason(bridged, status, state, kept) -> None:
    await bridged.house.waits()
    await bridged.settle()
    bridged.chatwoot.faults.append(Fault(status, "messages"))
    await bridged.house.wanda.types("one")
    await bridged.bridge.carry_due()
    await bridged.bridge.stop(5)
    (call,) = bridged.house.read(sa.select(helpdesk_calls).where(helpdesk_calls.c.error.is_not(None)))
    assert (call.kind, call.state, str(status) in call.error) == ("message", kept, True)
    assert bridged.bridge.state == state
