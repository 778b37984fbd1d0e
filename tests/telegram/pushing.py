"""Pushing updates to a webhook as Telegram does: with the secret, in order within a chat, again until they are taken.

An update that is not answered with 2xx in time is pushed again after a pause that grows. Updates of other chats go on,
at most `max_connections` at once. On demand each update is pushed several times, or out of order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx

from tests.telegram.model import Bot, Webhook, Wire
from tests.telegram.receiving import Bell
from tests.telegram.state import Push, State

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


@dataclass
class _Lane:
    """What is under way for one bot."""

    tasks: dict[int, asyncio.Task[None]] = field(default_factory=dict)  # by update
    chats: dict[int, int | None] = field(default_factory=dict)  # the chat of each update under way

    def cancel(self) -> None:
        for task in list(self.tasks.values()):
            task.cancel()


class Pusher:
    """Looks after all bots with a webhook."""

    def __init__(self, state: State, bell: Bell) -> None:
        self._state = state
        self._bell = bell
        self._lanes: dict[Bot, _Lane] = {}

    async def run(self) -> None:
        async with httpx.AsyncClient(trust_env=False, verify=False) as http:
            try:
                while True:
                    self._forget_bots_that_are_gone()
                    for bot, hook, update in list(self._next()):
                        self._begin(http, bot, hook, update)
                    await self._bell.wait(1.0)
            finally:
                for lane in self._lanes.values():
                    lane.cancel()

    def _forget_bots_that_are_gone(self) -> None:
        with self._state.condition:
            there = set(self._state.bots.values())
        for bot in set(self._lanes) - there:
            self._lanes.pop(bot).cancel()

    def _next(self) -> Iterator[tuple[Bot, Webhook, Wire]]:
        """The updates that may go now."""
        with self._state.condition:
            for bot in self._state.bots.values():
                if bot.webhook is not None:
                    yield from ((bot, bot.webhook, update) for update in self._of(bot, bot.webhook))

    def _of(self, bot: Bot, hook: Webhook) -> list[Wire]:
        lane = self._lanes.setdefault(bot, _Lane())
        busy = set(lane.chats.values())
        found: list[Wire] = []
        for update in bot.updates:
            chat = chat_of(update)
            if len(lane.tasks) + len(found) >= hook.max_connections:
                break
            if update["update_id"] in lane.tasks or (chat in busy and not self._state.pushing.shuffled):
                continue
            busy.add(chat)
            found.append(update)
        if self._state.pushing.shuffled:
            self._state.rng.shuffle(found)
        return found

    def _begin(self, http: httpx.AsyncClient, bot: Bot, hook: Webhook, update: Wire) -> None:
        lane, number = self._lanes[bot], update["update_id"]
        task = asyncio.create_task(self._push(http, bot, hook, update))
        lane.tasks[number] = task
        lane.chats[number] = chat_of(update)
        task.add_done_callback(lambda _: self._ended(lane, number))

    def _ended(self, lane: _Lane, number: int) -> None:
        lane.tasks.pop(number, None)
        lane.chats.pop(number, None)
        self._bell.ring()

    async def _push(self, http: httpx.AsyncClient, bot: Bot, hook: Webhook, update: Wire) -> None:
        """Until every copy is taken, or the webhook is another one."""
        for _ in range(self._state.pushing.times):
            pause = self._state.pushing.first_pause
            while not await self._attempt(http, bot, hook, update):
                await asyncio.sleep(pause)
                pause = min(2 * pause, self._state.pushing.longest_pause)
                if bot.webhook is not hook:
                    return
        with self._state.changing():
            if update in bot.updates:
                bot.updates.remove(update)

    async def _attempt(self, http: httpx.AsyncClient, bot: Bot, hook: Webhook, update: Wire) -> bool:
        headers = {SECRET_HEADER: hook.secret} if hook.secret else {}
        status, error = 0, ""
        at = self._state.clock()
        try:
            answer = await http.post(hook.url, json=update, headers=headers, timeout=self._state.pushing.timeout)
            status = answer.status_code
            if not answer.is_success:
                error = f"Wrong response from the webhook: {status} {answer.reason_phrase}"
        except httpx.TimeoutException:
            error = "Read timeout expired"
        except httpx.ConnectError:
            error = "Connection refused"
        except httpx.HTTPError:
            error = "Connection closed"
        with self._state.changing():
            self._state.pushes.append(Push(update["update_id"], at, status, error))
            if error:
                hook.last_error, hook.last_error_at = error, at
        return not error


def chat_of(update: Wire) -> int | None:
    """The chat that an update is about; updates without one are in order among themselves."""
    for content in update.values():
        if isinstance(content, dict):
            chat = content.get("chat") or (content.get("message") or {}).get("chat") or {}
            if isinstance(chat, dict) and isinstance(chat.get("id"), int):
                return int(chat["id"])
    return None
