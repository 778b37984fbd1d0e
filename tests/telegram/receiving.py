"""`getUpdates`: long polling, one at a time, and what it confirms."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from tests.telegram.model import Bot, Wire
from tests.telegram.refusals import conflict
from tests.telegram.replies import Request
from tests.telegram.settling import allowed_updates

MOST_UPDATES = 100
LONGEST_POLL = 50.0


class Bell:
    """Wakes whoever waits in the server's loop; it may be rung from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._event = asyncio.Event()
        self.closed = False

    def ring(self) -> None:
        with suppress(RuntimeError):  # the loop may be closing
            self._loop.call_soon_threadsafe(self._ring)

    async def wait(self, seconds: float) -> None:
        """Until the next ring, at most so long."""
        event = self._event
        with suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), seconds)

    def _ring(self) -> None:
        event, self._event = self._event, asyncio.Event()
        event.set()


async def get_updates(request: Request, bell: Bell) -> list[Wire]:
    """Answer as soon as there is something, or when the time is over. Raises Refused (409)."""
    bot, arguments = request.bot, request.arguments
    with request.state.condition:
        if bot.webhook is not None:
            raise conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            )
        bot.allowed_updates = allowed_updates(arguments.json("allowed_updates"), bot.allowed_updates)
        bot.poll += 1
        poll = bot.poll
        _confirm(bot, arguments.integer("offset"))
    limit = min(max(arguments.integer("limit", MOST_UPDATES), 1), MOST_UPDATES)
    loop = asyncio.get_running_loop()
    until = loop.time() + min(max(arguments.integer("timeout"), 0), LONGEST_POLL)
    bell.ring()  # the poll before this one looks up and ends
    while True:
        with request.state.condition:
            _check_still_the_one(bot, poll)
            updates = list(bot.updates)[:limit]
        left = until - loop.time()
        if updates or left <= 0 or bell.closed:
            return updates
        await bell.wait(left)


def _check_still_the_one(bot: Bot, poll: int) -> None:
    if bot.poll == poll:
        return
    if bot.webhook is not None:
        raise conflict("terminated by setWebhook request")
    raise conflict("terminated by other getUpdates request; make sure that only one bot instance is running")


def _confirm(bot: Bot, offset: int) -> None:
    """Forget what is below the offset; a negative one keeps so many from the end."""
    if offset < 0:
        while len(bot.updates) > -offset:
            bot.updates.popleft()
    while offset > 0 and bot.updates and bot.updates[0]["update_id"] < offset:
        bot.updates.popleft()
