"""The whole product with Telegram: Bellhop from this work tree, and the sandbox as its Bot API."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.client.product import ROOT, Product, bellhop, environment
from tests.support.product import Facts
from tests.telegram import Sandbox, SeenMessage, TelegramUser

TOKEN = "7001:a-token-of-the-sandbox"
USERNAME = "sandbox_bot"
START_SECONDS = 300.0  # the first start may have to train, while other products start beside it
# A whole answer: the turn, a pause for more words, and a second of Telegram's for each message of it.
PATIENCE = 20.0


class TelegramProduct:
    """One Bellhop that customers reach on Telegram and on its demo page.

    Attributes:
        sandbox: Telegram.
        facts: what tests know of the product: its orders, its mailbox, its database.
    """

    def __init__(self, data_dir: Path, sandbox: Sandbox, settings: Mapping[str, str]) -> None:
        self._settings = {
            "BELLHOP_TELEGRAM_TOKEN": TOKEN,
            "BELLHOP_TELEGRAM_API_URL": sandbox.root,
            # All customers come from one address.
            "BELLHOP_SESSIONS_PER_MINUTE": "1000",
            **settings,
        }
        self.sandbox = sandbox
        self.product: Product = bellhop(data_dir, settings=self._settings)
        self.facts = Facts(self.product)

    def health(self) -> dict[str, str]:
        """What `/health` says."""
        answer = httpx.get(f"{self.product.base_url}/health", trust_env=False)
        answer.raise_for_status()
        said: dict[str, str] = answer.json()
        return said

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of `bellhop` on this one's database."""
        return subprocess.run(
            [str(ROOT / ".venv/bin/bellhop"), *words],
            cwd=ROOT,
            env=environment(self.product.data_dir, self.product.port, self._settings),
            capture_output=True,
            text=True,
            check=False,
        )

    def log(self) -> str:
        """All that it has printed so far."""
        return self.product.log_path.read_text()

    def conversation_of(self, user: TelegramUser) -> Any:
        """The row of the newest conversation of a Telegram user's customer."""
        return self.facts.rows(
            "SELECT c.* FROM conversations c JOIN identities i ON i.customer_id = c.customer_id"
            " WHERE i.channel = 'telegram' AND i.external_id = :user ORDER BY c.created_at DESC LIMIT 1",
            user=str(user.id),
        )[0]


@contextmanager
def telegram_product(
    data_dir: Path,
    settings: Mapping[str, str] | None = None,
    *,
    prepare: Callable[[Sandbox], object] = lambda sandbox: None,
) -> Iterator[TelegramProduct]:
    """One that is ready, with a sandbox of its own that enforces Telegram's limits.

    Args:
        prepare: is given the sandbox before Bellhop starts.
    """
    with Sandbox() as sandbox:
        sandbox.add_bot(TOKEN, USERNAME)
        prepare(sandbox)
        running = TelegramProduct(data_dir, sandbox, settings or {})
        running.product.start()
        try:
            # In a thread of its own: where a browser is driven, this thread has a loop already.
            with ThreadPoolExecutor(1) as threads:
                threads.submit(asyncio.run, running.product.ready(START_SECONDS)).result()
            yield running
        finally:
            running.product.stop()


def say(user: TelegramUser, text: str, answer: str | Callable[[SeenMessage], bool]) -> SeenMessage:
    """Write something, and wait for a message after it that has `answer` in it."""
    said = user.says(text)
    return user.waits_for(answer, PATIENCE, after=said)


def tap(user: TelegramUser, title: str, answer: str | Callable[[SeenMessage], bool]) -> SeenMessage:
    """Tap a button, and wait for a message that is new since."""
    last = user.chat[-1]
    user.taps(title)
    return user.waits_for(answer, PATIENCE, after=last)


def follow(user: TelegramUser, token: str, answer: str) -> SeenMessage:
    """Open a link from the website, say yes to going on here, and wait for an answer."""
    user.start(token)
    user.waits_for(has_button("Yes, go on here"), PATIENCE)
    return tap(user, "Yes, go on here", answer)


def has_button(title: str) -> Callable[[SeenMessage], bool]:
    """Whether a message has a button with this in its title."""
    return lambda message: any(title in shown for shown in message.titles)
