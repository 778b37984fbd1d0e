"""`make demo-telegram`: the product on the sandbox, and a chat with it in this terminal. No token, no network."""

from __future__ import annotations

import argparse
import os
import select
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from tests.telegram.sandbox import Sandbox
from tests.telegram.terminal import HELP, Quit, Terminal

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "7001:a-token-of-the-sandbox"
USERNAME = "bellhop_demo_bot"
READY_SECONDS = 1800.0  # the first start trains
STOP_SECONDS = 20.0
LONGEST = 15.0  # that a script's line waits for the bot


class ProductStopped(Exception):
    """The product ended by itself; the text has its last words."""


def main() -> int:
    given = _arguments()
    signal.signal(signal.SIGTERM, _interrupted)
    with tempfile.TemporaryDirectory(prefix="bellhop-telegram-") as folder:
        sandbox = Sandbox(seed=None)
        sandbox.add_bot(TOKEN, USERNAME, "Bellhop")
        sandbox.start()
        shop = Child(shlex.split(given.product), _environment(sandbox.root, Path(folder), _free_port()))
        try:
            shop.start()
            shop.wait_until_ready()
            _introduce(shop.address)
            user = sandbox.user("You", language_code=given.language)
            talk = Terminal(user, _say, name="Bellhop", colours=sys.stdout.isatty())
            if user.description:
                _say(user.description)
            _chat(talk, shop, given.silence)
        except (Quit, KeyboardInterrupt):
            pass
        except ProductStopped as stopped:
            _say(str(stopped))
            return 1
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)  # whoever is impatient must not leave the product behind
            _say("Stopping …")
            shop.stop()
            sandbox.stop()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.telegram.demo", description=__doc__)
    parser.add_argument("--language", default="en", help="of the user's phone, such as 'de' (default: en)")
    command = f"{shlex.quote(str(ROOT / '.venv/bin/bellhop'))} up --demo"
    parser.add_argument("--product", default=command, help="the program to start (default: %(default)s)")
    parser.add_argument(
        "--silence",
        type=float,
        default=1.5,
        help="seconds without news from the bot after which the next line of a script is read (default: %(default)s)",
    )
    return parser.parse_args()


def _environment(api: str, data: Path, port: int) -> dict[str, str]:
    """The demo shop's settings and nothing else that may have been set."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("BELLHOP_")}
    return inherited | {
        "BELLHOP_DATA_DIR": str(data),
        "BELLHOP_PORT": str(port),
        "BELLHOP_TELEGRAM_TOKEN": TOKEN,
        "BELLHOP_TELEGRAM_API_URL": api,
        "BELLHOP_TELEGRAM_MODE": "polling",
    }


def _introduce(address: str) -> None:
    _say(f"\nShop: {address}/   Codes arrive at: {address}/demo/mailbox\n")
    _say(f"You are in a Telegram chat with @{USERNAME}. Enter presses START.\n{HELP}\n")


class Child:
    """The product in a session of its own; its output is shown until it is ready."""

    def __init__(self, command: list[str], environment: Mapping[str, str]) -> None:
        self._command = command
        self._environment = dict(environment)
        self._process: subprocess.Popen[str] | None = None
        self._lines: list[str] = []
        self._ready = threading.Event()
        self.address = f"http://127.0.0.1:{environment['BELLHOP_PORT']}"

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()

    def wait_until_ready(self) -> None:
        """Raises ProductStopped."""
        until = time.monotonic() + READY_SECONDS
        while not self._ready.wait(0.05):
            self.check()
            if time.monotonic() > until:
                raise ProductStopped(f"The product is not ready after {READY_SECONDS:g} s.")

    def check(self) -> None:
        """Raises ProductStopped if it has ended."""
        if self._process is not None and self._process.poll() is not None:
            words = "\n".join(self._lines[-20:])
            raise ProductStopped(f"The product ended with {self._process.returncode}. Its last words:\n{words}")

    def stop(self) -> None:
        """Ask it to stop; insist after a while. Nothing of its session is left."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        for line in process.stdout:
            line = line.rstrip("\n")
            self._lines = [*self._lines[-199:], line]
            if not self._ready.is_set():
                _say(line)
            if f"ready {self.address}" in line:
                self._ready.set()


def _chat(talk: Terminal, product: Child, silence: float) -> None:
    scripted = not sys.stdin.isatty()
    with talk.drawing():
        for line in _lines(product):
            if scripted:
                _say(f"> {line}")
            if talk.heed(line) and scripted:
                talk.wait_for_quiet(silence=silence, longest=LONGEST)


def _lines(product: Child) -> Iterator[str]:
    """Lines from the terminal or a pipe, while the product runs."""
    waiting = b""
    while True:
        product.check()
        readable, _, _ = select.select([sys.stdin.fileno()], [], [], 0.2)
        if not readable:
            continue
        read = os.read(sys.stdin.fileno(), 65536)
        *lines, waiting = (waiting + read).split(b"\n")
        yield from (line.decode(errors="replace") for line in lines)
        if not read:
            if waiting:
                yield waiting.decode(errors="replace")
            return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _say(text: str) -> None:
    print(text, flush=True)


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
