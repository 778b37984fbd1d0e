"""How much one customer or one address may send; token buckets that forget who has been quiet."""

from __future__ import annotations

from collections.abc import Callable


class Buckets:
    """One token bucket per key.

    Args:
        rate: tokens that flow in, per second.
        burst: tokens a full bucket holds.
        clock: monotonic seconds.
        most_keys: beyond this many, full buckets are forgotten.
    """

    def __init__(self, rate: float, burst: float, clock: Callable[[], float], most_keys: int = 10_000) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._most_keys = most_keys
        self._levels: dict[str, tuple[float, float]] = {}

    def take(self, key: str, at: float | None = None) -> bool:
        """Take one token of `key`'s bucket; False where it is empty.

        Args:
            at: when it was sent, by the same clock, where that was not just now; time never runs backwards.
        """
        now = self._clock() if at is None else at
        level, since = self._levels.get(key, (self._burst, now))
        now = max(now, since)
        level = min(self._burst, level + (now - since) * self._rate)
        allowed = level >= 1
        self._levels[key] = (level - 1 if allowed else level, now)
        if len(self._levels) > self._most_keys:
            self._forget(self._clock())
        return allowed

    def _forget(self, now: float) -> None:
        self._levels = {
            key: (level, at)
            for key, (level, at) in self._levels.items()
            if level + (now - at) * self._rate < self._burst
        }
