"""The engine's vectors over HTTP: what it answers, and what is no answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from bot.knowledge.encoding import ENGLISH, EncoderUnavailable, HttpEncoder

pytestmark = pytest.mark.integration


@asynccontextmanager
async def engine(
    status: int, body: str, *, seconds: float = 0.0
) -> AsyncIterator[tuple[HttpEncoder, list[web.Request]]]:
    """An engine on loopback that gives this answer, and the requests it got."""
    requests: list[web.Request] = []

    async def encode(request: web.Request) -> web.Response:
        await request.read()
        requests.append(request)
        await asyncio.sleep(seconds)
        return web.Response(status=status, text=body)

    app = web.Application()
    app.router.add_post("/encode", encode)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    async with aiohttp.ClientSession() as session:
        yield HttpEncoder(session, f"http://127.0.0.1:{port}", "secret"), requests
    await runner.cleanup()


async def test_texts_become_vectors() -> None:
    async with engine(200, json.dumps({"vectors": [[1.0, 0.0], [0.0, 1.0]], "encoder": "english"})) as (
        client,
        requests,
    ):
        rows = await client.encode(["one", "two"], ENGLISH, within=2)
    assert [row.tolist() for row in rows] == [[1, 0], [0, 1]]
    assert requests[0].headers["Authorization"] == "Bearer secret"
    assert await requests[0].json() == {"texts": ["one", "two"], "encoder": "english"}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, "{}"),
        (503, '{"error": {"code": "busy"}}'),
        (200, "no json"),
        (200, "{}"),
        (200, '{"vectors": [[1, 0]]}'),
        (200, '{"vectors": [[1, 0], [1]]}'),
        (200, '{"vectors": [1, 0]}'),
    ],
)
async def test_what_is_no_answer_is_no_vector(status: int, body: str) -> None:
    async with engine(status, body) as (client, _):
        with pytest.raises(EncoderUnavailable):
            await client.encode(["one", "two"], ENGLISH, within=2)


async def test_a_slow_engine_is_not_waited_for() -> None:
    async with engine(200, '{"vectors": [[1, 0]]}', seconds=5) as (client, _):
        began = asyncio.get_running_loop().time()
        with pytest.raises(EncoderUnavailable):
            await client.encode(["one"], ENGLISH, within=0.2)
        assert asyncio.get_running_loop().time() - began < 1


async def test_no_engine_is_no_vector() -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(EncoderUnavailable):
            await HttpEncoder(session, "http://127.0.0.1:1", "secret").encode(["one"], ENGLISH, within=1)
