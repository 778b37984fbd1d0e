"""One user of each target: ask a text, get the time to the whole answer. As cheap as can be."""

import asyncio
import json
import random
import time
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from tests.client.frames import Message
from tests.client.sessions import HttpSessions
from tests.client.transcript import NoTranscript
from tests.client.web_client import Patience, WebClient

ANSWER_SECONDS = 60.0


class BadAnswer(Exception):
    """The target refused, or answered with something else than an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How long the whole answer took, and its texts."""

    seconds: float
    texts: tuple[str, ...]


class Talker(Protocol):
    """One user in one conversation."""

    async def ask(self, text: str) -> Answer:
        """Say ``text`` and wait for all of the answer. Raises BadAnswer, ConnectionError, TimeoutError."""
        ...

    async def close(self) -> None:
        """Leave."""
        ...


class WebTalker:
    """A user of Bellhop, over its web protocol. The answer is complete with ``turn_done``."""

    def __init__(self, base_url: str, seed: int, patience: Patience | None = None) -> None:
        self.client = WebClient(
            base_url,
            HttpSessions(base_url),
            rng=random.Random(seed),
            recorder=NoTranscript(),
            patience=patience or Patience(before_resend=30.0),
        )
        self._entered = False
        self.conversations: set[str | None] = set()

    async def ask(self, text: str) -> Answer:
        """Say ``text`` and wait for ``turn_done``."""
        replies, seconds = await self.exchange(text)
        return Answer(seconds, tuple(reply.text for reply in replies))

    async def exchange(self, text: str) -> tuple[list[Message], float]:
        """Say ``text``: the bot's replies and the seconds to ``turn_done``. Raises BadAnswer."""
        if not self._entered:
            await self.client.__aenter__()
            self._entered = True
        said = await self.client.say(text)
        await said.done(ANSWER_SECONDS)
        self.conversations.add(self.client.view.conversation)
        if said.refusal is not None:
            raise BadAnswer(f"{said.refusal.code}: {said.refusal.message}")
        if said.done_at is None:
            raise BadAnswer(f"{text!r} has no end")
        return said.replies, said.done_at - said.sent_at

    async def close(self) -> None:
        """Leave."""
        await self.client.close()


class RestTalker:
    """A user of stock Rasa, over its REST channel: one kept-alive connection, the answer is the response."""

    def __init__(self, base_url: str, sender: str) -> None:
        parts = urlsplit(base_url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._sender = sender
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, text: str) -> Answer:
        """Post ``text`` and wait for the response."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        body = json.dumps({"sender": self._sender, "message": text}).encode()
        started = time.monotonic()
        writer.write(
            b"POST /webhooks/rest/webhook HTTP/1.1\r\nHost: %b\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (self._host.encode(), len(body), body)
        )
        async with asyncio.timeout(ANSWER_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
            payload = await reader.readexactly(_content_length(head))
        seconds = time.monotonic() - started
        if not head.startswith(b"HTTP/1.1 200"):
            raise BadAnswer(head.splitlines()[0].decode())
        if b"connection: close" in head.lower():
            await self.close()
        return Answer(seconds, tuple(str(reply.get("text", "")) for reply in json.loads(payload)))

    async def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


def _content_length(head: bytes) -> int:
    for line in head.lower().splitlines():
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    raise BadAnswer("a response without a length")
