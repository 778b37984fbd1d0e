"""The way to Telegram: offered where there is one, usable by everybody, gone once the talk goes on over there."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.e2e.widget.conftest import Widget, problems
from tests.e2e.widget.fake_server import FakeServer
from tests.e2e.widget.scripted_bot import Reply

FOCUSED = "Bellhop.shadowRoot.activeElement.textContent"


@pytest.fixture
def linked(server: FakeServer) -> FakeServer:
    """A server whose conversations can be continued on Telegram."""
    server.elsewhere = ["telegram"]
    return server


def ask(widget: Widget) -> Widget:
    """Chooses the entry of the menu."""
    widget.find(".menu-holder > button").click()
    widget.find(".menu").get_by_text("Telegram").click()
    widget.find(".way").wait_for()
    return widget


def voice(widget: Widget) -> str:
    """What a screen reader was told last about the sheet."""
    return widget.find('.panel > .sr[role="status"]').text_content() or ""


def test_the_menu_offers_no_way_that_the_server_does_not_know(widget: Widget) -> None:
    widget.say("hello")
    widget.find(".menu-holder > button").click()
    assert widget.find(".menu button:visible").all_inner_texts() == ["Talk to a person", "End chat"]


def test_the_sheet_shows_a_link_and_a_code_for_this_conversation(linked: FakeServer, widget: Widget) -> None:
    widget.say("hello")
    ask(widget).find(".way a").wait_for()
    link = widget.find(".way a")
    assert [link.get_attribute(name) for name in ("target", "rel")] == ["_blank", "noopener noreferrer"]
    assert (link.get_attribute("href") or "").startswith("https://t.me/marlow_and_finch_bot?start=token-1-")
    assert widget.find(".scan svg path").is_visible()
    assert linked.links == [{"to": "telegram"}]
    assert "until" in widget.find(".way .fine").inner_text()
    assert widget.find(".log, .composer").evaluate_all("nodes => nodes.every(n => n.getClientRects().length === 0)")


def test_on_a_phone_there_is_no_code_to_scan_with_it(linked: FakeServer, phone: Widget) -> None:
    phone.say("hello")
    ask(phone).find(".way a").wait_for()
    assert phone.find(".scan").is_hidden()
    for _ in range(8):
        phone.page.keyboard.press("Tab")
        assert phone.page.evaluate("document.activeElement.tagName") == "BELLHOP-CHAT"


def test_the_whole_way_can_be_gone_with_the_keyboard(linked: FakeServer, widget: Widget) -> None:
    widget.say("hello")
    press = widget.page.keyboard.press
    for key in ("Shift+Tab", "Shift+Tab", "Shift+Tab", "Enter", "Tab", "Enter"):  # box, list, close, menu …
        press(key)
    widget.find(".way a").wait_for()
    assert widget.page.evaluate(FOCUSED) == "Continue on Telegram"
    stops = []
    for _ in range(2):
        press("Tab")
        stops.append(widget.page.evaluate(FOCUSED))
    assert stops == ["Open Telegram", "Back to the chat"]
    press("Enter")
    assert widget.find(".way").count() == 0
    assert widget.page.evaluate("Bellhop.shadowRoot.activeElement.className") == "field"


def test_escape_leaves_first_the_menu_then_the_sheet_then_the_panel(linked: FakeServer, widget: Widget) -> None:
    widget.say("hello")
    ask(widget).find(".menu-holder > button").click()
    left = []
    for _ in range(3):
        widget.page.keyboard.press("Escape")
        left.append([widget.find(part).is_visible() for part in (".menu", ".way", ".panel")])
    assert left == [[False, True, True], [False, False, True], [False, False, False]]


def test_closing_the_panel_leaves_the_sheet(linked: FakeServer, widget: Widget) -> None:
    widget.say("hello")
    ask(widget).find(".head .close").click()
    widget.open()
    assert widget.find(".way").count() == 0
    assert widget.find(".log").is_visible()


def test_what_the_sheet_says_is_read_out(linked: FakeServer, widget: Widget) -> None:
    widget.say("hello")
    ask(widget).find(".way a").wait_for()
    assert "tap Start" in voice(widget)
    assert "until" in voice(widget)


def test_the_sheet_goes_once_something_is_said_over_there(linked: FakeServer, widget: Widget) -> None:
    widget.say("hello")
    ask(widget).find(".way a").wait_for()
    linked.say(Reply("A late answer, still here."))
    widget.page.wait_for_timeout(300)
    assert widget.find(".way").is_visible()
    linked.say(Reply("We go on on Telegram."), author="system", via="telegram")
    widget.wait_for_bubble("We go on on Telegram.")
    assert widget.find(".way").count() == 0
    assert widget.find(".log").get_attribute("aria-live") == "polite"
    assert widget.page.evaluate("Bellhop.shadowRoot.activeElement.className") == "field"


def test_the_sheet_goes_when_the_page_speaks_for_the_customer(linked: FakeServer, widget: Widget) -> None:
    widget.say("hello")
    ask(widget)
    widget.page.evaluate("Bellhop.send('Where is my order?')")
    widget.wait_for_bubble("Where is my order?")
    assert widget.find(".way").count() == 0


def test_a_visitor_who_has_said_nothing_hears_what_is_said_over_there(linked: FakeServer, widget: Widget) -> None:
    widget.wait_until(lambda: len(linked.hellos) == 1)
    ask(widget).find(".way a").wait_for()
    widget.wait_until(lambda: len(linked.hellos) == 2)
    linked.say(Reply("Hello over there!"), via="telegram")
    widget.wait_for_bubble("Hello over there!")


def test_where_no_link_can_be_had_it_says_so_and_another_try_works(linked: FakeServer, widget: Widget) -> None:
    widget.say("hello")
    linked.link_failures = 1
    ask(widget).find(".way").get_by_text("That does not work right now.").wait_for()
    assert "That does not work right now." in voice(widget)
    widget.find(".way").get_by_text("Try again", exact=True).click()
    widget.find(".way a").wait_for()
    assert len(linked.links) == 2


def test_a_session_that_is_over_is_replaced_on_the_way(linked: FakeServer, widget: Widget) -> None:
    widget.say("hello")
    linked.forget_tokens()
    ask(widget).find(".way a").wait_for()
    assert len(linked.links) == 2


def test_what_cannot_be_loaded_is_said_and_loaded_the_next_time(linked: FakeServer, widget: Widget) -> None:
    widget.say("hello")
    linked.lazy = False
    widget.find(".menu-holder > button").click()
    widget.find(".menu").get_by_text("Telegram").click()
    widget.find(".banner").get_by_text("That does not work right now.").wait_for()
    linked.lazy = True
    ask(widget).find(".way a").wait_for()


def test_a_link_that_is_over_is_taken_away_and_another_can_be_had(linked: FakeServer, context: BrowserContext) -> None:
    page = context.new_page()
    page.clock.install()
    widget = Widget(page, linked).load().open()
    widget.wait_until(lambda: len(linked.hellos) == 1)
    ask(widget).find(".way a").wait_for()
    page.clock.fast_forward("10:05")
    widget.find(".way").get_by_text("This link is no longer valid.").wait_for()
    assert widget.find(".way a").count() == 0
    widget.find(".way").get_by_text("Get a new link").click()
    widget.find(".way a").wait_for()
    assert len(linked.links) == 2


def test_the_sheet_has_no_accessibility_problem(linked: FakeServer, themed: Widget) -> None:
    themed.say("hello")
    ask(themed).find(".way a").wait_for()
    assert problems(themed) == []


def test_a_strict_page_of_another_origin_gets_it_too(linked: FakeServer, context: BrowserContext) -> None:
    widget = Widget(context.new_page(), linked)
    widget.page.goto(f"http://localhost:{linked.port}/elsewhere")
    widget.open().say("hello")
    ask(widget).find(".way a").wait_for()
    assert widget.find(".scan svg path").is_visible()
    assert widget.errors == []


@pytest.fixture
def narrow(browser: Browser, linked: FakeServer) -> Page:
    """A page as narrow as phones get."""
    profile = browser.new_context(viewport={"width": 320, "height": 480}, has_touch=True, is_mobile=True)
    profile.set_default_timeout(15_000)
    return profile.new_page()


@pytest.mark.parametrize("language", ["de", "es", "fr"])
def test_long_words_fit_a_narrow_phone(linked: FakeServer, narrow: Page, language: str) -> None:
    widget = Widget(narrow, linked).load(f"/blank?lang={language}").open()
    widget.wait_until(lambda: len(linked.hellos) == 1)
    ask(widget).find(".way a").wait_for()
    cut_off = "nodes => nodes.filter(n => n.scrollWidth > n.clientWidth).map(n => n.textContent)"
    assert widget.find(".way, .way h3, .way p, .way .chip").evaluate_all(cut_off) == []
    assert widget.find(".way .chip").evaluate_all("nodes => Math.min(...nodes.map(n => n.offsetHeight))") >= 44
    narrow.context.close()
