"""Runs HTTP servers and workers side by side until told to stop; knows nothing of what they serve."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Coroutine, Mapping
from typing import Any

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)


class Server(uvicorn.Server):
    """A server that leaves signals to the app.

    Args:
        largest_frame: of a WebSocket, in bytes.
        behind_proxy: believe a proxy on this machine about where a request came from.
    """

    def __init__(self, app: Starlette, host: str, port: int, *, largest_frame: int, behind_proxy: bool = True) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                log_config=None,
                access_log=False,
                lifespan="off",
                ws="websockets-sansio",
                ws_max_size=largest_frame,
                ws_per_message_deflate=False,
                server_header=False,
                proxy_headers=behind_proxy,
                forwarded_allow_ips="127.0.0.1",  # else uvicorn would read the environment by itself
                timeout_graceful_shutdown=2,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]  # as the base class has it
        yield


class WithHeaders:
    """Middleware that adds headers to every answer which has not its own; a stream passes through as it comes.

    Args:
        headers: names and values.
    """

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)


@contextlib.asynccontextmanager
async def running(workers: list[Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Run workers beside the block. One that fails is a bug: the process ends, and the supervisor starts it anew."""
    tasks = [asyncio.create_task(worker) for worker in workers]
    for task in tasks:
        task.add_done_callback(_die_with)
    try:
        yield
    finally:
        for task in tasks:
            task.remove_done_callback(_die_with)
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _die_with(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("worker_failed", exc_info=error)
        signal.raise_signal(signal.SIGTERM)
