"""A return in a real browser, from the first word to the done message, and what the shop has afterwards."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.product.test_main_job import PATIENCE, hear, say
from tests.support.product import Facts

pytestmark = pytest.mark.e2e


@dataclass(frozen=True, slots=True)
class Return:
    """Somebody who sends one thing back, by what the buttons say."""

    email: str
    order: str
    thing: str
    item: str
    refund: str
    pay_to: str
    method: str


# An order can be returned once, so each size of the screen has a customer of its own.
RETURNS = {
    "desktop": Return(
        email="t.okafor@post.example",
        order="#W2917364",
        thing="Pebble vase (large)",
        item="mf-102-large",
        refund="£46.00",
        pay_to="Gift card",
        method="gift-614409",
    ),
    "phone": Return(
        email="ravi.menon@mail.example",
        order="#W3095968",
        thing="Sidestep trainers (white, 5)",
        item="mf-203-white-5",
        refund="£92.00",
        pay_to="Visa",
        method="credit-158001",
    ),
}


def tap(page: Page, title: str) -> None:
    """Tap a button of the newest question; the buttons of an answered one are gone."""
    page.locator("bellhop-chat .choices .chip").filter(has_text=title).click(timeout=PATIENCE)


def codes(page: Page, facts: Facts, email: str) -> list[str]:
    """The ids of the mails with a code to one address, newest first."""
    mails = page.request.get(f"{facts.product.base_url}/demo/mailbox.json").json()
    return [mail["id"] for mail in mails if mail["to"] == email and "code" in mail["subject"].lower()]


def say_the_new_code(page: Page, facts: Facts, email: str, before: list[str]) -> None:
    for _ in range(PATIENCE // 100):
        if codes(page, facts, email) != before:
            break
        page.wait_for_timeout(100)
    say(page, facts.newest_code(email))


def cut_off(node: Locator) -> int:
    """By how many pixels the widest thing in it is wider than its place."""
    return int(node.evaluate("node => node.scrollWidth - node.clientWidth"))


def test_a_customer_returns_something_with_buttons(page: Page, facts: Facts, screenshots: Path) -> None:
    size = "phone" if page.viewport_size and page.viewport_size["width"] < 500 else "desktop"
    wish = RETURNS[size]
    before = codes(page, facts, wish.email)
    page.locator("bellhop-chat .launcher").click()
    say(page, f"I'd like to return something from order {wish.order}")
    hear(page, "e-mail")
    say(page, wish.email)
    hear(page, "six-digit code")
    say_the_new_code(page, facts, wish.email, before)

    tap(page, wish.thing)
    done = page.locator("bellhop-chat .choices .strong")  # the way on, among the things that are left
    expect(done).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=screenshots / f"{size}-4-picking.png")
    done.click()
    tap(page, wish.pay_to)

    card = page.locator("bellhop-chat .card.summary")
    expect(card).to_be_visible(timeout=PATIENCE)
    for words in (wish.order, wish.refund, wish.thing.partition(" (")[0]):
        expect(card).to_contain_text(words)
    assert cut_off(card) == 0
    answers = page.locator("bellhop-chat .choices .chip")
    expect(answers).to_have_count(2)
    assert ["strong" in (answers.nth(at).get_attribute("class") or "") for at in range(2)] == [True, False]
    page.screenshot(path=screenshots / f"{size}-5-summary.png")
    answers.first.click()
    hear(page, "is registered")
    expect(answers).to_have_count(0)
    page.screenshot(path=screenshots / f"{size}-6-done.png")

    [(status, sent_back)] = facts.rows(
        "SELECT status, sent_back FROM shop_orders WHERE number = :order", order=wish.order
    )
    kept = json.loads(sent_back)
    assert status == "return requested"
    assert (kept["item_ids"], kept["payment_method_id"]) == ([wish.item], wish.method)
