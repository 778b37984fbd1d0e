"""One web visitor: a socket that comes back, messages sent until stored, all that was shown noted down."""

import asyncio
import json
import random
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Literal, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from tests.client.exchange import ClientFailed, Exchange, NotAnswered
from tests.client.frames import (
    Ack,
    Edited,
    Frame,
    Message,
    Ready,
    Refusal,
    Status,
    TurnDone,
    UnreadableFrame,
    parse_frame,
)
from tests.client.sessions import SessionError, Sessions
from tests.client.transcript import Breach, Connected, Lost, Received, Recorder, Sent

CLOSED_UNAUTHORIZED = 4401


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the client waits, in seconds."""

    to_connect: float = 5.0
    first_retry: float = 0.1
    longest_retry: float = 1.5
    before_resend: float = 5.0


@dataclass(slots=True)
class View:
    """What the customer sees now: the current conversation alone."""

    conversation: str | None = None
    status: str = "none"
    last_seq: int = 0
    messages: list[Message] = field(default_factory=list)


def socket_url(base_url: str) -> str:
    """The socket's address on the server at ``base_url`` (http or https)."""
    return "ws" + base_url.rstrip("/").removeprefix("http") + "/api/web/socket"


class WebClient:
    """One visitor over the public web protocol. Use it as an async context manager.

    Everything random (ids, pauses before reconnecting) comes from ``rng``; clients share nothing.
    """

    def __init__(
        self,
        base_url: str,
        sessions: Sessions,
        *,
        rng: random.Random,
        recorder: Recorder,
        patience: Patience = Patience(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = socket_url(base_url)
        self._sessions = sessions
        self._rng = rng
        self._recorder = recorder
        self._patience = patience
        self._clock = clock
        self._socket: ClientConnection | None = None
        self._connection = 0
        self._caught_up = False
        self._target_seq = 0
        self._unacked: dict[str, Exchange] = {}
        self._open: dict[str, Exchange] = {}
        self._waiters: list[tuple[Callable[[View], bool], asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None
        self._failure: Exception | None = None
        self.view = View()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._stay_connected())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Leave for good."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def say(self, text: str) -> Exchange:
        """Send ``text``; it goes out again until it is stored. Raises ClientFailed."""
        return await self._send("message", text)

    async def choose(self, choice_id: str) -> Exchange:
        """Tap a button; it goes out again until it is stored. Raises ClientFailed."""
        return await self._send("choose", choice_id)

    async def typing(self) -> None:
        """Say that the customer is typing; lost without harm."""
        await self._write(json.dumps({"type": "typing"}))

    async def seen(self, seq: int) -> None:
        """Say how far the customer has read; lost without harm."""
        await self._write(json.dumps({"type": "seen", "seq": seq}))

    def drop(self) -> None:
        """Cut the socket as a tunnel would, without a closing handshake; the client reconnects by itself."""
        if self._socket is not None:
            self._socket.transport.abort()

    @property
    def connected(self) -> bool:
        """Whether the server said ready on a socket that is still open."""
        return self._socket is not None and self._caught_up

    @property
    def pending(self) -> list[Exchange]:
        """What was sent and is not finished yet, in the order it was sent."""
        return list(self._open.values())

    async def until(self, wanted: Callable[[View], bool], seconds: float) -> None:
        """Wait until ``wanted(view)``. Raises NotAnswered after ``seconds``, ClientFailed."""
        self._raise_failure()
        if wanted(self.view):
            return
        waiter = (wanted, asyncio.get_running_loop().create_future())
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(seconds):
                await waiter[1]
        except TimeoutError:
            raise NotAnswered(f"not seen within {seconds:g} s; the view is {self.view}") from None
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    # -- sending ---------------------------------------------------------------------------------------------

    async def _send(self, kind: Literal["message", "choose"], body: str) -> Exchange:
        self._raise_failure()
        id = str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
        exchange = Exchange(id, kind, body, self._clock())
        self._unacked[id] = self._open[id] = exchange
        if self.connected:
            await self._transmit(exchange)
        return exchange

    async def _transmit(self, exchange: Exchange) -> None:
        exchange.attempts += 1
        exchange.tried_at = self._clock()
        body_key = "text" if exchange.kind == "message" else "choice"
        self._recorder.note(
            Sent(
                exchange.tried_at,
                self._connection,
                exchange.id,
                exchange.kind,
                exchange.body,
                exchange.attempts,
            )
        )
        await self._write(json.dumps({"type": exchange.kind, "id": exchange.id, body_key: exchange.body}))

    async def _write(self, frame: str) -> None:
        if self._socket is not None:
            # A closed socket is the reader's business: it reconnects, and what is not stored goes out again.
            with suppress(ConnectionClosed):
                await self._socket.send(frame)

    async def _resend_overdue(self) -> None:
        while True:
            await asyncio.sleep(self._patience.before_resend / 4)
            now = self._clock()
            for exchange in list(self._unacked.values()):
                if self.connected and now - exchange.tried_at >= self._patience.before_resend:
                    await self._transmit(exchange)

    # -- the socket ------------------------------------------------------------------------------------------

    async def _stay_connected(self) -> None:
        pause = self._patience.first_retry
        while True:
            try:
                if await self._converse():
                    pause = self._patience.first_retry
            except ClientFailed as failure:
                self._fail(failure)
                return
            except Exception as error:
                # Anything else is a fault of this client; whoever waits must hear of it.
                self._fail(error)
                raise
            await asyncio.sleep(pause * self._rng.uniform(0.5, 1.0))
            pause = min(pause * 2, self._patience.longest_retry)

    async def _converse(self) -> bool:
        """One socket from hello to its loss; whether it was opened at all. Raises ClientFailed."""
        self._connection += 1
        try:
            token = await self._sessions.token()
            socket = await connect(
                self._url,
                open_timeout=self._patience.to_connect,
                close_timeout=1,
                compression=None,
                proxy=None,
                max_size=2**20,
            )
        except SessionError as error:
            if not error.retryable:
                raise ClientFailed(str(error)) from error
            self._lost(str(error), None)
            return False
        except InvalidStatus as error:
            if error.response.status_code < 500:
                raise ClientFailed(str(error)) from error
            self._lost(str(error), None)
            return False
        except (OSError, InvalidHandshake, ConnectionClosed) as error:
            self._lost(f"{type(error).__name__}: {error}", None)
            return False
        try:
            await self._read(socket, token)
        finally:
            self._socket = None
            self._caught_up = False
            socket.transport.abort()
        self._lost(socket.close_reason or "closed", socket.close_code)
        if socket.close_code == CLOSED_UNAUTHORIZED:
            raise ClientFailed(f"closed with {CLOSED_UNAUTHORIZED}: {socket.close_reason}")
        return True

    async def _read(self, socket: ClientConnection, token: str) -> None:
        self._socket = socket
        self._recorder.note(Connected(self._clock(), self._connection))
        hello: dict[str, object] = {"type": "hello", "token": token, "after": self.view.last_seq}
        if self.view.conversation is not None:
            hello["conversation"] = self.view.conversation
        resending = asyncio.create_task(self._resend_overdue())
        try:
            await socket.send(json.dumps(hello))
            async for raw in socket:
                try:
                    frame = parse_frame(raw)
                except UnreadableFrame as error:
                    self._breach(f"unreadable frame: {error}")
                    continue
                if not await self._take(frame):
                    return
        except ConnectionClosed:
            return
        finally:
            resending.cancel()

    # -- what comes ------------------------------------------------------------------------------------------

    async def _take(self, frame: Frame) -> bool:
        """Note ``frame`` and act on it; whether to go on with this socket."""
        now = self._clock()
        if isinstance(frame, Ready):
            await self._take_ready(frame, now)
            self._settle(now)
            self._wake()
            return True
        self._recorder.note(Received(now, self._connection, self.view.conversation, frame))
        intact = True
        if isinstance(frame, Message):
            intact = self._take_message(frame, now)
        elif isinstance(frame, Ack):
            exchange = self._unacked.pop(frame.id, None)
            if exchange is not None:
                exchange.take_ack(frame, now)
        elif isinstance(frame, Edited):
            self.view.messages = [
                replace(shown, text=frame.text, edited=True) if shown.seq == frame.seq else shown
                for shown in self.view.messages
            ]
        elif isinstance(frame, TurnDone):
            self._finish(frame.in_reply_to, now)
        elif isinstance(frame, Status):
            self.view.status = frame.status
        elif isinstance(frame, Refusal) and frame.id is not None and not frame.retryable:
            self._unacked.pop(frame.id, None)
            refused = self._open.pop(frame.id, None)
            if refused is not None:
                refused.refuse(frame, now)
        self._wake()
        return intact

    async def _take_ready(self, ready: Ready, now: float) -> None:
        if ready.conversation != self.view.conversation:
            self.view = View(conversation=ready.conversation)
        elif ready.last_seq < self.view.last_seq:
            self._breach(f"ready counts {ready.last_seq} messages, {self.view.last_seq} were shown")
        self.view.status = ready.status
        self._recorder.note(Received(now, self._connection, ready.conversation, ready))
        self._target_seq = ready.last_seq
        if not self._caught_up:
            self._caught_up = True
            for exchange in list(self._unacked.values()):
                await self._transmit(exchange)

    def _take_message(self, message: Message, now: float) -> bool:
        expected = self.view.last_seq + 1
        if message.seq > expected:
            self._breach(f"message {message.seq} came where {expected} was next")
            return False
        if message.seq < expected:
            self._breach(f"message {message.seq} came again")
            return True
        self.view.last_seq = message.seq
        self.view.messages.append(message)
        exchange = self._open.get(message.in_reply_to or "")
        if exchange is not None:
            exchange.replies.append(message)
        self._settle(now)
        return True

    def _settle(self, now: float) -> None:
        """After a replay: what has one reply of the bot has all of them, for they are stored together."""
        if self.view.last_seq < self._target_seq or self._connection == 1:
            return
        for exchange in list(self._open.values()):
            if (
                exchange.ack is not None
                and exchange.replies
                and all(r.seq <= self._target_seq for r in exchange.replies)
                and any(r.author.kind == "bot" for r in exchange.replies)
            ):
                self._open.pop(exchange.id)
                exchange.finish("replayed", now)

    def _finish(self, id: str, now: float) -> None:
        exchange = self._open.pop(id, None)
        if exchange is not None:
            exchange.finish("turn_done", now)

    def _wake(self) -> None:
        for waiter in [w for w in self._waiters if w[0](self.view)]:
            self._waiters.remove(waiter)
            if not waiter[1].done():
                waiter[1].set_result(None)

    def _breach(self, what: str) -> None:
        self._recorder.note(Breach(self._clock(), self._connection, self.view.conversation, what))

    def _lost(self, reason: str, code: int | None) -> None:
        self._recorder.note(Lost(self._clock(), self._connection, reason, code))

    def _fail(self, error: Exception) -> None:
        self._failure = error
        for _, future in self._waiters:
            if not future.done():
                future.set_exception(ClientFailed(str(error)))
        self._waiters.clear()
        for exchange in self._open.values():
            exchange.abandon(error)

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise ClientFailed(str(self._failure)) from self._failure
