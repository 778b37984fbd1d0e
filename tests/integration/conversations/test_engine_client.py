"""The engine's client against a real server that misbehaves in every way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from aiohttp import web

from bot.conversations.engine_client import HttpEngine, engine_session
from bot.conversations.errors import EngineError, EngineUnavailable
from bot.conversations.models import PendingTurn, Waiting

TURN = PendingTurn("c", "u", "i", "m", "x:1", "web", "en", 1, "hello", None, datetime.now(UTC), 0, [], "bot", "open")
GOOD = {
    "history": [{"event": "slot"}],
    "events": [],
    "replies": [
        {"text": "Hi", "buttons": [], "custom": {"cards": [1]}, "response": "utter_x", "metadata": {"expects": "email"}}
    ],
    "understanding": {"intent": {"name": "greet"}},
    "model": "abc",
    "timing": {"nlu_ms": 1.0, "actions_ms": 2.0, "total_ms": 3.0},
}


@asynccontextmanager
async def engine(answer, within_seconds: float = 25, **more) -> AsyncIterator[HttpEngine]:  # type: ignore[no-untyped-def]
    app = web.Application()
    app.router.add_post("/turn", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    async with engine_session(within_seconds) as session:
        yield HttpEngine(session, f"http://127.0.0.1:{port}", "secret", **more)
    await runner.cleanup()


async def test_a_turn_comes_back_typed_and_the_secret_goes_along() -> None:
    seen = {}

    async def answer(request: web.Request) -> web.Response:
        seen.update(await request.json(), authorization=request.headers["Authorization"])
        return web.json_response(GOOD)

    async with engine(answer) as client:
        result = await client.run(TURN, [{"event": "user"}])
    assert result.replies[0].metadata == {"expects": "email"}
    assert result.replies[0].custom == {"cards": [1]}
    assert result.actions_ms == 2.0
    assert seen["authorization"] == "Bearer secret"
    assert seen["history"] == [{"event": "user"}]
    assert seen["message"]["metadata"]["message_id"] == "m"


@pytest.mark.parametrize(("channel", "pushed"), [("web", False), ("telegram", True)])
async def test_whether_people_are_there_goes_along_with_every_turn(channel: str, pushed: bool) -> None:
    seen = []

    async def answer(request: web.Request) -> web.Response:
        seen.append((await request.json())["message"]["metadata"])
        return web.json_response(GOOD)

    asked: list[str] = []

    def people_are_there(language: str) -> bool:
        asked.append(language)
        return len(asked) > 1

    async with engine(answer, people_are_there=people_are_there) as client:
        for _ in range(2):
            await client.run(replace(TURN, channel=channel), [])
    assert [metadata["people"] for metadata in seen] == [False, True]
    assert [metadata["pushed"] for metadata in seen] == [pushed, pushed]
    assert asked == ["en", "en"]


async def test_what_is_done_once_goes_by_the_first_of_several_messages() -> None:
    seen = {}

    async def answer(request: web.Request) -> web.Response:
        seen.update(await request.json())
        return web.json_response(GOOD)

    first = Waiting("first", "x:0", "web", 0, "hi", None, datetime.now(UTC))
    async with engine(answer) as client:
        await client.run(replace(TURN, earlier=(first,)), [])
    assert seen["message"]["id"] == seen["message"]["metadata"]["message_id"] == "first"


@pytest.mark.parametrize(
    ("status", "body", "code", "retryable"),
    [
        (503, '{"error":{"code":"action_unavailable","message":"x","retryable":true}}', "action_unavailable", True),
        (500, '{"error":{"code":"turn_failed","message":"x","retryable":false}}', "turn_failed", False),
        (500, "[]", "500", True),
        (502, "Bad Gateway", "garbage", True),
        (200, "", "garbage", True),
        (200, "[]", "garbage", False),
        (200, '{"replies": 3}', "garbage", False),
    ],
)
async def test_every_failure_is_an_error_that_says_whether_to_try_again(status, body, code, retryable) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, text=body)

    async with engine(answer) as client:
        with pytest.raises(EngineError) as error:
            await client.run(TURN, [])
    assert (error.value.code, error.value.retryable) == (code, retryable)


async def test_an_engine_that_goes_away_in_the_middle_is_told_from_one_that_is_not_there() -> None:
    async def answer(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        await asyncio.sleep(1)
        return web.Response()

    async with engine(answer) as client:
        with pytest.raises(EngineUnavailable) as died:
            await client.run(TURN, [])
    assert died.value.code == "engine_died"
    async with engine_session() as session:
        with pytest.raises(EngineUnavailable) as absent:
            await HttpEngine(session, "http://127.0.0.1:1", "secret").run(TURN, [])
        assert absent.value.code == "engine_unavailable"
        assert not await HttpEngine(session, "http://127.0.0.1:1", "secret").healthy()


async def test_a_turn_that_takes_too_long_is_retryable() -> None:
    async def answer(request: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.Response()

    async with engine(answer, within_seconds=0.1) as client:
        with pytest.raises(EngineError) as error:
            await client.run(TURN, [])
    assert (error.value.code, error.value.retryable) == ("engine_timeout", True)
