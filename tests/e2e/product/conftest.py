"""The whole product, and a browser before it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.client.product import Product
from tests.e2e.widget.conftest import browser  # noqa: F401  # the same browser for all
from tests.support.product import facts, product  # noqa: F401  # fixtures


@pytest.fixture(params=[(1280, 800), (390, 844)], ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser, product: Product) -> Iterator[Page]:  # noqa: F811
    """The shop's page at the size of a desktop and of a phone; any error of its own fails the test."""
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(product.base_url + "/")
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def screenshots() -> Path:
    """Where pictures of the run are left to be looked at."""
    folder = Path(__file__).resolve().parents[3] / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
