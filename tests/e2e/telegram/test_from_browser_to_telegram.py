"""One conversation on the website and on Telegram: begun on either, finished on the other, and taken apart again."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.product.test_main_job import PATIENCE as PAGE_PATIENCE
from tests.e2e.product.test_main_job import hear
from tests.e2e.product.test_main_job import say as write
from tests.e2e.product.test_return_in_the_browser import codes, say_the_new_code
from tests.e2e.product.test_return_in_the_browser import tap as press
from tests.e2e.telegram.conftest import OpenPage
from tests.support.telegram_product import PATIENCE, TelegramProduct, follow, has_button, say, tap
from tests.telegram import TelegramUser

pytestmark = pytest.mark.e2e

EMAIL, ORDER = "t.okafor@post.example", "#W2917364"
VASE, GIFT_CARD = "Pebble vase (large)", "gift-614409"
VIA_TELEGRAM = re.compile("telegram", re.IGNORECASE)


def the_link(page: Page, picture: Path) -> str:
    """Ask the widget's menu for the way to Telegram; the token in its link."""
    chat = page.locator("bellhop-chat")
    chat.get_by_role("button", name="Chat options").click()
    chat.get_by_role("button", name="Continue on Telegram").click()
    link = chat.get_by_role("link", name="Open Telegram")
    expect(link).to_be_visible(timeout=PAGE_PATIENCE)
    page.wait_for_timeout(300)  # the sheet slides in
    page.screenshot(path=picture)
    address, _, token = (link.get_attribute("href") or "").partition("?start=")
    assert address == "https://t.me/sandbox_bot"
    return token


def messages_of(page: Page, kind: str) -> Locator:
    return page.locator(f"bellhop-chat .message.{kind}")


def begin_a_return(page: Page, telegram: TelegramProduct) -> None:
    """Say who one is and which thing goes back; what else does is still asked."""
    facts = telegram.facts
    before = codes(page, facts, EMAIL)
    page.locator("bellhop-chat .launcher").click()
    write(page, f"I'd like to return something from order {ORDER}")
    hear(page, "e-mail")
    write(page, EMAIL)
    hear(page, "six-digit code")
    say_the_new_code(page, facts, EMAIL, before)
    press(page, VASE)
    hear(page, "Noted")


def rate(telegram: TelegramProduct, ada: TelegramUser) -> None:
    """Say that it is over, give a 4, then a 5, and a comment."""
    question = say(ada, "/end", has_button("5"))
    ada.taps("4", question)
    ada.waits_for(lambda message: message.id == question.id and "✓ 4" in message.titles, PATIENCE)
    ada.taps("5", question)
    rated = ada.waits_for(lambda message: message.id == question.id and "✓ 5" in message.titles, PATIENCE)
    assert len(rated.keyboard[0]) == 5
    assert rated.edits == 2
    assert ada.last == rated, "a rating is answered where it was asked"
    say(ada, "quick and friendly", "Thank you")


