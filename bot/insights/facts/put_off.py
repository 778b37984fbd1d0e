"""Remembers of which conversations the counting failed, and when each is tried again; counts nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=4), timedelta(minutes=10)
MOST_TRIES = 10  # with those pauses: half an hour; whatever stood in the way does not go by itself


@dataclass(frozen=True, slots=True)
class _Failed:
    tries: int
    again_at: datetime


@dataclass(slots=True)
class PutOff:
    """In memory: as long as it is not empty the mark does not move, so that a kill forgets nothing."""

    _failed: dict[str, _Failed] = field(default_factory=dict)
    _given_up: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self._failed)

    def __contains__(self, conversation_id: str) -> bool:
        return conversation_id in self._failed

    def due(self, now: datetime) -> list[str]:
        """Those to be tried now."""
        return sorted(own for own, failed in self._failed.items() if failed.again_at <= now)

    def failed(self, conversation_id: str, now: datetime) -> bool:
        """It failed, perhaps once more; whether it is tried again."""
        known = self._failed.pop(conversation_id, None)
        tries = 1 if known is None else known.tries + 1
        if tries >= MOST_TRIES or conversation_id in self._given_up:
            self._given_up.add(conversation_id)
            return False
        pause = min(FIRST_PAUSE * 2 ** (tries - 1), LONGEST_PAUSE)
        self._failed[conversation_id] = _Failed(tries, now + pause)
        return True

    def made(self, conversation_ids: Iterable[str]) -> None:
        """These are counted."""
        for conversation_id in conversation_ids:
            self._failed.pop(conversation_id, None)
            self._given_up.discard(conversation_id)
