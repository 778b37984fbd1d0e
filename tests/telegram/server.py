"""The sandbox's HTTP server: the Bot API, its files and `/control`, in a thread of its own on loopback."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from tests.telegram.answering import Asked, Outcome, answered, authorized
from tests.telegram.pushing import Pusher
from tests.telegram.receiving import Bell
from tests.telegram.refusals import Refused
from tests.telegram.state import State

START_SECONDS = 10.0
_Transports = dict[tuple[str, int], asyncio.Transport]


class Server:
    """Serves one state until it is stopped."""

    def __init__(self, state: State, control: list[BaseRoute]) -> None:
        self._state = state
        self._control = control
        self._transports: _Transports = {}
        self._bell: Bell | None = None
        self._uvicorn: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self.port = 0

    def start(self, port: int = 0) -> None:
        """Listen on a port of 127.0.0.1 (0: a free one) and return when it answers."""
        # Said to be TCP, so that asyncio turns off Nagle's algorithm, which costs 40 ms an answer.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._app(),
            http=_remembering(self._transports),
            loop="asyncio",
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="critical",
            access_log=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
        self._uvicorn = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._uvicorn.run, kwargs={"sockets": [listener]}, daemon=True)
        self._thread.start()
        waited = threading.Event()
        while not self._uvicorn.started:
            if not self._thread.is_alive():
                raise RuntimeError("the sandbox did not start")
            waited.wait(0.005)

    def stop(self) -> None:
        """Close all connections and end the thread."""
        if self._uvicorn is None or self._thread is None:
            return
        if self._bell is not None:
            self._bell.closed = True
            self._bell.ring()
        self._uvicorn.should_exit = True
        self._thread.join(START_SECONDS)
        self._uvicorn = self._thread = None

    def _app(self) -> Starlette:
        methods = ["GET", "POST"]
        return Starlette(
            lifespan=self._lifespan,
            routes=[
                Route("/file/bot{token}/{path:path}", self._file),
                Route("/bot{token}/{method}", self._call, methods=methods),
                Route("/bot{token}", self._no_method, methods=methods),
                *self._control,
            ],
        )

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        bell = self._bell = Bell(asyncio.get_running_loop())
        self._state.listeners.append(bell.ring)
        pusher = asyncio.create_task(Pusher(self._state, bell).run())
        try:
            yield
        finally:
            self._state.listeners.remove(bell.ring)
            pusher.cancel()
            with suppress(asyncio.CancelledError):
                await pusher

    async def _call(self, request: HttpRequest) -> Response:
        path = request.path_params
        content_type = request.headers.get("content-type", "")
        asked = Asked(path["token"], path["method"], request.url.query, content_type, await request.body())
        assert self._bell
        doing = asyncio.ensure_future(answered(self._state, self._bell, asked))
        gone = asyncio.ensure_future(_disconnected(request))
        await asyncio.wait({doing, gone}, return_when=asyncio.FIRST_COMPLETED)
        gone.cancel()
        if not doing.done() and path["method"].lower() == "getupdates":
            doing.cancel()  # nobody waits for these any more; they stay for the next who asks
            return Response(status_code=500)
        return self._response(request, await doing)

    def _response(self, request: HttpRequest, outcome: Outcome) -> Response:
        if outcome.status == 0:
            self._abort(request)
            return Response(status_code=500)
        return Response(outcome.body, outcome.status, media_type=outcome.content_type)

    def _abort(self, request: HttpRequest) -> None:
        client = request.scope["client"]
        if transport := self._transports.get((client[0], client[1])):
            transport.abort()

    async def _file(self, request: HttpRequest) -> Response:
        with self._state.condition:
            try:
                authorized(self._state, request.path_params["token"])
            except Refused as refusal:
                return _refused(refusal)
            wanted = request.path_params["path"]
            file = next((file for file in self._state.files.values() if file.path == wanted), None)
        if file is None:
            return _refused(Refused(404, "Not Found"))
        return Response(file.body, media_type="application/octet-stream")

    async def _no_method(self, request: HttpRequest) -> Response:
        return _refused(Refused(404, "Not Found"))


def _refused(refusal: Refused) -> Response:
    outcome = Outcome.of(refusal.code, refusal.answer())
    return Response(outcome.body, outcome.status, media_type=outcome.content_type)


async def _disconnected(request: HttpRequest) -> None:
    """Until the client has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _remembering(transports: _Transports) -> type[asyncio.Protocol]:
    """uvicorn's protocol, which tells where a request's connection is: only so can one be cut without an answer."""

    class Protocol(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            transports[transport.get_extra_info("peername")[:2]] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            transports.pop(self.client or ("", 0), None)

    return Protocol
