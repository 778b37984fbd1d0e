"""The client against servers that behave, vanish, repeat themselves and break the protocol."""

import random
from typing import Any

import pytest

from tests.client.exchange import ClientFailed, NotAnswered
from tests.client.sessions import SessionRefused, SessionUnavailable
from tests.client.transcript import Breach, Connected, Lost, Received, Sent, Transcript
from tests.client.web_client import Patience, WebClient
from tests.unit.client.scripted_server import FixedToken, Peer, scripted

QUICK = Patience(to_connect=2, first_retry=0.01, longest_retry=0.02, before_resend=0.1)


def client(url: str, transcript: Transcript, sessions: FixedToken | None = None, seed: int = 1) -> WebClient:
    return WebClient(url, sessions or FixedToken(), rng=random.Random(seed), recorder=transcript, patience=QUICK)


async def answer(peer: Peer, seq: int, *replies: str) -> dict[str, Any]:
    """Take one message, and answer it as a healthy server would."""
    frame = await peer.receive()
    await peer.send(type="ack", id=frame["id"], seq=seq)
    await peer.say(seq, frame.get("text", ""), "customer", id=frame["id"])
    for number, text in enumerate(replies, seq + 1):
        await peer.say(number, text, in_reply_to=frame["id"])
    await peer.send(type="turn_done", in_reply_to=frame["id"])
    return frame


def breaches(transcript: Transcript) -> list[str]:
    return [entry.what for entry in transcript.entries if isinstance(entry, Breach)]


async def test_a_message_is_acknowledged_answered_and_done() -> None:
    async def healthy(peer: Peer) -> None:
        hello = await peer.ready()
        assert hello == {"type": "hello", "token": "token-1", "after": 0}
        await answer(peer, 1, "Hello!", "How can I help?")
        await peer.rest()

    transcript = Transcript()
    async with scripted(healthy) as url, client(url, transcript) as customer:
        exchange = await customer.say("hi")
        await exchange.done(2)

    assert exchange.ack is not None
    assert exchange.ack.seq == 1
    assert [reply.text for reply in exchange.replies] == ["Hello!", "How can I help?"]
    assert exchange.ending == "turn_done"
    assert [m.seq for m in customer.view.messages] == [1, 2, 3]
    assert not breaches(transcript)


async def test_what_was_not_acknowledged_goes_out_again_under_the_same_id_after_reconnecting() -> None:
    seen: list[dict[str, Any]] = []

    async def dies_before_the_ack(peer: Peer) -> None:
        await peer.ready()
        seen.append(await peer.receive())
        peer.cut()

    async def healthy(peer: Peer) -> None:
        await peer.ready()
        seen.append(await answer(peer, 1, "Hello!"))
        await peer.rest()

    transcript = Transcript()
    async with scripted(dies_before_the_ack, healthy) as url, client(url, transcript) as customer:
        exchange = await customer.say("hi")
        await exchange.done(2)

    assert [frame["id"] for frame in seen] == [exchange.id, exchange.id]
    sent = [entry for entry in transcript.entries if isinstance(entry, Sent)]
    assert [(entry.connection, entry.attempt) for entry in sent] == [(1, 1), (2, 2)]


async def test_what_was_acknowledged_is_not_sent_again() -> None:
    received: list[dict[str, Any]] = []

    async def dies_after_the_ack(peer: Peer) -> None:
        await peer.ready()
        frame = await peer.receive()
        received.append(frame)
        await peer.send(type="ack", id=frame["id"], seq=1)
        peer.cut()

    async def replays(peer: Peer) -> None:
        await peer.ready(last_seq=1)
        await peer.say(1, "hi", "customer", id=received[0]["id"])
        await peer.say(2, "Hello!", in_reply_to=received[0]["id"])
        await peer.send(type="turn_done", in_reply_to=received[0]["id"])
        received.append(await peer.receive())
        await peer.rest()

    async with scripted(dies_after_the_ack, replays) as url, client(url, Transcript()) as customer:
        first = await customer.say("hi")
        await first.done(2)
        second = await customer.say("are you a bot?")
        await customer.until(lambda view: view.last_seq == 2, 2)
        with pytest.raises(NotAnswered):
            await second.acked(0.05)

    assert [frame["text"] for frame in received] == ["hi", "are you a bot?"]


