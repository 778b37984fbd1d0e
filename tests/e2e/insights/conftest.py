"""The insights over a real SQLite database with a seeded past, and browsers that are signed in at them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # ships no types
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from bot.staff.models import Role
from tests.e2e.widget.conftest import browser  # noqa: F401  # Debian's Chromium, started once
from tests.support.desk_house import RunningDesk, database_at
from tests.support.insight_house import InsightHouse

DESKTOP = {"width": 1440, "height": 900}
PAST = 70  # conversations, of 25 days


class InsightPage:
    """One page of a browser that somebody is signed in with."""

    def __init__(self, page: Page, running: RunningDesk, house: InsightHouse) -> None:
        self.page = page
        self.running = running
        self.house = house
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self.errors.append(said.text) if "Security Policy" in said.text else None)

    def go(self, path: str = "/insights/conversations") -> InsightPage:
        """Opens a page."""
        self.page.goto(self.running.url + path)
        return self

    def find(self, selector: str) -> Locator:
        return self.page.locator(selector)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    @property
    def path(self) -> str:
        """Where it is."""
        return self.page.url.removeprefix(self.running.url)

    def problems(self) -> list[str]:
        """What axe finds wrong with the page for people who cannot see, hear or move as others do."""
        found = Axe().run(self.page).response["violations"]
        return [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]]

    def is_as_wide_as_its_window(self) -> bool:
        """Whether nothing has to be scrolled sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.fixture
def insights(tmp_path: Path, empty_file: Path) -> Iterator[RunningDesk]:
    """The desk and the insights, served, with a past."""
    numbers = itertools.count(1)
    database = database_at(tmp_path, empty_file)
    house = InsightHouse(database, lambda: datetime.now(UTC), lambda: f"{next(numbers):032x}")
    house.filled(PAST)
    served = RunningDesk(house).start()
    yield served
    served.stop()
    database.close()


@pytest.fixture
def open_insights(browser: Browser, insights: RunningDesk) -> Iterator[Callable[..., InsightPage]]:  # noqa: F811  # the fixture
    """Opens a browser of its own for somebody of a role; options are those of Playwright's contexts."""
    profiles: list[BrowserContext] = []
    opened: list[InsightPage] = []
    house = insights.at
    assert isinstance(house, InsightHouse)

    def open_one(role: Role = Role.ANALYST, **options: Any) -> InsightPage:
        profile = browser.new_context(
            **{"viewport": DESKTOP, "locale": "en-GB", "timezone_id": "Europe/London", **options}
        )
        profile.set_default_timeout(15_000)
        profiles.append(profile)
        cookies = [
            {"name": name, "value": value, "url": f"{insights.url}{path}"}
            for name, value in house.cookie(house.person(role)).items()
            for path in ("/desk/", "/insights/")
        ]
        profile.add_cookies(cookies)  # type: ignore[arg-type]  # just what it takes
        opened.append(InsightPage(profile.new_page(), insights, house))
        return opened[-1]

    yield open_one
    for profile in profiles:
        profile.close()
    assert [error for page in opened for error in page.errors] == []


@pytest.fixture
def analyst(open_insights: Callable[..., InsightPage]) -> InsightPage:
    """An analyst's page; it must not report an error or a breach of its policy."""
    return open_insights()
