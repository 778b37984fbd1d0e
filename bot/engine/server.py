"""Starts and stops the engine's server: settings in, port bound, model loaded, routes served until told to stop.

The supervisor sends the settings as one line of JSON on standard input and keeps that open: its end means that the
supervisor is gone, and the engine stops too.
"""

import asyncio
import contextlib
import ctypes
import errno
import gc
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Generator
from typing import TextIO

import uvicorn
import uvloop

from bot.engine.errors import StartError
from bot.engine.logs import log, set_up_logging
from bot.engine.protocol import LaunchSettings, parse_launch

GRACE_SECONDS = 10  # for turns under way when the engine is told to stop


def main() -> int:
    """Serves until SIGTERM, SIGINT or the end of standard input; the exit code is 1 if it could not start."""
    started = time.monotonic()
    try:
        settings = parse_launch(sys.stdin.readline())
        if not settings.model.is_file():
            raise StartError(f"there is no model at {settings.model}: train one with `bellhop train`")
        listener = _bind(settings.port)
        parent = _Parent(sys.stdin)
        _prepare_process()
        server = _build_server(settings, listener, started)
    except StartError as error:
        print(f"engine: {error}", file=sys.stderr, flush=True)
        return 1
    parent.on_gone(server.stop)
    uvloop.install()
    asyncio.run(server.serve(sockets=[listener]))
    log("engine_stopped")
    return 0


def _bind(port: int) -> socket.socket:
    """Takes the port before anything is loaded: that it is in use should not be found out seconds later."""
    # With the protocol named, asyncio turns Nagle's algorithm off; else each answer on a kept connection waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise StartError(f"port {port} on 127.0.0.1 is in use: stop what uses it or choose another port") from None
        raise StartError(f"port {port} on 127.0.0.1 cannot be used ({error.strerror})") from None
    return listener


def _prepare_process() -> None:
    """What has to be so before Rasa, or numpy, is imported for the first time."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # where TensorFlow is installed, it writes lines of its own
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # vectors of a single message are far too small to share out
    try:
        from bot.engine import quick_start
    except ImportError:
        raise StartError(
            "this Python is not the engine's: run bot/engine/.venv/bin/python, made by `uv sync`"
        ) from None
    quick_start.leave_out(quick_start.NOT_FOR_SERVING)
    set_up_logging()


def _build_server(settings: LaunchSettings, listener: socket.socket, started: float) -> "_Server":
    # Imported here because importing Rasa takes seconds, and all checks above come first.
    from bot.engine.actions import ActionClient
    from bot.engine.model import load_model
    from bot.engine.rasa_adjustments import adjust_rasa
    from bot.engine.routes import build_app

    adjust_rasa()
    model = load_model(settings.model, settings.languages)
    if settings.order_number_pattern is not None:
        model.use_order_number_pattern(settings.order_number_pattern)
    if model.lookback is None:
        log("folding_is_off", logging.WARNING, reason="a policy has no max_history: give it a number")

    def connect() -> ActionClient:
        log(
            "engine_ready",
            port=listener.getsockname()[1],
            model=model.fingerprint,
            start_seconds=round(time.monotonic() - started, 2),
            lookback_actions=model.lookback.actions if model.lookback else None,
            lookback_story_actions=model.lookback.story_actions if model.lookback else None,
        )
        return ActionClient(settings.actions_url, settings.actions_secret, settings.action_timeout)

    app = build_app(model, settings.secret, connect)
    # The model and the modules stay to the end: the collector need not look through them again and again.
    gc.collect()
    gc.freeze()
    _give_back_memory()
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_keep_alive=60,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )

    return _Server(config)


def _give_back_memory() -> None:
    """Returns to the system what loading the encoders took for a moment: 70 MB, which the C library would keep."""
    with contextlib.suppress(OSError, AttributeError):  # not the GNU one
        ctypes.CDLL(None).malloc_trim(0)


class _Server(uvicorn.Server):
    """Stops with exit code 0 when told to, where uvicorn would die of the signal it was sent."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        yield

    def stop(self) -> None:
        self.should_exit = True


class _Parent:
    """Watches standard input, whose end says that the supervisor is gone."""

    def __init__(self, stdin: TextIO) -> None:
        self._stdin = stdin
        self._react: Callable[[], None] = lambda: os._exit(0)  # while loading there is nothing to finish
        threading.Thread(target=self._watch, name="parent-watch", daemon=True).start()

    def on_gone(self, react: Callable[[], None]) -> None:
        self._react = react

    def _watch(self) -> None:
        while self._stdin.readline():
            pass
        self._react()


if __name__ == "__main__":
    sys.exit(main())
