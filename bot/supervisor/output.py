"""The terminal: whole lines of several programs, written by a thread, so a blocked terminal blocks nobody."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

LONGEST_LINE = 64 * 1024  # bytes; a longer one is broken, not kept in memory
MOST_WAITING = 20_000  # lines; past that new ones are dropped and counted


class Output:
    """Lines go in from anywhere, and out in order through `write_out` and `write_error`."""

    def __init__(self, write_out: Callable[[bytes], object], write_error: Callable[[bytes], object]) -> None:
        self._writers = {"out": write_out, "error": write_error}
        self._lines: queue.Queue[tuple[str, bytes] | None] = queue.Queue(MOST_WAITING)
        self._dropped = 0
        self._thread = threading.Thread(target=self._write, name="output", daemon=True)
        self._thread.start()

    def say(self, text: str) -> None:
        """One line to people, on standard output."""
        self._put("out", text.encode())

    def complain(self, text: str) -> None:
        """One line on standard error."""
        self._put("error", text.encode())

    async def pass_on(self, stream: asyncio.StreamReader) -> bytes:
        """Copy a child's output to standard error in whole lines until it ends; returns the last line."""
        rest = last = b""
        while chunk := await stream.read(LONGEST_LINE):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._put("error", line)
                last = line or last
            if len(rest) >= LONGEST_LINE:
                self._put("error", rest)
                rest = b""
        if rest:
            self._put("error", rest)
        return rest or last

    @asynccontextmanager
    async def progress(self, what: str, *, after: float = 2.0, every: float = 5.0) -> AsyncIterator[None]:
        """Say what is being waited for when it takes longer than `after` seconds, and again every `every`."""

        async def remind() -> None:
            began = time.monotonic()
            await asyncio.sleep(after)
            while True:
                self.say(f"{what} … {time.monotonic() - began:.0f} s")
                await asyncio.sleep(every)

        reminder = asyncio.create_task(remind())
        try:
            yield
        finally:
            reminder.cancel()

    def close(self, seconds: float = 1.0) -> None:
        """Write what still waits, for at most that long."""
        try:
            self._lines.put(None, timeout=seconds)
        except queue.Full:
            return
        self._thread.join(seconds)

    def _put(self, where: str, line: bytes) -> None:
        try:
            self._lines.put_nowait((where, line))
        except queue.Full:
            self._dropped += 1

    def _write(self) -> None:
        while (item := self._lines.get()) is not None:
            where, line = item
            try:
                if self._dropped:
                    dropped, self._dropped = self._dropped, 0
                    self._writers["error"](f"({dropped} lines dropped: nobody read them)\n".encode())
                self._writers[where](line + b"\n")
            except OSError:
                continue  # whoever read this has gone; the programs go on
