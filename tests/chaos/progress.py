"""Keeps kills and messages abreast of each other, so that the last kill still has something to hit."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

# How far kills or messages may run ahead, in kills.
SLACK = 2


@dataclass(slots=True)
class Progress:
    """How far the run is; ``changed`` wakes whoever waits for it."""

    kills_wanted: int
    messages_wanted: int
    kills: dict[str, int] = field(default_factory=lambda: {"app": 0, "engine": 0})
    sent: int = 0
    answered: int = 0
    customers_left: int = 0
    killing: bool = True
    _condition: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def killed(self) -> int:
        """Kills so far."""
        return sum(self.kills.values())

    def may_send(self) -> bool:
        """Whether the next message is due. The last one waits for the last kill, which otherwise came too late."""
        if not self.killing or self.killed >= self.kills_wanted:
            return True
        abreast = self.sent * self.kills_wanted <= (self.killed + SLACK) * self.messages_wanted
        return abreast and self.sent < self.messages_wanted - 1

    def may_kill(self) -> bool:
        """Whether the next kill is due."""
        return self.customers_left == 0 or (
            self.sent * self.kills_wanted >= (self.killed - SLACK) * self.messages_wanted
        )

    async def change(self, change: Callable[["Progress"], None]) -> None:
        """Change something and wake everybody."""
        async with self._condition:
            change(self)
            self._condition.notify_all()

    async def wait(self, wanted: Callable[[], bool], seconds: float) -> bool:
        """Wait until ``wanted()``; whether it came true within ``seconds``."""
        try:
            async with asyncio.timeout(seconds), self._condition:
                await self._condition.wait_for(wanted)
        except TimeoutError:
            return wanted()
        return True


def count_sent(progress: Progress) -> None:
    """One more message was given to a client."""
    progress.sent += 1


def count_answered(progress: Progress) -> None:
    """One more answer is complete."""
    progress.answered += 1
