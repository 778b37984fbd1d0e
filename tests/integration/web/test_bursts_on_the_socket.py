"""Several messages in a row over a real socket: typing is noticed, every message is done, also after a reconnect."""

from __future__ import annotations

import asyncio
import uuid

HALF = "half a sentence"


def ids(count: int) -> list[str]:
    return [str(uuid.uuid4()) for _ in range(count)]


async def test_every_message_of_a_burst_is_done_and_the_answer_names_the_last(site) -> None:
    site.engine.intents[HALF] = "nlu_fallback"
    first, second = ids(2)
    async with site.visit() as talk:
        await talk.say(HALF, first)
        await talk.say("and its end", second)
        frames = await talk.until_done(second)
    assert [f["in_reply_to"] for f in frames if f["type"] == "turn_done"] == [first, second]
    answers = [f for f in frames if f["type"] == "message" and f["author"]["kind"] == "bot"]
    assert [(f["text"], f["in_reply_to"]) for f in answers] == [(f"You said {HALF}\nand its end", second)]


async def test_a_client_that_missed_the_end_of_a_burst_hears_of_each_message_after_reconnecting(site) -> None:
    site.engine.intents[HALF] = "nlu_fallback"
    token = await site.token()
    first, second = ids(2)
    async with site.visit(token) as talk:
        await talk.say(HALF, first)
        await talk.say("and its end", second)
        await talk.until_done(second)
    for seen in (0, 1, 2, 3):
        async with site.visit(token, after=seen) as talk:
            done = [f["in_reply_to"] for f in await talk.quiet() if f["type"] == "turn_done"]
        assert first in done, f"after {seen}"
        assert len(done) == len(set(done))


async def test_who_types_on_after_a_greeting_is_waited_for(site) -> None:
    site.engine.intents["hi"] = "greet"
    first, second = ids(2)
    async with site.visit() as talk:
        await talk.send({"type": "typing"})
        await talk.say("hi", first)
        await asyncio.sleep(0.3)
        await talk.send({"type": "typing"})
        await asyncio.sleep(1.2)
        await talk.say("where is it", second)
        frames = await talk.until_done(second)
    assert [turn.text for turn in site.engine.turns] == ["hi", "hi\nwhere is it"]
    assert len([f for f in frames if f["type"] == "message" and f["author"]["kind"] == "bot"]) == 1


async def test_a_client_that_never_tells_of_typing_is_greeted_at_once(site) -> None:
    site.engine.intents["hi"] = "greet"
    async with site.visit() as talk:
        sent = await talk.say("hi")
        async with asyncio.timeout(0.5):
            await talk.until_done(sent)
