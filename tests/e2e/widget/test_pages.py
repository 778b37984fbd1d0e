"""The demo shop's pages: complete, readable, at home on desktop and phone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # ships no types
from playwright.sync_api import Browser, Page

from tests.e2e.widget.conftest import Widget
from tests.e2e.widget.fake_pages import WEB
from tests.e2e.widget.fake_server import FakeServer

PATHS = ("/", "/demo/mailbox", "/nowhere")


@pytest.fixture(params=[(1280, "light"), (390, "dark")], ids=["desktop-light", "phone-dark"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    width, theme = request.param
    profile = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=theme, reduced_motion="reduce")
    profile.set_default_timeout(15_000)
    yield profile.new_page()
    profile.close()


@pytest.mark.parametrize("path", PATHS)
def test_a_page_fits_its_screen_and_has_no_accessibility_problem(page: Page, server: FakeServer, path: str) -> None:
    page.goto(server.url + path, wait_until="networkidle")
    violations = Axe().run(page).response["violations"]
    assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_every_picture_the_shop_names_is_there() -> None:
    named = set(re.findall(r'"(/images/[^"]+)"', (WEB / "pages/index.html").read_text()))
    assert len(named) >= 14
    assert [name for name in named if not (WEB / f"pages{name}").is_file()] == []


def test_the_demo_orders_are_listed_and_one_click_asks_about_one(page: Page, server: FakeServer) -> None:
    widget = Widget(page, server).load("/")
    page.get_by_role("button", name="#W2507194").click()
    widget.find(".card").get_by_text("Order #W2507194").wait_for()
    assert server.said == ["Where is my order #W2507194?"]
    assert widget.errors == []


def test_a_department_can_be_picked(page: Page, server: FakeServer) -> None:
    page.goto(server.url + "/")
    page.get_by_role("button", name="Electronics", exact=True).click()
    names = page.locator(".product:visible .product-name").all_inner_texts()
    assert sorted(names) == [
        "Chirp portable speaker",
        "Daybreak alarm clock",
        "Hush wireless headphones",
        "Perch charging stand",
    ]


def test_the_mailbox_shows_mail_as_text_and_keeps_the_one_that_is_read(page: Page, server: FakeServer) -> None:
    page.goto(server.url + "/demo/mailbox")
    assert page.locator(".mail h2").inner_text() == "Your code: 482913"
    page.get_by_role("button", name="<b>Hello</b>").click()
    assert page.locator(".mail .body").inner_text() == "<img src=x onerror=alert(1)>"
    page.wait_for_timeout(2_300)
    assert page.locator(".mail h2").inner_text() == "<b>Hello</b>"
