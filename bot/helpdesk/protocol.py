"""What a helpdesk is to the rest of the app: where people work on what is handed over to them; does nothing itself.

What is told within a transaction only notes it there. What a helpdesk needs beside that, such as calls over the
network, it does on its own, once the transaction is committed.
"""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

from starlette.routing import BaseRoute

from bot.handoff import people


class Helpdesk(people.Helpdesk, people.Presence, Protocol):
    """Where people work, as conversations see it: told of what is handed over, asked whether somebody answers."""


class Carried(Protocol):
    """What runs beside the app for a helpdesk that is not our own."""

    @property
    def state(self) -> str:
        """How it is, for /health: up, down (it cannot be reached) or refused (it does not take what we say)."""
        ...

    def routes(self) -> Sequence[BaseRoute]:
        """Where it tells us what happened there."""
        ...

    def run(self) -> Coroutine[Any, Any, None]:
        """Work until cancelled."""
        ...

    async def stop(self, seconds: float) -> None:
        """Begin nothing more, and let what is under way end for at most `seconds`."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