def test_a_return_begun_in_a_browser_is_finished_and_rated_on_telegram(
    visit: OpenPage, telegram: TelegramProduct, screenshots: Path
) -> None:
    page = visit("/")
    begin_a_return(page, telegram)
    token = the_link(page, screenshots / "telegram-1-sheet.png")

    ada = telegram.sandbox.user("Ada")
    follow(ada, token, "continues on Telegram")
    asked = ada.waits_for(has_button("No, that's all"), PATIENCE)
    assert "Noted: Pebble vase" in asked.text, "what was open is asked once more"
    expect(page.locator("bellhop-chat .way")).to_have_count(0, timeout=PAGE_PATIENCE)
    page.screenshot(path=screenshots / "telegram-2-taken-over.png")

    where_to = tap(ada, "No, that's all", has_button("Gift card"))
    assert not where_to.silent
    summary = say(ada, "to my gift card", has_button("Yes, do it"))
    assert all(words in summary.text for words in (ORDER, "£46.00", "Pebble vase"))
    tap(ada, "Yes, do it", "is registered")

    [(status, sent_back)] = telegram.facts.rows(
        "SELECT status, sent_back FROM shop_orders WHERE number = :order", order=ORDER
    )
    kept = json.loads(sent_back)
    assert status == "return requested"
    assert (kept["item_ids"], kept["payment_method_id"]) == (["mf-102-large"], GIFT_CARD)
    hear(page, "is registered")
    for words in ("No, that's all", "to my gift card"):
        own = messages_of(page, "customer").filter(has_text=words)
        expect(own).to_contain_text(VIA_TELEGRAM, timeout=PAGE_PATIENCE)
    page.screenshot(path=screenshots / "telegram-3-done.png")

    conversation = telegram.conversation_of(ada).id
    rate(telegram, ada)
    surveys = telegram.facts.rows(
        "SELECT state, score, changes, comment FROM surveys WHERE conversation_id = :id", id=conversation
    )
    assert [tuple(survey) for survey in surveys] == [("answered", 5, 1, "quick and friendly")]
    hear(page, "quick and friendly")
    page.screenshot(path=screenshots / "telegram-4-rated.png")
    verified = telegram.command("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert telegram.sandbox.counters()["ignored_retry_after"] == 0


def test_a_conversation_begun_on_telegram_goes_on_in_a_fresh_browser(
    visit: OpenPage, telegram: TelegramProduct, screenshots: Path
) -> None:
    bea = telegram.sandbox.user("Bea")
    say(bea, "where is my order?", "order number")
    way = say(bea, "/web", "#bellhop=")
    address = next(word for word in way.text.split() if "#bellhop=" in word)
    page = visit(address.removeprefix(telegram.product.base_url))
    accept = page.locator("bellhop-chat").get_by_role("button", name="Continue here")
    expect(accept).to_be_visible(timeout=PAGE_PATIENCE)
    assert "#bellhop" not in page.url, "the address no longer tells"
    page.screenshot(path=screenshots / "telegram-5-way-back.png")
    accept.click()
    hear(page, "where is my order?")
    hear(page, "order number")

    write(page, "#W9598564")
    hear(page, "e-mail address or the postcode")
    copy = bea.waits_for("You, on our website", PATIENCE)
    reply = bea.waits_for("e-mail address or the postcode", PATIENCE)
    assert "#W9598564" in copy.text
    assert (copy.silent, reply.silent) == (True, True)
    page.screenshot(path=screenshots / "telegram-6-back-on-the-page.png")

    bea.says("t.okafor@post.example")
    found = bea.waits_for("#W9598564", PATIENCE, after=reply)
    assert not found.silent, "who writes on Telegram hears the answer there"
    expect(messages_of(page, "customer").filter(has_text="t.okafor")).to_contain_text(
        VIA_TELEGRAM, timeout=PAGE_PATIENCE
    )


def test_undone_the_other_chat_neither_sees_nor_drives_the_conversation(
    visit: OpenPage, telegram: TelegramProduct, screenshots: Path
) -> None:
    page = visit("/")
    page.locator("bellhop-chat .launcher").click()
    write(page, "where is my order?")
    hear(page, "order number")
    cyd = telegram.sandbox.user("Cyd")
    follow(cyd, the_link(page, screenshots / "telegram-7-sheet-again.png"), "order number")
    cyd.waits_for("order number", PATIENCE)
    conversation = telegram.conversation_of(cyd).id

    undone = tap(cyd, "Undo it", "Undone")
    hear(page, "Undone")
    write(page, "#W9598564")
    hear(page, "e-mail address or the postcode")
    cyd.says("are you a robot?")
    answer = cyd.waits_for(lambda message: True, PATIENCE, after=undone.id + 1)
    assert "postcode" not in answer.text
    assert not any("W9598564" in message.text for message in cyd.chat)
    assert telegram.conversation_of(cyd).id != conversation
    expect(messages_of(page, "customer").filter(has_text="robot")).to_have_count(0)
    [standing] = telegram.facts.rows("SELECT state FROM conversations WHERE id = :id", id=conversation)
    assert standing.state == "open"
