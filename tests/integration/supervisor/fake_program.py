"""A program for the supervisor's tests: reads its orders from standard input as the real ones do, and follows them.

Orders: port, exit_code (end at once), die_after (seconds after it answers), deaf (never answers /health), deaf_after
(seconds), stubborn (ignores SIGTERM), say (text for standard error), notes (a file that hears of its life).
"""

from __future__ import annotations

import http.server
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

orders = json.loads(sys.stdin.readline())
notes = Path(orders["notes"])


def note(event: str) -> None:
    with notes.open("a", encoding="utf-8") as file:
        file.write(f"{event} {os.getpid()}\n")


def end_with_the_supervisor() -> None:
    sys.stdin.read()
    note("eof")
    os._exit(0)


def terminate(_number: int, _frame: object) -> None:
    note("sigterm")
    if not orders.get("stubborn"):
        os._exit(0)


signal.signal(signal.SIGTERM, terminate)
note("start")
if text := orders.get("say"):
    sys.stderr.write(text)
    sys.stderr.flush()
if "exit_code" in orders:
    sys.exit(orders["exit_code"])

deaf_from = time.monotonic() + orders.get("deaf_after", 0 if orders.get("deaf") else 10**6)


class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if time.monotonic() >= deaf_from:
            time.sleep(60)
        self.send_response(200)
        self.end_headers()
        if "die_after" in orders:
            threading.Timer(orders["die_after"], os._exit, [orders.get("die_with", 1)]).start()

    def log_message(self, *_arguments: object) -> None:
        return


threading.Thread(target=end_with_the_supervisor, daemon=True).start()
http.server.ThreadingHTTPServer.allow_reuse_address = True
http.server.ThreadingHTTPServer(("127.0.0.1", orders["port"]), Health).serve_forever()
