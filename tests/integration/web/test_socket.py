"""The public protocol on a real socket: order, replay, resends, and everything that must be refused."""

from __future__ import annotations

import asyncio
import json
import uuid
from contextlib import suppress
from datetime import timedelta

import jwt
import pytest
import sqlalchemy as sa
from websockets.exceptions import ConnectionClosed, InvalidStatus

from bot.conversations.models import Reply
from bot.storage import tables
from tests.integration.web.conftest import IDENTITY_SECRET, ORIGIN

BYE = (Reply("Goodbye!", custom={"effects": [{"type": "end", "reason": "done"}]}),)


async def test_a_message_is_acknowledged_shown_answered_and_done(site) -> None:
    async with site.visit() as talk:
        nothing_yet = {"type": "ready", "conversation": None, "status": "none", "last_seq": 0}
        assert await talk.next("ready") == {**nothing_yet, "owner": "bot", "continue": ["telegram"]}
        sent = await talk.say("hello")
        seen = await talk.until_done(sent)
        kinds = [frame["type"] for frame in seen]
        assert kinds.count("ack") == 1
        own, reply = [frame for frame in seen if frame["type"] == "message"]
        assert (own["seq"], own["author"]["kind"], own["id"]) == (1, "customer", sent)
        assert (reply["seq"], reply["text"], reply["in_reply_to"]) == (2, "You said hello", sent)


async def test_history_is_replayed_from_what_the_client_has_seen(site) -> None:
    token = await site.token()
    async with site.visit(token) as talk:
        await talk.until_done(await talk.say("one"))
        await talk.until_done(await talk.say("two"))
    async with site.visit(token) as talk:
        assert (await talk.next("ready"))["last_seq"] == 4
        assert [f["seq"] for f in await talk.quiet() if f["type"] == "message"] == [1, 2, 3, 4]
    async with site.visit(token, after=3) as talk:
        assert [f["seq"] for f in await talk.quiet() if f["type"] == "message"] == [4]


async def test_a_resend_is_acknowledged_alike_and_changes_nothing(site) -> None:
    token = await site.token()
    async with site.visit(token) as talk:
        sent = await talk.say("hello")
        await talk.until_done(sent)
        await talk.say("hello", sent)
        assert (await talk.next("ack"))["seq"] == 1
        assert [f for f in await talk.quiet() if f["type"] == "message"] == []
    async with site.visit(token) as talk:
        assert len([f for f in await talk.quiet() if f["type"] == "message"]) == 2


async def test_a_client_that_missed_the_end_of_a_turn_hears_of_it_after_reconnecting(site) -> None:
    token = await site.token()
    async with site.visit(token) as talk:
        sent = await talk.say("hello")
        await talk.until_done(sent)
    async with site.visit(token, after=1) as talk:
        await talk.until_done(sent)


async def test_all_tabs_of_a_visitor_show_the_same(site) -> None:
    token = await site.token()
    async with site.visit(token) as one, site.visit(token) as other:
        await one.next("ready")
        await other.next("ready")
        sent = await one.say("hello")
        shown = [[f["seq"] for f in await tab.until_done(sent) if f["type"] == "message"] for tab in (one, other)]
        assert shown == [[1, 2], [1, 2]]


async def test_a_message_after_the_end_opens_a_conversation_with_its_own_numbers(site) -> None:
    site.engine.scripted["bye"] = [BYE]
    async with site.visit() as talk:
        await talk.until_done(await talk.say("bye"))
        assert (await talk.next("status"))["status"] == "ended"
        sent = await talk.say("one more thing")
        seen = await talk.until_done(sent)
        ready = next(f for f in seen if f["type"] == "ready")
        assert ready["status"] == "open"
        assert [f["seq"] for f in seen if f["type"] == "message"] == [1, 2]


async def test_a_client_that_was_away_when_a_new_conversation_began_gets_it_from_its_start(site) -> None:
    site.engine.scripted["bye"] = [BYE]
    token = await site.token()
    async with site.visit(token) as talk:
        await talk.until_done(await talk.say("bye"))
        first = (await site.conversations.status("web", site.tokens.read_session(token).id)).conversation_id
        await talk.until_done(await talk.say("again"))
    async with site.visit(token, after=3, conversation=first) as talk:
        assert [f["seq"] for f in await talk.quiet() if f["type"] == "message"] == [1, 2]


