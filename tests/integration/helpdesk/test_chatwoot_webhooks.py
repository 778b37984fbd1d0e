"""Webhooks as they really come: forged, old, twice, late, out of order, or never."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa

from bot.conversations import attachments
from bot.conversations.edits import record_edit
from bot.conversations.models import Attachment, Incoming
from bot.conversations.signals import Signal, SignalKind, Signals
from bot.helpdesk.chatwoot.words import plain
from bot.staff.models import Presence
from bot.storage.desk_tables import helpdesk_events
from bot.storage.tables import agents
from tests.chatwoot.server import Fault, Push
from tests.support.bridged import DESK, bridge_to

pytestmark = pytest.mark.integration


async def _with_robin(bridged) -> str:
    waiting = await bridged.house.waits()
    await bridged.settle()
    bridged.chatwoot.reply(bridged.chatwoot.robin, "Hello.")
    await bridged.settle()
    return waiting


async def test_forged_and_old_webhooks_are_refused(bridged) -> None:
    waiting = await bridged.house.waits()
    await bridged.settle()
    bridged.chatwoot.reply(bridged.chatwoot.robin, "Hello.")
    (push,) = bridged.chatwoot.pushes
    assert await bridged.deliver(push, secret="guessed") == 401
    assert await bridged.deliver(push, now=bridged.clock() - timedelta(minutes=6)) == 401
    assert await bridged.deliver(push, now=bridged.clock() + timedelta(minutes=6)) == 401
    headers = push.headers(bridged.clock().timestamp())
    for name, value in (
        ("x-chatwoot-timestamp", "1\u00e4".encode("latin-1")),
        ("x-chatwoot-timestamp", b"9" * 400),
        ("x-chatwoot-signature", b"\xff"),
        ("x-chatwoot-signature", b""),
    ):
        sent = {**{key.encode(): text.encode() for key, text in headers.items()}, name.encode(): value}
        answer = await bridged.web.post("/api/chatwoot/webhook", content=push.body, headers=list(sent.items()))
        assert answer.status_code == 401
    tampered = await bridged.web.post("/api/chatwoot/webhook", content=push.body + b" ", headers=headers)
    assert tampered.status_code == 401
    assert (await bridged.web.post("/api/chatwoot/webhook", content=b"x" * 3_000_000)).status_code == 413
    assert bridged.house.owner(waiting) == "queue"
    assert await bridged.deliver(push) == 200
    await bridged.bridge.handle_all()
    assert (await bridged.house.said(waiting))[-1] == "Hello."


STRANGE = (
    b'{"event":"message_created","id":1,"message_type":"outgoing","content":"x\\u0000\\ud800",'
    b'"sender":{"id":4,"type":"user","name":null},"conversation":{"id":99}}'
)
UNREADABLE = (b"[]", b"null", b"{", b'{"event":"message_created"}', b'{"event":7,"conversation":[]}', b"[" * 5000)


@pytest.mark.parametrize("body", [*UNREADABLE, STRANGE])
async def test_what_is_signed_is_acknowledged_whatever_it_says(bridged, body) -> None:
    assert await bridged.deliver(Push("any", body)) == 200
    while await bridged.bridge.handle_all():
        pass
    waiting = sa.select(helpdesk_events).where(helpdesk_events.c.handled_at.is_(None))
    assert bridged.house.read(waiting) == []


async def test_twice_late_and_in_another_order_everything_is_said_once(bridged) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    waiting = await house.waits()
    await bridged.settle()
    for text in ("first", "second", "third"):
        chatwoot.reply(chatwoot.robin, text)
    chatwoot.set_status("resolved")
    pushes, chatwoot.pushes = chatwoot.pushes, []
    for push in [pushes[-1], *pushes[::-1], *pushes]:  # that it is resolved comes first, and again
        await bridged.deliver(push)
        while await bridged.bridge.handle_all():
            pass
    said = await house.said(waiting)
    assert [text for text in said if text in ("first", "second", "third")] == ["first", "second", "third"]
    assert house.conversation(waiting).end_reason == "resolved"
    assert len(house.surveys(waiting)) == 1
    assert len(house.read(sa.select(agents))) == 1


async def test_what_no_webhook_told_is_found(bridged) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    waiting = await _with_robin(bridged)
    chatwoot.reply(chatwoot.robin, "You never heard of this.")
    chatwoot.set_status("pending")
    chatwoot.pushes.clear()
    await bridged.bridge.look_after()
    assert (await house.said(waiting))[-2:] == ["You never heard of this.", "utter_app_handed_back Robin"]
    assert house.owner(waiting) == "bot"


async def test_our_own_words_do_not_come_back(bridged) -> None:
    waiting = await _with_robin(bridged)
    before = await bridged.house.said(waiting)
    await bridged.house.wanda.types("my words")
    await bridged.bridge.carry_all()
    assert [push.event for push in bridged.chatwoot.pushes] == ["message_created"]
    await bridged.settle()
    assert await bridged.house.said(waiting) == [*before, "my words"]


async def test_a_late_word_of_an_earlier_state_changes_nothing(bridged) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    waiting = await house.waits()
    await bridged.settle()
    await house.wanda.taps(house.button(waiting, "app:go_back"))
    await bridged.bridge.carry_all()
    late, chatwoot.pushes = chatwoot.pushes, []
    assert chatwoot.talk.status == "pending"
    await house.waits(text="a person after all")
    for push in late:
        await bridged.deliver(push)
        await bridged.bridge.handle_all()
    await bridged.settle()
    assert (house.owner(waiting), chatwoot.talk.status) == ("queue", "open")
    assert "a person after all" in chatwoot.talk.notes[-1]
    assert "hello" not in chatwoot.talk.notes[-1]


async def test_agents_cannot_sign_in_with_the_accounts_that_name_them(bridged) -> None:
    await _with_robin(bridged)
    (row,) = bridged.house.read(sa.select(agents))
    assert (row.state, row.email, row.presence) == ("disabled", "chatwoot+11@helpdesk.invalid", Presence.OFFLINE.value)
    assert not row.password_hash.startswith("$")


async def test_who_answers_after_the_end_writes_in_a_new_conversation(bridged) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    first = await _with_robin(bridged)
    talk = chatwoot.talk
    chatwoot.set_status("resolved")
    await bridged.settle()
    chatwoot.reply(chatwoot.noor, "One more thing.")
    await bridged.settle()
    second = (await house.service.status("web", "wanda")).conversation_id
    assert second != first
    assert await house.said(second) == ["utter_app_agent_writes Noor", "One more thing."]
    await house.wanda.types("oh, thanks")
    await bridged.settle()
    assert chatwoot.kept.talks == {talk.id: talk}
    assert talk.incoming == ["oh, thanks"]


async def test_a_colleague_who_answers_takes_it_over(bridged) -> None:
    waiting = await _with_robin(bridged)
    bridged.chatwoot.reply(bridged.chatwoot.noor, "Noor here.")
    await bridged.settle()
    assert (await bridged.house.said(waiting))[-2:] == ["utter_app_handoff_moved Noor", "Noor here."]


async def test_what_the_customer_ends_is_resolved_there(bridged) -> None:
    house = bridged.house
    waiting = await _with_robin(bridged)
    await house.service.receive(Incoming("web", "wanda", "bye", None, None, "en", command="end"))
    await bridged.settle()
    assert house.conversation(waiting).state == "ended"
    assert bridged.chatwoot.talk.status == "resolved"
    assert "ended the conversation" in bridged.chatwoot.talk.notes[-1]


async def test_what_cannot_be_said_comes_back_as_a_note(bridged) -> None:
    waiting = await _with_robin(bridged)
    before = await bridged.house.said(waiting)
    bridged.chatwoot.reply(bridged.chatwoot.robin, "x" * 10_001)
    bridged.chatwoot.reply(bridged.chatwoot.robin, "see this", files={"big.pdf": b"x" * 2000})
    await bridged.settle()
    assert await bridged.house.said(waiting) == [*before, "see this"]
    too_long, too_large = bridged.chatwoot.talk.notes[-2:]
    assert "did not reach the customer" in too_long
    assert "big.pdf" in too_large


async def test_of_a_reply_that_was_only_a_file_the_note_names_what_did_not_come(bridged) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    waiting = await house.waits()
    await bridged.settle()
    chatwoot.reply(chatwoot.robin, "", files={"big.pdf": b"x" * 5000})
    await bridged.settle()
    assert (await house.said(waiting))[-1] == "utter_app_handoff_taken Robin"
    assert chatwoot.talk.notes[-1] == "**This did not reach the customer:** big.pdf"


async def test_a_file_that_cannot_be_fetched_at_once_comes_when_it_can(bridged) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    waiting = await _with_robin(bridged)
    chatwoot.faults.append(Fault(500, "rails"))
    chatwoot.reply(chatwoot.robin, "See this", files={"a.pdf": b"x" * 50})
    chatwoot.pushes.clear()  # it is found by looking
    await bridged.bridge.look_after()
    await bridged.bridge.look_after()
    last = (await house.messages(waiting))[-1]
    assert (last.text, [card["name"] for card in last.cards]) == ("See this", ["a.pdf"])


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"Type \u0000b to reset", r"Type \u0000b to reset"),
        ("at the end \\u0000", "at the end \\u0000"),
        ("\\\\u0000 \\\\\\u0000", "\\\\u0000 \\\\\\u0000"),
        ("a \0\0NUL", "a NUL"),
        ("after \\\0a backslash", "after \\a backslash"),
    ],
)
async def test_of_what_looks_like_a_nul_character_only_one_goes(bridged, written, read) -> None:
    waiting = await _with_robin(bridged)
    bridged.chatwoot.reply(bridged.chatwoot.robin, written)
    await bridged.settle()
    # Of two backslashes one is Chatwoot's editor's only before a mark.
    assert (await bridged.house.said(waiting))[-1] == plain(read)


async def test_customers_files_go_along(bridged, clock) -> None:
    house = bridged.house
    conversation = (await house.tom.types("hello")).conversation_id
    await house.turn(conversation)
    await house.waits(house.tom)
    await bridged.settle()
    photo = Attachment("photo", file_id="f1", name="cup.png", media_type="image/png", size=4)
    place = Attachment("location", {"latitude": 51.5, "longitude": -0.1})
    await house.service.receive(Incoming("telegram", "42", "m:9", "look", None, "en", attachments=(photo, place)))
    await house.tom.types("do you see it?")
    await bridged.settle()
    assert bridged.chatwoot.talk.incoming == []  # it waits for its file, and the next waits for it

    def fetched(unit):
        for file in attachments.due_attachments(unit, "telegram", 5):
            attachments.keep(unit, file.id, b"\x89PNG")

    await house.unit_of_work(fetched)
    clock.forward(seconds=2)
    await bridged.settle()
    with_file, then = [said for said in bridged.chatwoot.talk.messages if said.message_type == "incoming"]
    assert with_file.content == "look\n[location 51.5, -0.1: could not be passed on]"
    assert bridged.chatwoot.kept.files["cup.png"] == b"\x89PNG"
    assert (len(with_file.attachments), then.content) == (1, "do you see it?")


async def test_typing_is_shown_both_ways(bridged, clock) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    signals = Signals(house.database, instance="one", clock=time.monotonic)
    heard: list[Signal] = []
    signals.subscribe(type("Ear", (), {"signalled": lambda self, signal: heard.append(signal)})())
    bridge, client = bridge_to(chatwoot, house.service, clock, signals=signals)
    waiting = await _with_robin(bridged)
    await bridge.look_after()
    bridged.web = httpx.AsyncClient(
        transport=httpx.ASGITransport(bridge.routes()[0].app), base_url="http://shop.example"
    )
    chatwoot.types(chatwoot.robin)
    await bridged.deliver(chatwoot.pushes.pop())
    customer = house.conversation(waiting).customer_id
    signals.send(Signal(SignalKind.CUSTOMER_TYPING, waiting, customer))
    for _ in range(100):
        if chatwoot.typing and len(heard) == 2:
            break
        await asyncio.sleep(0.02)
    assert chatwoot.typing == [(chatwoot.talk.id, "on")]
    assert {signal.kind for signal in heard} == {SignalKind.AGENT_TYPING, SignalKind.CUSTOMER_TYPING}
    await client.close()


async def test_it_runs_by_itself_and_answers_within_a_second(bridged) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    running = asyncio.ensure_future(bridged.bridge.run())
    waiting = await house.waits()

    async def until(done) -> float:
        began = time.monotonic()
        while not done():
            assert time.monotonic() - began < 20
            while chatwoot.pushes:
                await bridged.deliver(chatwoot.pushes.pop(0))
            await asyncio.sleep(0.01)
        return time.monotonic() - began

    await until(lambda: chatwoot.kept.talks and len(chatwoot.talk.notes) == 2)
    chatwoot.reply(chatwoot.robin, "Hello.")
    await until(lambda: house.owner(waiting) not in ("queue", "bot"))
    await house.wanda.types("hi")
    await until(lambda: chatwoot.talk.incoming == ["hi"])
    running.cancel()
    await asyncio.wait([running])
    await bridged.bridge.stop(1.0)


async def test_an_event_is_tried_again_where_chatwoot_cannot_be_asked(bridged, clock) -> None:
    waiting = await _with_robin(bridged)
    bridged.chatwoot.set_status("pending")
    bridged.chatwoot.faults.append(Fault(500, "GET"))
    await bridged.told()
    assert bridged.house.owner(waiting) != "bot"
    clock.forward(seconds=30)
    await bridged.bridge.handle_all()
    assert bridged.house.owner(waiting) == "bot"


async def test_what_customers_change_is_told_in_a_note(bridged, clock) -> None:
    house = bridged.house
    conversation = (await house.tom.types("hello")).conversation_id
    await house.turn(conversation)
    await house.waits(house.tom)
    await house.service.receive(Incoming("telegram", "42", "m:9", "order W1", None, "en"))
    await bridged.settle()
    for _ in range(2):
        await house.does(record_edit, "telegram", "m:9", "order W2", clock())
    await bridged.bridge.edits.told()
    await bridged.settle()
    assert bridged.chatwoot.talk.incoming == ["order W1"]
    assert bridged.chatwoot.talk.notes[-1].endswith("order W2")
    assert len([note for note in bridged.chatwoot.talk.notes if "changed a message" in note]) == 1


async def test_one_call_that_always_fails_does_not_say_that_nobody_is_there(bridged, clock) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    await house.waits()
    await bridged.settle()
    chatwoot.faults += [Fault(500, "conversations/1/messages") for _ in range(3)]
    await house.wanda.types("one")
    await bridged.settle()
    clock.forward(seconds=1)
    tom = (await house.tom.types("hello")).conversation_id
    await house.turn(tom)
    await house.waits(house.tom)
    await bridged.settle()
    clock.forward(minutes=3)
    assert house.database.read_now(lambda connection: DESK.live(connection, clock(), "en"))
