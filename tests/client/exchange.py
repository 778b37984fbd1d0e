"""One message of the customer and what came back for it."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal

from tests.client.frames import Ack, Message, Refusal

Ending = Literal["turn_done", "replayed", "refused"]


class ClientError(Exception):
    """Root of what the client raises.

    ClientError
    ├── NotAnswered    what was waited for did not come in time; it may still come
    └── ClientFailed   the client gave up for good: the token or the page's origin was refused
    """


class NotAnswered(ClientError):
    """What was waited for did not come in time."""


class ClientFailed(ClientError):
    """The client gave up for good; the message says why."""


@dataclass(slots=True, eq=False)
class Exchange:
    """A message or a tap on its way; times are the client's clock in seconds.

    ``ending`` says how we know that no more comes: ``turn_done``, ``replayed`` (the socket was lost before
    that frame, and replies were there after reconnecting: stored together, so they are all), or ``refused``.
    """

    id: str
    kind: Literal["message", "choose"]
    body: str
    sent_at: float
    attempts: int = 0
    tried_at: float = 0.0
    ack: Ack | None = None
    acked_at: float | None = None
    replies: list[Message] = field(default_factory=list)
    refusal: Refusal | None = None
    ending: Ending | None = None
    done_at: float | None = None
    failure: Exception | None = None
    _acked: asyncio.Event = field(default_factory=asyncio.Event)
    _done: asyncio.Event = field(default_factory=asyncio.Event)

    def take_ack(self, ack: Ack, at: float) -> None:
        """The server stored it. Later acks of resends change nothing."""
        if self.ack is None:
            self.ack, self.acked_at = ack, at
            self._acked.set()

    def finish(self, ending: Ending, at: float) -> None:
        """No more comes."""
        if self.ending is None:
            self.ending, self.done_at = ending, at
            self._acked.set()
            self._done.set()

    def refuse(self, refusal: Refusal, at: float) -> None:
        """The server will not take it."""
        self.refusal = refusal
        self.finish("refused", at)

    def abandon(self, failure: Exception) -> None:
        """The client gave up; whoever waits is told."""
        self.failure = failure
        self._acked.set()
        self._done.set()

    async def acked(self, seconds: float) -> None:
        """Wait until it is stored or refused. Raises NotAnswered, ClientFailed."""
        await self._within(self._acked, seconds, "stored")

    async def done(self, seconds: float) -> None:
        """Wait until all replies are here, or it was refused. Raises NotAnswered, ClientFailed."""
        await self._within(self._done, seconds, "answered")

    async def _within(self, event: asyncio.Event, seconds: float, what: str) -> None:
        if not event.is_set():
            try:
                async with asyncio.timeout(seconds):
                    await event.wait()
            except TimeoutError:
                raise NotAnswered(
                    f"{self.kind} {self.id} ({self.body[:40]!r}) not {what} within {seconds:g} s"
                ) from None
        if self.failure is not None:
            raise ClientFailed(str(self.failure)) from self.failure
