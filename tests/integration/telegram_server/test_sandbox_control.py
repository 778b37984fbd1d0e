"""`/control`: users, faults and records over HTTP, and the sandbox as a program of its own."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import Forbidden, InvalidToken

from tests.client.product import ROOT
from tests.integration.telegram_server.conftest import client_of
from tests.telegram import Sandbox, TelegramUser

pytestmark = pytest.mark.integration


@pytest.fixture
async def http(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{sandbox.root}/control", trust_env=False) as http:
        yield http


async def posted(http: httpx.AsyncClient, path: str, **body: Any) -> Any:
    answer = await http.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_user_in_another_process_chats(http: httpx.AsyncClient, bot: Bot) -> None:
    number = (await posted(http, "/users", first_name="Grace", language_code="fr"))["id"]
    await posted(http, f"/users/{number}/start", payload="x")
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="y")]])
    await bot.send_message(number, "Sure?", reply_markup=keyboard)
    query = (await posted(http, f"/users/{number}/taps", title="Yes"))["result"]
    await bot.answer_callback_query(query, "Saved")
    sight = (await http.get(f"/users/{number}")).json()
    assert [message["text"] for message in sight["chat"]] == ["/start x", "Sure?"]
    assert sight["chat"][1]["keyboard"] == [[{"title": "Yes", "data": "y", "url": "", "shares": ""}]]
    assert (sight["popups"], sight["unanswered_taps"]) == ([{"text": "Saved", "alert": False}], [])


async def test_faults_tokens_and_updates_are_set_from_outside(
    http: httpx.AsyncClient, sandbox: Sandbox, ada: TelegramUser, bot: Bot
) -> None:
    await posted(http, "/faults", ill="forbidden", method="sendMessage", times=None)
    with pytest.raises(Forbidden):
        await bot.send_message(ada.id, "Hi")
    await http.delete("/faults")
    await posted(http, "/token", token=sandbox.bot.token, revoked=True)
    with pytest.raises(InvalidToken):
        await bot.send_message(ada.id, "Hi")
    await posted(http, "/token", token=sandbox.bot.token, revoked=False)
    number = (await posted(http, "/updates", telepathy={}))["update_id"]
    assert [update.update_id for update in await bot.get_updates()] == [number]
    await posted(http, "/pushing", times=2, shuffled=True)
    assert (sandbox.state.pushing.times, sandbox.state.pushing.shuffled) == (2, True)


async def test_records_are_seen_from_outside(http: httpx.AsyncClient, ada: TelegramUser, bot: Bot) -> None:
    await bot.send_message(ada.id, "Hi")
    calls = (await http.get("/calls")).json()
    assert [call["method"] for call in calls] == ["getMe", "sendMessage"]
    overview = (await http.get(str(http.base_url).rstrip("/"))).json()
    assert [bot["username"] for bot in overview["bots"]] == ["sandbox_bot"]
    assert (overview["users"][0]["id"], overview["bad_requests"]) == (ada.id, [])


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/users/4242/says", {"text": "Hi"}),
        ("/users/100001/picture", {}),
        ("/users/100001/says", {"words": "Hi"}),
        ("/users/100001/start", {"payload": "not allowed!"}),
        ("/users/100001/taps", {"title": "Nothing"}),
        ("/faults", {"ill": "tired"}),
    ],
)
async def test_what_makes_no_sense_is_refused(
    path: str, body: dict[str, Any], http: httpx.AsyncClient, ada: TelegramUser
) -> None:
    answer = await http.post(path, json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


async def test_a_second_bot_has_chats_of_its_own(http: httpx.AsyncClient, sandbox: Sandbox, ada: TelegramUser) -> None:
    token = "7002:another-token-of-the-sandbox"
    await posted(http, "/bots", token=token, username="other_bot")
    async with client_of(sandbox, token) as other:
        assert other.username == "other_bot"
        with pytest.raises(Forbidden):
            await other.send_message(ada.id, "Hi")


async def test_the_sandbox_runs_as_a_program() -> None:
    command = [sys.executable, "-m", "tests.telegram", "--port", "0", "--scale", "0"]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    assert process.stdout
    try:
        root = re.search(rb"http://127\.0\.0\.1:\d+", await process.stdout.readline())
        assert root
        async with Bot("7001:a-token-of-the-sandbox", base_url=f"{root.group().decode()}/bot") as bot:
            assert bot.username == "sandbox_bot"
    finally:
        process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
