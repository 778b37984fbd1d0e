"""A server that speaks the socket's side of the web protocol exactly as a test wrote it down."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.server import ServerConnection, serve


class Peer:
    """The server's end of one socket."""

    def __init__(self, socket: ServerConnection) -> None:
        self._socket = socket

    async def send(self, **frame: Any) -> None:
        """Write one frame."""
        await self._socket.send(json.dumps(frame))

    async def send_raw(self, frame: str | bytes) -> None:
        """Write anything."""
        await self._socket.send(frame)

    async def receive(self) -> dict[str, Any]:
        """Read one frame."""
        body = json.loads(await self._socket.recv())
        assert isinstance(body, dict)
        return body

    async def ready(self, conversation: str | None = "c1", status: str = "open", last_seq: int = 0) -> Any:
        """Read hello and answer it; returns the hello."""
        hello = await self.receive()
        await self.send(type="ready", conversation=conversation, status=status, last_seq=last_seq)
        return hello

    async def say(self, seq: int, text: str = "…", kind: str = "bot", **more: Any) -> None:
        """Write one message frame."""
        author = {"kind": kind, "name": None}
        await self.send(type="message", seq=seq, at="2026-01-01T00:00:00Z", author=author, text=text, **more)

    def cut(self) -> None:
        """Drop the socket without a closing handshake."""
        self._socket.transport.abort()

    async def close(self, code: int, reason: str = "") -> None:
        """Close the socket properly."""
        await self._socket.close(code, reason)

    async def rest(self) -> None:
        """Stay until the client leaves."""
        await self._socket.wait_closed()


Script = Callable[[Peer], Awaitable[None]]


@asynccontextmanager
async def scripted(*scripts: Script) -> AsyncIterator[str]:
    """Serve the n-th connection with the n-th script, later ones with the last; yields the http address."""
    remaining = list(scripts)

    async def handle(socket: ServerConnection) -> None:
        script = remaining.pop(0) if len(remaining) > 1 else remaining[0]
        await script(Peer(socket))

    async with serve(handle, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"http://127.0.0.1:{port}"


class FixedToken:
    """Sessions without a server; fails first with each of ``errors``."""

    def __init__(self, errors: Sequence[Exception] = ()) -> None:
        self._errors = list(errors)

    async def token(self) -> str:
        """The token, or the next error."""
        if self._errors:
            raise self._errors.pop(0)
        return "token-1"
