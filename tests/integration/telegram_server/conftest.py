"""A sandbox for each test, and python-telegram-bot's own client on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from telegram import Bot
from telegram.request import HTTPXRequest

from tests.telegram import Limits, Sandbox, TelegramUser


@pytest.fixture(scope="session")
def served() -> Iterator[Sandbox]:
    """One server for all tests."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(served: Sandbox) -> Sandbox:
    """With one bot and without limits; a test that is about them sets them."""
    served.clear(limits=Limits.off())
    served.add_bot()
    return served


@pytest.fixture
def ada(sandbox: Sandbox) -> TelegramUser:
    """A user who has started the bot; the bot knows."""
    ada = sandbox.user("Ada", last_name="Byron", username="ada_b", language_code="de")
    ada.start()
    sandbox.bot.updates.clear()
    return ada


def request(timeout: float = 5.0) -> HTTPXRequest:
    return HTTPXRequest(read_timeout=timeout, httpx_kwargs={"trust_env": False, "verify": False})


def client_of(sandbox: Sandbox, token: str | None = None, *, timeout: float = 5.0) -> Bot:
    """A client that has not asked anything yet."""
    return Bot(
        token or sandbox.bot.token,
        base_url=sandbox.base_url,
        base_file_url=sandbox.file_base_url,
        request=request(timeout),
        get_updates_request=request(timeout),
    )


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    async with client_of(sandbox) as bot:
        yield bot
