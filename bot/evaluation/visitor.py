"""One web visitor over the public protocol: says something, waits for the answer, comes back when the net fails."""

from __future__ import annotations

import asyncio
import json
import random
import uuid
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from bot.evaluation.messages import Message, read_message

RESEND_SECONDS = 5.0
LONGEST_PAUSE = 2.0


class VisitorError(Exception):
    """Root of what a visitor raises.

    VisitorError
    ├── NoAnswer   what was said was not answered in time
    ├── Refused    the server does not take what was said
    └── CannotTalk there is no session to be had
    """


class NoAnswer(VisitorError):
    """It was not answered in time."""


class Refused(VisitorError):
    """It will not be taken; the text is the server's."""


class CannotTalk(VisitorError):
    """Nobody gives a session."""


class Visitor:
    """One visitor; use it as an async context manager.

    Args:
        base_url: where the product answers.
        rng: makes the ids of messages, so that a conversation can be repeated.
        patience: seconds to wait for an answer.
    """

    def __init__(self, base_url: str, rng: random.Random, *, locale: str = "en-US", patience: float = 90.0) -> None:
        self._base_url = base_url
        self._rng = rng
        self._locale = locale
        self._patience = patience
        self._token = ""
        self._socket: ClientConnection | None = None
        self._ready = False
        self._seen = 0
        self._shown: list[Message] = []
        self._sent: dict[str, Any] | None = None
        self._answered = asyncio.Event()
        self._error: VisitorError | None = None
        self._task: asyncio.Task[None] | None = None
        self.conversation: str | None = None
        self.conversations: list[str] = []
        self.status = "none"

    async def __aenter__(self) -> Self:
        await self._get_session()
        self._task = asyncio.create_task(self._stay())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def say(self, text: str) -> list[Message]:
        """Type something; returns all that was shown since the move before, once it is answered.

        Raises:
            NoAnswer, Refused: it came to nothing.
        """
        return await self._move({"type": "message", "text": text})

    async def tap(self, choice: str) -> list[Message]:
        """Choose a button by its id; otherwise as `say`."""
        return await self._move({"type": "choose", "choice": choice})

    async def _move(self, frame: dict[str, Any]) -> list[Message]:
        self._answered.clear()
        self._error = None
        self._sent = {**frame, "id": str(uuid.UUID(int=self._rng.getrandbits(128), version=4))}
        await self._send()
        try:
            async with asyncio.timeout(self._patience):
                while not self._answered.is_set():
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._answered.wait(), RESEND_SECONDS)
                        break
                    await self._send()  # harmless where it has arrived: its id is stored once
        except TimeoutError:
            raise NoAnswer(f"no answer within {self._patience:g} s") from None
        finally:
            self._sent = None
        if self._error is not None:
            raise self._error
        shown, self._shown = self._shown, []
        return shown

    async def _send(self) -> None:
        if self._socket is not None and self._ready and self._sent is not None:
            with suppress(ConnectionClosed):  # sent again after the reconnect
                await self._socket.send(json.dumps(self._sent))

    async def _get_session(self) -> None:
        try:
            async with httpx.AsyncClient(base_url=self._base_url, trust_env=False, timeout=10) as http:
                answer = await http.post("/api/web/sessions", json={"locale": self._locale})
                self._token = str(answer.raise_for_status().json()["token"])
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise CannotTalk(f"no session at {self._base_url}: {error}") from error

    async def _stay(self) -> None:
        pause = 0.1
        address = self._base_url.replace("http", "ws", 1) + "/api/web/socket"
        while True:
            try:
                async with connect(address, proxy=None, compression=None, close_timeout=1, max_size=2**20) as socket:
                    pause = 0.1
                    await self._listen(socket)
            except (OSError, InvalidHandshake, ConnectionClosed, TimeoutError):
                pass
            self._socket, self._ready = None, False
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _listen(self, socket: ClientConnection) -> None:
        self._socket = socket
        hello: dict[str, Any] = {"type": "hello", "token": self._token, "after": self._seen}
        if self.conversation:
            hello["conversation"] = self.conversation
        await socket.send(json.dumps(hello))
        async for raw in socket:
            await self._take(json.loads(raw))

    async def _take(self, frame: dict[str, Any]) -> None:
        match frame.get("type"):
            case "ready":
                self._take_ready(frame)
                await self._send()
            case "message" if frame["seq"] > self._seen:
                self._seen = frame["seq"]
                self._shown.append(read_message(frame))
            case "status":
                self.status = str(frame.get("status"))
            case "turn_done" if self._sent is not None and frame.get("in_reply_to") == self._sent["id"]:
                self._answered.set()
            case "error" if not frame.get("retryable") and self._sent and frame.get("id") == self._sent["id"]:
                self._error = Refused(f"{frame.get('code')}: {frame.get('message')}")
                self._answered.set()

    def _take_ready(self, frame: dict[str, Any]) -> None:
        self._ready = True
        self.status = str(frame.get("status"))
        if frame.get("conversation") != self.conversation:
            self.conversation, self._seen = frame.get("conversation"), 0
        if self.conversation and self.conversation not in self.conversations:
            self.conversations.append(self.conversation)