async def test_an_answer_that_came_while_away_counts_as_complete_without_turn_done() -> None:
    ids: list[str] = []

    async def dies_after_the_ack(peer: Peer) -> None:
        await peer.ready()
        frame = await peer.receive()
        ids.append(frame["id"])
        await peer.send(type="ack", id=frame["id"], seq=1)
        peer.cut()

    async def replays(peer: Peer) -> None:
        await peer.ready(last_seq=3)
        await peer.say(1, "hi", "customer", id=ids[0])
        await peer.say(2, "Hello!", in_reply_to=ids[0])
        await peer.say(3, "How can I help?", in_reply_to=ids[0])
        await peer.rest()

    async with scripted(dies_after_the_ack, replays) as url, client(url, Transcript()) as customer:
        exchange = await customer.say("hi")
        await exchange.done(2)

    assert exchange.ending == "replayed"
    assert len(exchange.replies) == 2


async def test_a_notice_alone_does_not_count_as_an_answer() -> None:
    async def slow(peer: Peer) -> None:
        await peer.ready()
        frame = await peer.receive()
        await peer.send(type="ack", id=frame["id"], seq=1)
        await peer.say(1, "hi", "customer", id=frame["id"])
        await peer.say(2, "This takes a moment.", "system", in_reply_to=frame["id"])
        await peer.rest()

    async def reconnected(peer: Peer) -> None:
        await peer.ready(last_seq=2)
        await peer.rest()

    async with scripted(slow, reconnected) as url, client(url, Transcript()) as customer:
        exchange = await customer.say("hi")
        await customer.until(lambda view: view.last_seq == 2, 2)
        customer.drop()
        with pytest.raises(NotAnswered):
            await exchange.done(0.2)


async def test_the_client_comes_back_with_what_it_has_seen() -> None:
    hellos: list[dict[str, Any]] = []

    async def first(peer: Peer) -> None:
        hellos.append(await peer.ready(last_seq=2))
        await peer.say(1, "hi", "customer")
        await peer.say(2, "Hello!")
        await peer.rest()

    async def second(peer: Peer) -> None:
        hellos.append(await peer.ready(last_seq=3))
        await peer.say(3, "Still there?")
        await peer.rest()

    transcript = Transcript()
    async with scripted(first, second) as url, client(url, transcript) as customer:
        await customer.until(lambda view: view.last_seq == 2, 2)
        customer.drop()
        await customer.until(lambda view: view.last_seq == 3, 2)

    assert [(hello["after"], hello.get("conversation")) for hello in hellos] == [(0, None), (2, "c1")]
    assert sum(isinstance(entry, Connected) for entry in transcript.entries) == 2
    assert not breaches(transcript)


async def test_a_number_left_out_is_a_breach_and_the_client_asks_again() -> None:
    async def leaves_out_two(peer: Peer) -> None:
        await peer.ready(last_seq=3)
        await peer.say(1, "hi", "customer")
        await peer.say(3, "later")
        await peer.rest()

    async def complete(peer: Peer) -> None:
        hello = await peer.ready(last_seq=3)
        for seq in range(hello["after"] + 1, 4):
            await peer.say(seq)
        await peer.rest()

    transcript = Transcript()
    async with scripted(leaves_out_two, complete) as url, client(url, transcript) as customer:
        await customer.until(lambda view: view.last_seq == 3, 2)

    assert breaches(transcript) == ["message 3 came where 2 was next"]
    assert [m.seq for m in customer.view.messages] == [1, 2, 3]


async def test_a_message_shown_again_is_a_breach_and_is_not_taken_twice() -> None:
    async def repeats(peer: Peer) -> None:
        await peer.ready(last_seq=1)
        await peer.say(1, "Hello!")
        await peer.say(1, "Hello!")
        await peer.say(2, "Bye!")
        await peer.rest()

    transcript = Transcript()
    async with scripted(repeats) as url, client(url, transcript) as customer:
        await customer.until(lambda view: view.last_seq == 2, 2)

    assert breaches(transcript) == ["message 1 came again"]
    assert [m.seq for m in customer.view.messages] == [1, 2]


async def test_a_server_that_forgot_what_it_showed_is_a_breach() -> None:
    async def knows_two(peer: Peer) -> None:
        await peer.ready(last_seq=2)
        await peer.say(1)
        await peer.say(2)
        peer.cut()

    async def knows_one(peer: Peer) -> None:
        await peer.ready(last_seq=1)
        await peer.send(type="status", status="queue")
        await peer.rest()

    transcript = Transcript()
    async with scripted(knows_two, knows_one) as url, client(url, transcript) as customer:
        await customer.until(lambda view: view.status == "queue", 2)

    assert breaches(transcript) == ["ready counts 1 messages, 2 were shown"]


