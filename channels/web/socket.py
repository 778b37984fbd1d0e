"""One customer's WebSocket: frames in, stored messages out, in order and without gaps."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Iterable
from dataclasses import replace

import structlog
from babel.numbers import format_decimal
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.conversations.errors import Refused
from bot.conversations.models import Change, Incoming, Message, Received, Status
from bot.conversations.signals import Signal, SignalKind
from bot.handoff.models import BOT, QUEUE, Place
from bot.storage.database import DatabaseUnavailable
from channels.web import frames
from channels.web.frames import CHANNEL
from channels.web.standing import OVER, WITH_THE_BOT, Standing, read_standing
from channels.web.tokens import TokenError, Visitor
from channels.web.tools import SocketTools

log = structlog.get_logger(__name__)

HELLO_WITHIN_SECONDS = 10.0
MOST_BAD_FRAMES = 20
MOST_FRAMES_QUEUED = 2000
STORE_PATIENCE_SECONDS = 6.0
CLOSE_UNAUTHORIZED, CLOSE_ABUSE, CLOSE_COME_BACK, CLOSE_TRY_AGAIN = 4401, 1008, 1012, 1013
EDITS_TOLD_AGAIN = 50  # after hello, of so many of the last messages that were shown


class Socket:
    """Serves one connection from hello to close."""

    def __init__(self, websocket: WebSocket, tools: SocketTools) -> None:
        self._websocket = websocket
        self._tools = tools
        self._outgoing: asyncio.Queue[tuple[str, str, int] | int] = asyncio.Queue(MOST_FRAMES_QUEUED)
        self._conversation: str | None = None
        self._shown = 0  # the highest number put into the queue
        self._catching_up: asyncio.Task[None] | None = None
        self._behind = False
        self._done_meanwhile: list[str] = []
        self._edits_from: int | None = None  # from this number on, the client has to hear which texts were changed
        self._bad_frames = 0
        self._proof: Visitor | None = None
        self._locale = tools.locale
        self._typed_at: float | None = None  # infinitely long ago once a message came after it
        self._done_before = 0
        self._owner = BOT
        self._told: Standing | None = None
        self.visitor = ""
        self.customer: str | None = None

    async def serve(self) -> None:
        """Accept, talk, and leave nothing running behind."""
        await self._websocket.accept()
        writer: asyncio.Task[None] | None = None
        try:
            if not await self._greeted():
                return
            writer = asyncio.create_task(self._write())
            reader = asyncio.create_task(self._read())
            done, _ = await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
            reader.cancel()
            for task in done:
                task.result()
        except (WebSocketDisconnect, RuntimeError):  # the latter on writing to a closed socket
            pass
        finally:
            self._tools.hub.remove(self)
            for running in (writer, self._catching_up):
                if running is not None:
                    running.cancel()

    @property
    def since_typing(self) -> float | None:
        """See the worker's `Listener`."""
        return None if self._typed_at is None else asyncio.get_running_loop().time() - self._typed_at

    def push(self, frame: str) -> None:
        """Send one frame that is no message."""
        self._enqueue(frame, "", 0)

    def leave(self) -> None:
        """Close: the client comes back at once and is told anew what is its own."""
        self._close_with(CLOSE_COME_BACK)

    def follow(self, change: Change) -> None:
        """Show a committed change; read what is missing where it does not follow on what was shown."""
        self._owner = change.owner or self._owner
        if change.edited and change.conversation_id == self._conversation:
            self._edits_from = min(*change.edited, self._edits_from or self._shown + 1)
        if self._catching_up is not None or change.edited or not self._continues(change):
            self._done_meanwhile += change.handled
            self.catch_up()
            return
        self._locale = change.language or self._locale
        if change.opened:
            self._switch(Status(change.conversation_id, "open", change.owner or BOT, change.messages[-1].seq))
        for message in change.messages:
            if message.seq > self._shown:
                self._show(self._frame(message), message.seq)
        self._say_done(change.handled)
        if change.ended:
            self._tell(OVER)
        if change.owner is not None:
            self.catch_up()  # who it is, or which place in the queue, the database knows

    def moved_in_queue(self, conversation_id: str, place: Place) -> None:
        """Tell of another place in the queue, unless it is left already."""
        if conversation_id == self._conversation and self._told and self._told.owner == self._owner == QUEUE:
            self._tell(replace(self._told, place=place))

    def catch_up(self) -> None:
        """Read from the database what has not been shown yet."""
        self._behind = True
        if self._catching_up is None:
            self._catching_up = asyncio.create_task(self._read_missing())

    def _continues(self, change: Change) -> bool:
        if not change.messages:
            return False  # made by another process, or nothing to show: look
        if change.opened:
            return change.messages[0].seq == 1
        return change.conversation_id == self._conversation and change.messages[0].seq <= self._shown + 1

    def _switch(self, status: Status) -> None:
        self._conversation = status.conversation_id
        self._shown = self._done_before = 0
        self._edits_from = None
        self._begin(status)

    def _begin(self, status: Status) -> None:
        self.push(frames.ready(status, self._tools.continuations))
        self._owner = status.owner
        self._told = WITH_THE_BOT if status.state == "open" and status.owner == BOT else None

    def _tell(self, standing: Standing) -> None:
        """Say who speaks now, unless that is what was said last."""
        if standing != self._told:
            self._told = standing
            self.push(frames.status(standing, self._wait(standing)))

    def _wait(self, standing: Standing) -> str | None:
        eta = standing.place.eta_seconds if standing.place else None
        return None if eta is None else self._tools.people.wait_of(eta, self._language)

    def _frame(self, message: Message) -> str:
        return frames.message(message, self._tools.files, self._language)

    def _say_done(self, external_ids: Iterable[str]) -> None:
        for external_id in external_ids:
            if frames.client_id(external_id):  # what was written on another channel no client of ours waits for
                self.push(frames.turn_done(external_id))

    def _show(self, frame: str, seq: int) -> None:
        self._shown = seq
        self._enqueue(frame, self._conversation or "", seq)

    def _enqueue(self, frame: str, conversation: str, seq: int) -> None:
        try:
            self._outgoing.put_nowait((frame, conversation, seq))
        except asyncio.QueueFull:  # a client that does not read: it may come back and say what it has
            self._close_with(CLOSE_TRY_AGAIN)

    def _close_with(self, code: int) -> None:
        if self._outgoing.full():
            while not self._outgoing.empty():
                self._outgoing.get_nowait()
        self._outgoing.put_nowait(code)

    async def _read_missing(self) -> None:
        try:
            while self._behind:
                self._behind = False
                try:
                    await self._show_missing()
                except DatabaseUnavailable:
                    self._behind = True
                    await asyncio.sleep(0.5)
            done, self._done_meanwhile = self._done_meanwhile, []
            self._say_done(done)
        finally:
            self._catching_up = None

    async def _show_missing(self) -> None:
        status = await self._tools.conversations.status(CHANNEL, self.visitor)
        if not self._still_follows(status) or status.conversation_id is None:
            return
        if status.conversation_id != self._conversation:
            self._switch(status)
        elif self._done_before:
            await self._repeat_done(status.conversation_id)
        while missing := await self._tools.conversations.messages_after(status.conversation_id, self._shown):
            for message in missing:
                self._show(self._frame(message), message.seq)
                about = message.external_id if message.author_kind == "customer" else message.in_reply_to
                if about and message.turn_complete and about not in self._done_meanwhile:
                    self._done_meanwhile.append(about)
        await self._show_edits(status.conversation_id)
        self._owner = status.owner
        self._tell(await read_standing(self._tools.conversations, self._tools.people, status))

    def _still_follows(self, status: Status) -> bool:
        """Whether this visitor is the customer whose changes come here; if they have become another, begin anew."""
        if self.customer is None and status.customer_id is not None:
            self._tools.hub.bind(self.visitor, status.customer_id)
        if self.customer == status.customer_id:
            return True
        self._tools.hub.remove(self)
        self.leave()
        return False

    async def _show_edits(self, conversation_id: str) -> None:
        since = self._edits_from
        if since is None:
            return
        found = await self._tools.conversations.messages_after(conversation_id, since - 1)
        if self._edits_from == since:  # else an earlier one was changed meanwhile, and is looked for next
            self._edits_from = None
        for message in found:
            if message.edited_text is not None and message.seq <= self._shown:
                self.push(frames.edited(message))

    async def _repeat_done(self, conversation_id: str) -> None:
        """After hello: no reply names a message that was answered with a later one, so say again that it is done."""
        done = await self._tools.conversations.answered_with_others(conversation_id, self._done_before)
        self._done_meanwhile += [external for external in done if external not in self._done_meanwhile]
        self._done_before = 0

    async def _write(self) -> None:
        hub = self._tools.hub
        while True:
            item = await self._outgoing.get()
            if isinstance(item, int):
                await self._websocket.close(item)
                return
            frame, conversation, seq = item
            await self._websocket.send_text(frame)
            if seq:
                hub.note_sent(conversation, seq)

    async def _greeted(self) -> bool:
        try:
            async with asyncio.timeout(HELLO_WITHIN_SECONDS):
                while True:
                    frame = await self._next_frame(direct=True)
                    if isinstance(frame, frames.Hello):
                        return await self._hello(frame)
                    if frame is not None:
                        await self._say("hello_first", "The first frame must be a hello.")
        except TimeoutError:
            await self._websocket.close(CLOSE_ABUSE)
            return False

    async def _hello(self, hello: frames.Hello) -> bool:
        try:
            self._proof = self._tools.tokens.read_session(hello.token)
        except TokenError as error:
            ended = error.code == "token_expired"
            await self._say(error.code, self._words("utter_app_session_over" if ended else "utter_app_session_invalid"))
            await self._websocket.close(CLOSE_UNAUTHORIZED)
            return False
        self.visitor = self._proof.id
        self._locale = self._proof.locale or self._locale
        while True:
            try:
                status = await self._tools.conversations.status(CHANNEL, self.visitor)
                break
            except DatabaseUnavailable:
                await self._say("unavailable", self._words("utter_app_unavailable"), retryable=True)
                await asyncio.sleep(1)
        self.customer = status.customer_id
        self._locale = status.locale or self._locale
        self._conversation = status.conversation_id
        same = hello.conversation in (None, status.conversation_id)
        self._shown = min(hello.after, status.last_seq) if same else 0
        if status.conversation_id is not None and self._shown:
            self._tools.hub.note_seen(status.conversation_id, self._shown)
        self._done_before = self._shown
        if self._tools.continuations and self._shown:  # elsewhere the client's messages can be edited
            self._edits_from = max(1, self._shown - EDITS_TOLD_AGAIN)
        self._begin(status)
        self._tools.hub.add(self)
        self.catch_up()
        return True

    async def _read(self) -> None:
        while True:
            frame = await self._next_frame(direct=False)
            match frame:
                case frames.Said(frame_id, text):
                    await self._store(frame_id, text=text, choice=None)
                case frames.Chosen(frame_id, choice):
                    await self._store(frame_id, text=None, choice=choice)
                case frames.Seen(seq):
                    if self._conversation is not None:
                        self._tools.hub.note_seen(self._conversation, min(seq, self._shown))
                case frames.Typing():
                    self._types()
                case frames.Hello():
                    await self._say("bad_frame", "This connection has said hello already.")
                case _:
                    continue

    def _types(self) -> None:
        self._typed_at = asyncio.get_running_loop().time()
        if self._tools.signals and self._owner != BOT and self._conversation and self.customer:
            self._tools.signals.send(Signal(SignalKind.CUSTOMER_TYPING, self._conversation, self.customer))

    async def _next_frame(self, *, direct: bool) -> frames.Frame | None:
        """The next frame that can be read; what cannot is answered with an error, and in the end with a close."""
        content = await self._websocket.receive()
        if content["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(content.get("code", 1006))
        if not self._tools.noise.take(self.visitor or str(id(self))):
            await self._websocket.close(CLOSE_ABUSE)
            raise WebSocketDisconnect(CLOSE_ABUSE)
        try:
            raw = content.get("text")
            if raw is None:
                raise frames.BadFrame("bad_frame", "utter_app_unreadable")
            return frames.parse(raw, longest_text=self._tools.longest_text)
        except frames.BadFrame as problem:
            most = format_decimal(problem.longest, locale=self._language)
            sentence = self._words(problem.response, most=most)
            await self._say(problem.code, sentence, frame_id=problem.frame_id, direct=direct)
            if problem.code == "bad_frame":
                self._bad_frames += 1
                if self._bad_frames >= MOST_BAD_FRAMES:
                    await self._websocket.close(CLOSE_ABUSE)
                    raise WebSocketDisconnect(CLOSE_ABUSE) from None
            return None

    async def _store(self, frame_id: str, *, text: str | None, choice: str | None) -> None:
        if not self._tools.messages.take(self.visitor):
            sentence = self._words("utter_app_too_fast")
            await self._say("rate_limited", sentence, frame_id=frame_id, retryable=True, direct=False)
            return
        if self._typed_at is not None:
            self._typed_at = -math.inf
        proof, external_id = self._proof, frames.external_id(self.visitor, frame_id)
        incoming = Incoming(
            channel=CHANNEL,
            identity=self.visitor,
            external_id=external_id,
            text=text,
            choice_id=choice,
            locale=(proof.locale if proof else None) or self._tools.locale,
            shop_customer_id=proof.shop_customer_id if proof else None,
            proven_until=proof.proven_until if proof else None,
        )
        storing = asyncio.create_task(self._stored(incoming))
        try:
            done, _ = await asyncio.wait({storing}, timeout=STORE_PATIENCE_SECONDS)
            if not done:
                sentence = self._words("utter_app_delayed")
                self.push(frames.error("delayed", sentence, frame_id=frame_id, retryable=True))
            received = await storing
        except Refused as refusal:
            self.push(frames.error(refusal.code, refusal.sentence, frame_id=frame_id, retryable=refusal.retryable))
            return
        self.push(frames.ack(frame_id, received.seq))
        if self.customer is None:
            self._tools.hub.bind(self.visitor, received.customer_id)

    async def _stored(self, incoming: Incoming) -> Received:
        """Stored, however long the database takes: the client waits for its acknowledgement, or resends."""
        while True:
            try:
                return await self._tools.conversations.receive(incoming)
            except DatabaseUnavailable as error:
                log.warning("message_not_stored", error=str(error))
                await asyncio.sleep(0.3)

    @property
    def _language(self) -> str:
        return self._tools.conversations.phrases.language_for(self._locale)

    def _words(self, response: str, **values: str) -> str:
        """A sentence of the app's, in the language of this customer."""
        return self._tools.conversations.phrases.say(response, locale=self._locale, pick=0, **values).text

    async def _say(
        self, code: str, sentence: str, *, frame_id: str | None = None, retryable: bool = False, direct: bool = True
    ) -> None:
        frame = frames.error(code, sentence, frame_id=frame_id, retryable=retryable)
        if direct:  # before hello there is no writer yet
            with contextlib.suppress(RuntimeError):
                await self._websocket.send_text(frame)
        else:
            self.push(frame)
