"""What whoever takes over finds: why, what was understood, what went wrong, what was promised; never too much of it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.conversations.models import Reply, TurnResult
from bot.customers.verification import Level
from bot.handoff import owning
from bot.handoff.packet import MOST_BYTES, packet
from bot.storage.tables import conversations, verifications
from tests.support.handed_over import handing_over

pytestmark = pytest.mark.integration


async def turn(house, text: str, *replies: Reply, understood: dict, history: list | None = None) -> str:
    """A turn of which the engine says all; the conversation's id."""
    conversation = (await house.wanda.types(text)).conversation_id
    due = await house.service.next_turn(conversation)
    events = history or [{"event": "user", "text": text}]
    result = TurnResult([*due.history, *events], events, replies, understood, "model", 1.0, 0.0)
    await house.service.commit_turn(due, result, 2)
    return conversation


async def test_the_packet_says_what_was_tried_and_how_it_failed(house) -> None:
    slots = [
        {"event": "slot", "name": "current_order", "value": "#W2507194"},
        {"event": "slot", "name": "one_time_code", "value": "123456"},
        {"event": "slot", "name": "problem", "value": None},
    ]
    asked = {
        "intent": {"name": "cancel_order", "confidence": 0.871234},
        "entities": [{"entity": "order", "value": "W"}],
    }
    conversation = await turn(
        house, "cancel W2507194", Reply("No.", response="utter_refused"), understood=asked, history=slots
    )
    missed = {"intent": {"name": "nlu_fallback", "confidence": 0.3}, "entities": []}
    await turn(house, "why not???", handing_over("policy"), understood=missed)
    found = house.handoff(conversation).packet
    assert (found["reason"], found["language"], found["channel"], found["level"]) == (
        "policy",
        "en",
        "web",
        "anonymous",
    )
    assert [(one["said"], one["intent"], one["confidence"]) for one in found["understood"]] == [
        ("cancel W2507194", "cancel_order", 0.871),
        ("why not???", "nlu_fallback", 0.3),
    ]
    assert found["understood"][0]["answered"] == ["utter_refused"]
    assert found["understood"][0]["entities"] == [{"entity": "order", "value": "W"}]
    assert found["slots"] == {"current_order": "#W2507194"}


async def test_a_turn_that_could_not_be_answered_says_why(house, robin) -> None:
    conversation = (await house.wanda.types("hello")).conversation_id
    due = await house.service.next_turn(conversation)
    await house.service.commit_failure(due, 12, "engine_died")
    await house.does(owning.claim, conversation, robin)
    (one,) = house.handoff(conversation).packet["understood"]
    assert (one["failed"], one["attempts"]) == ("engine_died", 12)


async def test_what_was_proven_and_where_to_reach_them_is_in_it(house, robin, clock) -> None:
    house.there.on = False
    conversation = await house.waits()
    await house.wanda.types("wanda@shop.example")
    house.database.write_now(
        lambda connection: connection.execute(
            sa.insert(verifications).values(
                id="v",
                conversation_id=conversation,
                shop_customer_id="ann",
                level=Level.VERIFIED.value,
                method="one_time_code",
                granted_at=clock(),
                expires_at=clock() + timedelta(minutes=30),
            )
        )
    )
    await house.does(owning.claim, conversation, robin)
    found = house.handoff(conversation).packet
    assert (found["level"], found["shop_customer_id"], found["contact"]) == ("verified", "ann", "wanda@shop.example")
    assert [promise["kind"] for promise in found["promises"]] == ["call_back"]


async def test_earlier_conversations_are_there_with_their_scores(house, robin) -> None:
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    await house.does(owning.reply, waiting, robin, "Hello.", key="k")
    await house.does(owning.resolve, waiting, robin)
    await house.wanda.taps(house.button(waiting, "app:rate:1"))
    token, _ = await house.service.open_link("web", "wanda", "telegram", "en")
    await house.service.follow_link(token, "telegram", "42", "en")
    again = await house.waits()
    found = house.handoff(again).packet
    assert [(one["conversation"], one["score"], one["about"]) for one in found["earlier"]] == [(waiting, 1, "agent")]
    assert [one["channel"] for one in found["linked"]] == ["telegram"]


async def test_however_much_was_said_it_stays_small(house) -> None:
    big = [{"event": "slot", "name": f"slot_{n}", "value": "ö" * 700} for n in range(40)]
    long = {"intent": {"name": "x", "confidence": 1}, "entities": [{"entity": "e", "value": "ü" * 9999}] * 99}
    conversation = ""
    for n in range(8):
        conversation = await turn(house, f"{n} " + "ä" * 3000, understood=long, history=big)
    found = house.database.write_now(lambda c: packet(house.service.unit(c), conversation, "asked"))
    assert len(json.dumps(found, ensure_ascii=False).encode()) <= MOST_BYTES
    assert len(found["understood"]) == 6
    assert {"slot_0": "ö" * 700, "slot_39": "…"}.items() <= found["slots"].items()
    row = house.read(sa.select(conversations.c.history))[0]
    assert len(json.dumps(row.history, ensure_ascii=False).encode()) > MOST_BYTES


async def test_it_is_a_snapshot(house, robin) -> None:
    waiting = await house.waits()
    before = house.handoff(waiting).packet
    await house.wanda.types("more and more")
    await house.does(owning.claim, waiting, robin)
    assert house.handoff(waiting).packet == before
