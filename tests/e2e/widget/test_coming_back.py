"""The way back from Telegram: a secret in the page's address, gone at once, followed only when the reader says so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext

from tests.e2e.widget.conftest import Widget, problems
from tests.e2e.widget.fake_server import Conversation, FakeServer
from tests.e2e.widget.scripted_bot import Frame
from tests.e2e.widget.test_reading_aloud import announced, watch

TOKEN = "AbCdEfGhIjKlMn-_OpQrStUv"
OURS = {"choices": [], "cards": [], "expects": None, "in_reply_to": None, "at": "2026-11-22T09:00:00Z"}


def said(seq: int, author: str, text: str) -> Frame:
    """A message of the conversation on Telegram."""
    return {
        "type": "message",
        "seq": seq,
        "author": {"kind": author, "name": None},
        "text": text,
        "via": "telegram",
        **OURS,
    }


@pytest.fixture
def awaited(server: FakeServer) -> FakeServer:
    """A server that knows a conversation on Telegram."""
    messages = [said(1, "customer", "Where is my order?"), said(2, "bot", "Which one is it?")]
    server.coming = Conversation("from-telegram", messages=messages)
    return server


@pytest.fixture
def back(context: BrowserContext, awaited: FakeServer) -> Iterator[Widget]:
    """The widget on a page whose address led back; it has asked, and nothing was answered yet."""
    driver = Widget(context.new_page(), awaited).load(f"/blank?lang=en#bellhop={TOKEN}")
    driver.find(".way").wait_for()
    yield driver
    assert driver.errors == []


def test_the_token_leaves_the_address_before_anything_else_happens(context: BrowserContext, server: FakeServer) -> None:
    page = context.new_page()
    page.add_init_script(
        "addEventListener('bellhop:ready', () => { window.hashes = [location.hash, history.length]; })"
    )
    Widget(page, server).load(f"/blank?lang=en#bellhop={TOKEN}")
    assert page.evaluate("window.hashes") == ["", page.evaluate("history.length")]
    assert page.url == f"{server.url}/blank?lang=en"


def test_the_token_is_kept_nowhere_and_sent_only_once_and_only_to_the_server(
    context: BrowserContext, awaited: FakeServer
) -> None:
    widget = Widget(context.new_page(), awaited)
    bodies, elsewhere = [], []
    widget.page.on("request", lambda request: bodies.append(request.post_data or ""))
    widget.page.on("request", lambda request: elsewhere.append(request.url + str(request.headers)))
    widget.page.on("console", lambda message: elsewhere.append(message.text))
    widget.load(f"/blank#bellhop={TOKEN}").find(".way .strong").click()
    widget.wait_for_bubble("Which one is it?")
    elsewhere += widget.page.evaluate("[...Object.values(localStorage), ...Object.values(sessionStorage)]")
    assert [text for text in elsewhere[1:] if TOKEN in text] == []  # the first is the page itself
    assert len([body for body in bodies if TOKEN in body]) == 1


def test_nothing_is_followed_before_the_reader_agrees(back: Widget) -> None:
    assert back.page.evaluate("Bellhop.shadowRoot.activeElement.textContent") == "Continue here?"
    assert "asked for this link yourself" in back.find(".way p").inner_text()
    assert back.server.followed == []
    back.find(".way").get_by_text("No, thanks").click()
    back.page.wait_for_timeout(200)
    assert back.server.followed == []
    assert back.find(".log").is_visible()


def test_a_conversation_goes_on_where_it_was(back: Widget) -> None:
    back.find(".way").get_by_text("Continue here", exact=True).click()
    back.wait_for_bubble("Which one is it?")
    assert back.find(".way").count() == 0
    assert back.server.followed == [(TOKEN, list(back.server.visitors)[-1])]
    assert len(back.server.visitors) == 1
    back.say("#W2507194")
    assert back.server.said == ["Where is my order?", "#W2507194"]


def test_what_this_browser_said_before_stays_above_and_the_visitor_the_same(
    context: BrowserContext, awaited: FakeServer
) -> None:
    widget = Widget(context.new_page(), awaited).load().open()
    widget.say("something of my own")
    widget.page.evaluate(f"location.hash = 'bellhop={TOKEN}'")
    widget.find(".way").get_by_text("Continue here", exact=True).click()
    widget.wait_for_bubble("Which one is it?")
    assert widget.bubbles()[0] == "something of my own"
    assert len(awaited.visitors) == 1
    assert widget.page.evaluate("location.hash") == ""


def test_the_history_that_comes_is_not_read_out_but_that_it_came_is(
    context: BrowserContext, awaited: FakeServer
) -> None:
    widget = Widget(context.new_page(), awaited)
    watch(widget)
    widget.load(f"/blank#bellhop={TOKEN}").find(".way .strong").click()
    widget.wait_for_bubble("Which one is it?")
    assert not any("Which one is it?" in text for text in announced(widget))
    assert widget.find('.panel > .sr[role="status"]').text_content() == "The conversation goes on here."


def test_a_refused_link_is_said_and_changes_nothing(back: Widget) -> None:
    back.server.link_refusal = "This link doesn't work any more."
    back.find(".way .strong").click()
    back.find(".way").get_by_text("This link doesn't work any more.").wait_for()
    back.find(".way").get_by_text("Back to the chat").click()
    back.say("hello")
    assert back.server.said == ["hello"]
    assert back.bubbles() == ["hello", "You said: hello"]


def test_a_server_that_cannot_be_reached_costs_no_link(back: Widget) -> None:
    back.server.refusing = True
    back.find(".way .strong").click()
    back.find(".way").get_by_text("That does not work right now.").wait_for()
    back.server.refusing = False
    back.find(".way").get_by_text("Try again", exact=True).click()
    back.wait_for_bubble("Which one is it?")


def test_the_question_has_no_accessibility_problem(themed: Widget) -> None:
    themed.page.evaluate(f"location.hash = 'bellhop={TOKEN}'")
    themed.find(".way .strong").wait_for()
    assert problems(themed) == []


def test_an_address_that_only_looks_like_it_is_left_alone(context: BrowserContext, server: FakeServer) -> None:
    for fragment in ("#bellhop", "#bellhop=", "#shop=bellhop=abc", "#bellhop=a b"):
        widget = Widget(context.new_page(), server).load(f"/blank{fragment}")
        assert widget.page.evaluate("location.hash").startswith("#")
        assert widget.find(".way").count() == 0
