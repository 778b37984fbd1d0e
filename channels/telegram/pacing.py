"""How fast Telegram may be sent to, so that it never has to say so; pure, the clock comes in, nobody waits here.

| what | limit |
|---|---|
| messages to one chat | 1 a second |
| edits in one chat | 1 a second, in a lane of their own: a tick on a button holds up no message |
| messages to one group | 20 a minute |
| messages and edits to all chats | 30 a second; we keep to 28 |

Telegram counts when a call arrives, which is somewhere between its beginning and its end. So a call counts from its
beginning until a second after its end: whatever the network does, no second of Telegram's sees more than we allow.

Several carriers share one pace. Each sets calls aside before it takes from the database what to call for: nobody else
can begin them meanwhile. If another was quicker with a chat, the call for that chat does not begin.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

NEVER_ENDED = 60.0  # seconds after which a call is taken to be over though nobody said so


class Lane(Enum):
    """What is counted by itself in a chat."""

    MESSAGES = "messages"
    EDITS = "edits"


@dataclass(frozen=True, slots=True)
class Limits:
    """What is allowed; all spans are multiplied by `scale`, for a server that runs quicker."""

    scale: float = 1.0
    chat_seconds: float = 1.0
    overall: int = 28
    overall_seconds: float = 1.0
    group: int = 20
    group_seconds: float = 60.0


class Pacing:
    """Telegram's pace. Whoever makes calls sets them aside, begins each or gives it back, and says when it has ended.

    Args:
        clock: seconds that only ever grow.
        limits: what is allowed.
    """

    def __init__(self, clock: Callable[[], float], limits: Limits | None = None) -> None:
        self._clock = clock
        self._limits = limits or Limits()
        self._rests: dict[Lane, dict[str, float]] = {lane: {} for lane in Lane}  # chat → when it may be called again
        self._pauses: dict[str, float] = {}  # chat → until when Telegram asked us to wait
        self._groups: dict[str, deque[float]] = {}  # group → when its last messages cease to count
        self._running: dict[tuple[Lane, str], float] = {}  # … → when it began
        self._reserved = 0
        self._counting: deque[float] = deque()  # when calls that have ended cease to count

    def resting(self, lane: Lane = Lane.MESSAGES) -> set[str]:
        """Chats that nothing may be sent to, or where nothing may be edited, at this moment."""
        self._forget()
        full = (group for group, ends in self._groups.items() if len(ends) >= self._limits.group)
        running = (identity for of, identity in self._running if of is lane)
        return {*self._rests[lane], *self._pauses, *running, *(full if lane is Lane.MESSAGES else ())}

    def free(self) -> int:
        """How many calls may begin at this moment."""
        self._forget()
        return max(0, self._limits.overall - len(self._running) - len(self._counting) - self._reserved)

    def wait(self) -> float:
        """Seconds until a chat has rested or a call more is free; `inf` where neither is to come."""
        self._forget()
        if self._reserved:  # for no longer than a transaction
            return 0.0
        return max(0.0, min(self._changes(), default=math.inf) - self._clock())

    def reserve(self, most: int) -> int:
        """Set aside calls that may begin at this moment, at most so many; returns how many those are."""
        calls = max(0, min(most, self.free()))
        self._reserved += calls
        return calls

    def give_back(self, calls: int) -> None:
        """So many calls that were set aside are not made."""
        self._reserved -= calls

    def begin(self, identity: str, lane: Lane = Lane.MESSAGES) -> bool:
        """Begin a call that was set aside; False, and it is given back, where its chat rests by now."""
        self._reserved -= 1
        if identity in self.resting(lane):
            return False
        self._running[lane, identity] = self._clock()
        self._rest(identity, lane)
        return True

    def ended(self, identity: str, lane: Lane = Lane.MESSAGES) -> None:
        """It was answered, or is not waited for any longer."""
        if self._running.pop((lane, identity), None) is None:
            return
        now, limits = self._clock(), self._limits
        self._counting.append(now + limits.overall_seconds * limits.scale)
        self._rest(identity, lane)
        if lane is Lane.MESSAGES and identity.startswith("-"):
            self._groups.setdefault(identity, deque()).append(now + limits.group_seconds * limits.scale)

    def pause(self, identity: str, seconds: float) -> None:
        """Telegram asked us to leave a chat alone for so long; the others go on."""
        self._pauses[identity] = max(self._pauses.get(identity, 0.0), self._clock() + seconds)

    def _rest(self, identity: str, lane: Lane) -> None:
        self._rests[lane][identity] = self._clock() + self._limits.chat_seconds * self._limits.scale

    def _changes(self) -> Iterator[float]:
        """Moments at which something more is allowed."""
        for rests in self._rests.values():
            yield from rests.values()
        yield from self._pauses.values()
        if self._counting:
            yield self._counting[0]
        for ends in self._groups.values():
            if len(ends) >= self._limits.group:
                yield ends[0]

    def _forget(self) -> None:
        """Drop what counts no longer."""
        now = self._clock()
        for ends in (*self._rests.values(), self._pauses):
            for identity in [identity for identity, until in ends.items() if until <= now]:
                del ends[identity]
        for count in (self._counting, *self._groups.values()):
            while count and count[0] <= now:
                count.popleft()
        for group in [group for group, ends in self._groups.items() if not ends]:
            del self._groups[group]
        for call in [call for call, began in self._running.items() if began + NEVER_ENDED <= now]:
            del self._running[call]
