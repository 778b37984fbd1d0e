"""A small server of the web protocol, all in memory, that can be told to misbehave; no engine, no database."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from channels.web.continuing import qr_code
from tests.e2e.widget.fake_pages import page_routes
from tests.e2e.widget.scripted_bot import Frame, Reply, answer, answer_after_end

LARGEST_FRAME = 64 * 1024


@dataclass
class Conversation:
    """One conversation; its messages are kept as the frames they are sent as."""

    id: str
    status: str = "open"
    messages: list[Frame] = field(default_factory=list)
    standing: Frame | None = None  # the status frame of who owns it, where that is not the bot


@dataclass
class Visitor:
    """One visitor: the conversations, of which the last is the current one, and the sockets that are open."""

    conversations: list[Conversation] = field(default_factory=list)
    sockets: list[WebSocket] = field(default_factory=list)
    stored: dict[str, int] = field(default_factory=dict)
    seen: list[int] = field(default_factory=list)


class FakeServer:
    """The server; some attributes tell it to misbehave, others record what it was sent."""

    def __init__(self) -> None:
        self.visitors: dict[str, Visitor] = {}
        self.tokens: dict[str, str] = {}
        self.lifetime = timedelta(days=30)
        self.received: list[Frame] = []
        self.hellos: list[Frame] = []
        self.sessions: list[bool] = []  # for each session that was asked for: did it come with a token?
        self.identities: list[str | None] = []  # and with which identity token?
        self.locales: list[str] = []
        self.refusals: list[Frame] = []  # the next messages are refused with these error frames
        self.lose_acks = 0
        self.swallow = 0  # so many messages vanish before they are stored
        self.elsewhere: list[str] = []  # channels on which a conversation can be continued
        self.links: list[Frame] = []  # the links that were asked for
        self.followed: list[tuple[str, str]] = []  # tokens of links that led here, and the visitors who followed them
        self.coming = Conversation("from-telegram")  # what a link that leads here leads to
        self.link_life = timedelta(minutes=10)
        self.link_failures = 0  # so many times no link can be had
        self.link_refusal: str | None = None  # the sentence with which a link that leads here is refused
        self.lazy = True  # what is loaded only when it is needed can be loaded
        self.refusing = False  # pages and scripts are served, the protocol is not
        self.skip_next = False
        self.port = 0
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def url(self) -> str:
        """Where the server listens, without a trailing slash."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def visitor(self) -> Visitor:
        """The visitor who came last."""
        return list(self.visitors.values())[-1]

    @property
    def said(self) -> list[str]:
        """The texts the last visitor's current conversation holds from the customer."""
        return [m["text"] for m in self.visitor.conversations[-1].messages if m["author"]["kind"] == "customer"]

    def start(self) -> None:
        """Listens on the same port as before, or on a free one the first time."""
        config = uvicorn.Config(
            self._app(), host="127.0.0.1", port=self.port, log_level="critical", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError("the fake server could not start")
            self._thread.join(0.01)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Closes the port and every connection; what was stored stays."""
        if self._server and self._thread:
            self._server.should_exit = True
            self._thread.join(5)

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Nobody answers inside this block."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def say(self, reply: Reply, *, author: str = "bot", name: str | None = None, **more: object) -> None:
        """Adds a message to the last visitor's conversation, with more fields perhaps, and sends it."""
        self._run(self._say(self.visitor, reply, None, author, name, more))

    def broadcast(self, frame: Frame) -> None:
        """Sends any frame to the last visitor's sockets."""
        self._run(self._send(self.visitor, frame))

    def stand(self, status: Frame, *, told: bool = True) -> None:
        """Another owner of the last visitor's conversation: told now, and after each hello."""
        self.visitor.conversations[-1].standing = status if status["status"] != "open" else None
        if told:
            self.broadcast(status)

    def drop_sockets(self, code: int = 1012) -> None:
        """Closes the last visitor's sockets, as a server that restarts does."""

        async def drop() -> None:
            for socket in list(self.visitor.sockets):
                await socket.close(code)

        self._run(drop())

    def forget_tokens(self) -> None:
        """From now on every token given so far has expired."""
        self.tokens.clear()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        if self._loop is None:
            raise RuntimeError("nobody has connected yet")
        asyncio.run_coroutine_threadsafe(work, self._loop).result(5)

    def _app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/web/sessions", self._session, methods=["POST"]),
                Route("/api/web/continue", self._continue, methods=["POST"]),
                WebSocketRoute("/api/web/socket", self._socket),
                *page_routes(self),
            ],
            middleware=[Middleware(CORSMiddleware, allow_origins=["*"], allow_headers=["*"], allow_methods=["POST"])],
        )

    async def _session(self, request: Request) -> Response:
        if self.refusing:
            return JSONResponse({"error": {"code": "unavailable", "message": "later"}}, 503)
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.sessions.append(bool(bearer))
        body = await request.json()
        identity = body.get("identity")
        if "locale" in body:
            self.locales.append(body["locale"])
        self.identities.append(identity)
        if identity == "expired" or (bearer and bearer not in self.tokens):
            return JSONResponse({"error": {"code": "unauthorized", "message": "no"}}, 401)
        token = f"token-{uuid4()}"
        self.tokens[token] = self.tokens.get(bearer) or str(uuid4())
        self.visitors.setdefault(self.tokens[token], Visitor())
        given: Frame = {"token": token, "expires_at": (datetime.now(UTC) + self.lifetime).isoformat()}
        if "link" in body:
            self.followed.append((body["link"], self.tokens[token]))
            linked = self.link_refusal is None
            given |= {"linked": True} if linked else {"linked": False, "message": self.link_refusal}
            if linked:
                self.visitors[self.tokens[token]].conversations.append(self.coming)
        return JSONResponse(given)

    async def _continue(self, request: Request) -> Response:
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.links.append(await request.json())
        if bearer not in self.tokens:
            return JSONResponse({"error": {"code": "unauthorized", "message": "no"}}, 401)
        if self.link_failures:
            self.link_failures -= 1
            return JSONResponse({"error": {"code": "unavailable", "message": "later"}}, 503)
        url = f"https://t.me/marlow_and_finch_bot?start=token-{len(self.links)}-AbCdEfGhIjKlMn"
        expires = (datetime.now(UTC) + self.link_life).isoformat()
        return JSONResponse({"url": url, "expires_at": expires, "qr": qr_code(url)})

    async def _socket(self, socket: WebSocket) -> None:
        if self.refusing:
            await socket.close(1013)
            return
        await socket.accept()
        self._loop = asyncio.get_running_loop()
        visitor: Visitor | None = None
        try:
            visitor = await self._greet(socket, await socket.receive_json())
            while visitor:
                await self._take(socket, visitor, await socket.receive_json())
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            if visitor and socket in visitor.sockets:
                visitor.sockets.remove(socket)

    async def _greet(self, socket: WebSocket, hello: Frame) -> Visitor | None:
        self.hellos.append(hello)
        owner = self.tokens.get(hello["token"])
        if owner is None:
            await socket.send_json(
                {"type": "error", "code": "token_expired", "message": "Please reconnect.", "retryable": False}
            )
            await socket.close(4401)
            return None
        visitor = self.visitors[owner]
        current = visitor.conversations[-1] if visitor.conversations else None
        after = hello["after"] if current and hello.get("conversation") == current.id else 0
        await socket.send_json(_ready(current) | {"continue": self.elsewhere})
        for message in current.messages[after:] if current else []:
            await socket.send_json(message)
        if current and current.standing:
            await socket.send_json(current.standing)
        visitor.sockets.append(socket)
        return visitor

    async def _take(self, socket: WebSocket, visitor: Visitor, frame: Frame) -> None:
        if frame["type"] == "seen":
            visitor.seen.append(frame["seq"])
        if frame["type"] not in {"message", "choose"}:
            return
        self.received.append(frame)
        if len(str(frame)) > LARGEST_FRAME:
            await socket.close(1009)
            return
        if self.swallow:
            self.swallow -= 1
            return
        if self.refusals:
            await socket.send_json({"type": "error", "id": frame["id"], "message": "Not now.", **self.refusals.pop(0)})
            return
        known = frame["id"] in visitor.stored
        if not known:
            await self._store(visitor, frame)
        if self.lose_acks:
            self.lose_acks -= 1
            return
        await socket.send_json({"type": "ack", "id": frame["id"], "seq": visitor.stored[frame["id"]]})
        if not known:
            await self._answer(visitor, frame)

    async def _store(self, visitor: Visitor, frame: Frame) -> None:
        current = visitor.conversations[-1] if visitor.conversations else None
        text = _text_of(current, frame)
        comment = current is not None and bool(current.messages) and current.messages[-1]["expects"] == "comment"
        if current is None or (current.status == "ended" and frame["type"] == "message" and not comment):
            current = Conversation(str(uuid4()))
            visitor.conversations.append(current)
            await self._send(visitor, _ready(current) | {"continue": self.elsewhere})
        message = _message(current, text, "customer", None, message_id=frame["id"])
        visitor.stored[frame["id"]] = message["seq"]
        await self._send(visitor, message)

    async def _answer(self, visitor: Visitor, frame: Frame) -> None:
        current = visitor.conversations[-1]
        text = current.messages[-1]["text"]
        if current.status == "ended":
            asked = [m for m in current.messages if m["expects"] == "comment"]
            replies = answer_after_end(text) if not (asked and text.isdigit()) else []
        else:
            replies = answer(text)
        for reply in replies:
            author = "system" if reply.expects in ("rating", "comment") else "bot"  # as the app does
            await self._say(visitor, reply, frame["id"], author, None)
        await self._send(visitor, {"type": "turn_done", "in_reply_to": frame["id"]})

    async def _say(
        self, visitor: Visitor, reply: Reply, to: str | None, author: str, name: str | None, more: Frame | None = None
    ) -> None:
        if not visitor.conversations:
            visitor.conversations.append(Conversation(str(uuid4())))
            await self._send(visitor, _ready(visitor.conversations[-1]) | {"continue": self.elsewhere})
        current = visitor.conversations[-1]
        if reply.ends:
            current.status = "ended"
            nothing = {"position": None, "eta_seconds": None, "wait": None}
            await self._send(visitor, {"type": "status", "status": "ended", **nothing})
        message = _message(current, reply.text, author, name, reply=reply, in_reply_to=to)
        message.update(more or {})
        if self.skip_next:
            self.skip_next = False
            return
        await self._send(visitor, message)

    async def _send(self, visitor: Visitor, frame: Frame) -> None:
        for socket in list(visitor.sockets):
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                await socket.send_json(frame)