async def test_another_conversation_starts_a_new_view_at_one() -> None:
    async def ends_and_begins(peer: Peer) -> None:
        await peer.ready("c1", "ended", last_seq=1)
        await peer.say(1, "Bye!")
        await peer.send(type="ready", conversation="c2", status="open", last_seq=0)
        await peer.say(1, "Hello again!")
        await peer.rest()

    transcript = Transcript()
    async with scripted(ends_and_begins) as url, client(url, transcript) as customer:
        await customer.until(lambda view: view.conversation == "c2" and view.last_seq == 1, 2)

    shown = [
        (e.conversation, e.frame.text)
        for e in transcript.entries
        if isinstance(e, Received) and hasattr(e.frame, "text")
    ]
    assert shown == [("c1", "Bye!"), ("c2", "Hello again!")]
    assert not breaches(transcript)


async def test_a_silent_server_gets_the_message_again_on_the_same_socket() -> None:
    async def deaf_once(peer: Peer) -> None:
        await peer.ready()
        await peer.receive()
        await answer(peer, 1, "Hello!")
        await peer.rest()

    transcript = Transcript()
    async with scripted(deaf_once) as url, client(url, transcript) as customer:
        exchange = await customer.say("hi")
        await exchange.done(2)

    assert exchange.attempts == 2
    assert {e.connection for e in transcript.entries if isinstance(e, Sent)} == {1}


@pytest.mark.parametrize("retryable", [True, False])
async def test_only_a_final_refusal_ends_the_message(retryable: bool) -> None:
    async def refuses(peer: Peer) -> None:
        await peer.ready()
        frame = await peer.receive()
        await peer.send(type="error", code="delayed", message="One moment.", id=frame["id"], retryable=retryable)
        if retryable:
            await answer(peer, 1, "Hello!")
        await peer.rest()

    async with scripted(refuses) as url, client(url, Transcript()) as customer:
        exchange = await customer.say("hi")
        await exchange.done(2)

    assert exchange.ending == ("turn_done" if retryable else "refused")
    assert (exchange.refusal is None) is retryable


async def test_a_refused_token_ends_the_client_and_tells_whoever_waits() -> None:
    async def refuses(peer: Peer) -> None:
        await peer.receive()
        await peer.close(4401, "unauthorized")

    async with scripted(refuses) as url, client(url, Transcript()) as customer:
        exchange = await customer.say("hi")
        with pytest.raises(ClientFailed, match="4401"):
            await exchange.done(2)
        with pytest.raises(ClientFailed):
            await customer.say("again")


async def test_a_token_that_cannot_be_had_now_is_asked_for_again() -> None:
    async def healthy(peer: Peer) -> None:
        await peer.ready()
        await answer(peer, 1, "Hello!")
        await peer.rest()

    transcript = Transcript()
    sessions = FixedToken([SessionUnavailable("503"), SessionUnavailable("503")])
    async with scripted(healthy) as url, client(url, transcript, sessions) as customer:
        await (await customer.say("hi")).done(2)

    assert [e.reason for e in transcript.entries if isinstance(e, Lost)][:2] == ["503", "503"]


async def test_a_refused_session_ends_the_client() -> None:
    async def never(peer: Peer) -> None:
        raise AssertionError("no socket was due")

    sessions = FixedToken([SessionRefused(403, "foreign", "No.")])
    async with scripted(never) as url, client(url, Transcript(), sessions) as customer:
        with pytest.raises(ClientFailed, match="403 foreign"):
            await customer.until(lambda view: view.last_seq > 0, 2)


async def test_an_unreadable_frame_is_a_breach_and_the_socket_stays() -> None:
    async def babbles(peer: Peer) -> None:
        await peer.ready()
        await peer.send_raw("[1]")
        await peer.send_raw(b"\x00")
        await peer.send(type="ack", id="x", seq=True)
        await peer.say(1, "Hello!")
        await peer.rest()

    transcript = Transcript()
    async with scripted(babbles) as url, client(url, transcript) as customer:
        await customer.until(lambda view: view.last_seq == 1, 2)

    assert len(breaches(transcript)) == 3
    assert all(what.startswith("unreadable frame") for what in breaches(transcript))


async def test_the_same_seed_sends_the_same_ids() -> None:
    async def healthy(peer: Peer) -> None:
        await peer.ready()
        await answer(peer, 1)
        await peer.rest()

    ids = []
    for seed in (7, 7, 8):
        async with scripted(healthy) as url, client(url, Transcript(), seed=seed) as customer:
            await customer.until(lambda view: view.conversation == "c1", 2)
            ids.append((await customer.say("hi")).id)
    assert ids[0] == ids[1] != ids[2]
