"""Whether people are there, as seen a moment ago: for the bot, whose turns must not wait for a look at the database.

Whoever hands over looks again, in the transaction that does; what is seen here only chooses the bot's words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog
from sqlalchemy.engine import Connection

from bot.handoff.people import Presence
from bot.storage.database import Database, DatabaseUnavailable

log = structlog.get_logger(__name__)

LOOK_EVERY_SECONDS = 2.0


class PeopleSeen:
    """Looks every few seconds, and answers at once.

    Args:
        presence: knows who is there.
        languages: those that may be asked about.
    """

    def __init__(
        self, database: Database, presence: Presence, languages: Sequence[str], clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._presence = presence
        self._languages = languages
        self._clock = clock
        self._seen: frozenset[str] = frozenset()

    def __call__(self, language: str) -> bool:
        """Whether one of our people could take over in that language, as of the last look; before the first, no."""
        return language in self._seen

    async def run(self) -> None:
        """Look until cancelled. While the database is away nobody is there: nothing could be handed over either."""
        while True:
            try:
                await self.look()
            except DatabaseUnavailable as error:
                self._seen = frozenset()
                log.warning("people_not_seen", error=str(error))
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def look(self) -> None:
        """Look once."""
        self._seen = await self._database.read(self._there)

    def _there(self, connection: Connection) -> frozenset[str]:
        now = self._clock()
        return frozenset(language for language in self._languages if self._presence.live(connection, now, language))