def _text_of(current: Conversation | None, frame: Frame) -> str:
    if frame["type"] == "message":
        return str(frame["text"])
    offered = [choice for message in (current.messages if current else []) for choice in message["choices"]]
    return next(str(choice["title"]) for choice in offered if choice["id"] == frame["choice"])


def _ready(current: Conversation | None) -> Frame:
    if current is None:
        return {"type": "ready", "conversation": None, "status": "none", "last_seq": 0}
    owner = current.standing["status"] if current.standing else "bot"
    about = {"conversation": current.id, "status": current.status, "owner": owner, "last_seq": len(current.messages)}
    return {"type": "ready", **about}


def _message(
    current: Conversation,
    text: str,
    author: str,
    name: str | None,
    *,
    reply: Reply | None = None,
    message_id: str | None = None,
    in_reply_to: str | None = None,
) -> Frame:
    message: Frame = {
        "type": "message",
        "seq": len(current.messages) + 1,
        "at": datetime.now(UTC).isoformat(),
        "author": {"kind": author, "name": name},
        "text": text,
        "choices": list(reply.choices) if reply else [],
        "cards": list(reply.cards) if reply else [],
        "expects": reply.expects if reply else None,
        "in_reply_to": in_reply_to,
    }
    if message_id:
        message["id"] = message_id
    current.messages.append(message)
    return message
