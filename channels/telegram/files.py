"""Files that customers sent: fetched from Telegram, which keeps them for us only for a while; shown to nobody here."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import structlog

from bot.conversations.attachments import DueAttachment, GivenUp, due_attachments, give_up, keep, postpone
from bot.conversations.errors import TransportError
from bot.conversations.models import Change
from bot.conversations.service import Conversations
from bot.conversations.unit import Unit
from bot.conversations.unkept import admit_unkept
from bot.storage.database import DatabaseUnavailable
from channels.telegram import CHANNEL
from channels.telegram.client import CallRejected, TelegramClient

log = structlog.get_logger(__name__)

AT_ONCE = 2  # each is held in memory whole
LOOK_EVERY_SECONDS = 15.0


class Files:
    """Fetches what waits to be fetched (a `Subscriber`: a new message may bring something).

    Args:
        most_bytes: of a file that is kept.
    """

    def __init__(self, conversations: Conversations, client: TelegramClient, *, most_bytes: int) -> None:
        self._conversations = conversations
        self._client = client
        self._most_bytes = most_bytes
        self._wake = asyncio.Event()

    def changed(self, change: Change) -> None:
        """A message may have brought a file."""
        if any(message.attachments for message in change.messages):
            self._wake.set()

    def look_again(self) -> None:
        """Changes may have been missed."""
        self._wake.set()

    async def run(self) -> None:
        """Fetch until cancelled."""
        while True:
            self._wake.clear()
            try:
                if await self.fetch_due():
                    continue
            except (DatabaseUnavailable, TransportError) as error:
                log.info("telegram_files_wait", error=str(error))
            # Not `wait_for`, which forgets that it was cancelled where both come at once (Python 3.11).
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_SECONDS):
                    await self._wake.wait()

    async def fetch_due(self) -> int:
        """Try what is due, once each; returns how many that were.

        Raises:
            DatabaseUnavailable: some of it stays due.
            TransportError: Telegram cannot be reached, or knows the token no more; that counts against no file.
        """
        due = await self._conversations.transact(lambda unit: due_attachments(unit, CHANNEL, AT_ONCE))
        # Each to its end, whatever becomes of the other: one that goes on unwatched would be fetched twice at once.
        for failure in await asyncio.gather(*map(self._fetch, due), return_exceptions=True):
            if failure is not None:
                raise failure
        return len(due)

    async def _fetch(self, due: DueAttachment) -> None:
        outcome = await self._outcome(due)

        def record(unit: Unit) -> Change | None:
            outcome(unit)
            return admit_unkept(unit, due.id)

        await self._conversations.change(record)

    async def _outcome(self, due: DueAttachment) -> Callable[[Unit], None]:
        """What is to be recorded of one try."""
        try:
            content = await self._content(due)
        except CallRejected as error:
            said = (
                error.description.lower()
            )  # "wrong file_id or the file is temporarily unavailable", "file is too big"
            if "temporarily" in said:
                return lambda unit: postpone(unit, due.id)
            state: GivenUp = "too_large" if "too big" in said else "gone"
            return lambda unit: give_up(unit, due.id, state)
        except TransportError as error:
            if error.unreachable:
                raise
            log.info("telegram_file_not_fetched", kind=due.kind, attempts=due.attempts + 1, error=str(error))
            if error.permanent:
                return lambda unit: give_up(unit, due.id, "gone")
            return lambda unit: postpone(unit, due.id)
        if content is None:
            return lambda unit: give_up(unit, due.id, "too_large")
        return lambda unit: keep(unit, due.id, content)

    async def _content(self, due: DueAttachment) -> bytes | None:
        """The file; None where it is larger than we keep. Raises as the client does."""
        if self._too_large(due.size):
            return None
        found = await self._client.find_file(due.file_id)
        if self._too_large(found.size):
            return None
        return await self._client.download(found, self._most_bytes)

    def _too_large(self, size: int | None) -> bool:
        return size is not None and size > self._most_bytes
