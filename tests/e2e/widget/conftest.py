"""A headless Chromium, a fake server and a driver for the widget, for the tests in this folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # ships no types
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from tests.e2e.widget.fake_server import FakeServer

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Widget:
    """The widget on one page, driven the way a customer would."""

    def __init__(self, page: Page, server: FakeServer) -> None:
        self.page = page
        self.server = server
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on(
            "console", lambda message: self.errors.append(message.text) if "Security Policy" in message.text else None
        )

    def load(self, path: str = "/blank") -> Widget:
        """Goes to a page and waits until the launcher is there."""
        self.page.goto(self.server.url + path)
        self.find(".launcher").wait_for()
        return self

    def open(self) -> Widget:
        """Opens the panel."""
        self.find(".launcher").click()
        self.find(".panel").wait_for()
        return self

    def reload(self) -> Widget:
        """Loads the page anew, as the browser's reload button does."""
        self.page.reload()
        self.find(".launcher").wait_for()
        return self

    def find(self, selector: str) -> Locator:
        """An element inside the widget."""
        return self.page.locator(f"bellhop-chat {selector}")

    def type(self, text: str) -> None:
        """Writes a message and sends it with Enter."""
        self.find(".field").fill(text)
        self.find(".field").press("Enter")

    def say(self, text: str) -> None:
        """Says something and waits until the bot has answered it."""
        # The greeting at the very start is the widget's own and goes away with the first message.
        before = self.find(".bot .bubble").count() if self.find(".customer").count() else 0
        self.type(text)
        self.find(".customer ~ .bot .bubble").nth(before).wait_for()

    def bubbles(self) -> list[str]:
        """The texts on screen, in order."""
        return self.find(".bubble").all_inner_texts()

    def wait_for_bubble(self, text: str) -> None:
        """Waits until a message with exactly this text is on screen."""
        self.find(".bubble").get_by_text(text, exact=True).first.wait_for()

    def wait_until(self, condition: Callable[[], bool], seconds: float = 5.0) -> None:
        """Waits until the condition holds; fails the test where it does not come to hold."""
        for _ in range(int(seconds / 0.05)):
            if condition():
                return
            self.page.wait_for_timeout(50)
        pytest.fail(f"still not so after {seconds} s")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, started once."""
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("these tests need Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """A fresh fake server."""
    fake = FakeServer()
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser profile of its own: nothing stored, desktop size, British English."""
    profile = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB", timezone_id="Europe/London")
    profile.set_default_timeout(15_000)
    yield profile
    profile.close()


@pytest.fixture
def widget(context: BrowserContext, server: FakeServer) -> Iterator[Widget]:
    """The widget on the blank page, open; the page must not report an error or a breach of its policy."""
    driver = Widget(context.new_page(), server).load().open()
    yield driver
    assert driver.errors == []


@pytest.fixture(params=["light", "dark"])
def themed(request: pytest.FixtureRequest, browser: Browser, server: FakeServer) -> Iterator[Widget]:
    """The widget, open, in both themes."""
    profile = browser.new_context(
        color_scheme=request.param, reduced_motion="reduce", viewport={"width": 1280, "height": 800}
    )
    yield Widget(profile.new_page(), server).load().open()
    profile.close()


@pytest.fixture
def phone(browser: Browser, server: FakeServer) -> Iterator[Widget]:
    """The widget, open, on a phone."""
    profile = browser.new_context(
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        reduced_motion="reduce",
        device_scale_factor=2,
    )
    yield Widget(profile.new_page(), server).load().open()
    profile.close()


def problems(widget: Widget) -> list[str]:
    """What axe finds wrong with the page for people who cannot see, hear or move as others do."""
    result = Axe().run(widget.page)
    return [
        f"{v['id']}: {n['target']} {n['failureSummary']}" for v in result.response["violations"] for n in v["nodes"]
    ]
