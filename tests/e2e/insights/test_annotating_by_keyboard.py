"""An inbox of misunderstood messages, seen to in a real browser with the keyboard alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from bot.insights.learning.annotations import Decision, decide
from bot.insights.learning.candidates import Candidates
from bot.insights.pages import annotating, releases
from bot.insights.pages import tests as kept_tests
from bot.staff.models import Role
from bot.storage.insight_tables import nlu_annotations
from tests.e2e.desk.conftest import DESKTOP, DeskPage
from tests.integration.insights.lived import Life
from tests.support.desk_house import RunningDesk, database_at
from tests.support.insight_house import InsightHouse

WORDS = ("wo bleibt das ding", "where the heck is my alder lamp", "i wanna undo what i bought", "asdf qwertz")


@pytest.fixture
def house(tmp_path: Path, empty_file: Path) -> Iterator[InsightHouse]:
    """Insights over a database with four messages that nothing certain was understood of."""
    numbers = itertools.count(1)
    database = database_at(tmp_path, empty_file)
    house = InsightHouse(
        database,
        lambda: datetime.now(UTC),
        lambda: f"{next(numbers):032x}",
        features=[annotating, kept_tests, releases],
    )
    life = Life(database, house.clock)
    for text in WORDS:
        talk = life.begins(life.customer("Mei Halasz"))
        life.says(talk, text, "nlu_fallback", "utter_not_understood")
        rows = [{"conversation_id": talk, "language": "de" if text.startswith("wo ") else "en"}]
        listener = Candidates(0.6, house.new_id)
        database.write_now(lambda connection, rows=rows, listener=listener: listener.digested(connection, rows))
    yield house
    database.close()


@pytest.fixture
def page(browser: Browser, house: InsightHouse) -> Iterator[DeskPage]:
    """A page of an analyst's, which must not report an error or a breach of its policy."""
    served = RunningDesk(house).start()
    profile = browser.new_context(viewport=DESKTOP, locale="en-GB", timezone_id="Europe/London")  # type: ignore[arg-type]
    profile.set_default_timeout(15_000)
    cookie = house.cookie(house.person(Role.ANALYST))
    profile.add_cookies([{"name": name, "value": value, "url": served.url} for name, value in cookie.items()])
    opened = DeskPage(profile.new_page(), served, house.person(Role.ANALYST))
    yield opened
    profile.close()
    served.stop()
    assert opened.errors == []


def kept(house: InsightHouse) -> dict[str, Any]:
    query = sa.select(nlu_annotations)
    rows = house.database.read_now(lambda connection: connection.execute(query).all())
    return {row.text: row for row in rows}


def shown(page: Page) -> str:
    return page.locator("#annotate-text").input_value()


def test_four_messages_are_seen_to_without_a_mouse(page: DeskPage, house: InsightHouse) -> None:
    browser_page = page.page
    browser_page.goto(f"{page.running.url}{annotating.HERE}")
    expect(browser_page.get_by_role("heading", name="4 messages")).to_be_visible()
    assert page.problems() == []
    assert page.is_as_wide_as_its_window()

    # Nonsense is rejected, and taken back, and rejected again.
    assert shown(browser_page) == "asdf qwertz"
    browser_page.keyboard.press("r")
    expect(browser_page.get_by_text("Rejected: “asdf qwertz”")).to_be_visible()
    browser_page.keyboard.press("u")
    expect(browser_page.locator("#annotate-text")).to_have_value("asdf qwertz")
    browser_page.keyboard.press("r")

    # A meaning is searched by its words and accepted; the next comes by itself.
    expect(browser_page.locator("#annotate-text")).to_have_value("i wanna undo what i bought")
    browser_page.keyboard.press("/")
    browser_page.keyboard.type("cancel order")
    browser_page.keyboard.press("Enter")
    browser_page.keyboard.press("a")
    expect(browser_page.get_by_text("Accepted as Cancel order")).to_be_visible()

    # A word is marked as a product, the sentence around it is edited, and a suggestion is chosen by its number.
    area = browser_page.locator("#annotate-text")
    expect(area).to_have_value("where the heck is my alder lamp")
    area.evaluate("area => area.setSelectionRange(area.value.indexOf('alder'), area.value.length)")
    browser_page.get_by_role("button", name="product", exact=True).press("Enter")
    expect(browser_page.locator("[data-written]")).to_have_text("where the heck is my [alder lamp](product)")
    area.evaluate("area => area.setSelectionRange(0, 'where the heck is'.length)")
    area.press_sequentially("wheres")
    expect(browser_page.locator("[data-written]")).to_have_text("wheres my [alder lamp](product)")
    browser_page.locator("#annotate button[value=accept]").focus()
    browser_page.keyboard.press("1")
    expect(browser_page.locator("input[name=intent]:checked")).to_have_value("track_order")
    browser_page.keyboard.press("a")
    expect(browser_page.get_by_text("Accepted as Track order")).to_be_visible()

    # The last one is skipped: it stays.
    browser_page.keyboard.press("s")
    expect(browser_page.locator("#annotate-text")).to_have_value("wo bleibt das ding")
    rows = kept(house)
    assert {text: row.state for text, row in rows.items()} == {
        "asdf qwertz": "rejected",
        "i wanna undo what i bought": "accepted",
        "wheres my alder lamp": "accepted",
        "wo bleibt das ding": "open",
    }
    assert rows["wheres my alder lamp"].entities == [{"start": 10, "end": 20, "entity": "product"}]


def test_two_people_at_the_same_message(page: DeskPage, house: InsightHouse) -> None:
    browser_page = page.page
    browser_page.goto(f"{page.running.url}{annotating.HERE}")
    row = kept(house)["asdf qwertz"]
    other = house.person(Role.SUPERVISOR)
    house.database.write_now(
        lambda connection: decide(connection, row.id, 1, Decision("x", None), agent_id=other.id, now=house.clock())
    )
    browser_page.locator("#annotate-text").fill("my own sentence")
    browser_page.locator("#annotate button[value=accept]").focus()
    browser_page.keyboard.press("1")
    browser_page.keyboard.press("a")

    expect(browser_page.get_by_role("alert")).to_contain_text("Kim Doe rejected this")
    expect(browser_page.locator("#annotate-text")).to_have_value("my own sentence")
    assert page.problems() == []
    assert kept(house)["asdf qwertz"].state == "rejected"