async def test_a_rating_is_one_tap_and_can_be_changed(site) -> None:
    site.engine.scripted["bye"] = [BYE]
    async with site.visit() as talk:
        await talk.say("bye")
        question = None
        while question is None or question["expects"] != "rating":
            question = await talk.next("message")
        assert [choice["value"] for choice in question["choices"]] == ["1", "2", "3", "4", "5"]
        for stars in (2, 5):
            tap = str(uuid.uuid4())
            await talk.send({"type": "choose", "id": tap, "choice": question["choices"][stars - 1]["id"]})
            await talk.until_done(tap)
    rows = await site.database.read(lambda c: c.execute(sa.select(tables.surveys)).all())
    assert [(row.score, row.changes, row.state) for row in rows] == [(5, 1, "answered")]


async def test_an_open_socket_counts_as_asked_and_seen_as_delivered(site) -> None:
    async with site.visit() as talk:
        await talk.until_done(await talk.say("hello"))
        await asyncio.sleep(0.5)
        query = sa.select(tables.deliveries.c.state)
        assert await site.database.read(lambda c: c.execute(query).scalars().all()) == ["sent"]
        await talk.send({"type": "seen", "seq": 2})
        await asyncio.sleep(0.6)
        assert await site.database.read(lambda c: c.execute(query).scalars().all()) == ["delivered"]


ID = "0b0e2a54-7f3c-4a7b-9a53-6a2c5c1f0a11"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("{", "bad_frame"),
        ("[]", "bad_frame"),
        ("3", "bad_frame"),
        (json.dumps({"type": "launch"}), "bad_frame"),
        ("[" * 3000 + "]" * 3000, "bad_frame"),
        ('{"a":' * 3000 + "1" + "}" * 3000, "bad_frame"),
        (json.dumps({"type": "message", "id": "no uuid", "text": "x"}), "bad_frame"),
        (json.dumps({"type": "message", "id": ID, "text": 7}), "bad_frame"),
        (json.dumps({"type": "message", "id": ID, "text": "   \n"}), "empty"),
        (json.dumps({"type": "message", "id": ID, "text": "\x00\x01\x02"}), "empty"),
        (json.dumps({"type": "message", "id": ID, "text": "x" * 10_000}), "too_long"),
        (json.dumps({"type": "choose", "id": ID, "choice": "nothing"}), "unknown_choice"),
        (json.dumps({"type": "choose", "id": ID, "choice": {"$ne": None}}), "bad_frame"),
        (json.dumps({"type": "seen", "seq": -1}), "bad_frame"),
        (json.dumps({"type": "seen", "seq": 10**30}), "bad_frame"),
        (b"\xff\x00binary", "bad_frame"),
    ],
)
async def test_a_frame_that_cannot_be_taken_is_refused_in_words_and_the_talk_goes_on(site, frame, code) -> None:
    async with site.visit() as talk:
        await talk.next("ready")
        await talk.ws.send(frame)
        error = await talk.next("error")
        assert error["code"] == code
        assert error["message"].startswith("utter_app_")  # the domain's sentence, whatever its words
        assert "Traceback" not in error["message"]
        await talk.until_done(await talk.say("still there?"))


@pytest.mark.parametrize(
    "text",
    [
        "/restart",
        '/order{"order_id":{"$ne":null}}',
        "😀😀😀",
        "مرحبا أين طلبي",
        "a\u202eb",
        "<script>alert(1)</script>",
        "\ud83d",
    ],
)
async def test_any_text_is_stored_and_handed_to_the_engine_as_text(site, text) -> None:
    async with site.visit() as talk:
        await talk.until_done(await talk.say(text))
    turn = site.engine.turns[-1]
    assert turn.payload is None
    assert turn.text == text.encode("utf-8", "replace").decode()


async def test_a_frame_too_large_closes_only_its_own_socket(site) -> None:
    async with site.visit() as other:
        await other.next("ready")
        async with site.visit() as talk:
            with suppress(ConnectionClosed):
                await talk.ws.send("x" * 10_000_000)
            assert await talk.close_code() == 1009
        await other.until_done(await other.say("not slowed"))


async def test_twenty_bad_frames_close_the_socket(site) -> None:
    async with site.visit() as talk:
        with suppress(ConnectionClosed):
            for _ in range(20):
                await talk.ws.send("{")
        assert await talk.close_code() == 1008


async def test_the_first_frame_must_be_hello(site) -> None:
    async with site.raw() as ws:
        await ws.send(json.dumps({"type": "message", "id": str(uuid.uuid4()), "text": "hi"}))
        assert json.loads(await ws.recv())["code"] == "hello_first"


