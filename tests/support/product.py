"""The whole product as its users start it, and what tests know of it."""

from __future__ import annotations

import asyncio
import random
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from tests.client.frames import Refusal
from tests.client.product import Product, bellhop
from tests.client.sessions import HttpSessions
from tests.client.transcript import Received, Transcript
from tests.client.web_client import WebClient

START_SECONDS = 180.0  # the first start may have to train


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Bellhop with the demo shop, started once for all tests."""
    product = bellhop(tmp_path_factory.mktemp("product"), settings={})
    product.start()
    try:
        # In a thread of its own: where a browser is driven, this thread has a loop already.
        failed: list[BaseException] = []

        def wait() -> None:
            try:
                asyncio.run(product.ready(START_SECONDS))
            except BaseException as error:
                failed.append(error)

        waiting = threading.Thread(target=wait)
        waiting.start()
        waiting.join()
        if failed:
            raise failed[0]
        yield product
    finally:
        product.stop()


class Facts:
    """What the tests know of the running product: its demo orders, its mailbox, its database."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self._http = httpx.Client(base_url=product.base_url, trust_env=False)

    def order(self, status: str) -> dict[str, str]:
        orders: list[dict[str, str]] = self._http.get("/demo/info.json").json()["orders"]
        return next(order for order in orders if order["status"] == status)

    def newest_code(self, email: str) -> str:
        for mail in self._http.get("/demo/mailbox.json").json():
            if mail["to"] == email and (found := re.search(r"\b\d{6}\b", mail["body"])):
                return found.group()
        raise AssertionError(f"no code for {email}")

    def rows(self, query: str, **values: object) -> list[Any]:
        engine = sa.create_engine(f"sqlite:///{self.product.data_dir / 'bellhop.db'}")
        with engine.connect() as connection:
            found = list(connection.execute(sa.text(query), values).all())
        engine.dispose()
        return found


@pytest.fixture
def facts(product: Product) -> Facts:
    return Facts(product)


class Customer:
    """A visitor over the public protocol, and everything they were shown."""

    def __init__(self, client: WebClient, transcript: Transcript) -> None:
        self.client = client
        self._transcript = transcript

    def refusals(self) -> list[str]:
        """The codes of all error frames so far."""
        return [
            entry.frame.code
            for entry in self._transcript.entries
            if isinstance(entry, Received) and isinstance(entry.frame, Refusal)
        ]

    def texts(self, kind: str) -> list[str]:
        """What an author of that kind said in the current conversation."""
        return [message.text for message in self.client.view.messages if message.author.kind == kind]


Customers = Callable[[], AbstractAsyncContextManager[Customer]]


@pytest.fixture
def customer(product: Product) -> Customers:
    """Opens a visitor over the public protocol."""

    @asynccontextmanager
    async def visit() -> AsyncIterator[Customer]:
        transcript = Transcript()
        sessions = HttpSessions(product.base_url)
        async with WebClient(product.base_url, sessions, rng=random.Random(), recorder=transcript) as client:
            yield Customer(client, transcript)

    return visit
