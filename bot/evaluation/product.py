"""Starts the product for an evaluation, in a data folder of its own with the tasks' shop in it, and stops it again."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from bot.settings import PREFIX, ROOT, Settings
from bot.storage.database import Database

START_SECONDS, STOP_SECONDS = 180.0, 20.0
MAIL_SECONDS, BETWEEN_LOOKS = 8.0, 0.4
LAST_WORDS = 2000  # characters
_CODE = re.compile(r"\b\d{6}\b")


class CannotStart(Exception):
    """The product did not come up; the text ends with its last words."""


def settings_for(data_dir: Path, port: int) -> Mapping[str, str]:
    """The settings that matter, each of them said, so that `.env` does not change what is measured."""
    return {
        "DEMO": "1",  # its mailbox is where customers read their codes
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "PUBLIC_URL": "",
        "INTERNAL_PORT": "0",
        "ENGINE_PORT": "0",
        "DATA_DIR": str(data_dir),
        "DATABASE_URL": "",
        "SMTP_URL": "",
        "SHOP_URL": "",
        "SHOP_NAME": "Retail",
        "LOCALE": "en-US",
        "CURRENCY": "USD",
        "TIMEZONE": "America/New_York",
        "ORDER_NUMBER_PATTERN": r"#?\s*[Ww]\s*\d{7}",
        "ORDER_NUMBER_PREFIX": "#W",
        "CHANGE_PROOF": "name_postcode",
        "SESSIONS_PER_MINUTE": "100000",
        "LOG_LEVEL": "warning",
    }


class RunningProduct:
    """Where the product that was started answers, and where its data is."""

    def __init__(self, base_url: str, database: Database, log: Path) -> None:
        self.base_url = base_url
        self.database = database
        self.log = log

    async def code_for(self, email: str, since: datetime) -> str | None:
        """The newest one-time code mailed to an address since then; None when none comes within some seconds."""
        give_up = datetime.now(UTC) + timedelta(seconds=MAIL_SECONDS)
        async with httpx.AsyncClient(base_url=self.base_url, trust_env=False, timeout=10) as http:
            while True:
                if code := _newest_code(await self._mails(http), email, since):
                    return code
                if datetime.now(UTC) > give_up:
                    return None
                await asyncio.sleep(BETWEEN_LOOKS)

    @staticmethod
    async def _mails(http: httpx.AsyncClient) -> list[dict[str, str]]:
        try:
            mails = (await http.get("/demo/mailbox.json")).raise_for_status().json()
        except (httpx.HTTPError, ValueError):
            return []  # the next look may do better
        return mails if isinstance(mails, list) else []


def _newest_code(mails: list[dict[str, str]], email: str, since: datetime) -> str | None:
    mine = [mail for mail in mails if mail["to"].casefold() == email.casefold()]
    fresh = [mail for mail in mine if datetime.fromisoformat(mail["at"]) >= since]
    return next((found.group() for mail in fresh if (found := _CODE.search(mail["body"]))), None)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[RunningProduct]:
    """The product, up and with an empty conversation history; it is stopped when the block ends.

    Args:
        folder: an empty one, for its data and its log.

    Raises:
        CannotStart: it did not come up, such as for want of a model.
    """
    port = _free_port()
    log = folder / "output.log"
    # Where the engine's Python lies is no matter of what is measured.
    forgotten = [f"--unset={PREFIX}{name.upper()}" for name in Settings.model_fields if name != "engine_python"]
    settings = [f"{PREFIX}{name}={value}" for name, value in settings_for(folder, port).items()]
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            "/usr/bin/env",
            *forgotten,
            *settings,
            *(sys.executable, "-m", "bot.cli", "up", "--no-train"),
            cwd=ROOT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C reaches this process, which then stops the product in order
        )
    try:
        base_url = f"http://127.0.0.1:{port}"
        await _until_ready(process, log, f"ready {base_url}")
        database = Database(f"sqlite:///{folder / 'bellhop.db'}")
        try:
            yield RunningProduct(base_url, database, log)
        finally:
            database.close()
    finally:
        await _stop(process)


async def _until_ready(process: asyncio.subprocess.Process, log: Path, line: str) -> None:
    for _ in range(int(START_SECONDS / 0.1)):
        words = await asyncio.to_thread(_words, log)
        if line in words:
            return
        if process.returncode is not None:
            raise CannotStart(f"the product did not start:\n{words[-LAST_WORDS:].strip()}")
        await asyncio.sleep(0.1)
    raise CannotStart(f"the product was not ready within {START_SECONDS:g} s:\n{words[-LAST_WORDS:].strip()}")


def _words(log: Path) -> str:
    return log.read_bytes().decode(errors="replace")


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        os.killpg(process.pid, signal.SIGKILL)  # the session is the product's alone
        await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
