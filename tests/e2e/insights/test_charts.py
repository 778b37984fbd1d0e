"""Charts in a real browser: drawn without a word against the page's policy, and each leads to what it counts."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # ships no types
from playwright.sync_api import Browser, Page, expect

from bot.staff.models import Role
from tests.support.desk_house import RunningDesk, database_at
from tests.support.insight_house import InsightHouse

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PAGES = ("dashboards", "journey", "articles", "questions", "duties/promises")

# The middle of the strongest stream, where the browser's coordinates have it.
STRONGEST = """() => {
  const element = document.querySelector("[data-chart=journey]");
  const chart = window.echarts.getInstanceByDom(element);
  const edges = chart.getModel().getSeriesByIndex(0).getData("edge");
  let best = 0;
  for (let at = 1; at < edges.count(); at += 1) if (edges.get("value", at) > edges.get("value", best)) best = at;
  const box = edges.getItemGraphicEl(best).getBoundingRect();
  const frame = element.getBoundingClientRect();
  const [x, y] = [frame.left + box.x + box.width / 2, frame.top + box.y + box.height / 2];
  return { x, y, count: edges.get("value", best) };
}"""


@pytest.fixture
def served(tmp_path: Path, empty_file: Path) -> Iterator[RunningDesk]:
    """Two hundred conversations of a month, and their pages."""
    numbers = itertools.count(1)
    database = database_at(tmp_path, empty_file)
    house = InsightHouse(database, lambda: NOW, lambda: f"{next(numbers):032x}")
    house.filled(200)
    running = RunningDesk(house).start()
    yield running
    running.stop()
    database.close()


def opened(browser: Browser, served: RunningDesk, role: Role = Role.ANALYST, **options: Any) -> Page:
    """A page of somebody who is signed in; whatever it complains of fails the test."""
    house = served.at
    assert isinstance(house, InsightHouse)
    profile = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", **options})
    profile.set_default_timeout(20_000)
    cookies = [
        {"name": name, "value": value, "url": f"{served.url}/"}
        for name, value in house.cookie(house.person(role)).items()
    ]
    profile.add_cookies(cookies)  # type: ignore[arg-type]  # just what it takes
    page = profile.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.complaints = complaints  # type: ignore[attr-defined]  # read by `complaints_of`
    return page


def complaints_of(page: Page) -> list[str]:
    return page.complaints  # type: ignore[attr-defined, no-any-return]  # set by `opened`


def test_every_chart_is_drawn_and_nothing_is_complained_of(browser: Browser, served: RunningDesk) -> None:
    page = opened(browser, served)
    page.goto(f"{served.url}/insights/dashboards?period=30d")
    charts = page.locator("[data-chart]")
    assert charts.count() >= 9
    expect(page.locator("[data-chart][data-drawn] canvas").first).to_be_attached()
    expect(page.locator("[data-chart][data-drawn]")).to_have_count(charts.count())
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert complaints_of(page) == []
    page.context.close()


def test_a_stream_opens_its_conversations(browser: Browser, served: RunningDesk) -> None:
    page = opened(browser, served, reduced_motion="reduce")
    page.goto(f"{served.url}/insights/journey?period=30d")
    expect(page.locator("[data-chart=journey][data-drawn]")).to_be_visible()
    place = page.evaluate(STRONGEST)
    page.mouse.click(place["x"], place["y"])
    page.wait_for_url(re.compile(r"/insights/conversations\?"))
    expect(page.locator(".ins-count strong")).to_have_text(f"{place['count']:,}")
    assert complaints_of(page) == []
    page.context.close()


def test_a_tooltip_breaks_no_policy(browser: Browser, served: RunningDesk) -> None:
    page = opened(browser, served)
    page.goto(f"{served.url}/insights/dashboards")
    chart = page.locator("[data-chart=outcomes-over-time][data-drawn]")
    expect(chart).to_be_attached()
    chart.scroll_into_view_if_needed()
    chart.hover()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert complaints_of(page) == []
    page.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_pages_with_figures_are_for_everybody(browser: Browser, served: RunningDesk, name: str, theme: str) -> None:
    page = opened(browser, served, color_scheme=theme, viewport={"width": 1024, "height": 800})
    page.goto(f"{served.url}/insights/{name}")
    page.wait_for_load_state("networkidle")
    found = Axe().run(page).response["violations"]
    assert [(one["id"], node["target"]) for one in found for node in one["nodes"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert complaints_of(page) == []
    page.context.close()


def test_without_a_script_the_tables_remain(browser: Browser, served: RunningDesk) -> None:
    page = opened(browser, served, java_script_enabled=False)
    page.goto(f"{served.url}/insights/dashboards")
    first = page.locator("#figure-csat-over-time")
    first.locator("summary").click()
    expect(first.locator("table a").first).to_be_visible()
    expect(first.locator(".chart")).to_be_hidden()
    page.context.close()


def test_a_filter_is_chosen_and_asked_for(browser: Browser, served: RunningDesk) -> None:
    page = opened(browser, served)
    page.goto(f"{served.url}/insights/dashboards")
    page.locator("#f-period").select_option("7d")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url(re.compile(r"dashboards\?period=7d$"))
    expect(page.locator(".page-head")).to_contain_text("Last 7 days")
    page.context.close()
