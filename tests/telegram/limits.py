"""How often a bot may send: Telegram's limits and the penalty for passing them. Pure; time comes in.

| what | limit | source |
| --- | --- | --- |
| messages to one chat | 1 a second | https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this |
| messages to one group | 20 a minute | the same |
| messages and edits to all chats | 30 a second | the same |
| edits of one message | 1 a second | not documented; what clients observe |

Telegram lets short bursts pass and does not say how long ones. The sandbox lets none pass, so that what it accepts
Telegram accepts. 20 milliseconds are forgiven, for a client's clock and its way here.

Over a limit there is a penalty: until it has run out, whatever it covers (the chat, the message, or the bot) is
refused, and each further try of it is counted as one that ignored `retry_after`.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field

from tests.telegram.refusals import too_many_requests

TOLERANCE = 0.02
IN_FLIGHT = 0.1  # seconds after a refusal in which another request may already have been on its way

Key = tuple[object, ...]


@dataclass(frozen=True)
class Limits:
    """The limits; all spans are multiplied by `scale`: 0.1 is ten times quicker, 0 is none at all."""

    scale: float = 1.0
    chat_seconds: float = 1.0
    edit_seconds: float = 1.0
    overall_per_second: int = 30
    group_per_minute: int = 20
    # How long the penalty is at least; `retry_after` tells it.
    least_penalty: int = 1

    @classmethod
    def off(cls) -> Limits:
        return cls(scale=0)


@dataclass(frozen=True)
class _Window:
    """At most `count` within `seconds`."""

    key: Key
    count: int
    seconds: float


@dataclass
class _Penalty:
    since: float
    until: float


@dataclass
class Pacer:
    """Counts one bot's messages against the limits."""

    limits: Limits
    ignored_retry_after: int = 0
    _passed: defaultdict[Key, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _penalties: dict[Key, _Penalty] = field(default_factory=dict)

    def send(self, chat: int, *, group: bool, now: float) -> None:
        """A message to a chat. Raises Refused (429) when it comes too early."""
        windows = [self._overall(), _Window(("chat", chat), 1, self.limits.chat_seconds)]
        if group:
            windows.append(_Window(("group", chat), self.limits.group_per_minute, 60.0))
        self._pass(windows, now)

    def edit(self, chat: int, message: int, *, now: float) -> None:
        """A change of a message. Raises Refused (429) when it comes too early."""
        self._pass([self._overall(), _Window(("message", chat, message), 1, self.limits.edit_seconds)], now)

    def punish(self, chat: int, message: int | None, seconds: int, *, now: float) -> None:
        """A penalty for nothing, on a chat or on one message's edits: what a 429 on demand leaves behind."""
        key: Key = ("chat", chat) if message is None else ("message", chat, message)
        if running := self._running(key, now):
            self._count_ignored(running, now)
        self._penalties[key] = _Penalty(now, now + seconds * (self.limits.scale or 1))

    def _overall(self) -> _Window:
        return _Window(("all",), self.limits.overall_per_second, 1.0)

    def _pass(self, windows: list[_Window], now: float) -> None:
        self._refuse_while_punished(windows, now)
        if self.limits.scale == 0:
            return
        for window in windows:
            wait = self._wait(window, now)
            if wait > 0:
                raise self._punished(window.key, wait, now)
        for window in windows:
            self._passed[window.key].append(now)

    def _refuse_while_punished(self, windows: list[_Window], now: float) -> None:
        for window in windows:
            if penalty := self._running(window.key, now):
                self._count_ignored(penalty, now)
                raise too_many_requests(max(1, math.ceil((penalty.until - now) / (self.limits.scale or 1))))

    def _running(self, key: Key, now: float) -> _Penalty | None:
        penalty = self._penalties.get(key)
        if penalty is not None and now >= penalty.until - TOLERANCE:
            del self._penalties[key]
            return None
        return penalty

    def _count_ignored(self, penalty: _Penalty, now: float) -> None:
        self.ignored_retry_after += now > penalty.since + IN_FLIGHT

    def _wait(self, window: _Window, now: float) -> float:
        """Seconds until one more fits into a window."""
        span = window.seconds * self.limits.scale
        passed = self._passed[window.key]
        while passed and passed[0] <= now - span + TOLERANCE:
            passed.popleft()
        return passed[0] + span - now if len(passed) >= window.count else 0.0

    def _punished(self, key: Key, wait: float, now: float) -> Exception:
        seconds = max(self.limits.least_penalty, math.ceil(wait / self.limits.scale))
        self._penalties[key] = _Penalty(now, now + seconds * self.limits.scale)
        return too_many_requests(seconds)
