"""The web channel on a real server and a real database, with an engine that answers what the test says."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import socket
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from bot.conversations.service import Conversations
from bot.conversations.signals import Signals
from bot.conversations.unit import Rules
from bot.conversations.worker import Patience, TurnWorker, WakesWorker
from bot.handoff.models import Place
from bot.storage.database import Database
from bot.telemetry import Metrics
from channels.limits import Buckets
from channels.web.files import FileLinks
from channels.web.hub import Hub
from channels.web.routes import WebChannel
from channels.web.standing import PeopleShown
from channels.web.tokens import Tokens
from channels.web.tools import SocketTools
from tests.conftest import Clock
from tests.support.core import FakeEngine, case_book, plain_phrases

IDENTITY_SECRET = "the shop's own site knows this as well"
ORIGIN = "https://shop.example"


@dataclass
class OtherChannel:
    """A channel on which conversations can be continued."""

    up: bool = True

    def link(self, token: str) -> str | None:
        return f"https://t.me/shop_bot?start={token}" if self.up else None


@dataclass
class FakePeople:
    """The queue and our people, as customers get to know them."""

    places: dict[str, Place] = field(default_factory=dict)  # by conversation
    names: dict[str, str] = field(default_factory=lambda: {"robin": "Robin Hale"})

    def shown(self) -> PeopleShown:
        return PeopleShown(
            lambda connection, conversation_id, now: self.places.get(conversation_id),
            lambda connection, agent_id: self.names.get(agent_id),
            lambda seconds, language: f"{seconds} s in {language}",
        )


@dataclass
class Site:
    """A running web channel."""

    port: int
    engine: FakeEngine
    database: Database
    conversations: Conversations
    tokens: Tokens
    hub: Hub
    telegram: OtherChannel
    people: FakePeople
    files: FileLinks
    signals: Signals

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def post_session(self, body: object = None, **headers: str) -> httpx.Response:
        return await self.post("sessions", body, **headers)

    async def post(self, path: str, body: object = None, **headers: str) -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False) as client:
            content = body if isinstance(body, str | bytes) else json.dumps(body or {})
            return await client.post(f"{self.url}/api/web/{path}", content=content, headers=headers)

    async def token(self) -> str:
        token: str = (await self.post_session()).json()["token"]
        return token

    @asynccontextmanager
    async def raw(self, **options: Any) -> AsyncIterator[ClientConnection]:
        url = f"ws://127.0.0.1:{self.port}/api/web/socket"
        async with connect(url, proxy=None, compression=None, max_size=2**22, **options) as ws:
            yield ws

    @asynccontextmanager
    async def visit(self, token: str | None = None, **hello: object) -> AsyncIterator[Talk]:
        async with self.raw() as ws:
            talk = Talk(ws)
            await talk.send({"type": "hello", "token": token or await self.token(), "after": 0, **hello})
            yield talk


class Talk:
    """One socket, frame by frame."""

    def __init__(self, ws: ClientConnection) -> None:
        self.ws = ws

    async def send(self, frame: dict[str, Any]) -> None:
        await self.ws.send(json.dumps(frame))

    async def say(self, text: str, frame_id: str | None = None) -> str:
        frame_id = frame_id or str(uuid.uuid4())
        await self.send({"type": "message", "id": frame_id, "text": text})
        return frame_id

    async def next(self, kind: str, seconds: float = 5.0) -> dict[str, Any]:
        """The next frame of that type; others on the way are passed over."""
        async with asyncio.timeout(seconds):
            while True:
                frame: dict[str, Any] = json.loads(await self.ws.recv())
                if frame["type"] == kind:
                    return frame

    async def until_done(self, frame_id: str) -> list[dict[str, Any]]:
        """All frames up to the end of that message's turn."""
        seen: list[dict[str, Any]] = []
        async with asyncio.timeout(5):
            while True:
                frame = json.loads(await self.ws.recv())
                seen.append(frame)
                if frame["type"] == "turn_done" and frame["in_reply_to"] == frame_id:
                    return seen

    async def close_code(self, seconds: float = 5.0) -> int:
        """Read until the server closes; its code."""
        async with asyncio.timeout(seconds):
            with suppress(ConnectionClosed):
                while True:
                    await self.ws.recv()
        assert self.ws.close_code is not None
        return self.ws.close_code

    async def quiet(self, seconds: float = 0.3) -> list[dict[str, Any]]:
        """All frames until nothing came for that long."""
        seen: list[dict[str, Any]] = []
        with suppress(TimeoutError):
            while True:
                seen.append(json.loads(await asyncio.wait_for(self.ws.recv(), seconds)))
        return seen


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
async def site(tmp_path: Path, empty_file: Path, clock: Clock, new_id: Callable[[], str]) -> AsyncIterator[Site]:
    database = Database(f"sqlite:///{shutil.copyfile(empty_file, tmp_path / 'bellhop.db')}")
    conversations = Conversations(
        database,
        plain_phrases(),
        Rules(),
        case_book(database, new_id),
        clock=clock,
        new_id=new_id,
        effect_handlers={},
        instance="one",
    )
    signals = Signals(database, instance="one", clock=time.monotonic)
    engine, hub = FakeEngine(), Hub(conversations)
    worker = TurnWorker(
        conversations,
        engine,
        Metrics(),
        hub,
        clock=clock,
        chance=random.Random(5),
        patience=Patience(timedelta(seconds=5), timedelta(seconds=9), scan_every=1),
    )
    conversations.subscribe(hub)
    signals.subscribe(hub)
    conversations.subscribe(WakesWorker(worker))
    telegram, people, files = OtherChannel(), FakePeople(), FileLinks(b"k" * 32, clock)
    tokens = Tokens("s" * 32, IDENTITY_SECRET, clock, new_id)
    tools = SocketTools(
        conversations,
        hub,
        tokens,
        messages=Buckets(20, 60, time.monotonic),
        noise=Buckets(500, 2000, time.monotonic),
        longest_text=4000,
        locale="en",
        continuations={"telegram": telegram.link},
        people=people.shown(),
        files=files,
        signals=signals,
    )
    channel = WebChannel(tools, frozenset({ORIGIN}), Buckets(1, 60, time.monotonic))
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(
            Starlette(routes=list(channel.routes())),
            port=port,
            log_level="error",
            lifespan="off",
            ws="websockets-sansio",
            ws_max_size=64 * 1024,
            timeout_graceful_shutdown=1,
        )
    )
    serving = asyncio.create_task(server.serve())
    flushing = asyncio.create_task(hub.run())
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield Site(port, engine, database, conversations, tokens, hub, telegram, people, files, signals)
    server.should_exit = True
    await serving
    await worker.stop(1)
    flushing.cancel()
    with suppress(asyncio.CancelledError):
        await flushing
    database.close()
