"""A token that Telegram refuses: everything but Telegram works, an operator hears of it once, and it mends itself."""

from __future__ import annotations

import asyncio
import random
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.client.sessions import HttpSessions
from tests.client.transcript import Transcript
from tests.client.web_client import WebClient
from tests.support.telegram_product import PATIENCE, TelegramProduct, telegram_product
from tests.telegram import Sandbox

pytestmark = pytest.mark.e2e

ASKED_AGAIN_WITHIN = 80.0  # it is tried every minute


def events(telegram: TelegramProduct, event: str) -> int:
    return telegram.log().count(f'"event": "{event}"')


async def talk_on_the_website(telegram: TelegramProduct) -> None:
    """Somebody asks something in the widget's protocol, and is answered."""
    address = telegram.product.base_url
    recorder, sessions = Transcript(), HttpSessions(address)
    async with WebClient(address, sessions, rng=random.Random(1), recorder=recorder) as client:
        exchange = await client.say("where is my order?")
        await exchange.done(PATIENCE)
        assert any("order number" in reply.text for reply in exchange.replies)


def the_way_to_telegram(telegram: TelegramProduct) -> httpx.Response:
    """What a visitor of the page gets who wants to go on there."""
    with httpx.Client(base_url=telegram.product.base_url, trust_env=False) as http:
        token = http.post("/api/web/sessions", json={}).json()["token"]
        return http.post("/api/web/continue", json={"to": "telegram"}, headers={"Authorization": f"Bearer {token}"})


def test_with_a_refused_token_all_else_works_and_once_it_is_good_telegram_does_too(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with telegram_product(tmp_path_factory.mktemp("refused"), prepare=Sandbox.revokes) as telegram:
        waiting = telegram.sandbox.user("Ada")
        waiting.start()
        health = telegram.health()
        assert (health["status"], health["telegram"], health["engine"]) == ("degraded", "refused", "up")
        # In a thread of its own: where a browser is driven, this one has a loop already.
        with ThreadPoolExecutor(1) as threads:
            threads.submit(asyncio.run, talk_on_the_website(telegram)).result()
        assert the_way_to_telegram(telegram).status_code == 503
        assert waiting.heard == []

        telegram.sandbox.restores()
        until = time.monotonic() + ASKED_AGAIN_WITHIN
        while telegram.health()["telegram"] != "up" and time.monotonic() < until:
            time.sleep(0.5)
        assert telegram.health()["status"] == "ok"
        waiting.waits_for("Hello!", PATIENCE)
        assert the_way_to_telegram(telegram).json()["url"].startswith("https://t.me/sandbox_bot?start=")
        assert (events(telegram, "telegram_token_refused"), events(telegram, "telegram_up")) == (1, 1)
        run = telegram.product.run_file()
        assert run is not None
        assert not any(run.restarts.values())