async def test_forged_foreign_and_broken_tokens_open_nothing(site) -> None:
    now = site.tokens._clock()
    later = now + timedelta(hours=1)
    forged = jwt.encode({"sub": "x", "aud": "bellhop-web", "exp": later}, "f" * 32, "HS256")
    unsigned = jwt.encode({"sub": "x", "aud": "bellhop-web", "exp": later}, "", "none")
    foreign = jwt.encode({"sub": "x", "exp": later}, "s" * 32, "HS256")
    for token in (forged, unsigned, foreign, "", "a.b.c", "x" * 5000):
        async with site.raw() as ws:
            await ws.send(json.dumps({"type": "hello", "token": token, "after": 0}))
            assert json.loads(await ws.recv())["code"] == "unauthorized"
            with pytest.raises(ConnectionClosed) as closed:
                await ws.recv()
            assert closed.value.rcvd.code == 4401


async def test_an_expired_token_is_told_apart(site, clock) -> None:
    token = await site.token()
    clock.forward(days=31)
    async with site.raw() as ws:
        await ws.send(json.dumps({"type": "hello", "token": token, "after": 0}))
        assert json.loads(await ws.recv())["code"] == "token_expired"


async def test_a_foreign_origin_is_turned_away_before_anything_else(site) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with site.raw(origin="https://evil.example"):
            pass
    assert refused.value.response.status_code == 403
    async with site.raw(origin=ORIGIN):
        pass
    assert (await site.post_session(Origin="https://evil.example")).status_code == 403
    allowed = await site.post_session(Origin=ORIGIN)
    assert allowed.headers["access-control-allow-origin"] == ORIGIN


async def test_a_flood_is_refused_politely_and_slows_nobody_else(site) -> None:
    async with site.visit() as flood, site.visit() as other:
        await flood.next("ready")
        await other.next("ready")
        for n in range(200):
            await flood.say(f"message {n}")
        await other.until_done(await other.say("me too"))
        frames = await flood.quiet(1.0)
    refused = [f for f in frames if f["type"] == "error"]
    acked = [f for f in frames if f["type"] == "ack"]
    assert {f["code"] for f in refused} == {"rate_limited"}
    assert len(refused) + len(acked) == 200
    stored = await site.database.read(
        lambda c: c.execute(sa.select(sa.func.count()).where(tables.messages.c.author_kind == "customer")).scalar_one()
    )
    assert stored == len(acked) + 1


@pytest.mark.parametrize("body", ["[1]", "{", "[" * 5000, b"\xff\xfe", "x" * 9000])
async def test_a_broken_session_request_is_a_plain_400(site, body) -> None:
    answer = await site.post_session(body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_request"


async def test_a_session_can_be_extended_but_not_with_a_broken_token(site, clock) -> None:
    token = await site.token()
    clock.forward(days=20)
    longer = (await site.post_session(Authorization=f"Bearer {token}")).json()
    assert site.tokens.read_session(longer["token"]).id == site.tokens.read_session(token).id
    assert (await site.post_session(Authorization="Bearer nonsense")).status_code == 401


async def test_an_identity_token_of_the_shops_site_names_its_customer(site, clock) -> None:
    claims = {"sub": "customer-7", "exp": clock.now + timedelta(minutes=5)}
    good = jwt.encode(claims, IDENTITY_SECRET, "HS256")
    session = (await site.post_session({"identity": good})).json()
    visitor = site.tokens.read_session(session["token"])
    assert (visitor.shop_customer_id, visitor.proven_until) == ("customer-7", clock.now + timedelta(minutes=5))
    forged = jwt.encode(claims, "g" * 40, "HS256")
    assert (await site.post_session({"identity": forged})).status_code == 401
    clock.forward(minutes=6)
    assert (await site.post_session({"identity": good})).json()["error"]["code"] == "token_expired"


async def test_another_customers_identity_token_makes_another_visitor(site, clock) -> None:
    def identity(who: str) -> str:
        return jwt.encode({"sub": who, "exp": clock.now + timedelta(minutes=5)}, IDENTITY_SECRET, "HS256")

    one = (await site.post_session({"identity": identity("one")})).json()["token"]
    two = (await site.post_session({"identity": identity("two")}, Authorization=f"Bearer {one}")).json()["token"]
    assert site.tokens.read_session(one).id != site.tokens.read_session(two).id


async def test_who_signs_in_does_not_inherit_the_conversation_of_who_used_the_browser_before(site, clock) -> None:
    before = await site.token()
    claims = {"sub": "customer-7", "exp": clock.now + timedelta(minutes=5)}
    identity = jwt.encode(claims, IDENTITY_SECRET, "HS256")
    signed_in = (await site.post_session({"identity": identity}, Authorization=f"Bearer {before}")).json()["token"]
    assert site.tokens.read_session(signed_in).id != site.tokens.read_session(before).id
    again = (await site.post_session({"identity": identity}, Authorization=f"Bearer {signed_in}")).json()["token"]
    assert site.tokens.read_session(again).id == site.tokens.read_session(signed_in).id
