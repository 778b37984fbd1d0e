"""A desk over a real SQLite database, without an engine, and browsers that are signed in at it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # ships no types
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from bot.staff.models import Agent
from tests.e2e.widget.conftest import browser  # noqa: F401  # Debian's Chromium, started once
from tests.support.desk_house import DeskHouse, RunningDesk, database_at
from tests.support.handed_over import House

Result = TypeVar("Result")
DESKTOP = {"width": 1440, "height": 900}


class DeskPage:
    """One page of a browser that somebody is signed in with.

    `at` has the accounts (`at.door`), what customers do (`at.house`) and the tools; `does` awaits something on the
    server's loop, as the app would do it: `desk_page.does(desk_page.house.waits())`.
    """

    def __init__(self, page: Page, running: RunningDesk, agent: Agent) -> None:
        self.page = page
        self.running = running
        self.agent = agent
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self.errors.append(said.text) if "Security Policy" in said.text else None)

    @property
    def at(self) -> DeskHouse:
        return self.running.at

    @property
    def house(self) -> House:
        return self.running.at.house

    def does(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self.running.does(work)

    def go(self, path: str = "/desk/inbox") -> DeskPage:
        """Opens a page of the desk, and waits until it hears of changes."""
        with self.page.expect_response(lambda answer: "/desk/attention" in answer.url):
            self.page.goto(self.running.url + path)
        self.page.locator("body[data-live=on]").wait_for(state="attached")
        return self

    def find(self, selector: str) -> Locator:
        return self.page.locator(selector)

    def wait_until(self, condition: Callable[[], bool], seconds: float = 5.0) -> None:
        """Waits until the condition holds; fails the test where it does not come to hold."""
        for _ in range(int(seconds / 0.05)):
            if condition():
                return
            self.page.wait_for_timeout(50)
        pytest.fail(f"still not so after {seconds} s")

    def problems(self) -> list[str]:
        """What axe finds wrong with the page for people who cannot see, hear or move as others do."""
        result = Axe().run(self.page)
        return [
            f"{found['id']}: {node['target']} {node['failureSummary']}"
            for found in result.response["violations"]
            for node in found["nodes"]
        ]

    def is_as_wide_as_its_window(self) -> bool:
        """Whether nothing has to be scrolled sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.fixture
def running(tmp_path: Path, empty_file: Path) -> Iterator[RunningDesk]:
    """A desk that is served, with the demo shop behind it."""
    numbers = itertools.count(1)
    database = database_at(tmp_path, empty_file)
    house = DeskHouse(database, lambda: datetime.now(UTC), lambda: f"{next(numbers):032x}").with_shop()
    served = RunningDesk(house).start()
    yield served
    served.stop()
    database.close()


@pytest.fixture
def open_desk(browser: Browser, running: RunningDesk) -> Iterator[Callable[..., DeskPage]]:  # noqa: F811  # the fixture
    """Opens a browser of its own for somebody who is signed in; options are those of Playwright's contexts."""
    profiles: list[BrowserContext] = []
    opened: list[DeskPage] = []

    def open_one(agent: Agent, **options: Any) -> DeskPage:
        profile = browser.new_context(
            **{"viewport": DESKTOP, "locale": "en-GB", "timezone_id": "Europe/London", **options}
        )
        profile.set_default_timeout(15_000)
        profiles.append(profile)
        cookies = [
            {"name": name, "value": value, "url": f"{running.url}/desk"}
            for name, value in running.at.cookie(agent).items()
        ]
        profile.add_cookies(cookies)  # type: ignore[arg-type]  # just what it takes
        opened.append(DeskPage(profile.new_page(), running, agent))
        return opened[-1]

    yield open_one
    for profile in profiles:
        profile.close()
    assert [error for page in opened for error in page.errors] == []


@pytest.fixture
def desk_page(open_desk: Callable[..., DeskPage], running: RunningDesk) -> DeskPage:
    """A page of Robin's, an agent; the page must not report an error or a breach of its policy."""
    return open_desk(running.at.agent())
