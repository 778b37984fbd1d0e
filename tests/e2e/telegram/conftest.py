"""The whole product with Telegram, and browsers before its page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.product.conftest import screenshots  # noqa: F401  # a fixture
from tests.e2e.widget.conftest import browser  # noqa: F401  # the same browser for all
from tests.support.telegram_product import TelegramProduct, telegram_product

OpenPage = Callable[[str], Page]


@pytest.fixture(scope="session")
def telegram(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TelegramProduct]:
    """Bellhop with the demo shop and a Telegram that it asks for updates, started once for all tests."""
    with telegram_product(tmp_path_factory.mktemp("telegram")) as running:
        yield running


@pytest.fixture
def visit(browser: Browser, telegram: TelegramProduct) -> Iterator[OpenPage]:  # noqa: F811
    """Opens the shop's page in a browser of somebody's own; any error of the page's fails the test."""
    errors: list[str] = []
    contexts = []

    def open_page(path: str = "/") -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(telegram.product.base_url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []
