"""The desk that is built in, as a helpdesk: it reads what is stored, so it need not be told anything."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Connection

from bot.handoff.people import OwnDesk
from bot.handoff.staffing import Staffing, staffing_of
from bot.settings import Settings


class BuiltIn(OwnDesk):
    """Our own desk. Who is there is known by its signs of life; the keeper gives what waits to whoever has room."""

    def __init__(self, staffing: Staffing) -> None:
        self._staffing = staffing

    def live(self, connection: Connection, now: datetime, language: str) -> bool:
        """See `Staffing.live`."""
        return self._staffing.live(connection, now, language)


def built_in(settings: Settings) -> BuiltIn:
    """Our own desk as the settings say."""
    return BuiltIn(staffing_of(settings))
