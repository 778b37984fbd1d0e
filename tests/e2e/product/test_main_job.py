"""The product's main job in a real browser: ask about an order, prove who one is, get the answer, rate."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.product import Facts

pytestmark = pytest.mark.e2e
PATIENCE = 15_000


def say(page: Page, text: str) -> None:
    field = page.locator("bellhop-chat .field")
    field.fill(text)
    field.press("Enter")


def hear(page: Page, text: str) -> None:
    expect(page.locator("bellhop-chat [role=log]")).to_contain_text(text, timeout=PATIENCE)


def test_a_customer_finds_an_order_and_rates_the_conversation(page: Page, facts: Facts, screenshots: Path) -> None:
    order = facts.order("shipped")
    size = "phone" if page.viewport_size and page.viewport_size["width"] < 500 else "desktop"
    before = len(facts.rows("SELECT id FROM surveys WHERE state = 'answered' AND score = 5"))
    page.screenshot(path=screenshots / f"{size}-1-shop.png")
    page.locator("bellhop-chat .launcher").click()
    say(page, "where is my order?")
    hear(page, "order number")
    say(page, order["number"])
    hear(page, "e-mail")
    say(page, order["email"])
    hear(page, "Royal Mail")
    hear(page, order["number"])
    page.screenshot(path=screenshots / f"{size}-2-order.png")
    page.reload()
    expect(page.locator("bellhop-chat .field, bellhop-chat .launcher").locator("visible=true").first).to_be_visible()
    if not page.locator("bellhop-chat .panel").is_visible():
        page.locator("bellhop-chat .launcher").click()
    hear(page, "Royal Mail")
    say(page, "that's all, bye")
    page.locator("bellhop-chat").get_by_role("radio").or_(page.locator("bellhop-chat .rating button")).last.click(
        timeout=PATIENCE
    )
    hear(page, "Thank you")
    page.screenshot(path=screenshots / f"{size}-3-rated.png")
    say(page, "quick and friendly")
    for _ in range(50):
        rated = facts.rows("SELECT comment FROM surveys WHERE state = 'answered' AND score = 5 ORDER BY answered_at")
        if len(rated) == before + 1 and rated[-1].comment:
            break
        page.wait_for_timeout(100)
    assert len(rated) == before + 1
    assert rated[-1].comment == "quick and friendly"


def test_all_orders_are_shown_only_after_the_code_from_the_mailbox(page: Page, facts: Facts) -> None:
    order = facts.order("shipped")
    page.locator("bellhop-chat .launcher").click()
    say(page, "show me all my orders")
    hear(page, "e-mail")
    say(page, order["email"])
    hear(page, "code")
    assert page.locator("bellhop-chat .card").count() == 0
    page.wait_for_timeout(1500)
    say(page, facts.newest_code(order["email"]))
    expect(page.locator("bellhop-chat .card").first).to_be_visible(timeout=PATIENCE)
    hear(page, order["number"])
