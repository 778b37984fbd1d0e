"""Updates pushed to a webhook: secret, order, repetition."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from telegram import Bot, Update

from tests.telegram import Sandbox, TelegramUser
from tests.telegram.state import Pushing

pytestmark = pytest.mark.integration
SECRET = "a-secret_of-the-product"


@dataclass
class Hook:
    """A product's end of a webhook; it answers with the statuses it is told, then with 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    slow: float = 0.0
    got: list[dict[str, Any]] = field(default_factory=list)
    secrets: set[str | None] = field(default_factory=set)
    at_once: int = 0
    most_at_once: int = 0

    async def answer(self, request: web.Request) -> web.Response:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.secrets.add(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        body = await request.json()
        await asyncio.sleep(self.slow)
        self.got.append(body)
        self.at_once -= 1
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    @property
    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.got]


@pytest.fixture
async def hook(sandbox: Sandbox) -> AsyncIterator[Hook]:
    hook = Hook()
    app = web.Application()
    app.router.add_post("/hook", hook.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    sandbox.state.pushing = Pushing(timeout=0.3, first_pause=0.05, longest_pause=0.1)
    yield hook
    await runner.cleanup()


async def until(true: Callable[[], bool]) -> None:
    for _ in range(300):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to that")


async def test_updates_are_pushed_with_the_secret_and_in_order(
    hook: Hook, sandbox: Sandbox, ada: TelegramUser, bot: Bot
) -> None:
    ada.says("before")
    await bot.set_webhook(hook.url, secret_token=SECRET)
    for n in range(5):
        ada.says(str(n))
    await until(lambda: sandbox.pending == 0)
    assert hook.texts == ["before", "0", "1", "2", "3", "4"]
    assert hook.secrets == {SECRET}
    update = Update.de_json(hook.got[0], bot)
    assert update.message is not None
    assert update.message.chat.id == ada.id


async def test_what_is_not_taken_is_pushed_again(hook: Hook, sandbox: Sandbox, ada: TelegramUser, bot: Bot) -> None:
    hook.statuses = [500, 503, 404]
    await bot.set_webhook(hook.url)
    ada.says("one")
    ada.says("two")
    await until(lambda: sandbox.pending == 0)
    assert hook.texts == ["one", "one", "one", "one", "two"]
    assert [push.status for push in sandbox.pushes] == [500, 503, 404, 200, 200]
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 404 Not Found"
    assert (info.url, info.pending_update_count, info.max_connections) == (hook.url, 0, 40)


async def test_what_takes_too_long_is_pushed_again(hook: Hook, sandbox: Sandbox, ada: TelegramUser, bot: Bot) -> None:
    hook.slow = 0.5
    await bot.set_webhook(hook.url)
    ada.says("one")
    await until(lambda: bool(sandbox.pushes))
    hook.slow = 0
    await until(lambda: sandbox.pending == 0)
    assert [(push.status, push.error) for push in sandbox.pushes] == [(0, "Read timeout expired"), (200, "")]


async def test_a_webhook_that_is_not_there_keeps_the_updates(sandbox: Sandbox, ada: TelegramUser, bot: Bot) -> None:
    sandbox.state.pushing = Pushing(first_pause=0.01)
    await bot.set_webhook("http://127.0.0.1:9/hook")
    ada.says("one")
    await until(lambda: len(sandbox.pushes) > 1)
    assert (await bot.get_webhook_info()).last_error_message == "Connection refused"
    await bot.delete_webhook()
    assert [update.message and update.message.text for update in await bot.get_updates()] == ["one"]


@pytest.mark.parametrize(("connections", "most"), [(1, 1), (3, 3), (40, 5)])
async def test_so_many_are_pushed_at_once_each_chat_in_order(
    connections: int, most: int, hook: Hook, sandbox: Sandbox, bot: Bot
) -> None:
    hook.slow = 0.03
    users = [sandbox.user(f"User {n}") for n in range(5)]
    for text in ("one", "two"):
        for user in users:
            user.says(text)
    await bot.set_webhook(hook.url, max_connections=connections)
    await until(lambda: sandbox.pending == 0)
    assert hook.most_at_once == most
    for user in users:
        assert [update["message"]["text"] for update in hook.got if update["message"]["chat"]["id"] == user.id] == [
            "one",
            "two",
        ]


async def test_each_update_can_be_pushed_several_times_in_any_order(
    hook: Hook, sandbox: Sandbox, ada: TelegramUser, bot: Bot
) -> None:
    for n in range(6):
        ada.says(str(n))
    sandbox.pushes_each(3, shuffled=True)
    sandbox.state.pushing.timeout = 5
    await bot.set_webhook(hook.url)
    await until(lambda: sandbox.pending == 0)
    assert sorted(hook.texts) == sorted("012345" * 3)
    assert hook.texts != sorted(hook.texts)


async def test_a_number_that_was_used_can_come_again(hook: Hook, sandbox: Sandbox, ada: TelegramUser, bot: Bot) -> None:
    await bot.set_webhook(hook.url)
    ada.says("one")
    await until(lambda: sandbox.pending == 0)
    (first,) = hook.got
    sandbox.push_again(first["update_id"], {"message": first["message"]})
    await until(lambda: len(hook.got) == 2)
    assert hook.got[1] == first


async def test_pending_updates_can_be_dropped(hook: Hook, sandbox: Sandbox, ada: TelegramUser, bot: Bot) -> None:
    ada.says("old")
    await bot.set_webhook(hook.url, drop_pending_updates=True, allowed_updates=["message"])
    ada.says("new")
    await until(lambda: len(hook.got) == 1)
    assert hook.texts == ["new"]
    assert (await bot.get_webhook_info()).allowed_updates == ("message",)
