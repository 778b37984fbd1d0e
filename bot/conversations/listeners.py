"""Several channels that listen to the same worker: each hears everything and minds what is its own."""

from __future__ import annotations

from collections.abc import Sequence

from bot.conversations.models import PendingTurn
from bot.conversations.worker import Listener


class Listeners:
    """Passes on what the worker says. The channel a turn came over may not be where the customer looks just now."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners = tuple(listeners)

    def bot_is_busy(self, turn: PendingTurn) -> None:
        """An answer to this is being worked on."""
        for listener in self._listeners:
            listener.bot_is_busy(turn)

    def answer_is_delayed(self, turn: PendingTurn) -> None:
        """It takes longer, and not even that could be stored."""
        for listener in self._listeners:
            listener.answer_is_delayed(turn)

    def since_typing(self, turn: PendingTurn) -> float | None:
        """Seconds since this customer was seen typing anywhere, None where nobody saw it."""
        seen = [since for listener in self._listeners if (since := listener.since_typing(turn)) is not None]
        return min(seen, default=None)
