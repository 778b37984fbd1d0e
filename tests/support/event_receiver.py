"""A receiver of events on loopback: it checks nothing, keeps what came, and fails when and as a test says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

STALL, DROP, TRICKLE = "never answers", "closes the connection", "sends a byte now and then"
Answer = int | str | tuple[int, dict[str, str]]


@dataclass(frozen=True)
class Came:
    """One request."""

    headers: dict[str, str]
    content: bytes

    @property
    def body(self) -> dict[str, Any]:
        """What it told."""
        return json.loads(self.content)

    @property
    def key(self) -> str:
        """By which a receiver knows what it has already."""
        return self.headers["Idempotency-Key"]


@dataclass
class EventReceiver:
    """The server. `answers` are used up by the requests as they come (200 afterwards); `came` are all of them."""

    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    came: list[Came] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: int = 0
    most_at_once: int = 0

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Take an event, or not."""
        self.came.append(Came(dict(request.headers), await request.read()))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._answer(request, self.answers.pop(0) if self.answers else 200)
        finally:
            self.at_once -= 1

    async def _answer(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        if answer == STALL:
            await self.over.wait()
        if answer == TRICKLE:
            response = web.StreamResponse()
            await response.prepare(request)
            while not self.over.is_set():
                await response.write(b".")
                await asyncio.sleep(0.01)
        if answer == DROP or self.over.is_set():
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        await asyncio.sleep(0)
        status, headers = answer if isinstance(answer, tuple) else (int(answer), {})
        return web.Response(status=status, headers=headers)

    async def wait_for(self, count: int) -> None:
        """Wait until so many requests have come."""
        async with asyncio.timeout(20):
            while len(self.came) < count:  # noqa: ASYNC110  # the server has no event for it
                await asyncio.sleep(0.01)


@asynccontextmanager
async def event_receiver() -> AsyncIterator[EventReceiver]:
    """Serve one on a free port while the block runs."""
    receiver = EventReceiver()
    application = web.Application()
    application.router.add_post("/hooks", receiver.take)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hooks"
    try:
        yield receiver
    finally:
        receiver.over.set()
        await runner.cleanup()
