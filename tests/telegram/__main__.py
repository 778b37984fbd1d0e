"""`python -m tests.telegram`: a sandbox for other processes, until it is stopped."""

from __future__ import annotations

import argparse
import signal
import threading

from tests.telegram.limits import Limits
from tests.telegram.sandbox import Sandbox


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.telegram", description=__doc__)
    parser.add_argument("--port", type=int, default=8081, help="on 127.0.0.1; 0 is a free one (default: 8081)")
    parser.add_argument(
        "--token", default="7001:a-token-of-the-sandbox", help="of the bot that is there from the start"
    )
    parser.add_argument("--username", default="sandbox_bot")
    parser.add_argument("--scale", type=float, default=1.0, help="of the limits: 0.1 is ten times quicker, 0 is none")
    given = parser.parse_args()
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    sandbox = Sandbox(limits=Limits(scale=given.scale), seed=None)
    sandbox.add_bot(given.token, given.username)
    sandbox.start(given.port)
    print(f"Bot API: {sandbox.root}  token: {given.token}  users: {sandbox.root}/control", flush=True)
    over.wait()
    sandbox.stop()


if __name__ == "__main__":
    main()
