"""One running program: started, told its configuration, asked for its health, stopped; no decisions."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable

from bot.supervisor.output import Output
from bot.supervisor.programs import Patience, Program


class Child:
    """A process of a `Program`."""

    def __init__(self, program: Program, process: asyncio.subprocess.Process, output: Output) -> None:
        self.program = program
        self.process = process
        self.ready_at: float | None = None
        self.hung = False
        assert process.stdout is not None
        # Both streams come through one pipe, so their lines keep their order.
        self._lines = asyncio.create_task(output.pass_on(process.stdout))

    @classmethod
    async def start(cls, program: Program, output: Output) -> Child:
        """Start it and tell it its configuration.

        Raises:
            OSError: there is no such program.
        """
        process = await asyncio.create_subprocess_exec(
            *program.command,
            cwd=program.folder,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            # Ctrl-C goes to a terminal's whole process group; children hear of it from us, in order.
            start_new_session=True,
        )
        child = cls(program, process, output)
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(dict(program.configuration)).encode() + b"\n")
            await process.stdin.drain()  # stays open: its end tells the child that we died
        except OSError:
            pass  # died at once: `watch` sees it
        return child

    @property
    def pid(self) -> int:
        return self.process.pid

    def ready_seconds(self) -> float | None:
        """For how long it has answered; None if it never did."""
        return None if self.ready_at is None else time.monotonic() - self.ready_at

    async def watch(self, patience: Patience, on_ready: Callable[[], None]) -> int:
        """Wait for its end and return its exit code, negative for a signal; kill it when it hangs."""
        probing = asyncio.create_task(self._probe(patience, on_ready))
        try:
            code = await self.process.wait()
        finally:
            probing.cancel()
        await self._drain()
        return code

    async def stop(self, seconds: float) -> None:
        """Ask it to stop, and kill it when it has not after that long."""
        self.signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.process.wait(), seconds)
        except TimeoutError:
            self.kill()
            await self.process.wait()
        await self._drain()

    def kill(self) -> None:
        """Kill it with all that it started."""
        if self.process.returncode is not None:
            return  # its number may be somebody else's by now
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            self.signal(signal.SIGKILL)

    def signal(self, number: signal.Signals) -> None:
        try:
            self.process.send_signal(number)
        except ProcessLookupError:
            return

    async def _drain(self) -> None:
        # Something it started may keep the pipe open; its last lines are not worth waiting for.
        await asyncio.wait([self._lines], timeout=3.0)
        self._lines.cancel()

    async def _probe(self, patience: Patience, on_ready: Callable[[], None]) -> None:
        heard = time.monotonic()
        failures = 0
        while True:
            if await answers(self.program.health_host, self.program.health_port, patience.probe):
                heard, failures = time.monotonic(), 0
                if self.ready_at is None:
                    self.ready_at = heard
                    on_ready()
            else:
                failures += 1
            limit = patience.start if self.ready_at is None else patience.silence
            # Three failures as well: after the whole machine stood still, the clock alone proves nothing.
            if failures >= 3 and time.monotonic() - heard > limit:
                self.hung = True
                self.kill()
                return
            await asyncio.sleep(patience.before_ready if self.ready_at is None else patience.between_probes)


async def answers(host: str, port: int, seconds: float) -> bool:
    """Whether `GET /health` there answers 200 within that time."""
    return await status_of(host, port, "/health", seconds) == 200


async def status_of(host: str, port: int, path: str, seconds: float) -> int | None:
    """The status of a GET, or None without an answer. By hand: a client library costs 10 MB of memory."""
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
                writer.write(request.encode())
                words = (await reader.readline()).split(maxsplit=2)
                return int(words[1]) if len(words) > 1 and words[0].startswith(b"HTTP/") else None
            finally:
                writer.close()
    except (OSError, ValueError, TimeoutError):
        return None
