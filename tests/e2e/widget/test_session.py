"""Tokens: renewed in time, replaced without a word when they expire, shared by tabs that all show the same."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import BrowserContext

from tests.e2e.widget.conftest import Widget
from tests.e2e.widget.fake_server import FakeServer
from tests.e2e.widget.scripted_bot import Reply


def test_an_expired_token_is_replaced_without_the_customer_noticing(widget: Widget) -> None:
    widget.say("one")
    widget.server.forget_tokens()
    widget.server.drop_sockets()
    widget.say("two")
    assert widget.bubbles() == ["one", "You said: one", "two", "You said: two"]
    assert widget.find(".banner").is_hidden()
    assert widget.server.said == ["two"]


def test_a_token_is_renewed_when_more_than_half_its_life_is_over(widget: Widget) -> None:
    widget.say("one")
    age = "const k = Object.keys(localStorage).find(k => k.endsWith('session')); const s = JSON.parse(localStorage[k]);"
    widget.page.evaluate(
        age + "s.issued = Date.now() - 9e6; s.expires = Date.now() + 8e6; localStorage[k] = JSON.stringify(s)"
    )
    widget.reload().open()
    widget.say("two")
    assert widget.server.sessions == [False, True]
    assert widget.server.said == ["one", "two"]


def test_a_token_in_its_first_half_is_not_renewed(widget: Widget) -> None:
    widget.say("one")
    widget.reload().open()
    widget.say("two")
    assert widget.server.sessions == [False]


def test_tokens_that_never_last_do_not_make_it_hammer_the_server(context: BrowserContext, server: FakeServer) -> None:
    server.lifetime = timedelta(days=-1)
    widget = Widget(context.new_page(), server).load().open()
    widget.page.wait_for_timeout(1_500)
    assert len(server.sessions) <= 4


def test_a_server_that_refuses_everybody_is_asked_ever_less_often(widget: Widget) -> None:
    widget.say("one")
    widget.server.refusing = True
    widget.server.drop_sockets()
    widget.find(".banner").get_by_text("Connecting").wait_for()
    asked = len(widget.server.hellos)
    widget.server.refusing = False
    widget.say("two")
    assert len(widget.server.hellos) == asked + 1


def test_two_tabs_show_the_same(context: BrowserContext, widget: Widget) -> None:
    widget.say("one")
    other = Widget(context.new_page(), widget.server).load().open()
    other.wait_for_bubble("You said: one")
    other.say("two")
    widget.wait_for_bubble("You said: two")
    widget.server.say(Reply("For both of you."))
    for tab in (widget, other):
        tab.wait_for_bubble("For both of you.")
    assert widget.bubbles() == other.bubbles()
    assert len(widget.server.visitors) == 1


def test_two_tabs_that_open_at_once_are_one_visitor(context: BrowserContext, server: FakeServer) -> None:
    tabs = [Widget(context.new_page(), server).load() for _ in range(2)]
    for tab in tabs:
        tab.page.evaluate("setTimeout(() => Bellhop.open(), 100)")
    tabs[0].wait_until(lambda: len(server.hellos) == 2)
    assert len(server.visitors) == 1


def test_what_one_tab_could_not_send_another_does(context: BrowserContext, widget: Widget) -> None:
    widget.say("one")
    other = Widget(context.new_page(), widget.server).load().open()
    other.wait_for_bubble("You said: one")
    widget.server.swallow = 1
    widget.type("two")
    widget.wait_until(lambda: len(widget.server.received) == 2)
    widget.page.close()
    other.wait_for_bubble("You said: two")
    assert widget.server.said == ["one", "two"]


def test_reset_forgets_the_visitor_in_every_tab(context: BrowserContext, widget: Widget) -> None:
    widget.say("one")
    other = Widget(context.new_page(), widget.server).load().open()
    other.wait_for_bubble("You said: one")
    other.page.evaluate("Bellhop.reset()")
    widget.wait_until(lambda: "one" not in widget.bubbles())
    assert widget.page.evaluate("Object.keys(localStorage).concat(Object.keys(sessionStorage))") == []
    widget.say("somebody else")
    assert len(widget.server.visitors) == 2


def test_what_was_about_to_be_noted_as_seen_is_not_noted_after_a_reset(widget: Widget) -> None:
    widget.say("one")
    widget.page.evaluate("Bellhop.reset()")
    widget.page.wait_for_timeout(1500)  # longer than a message has to be on screen to count as seen
    assert widget.page.evaluate("Object.keys(localStorage).concat(Object.keys(sessionStorage))") == []


def test_every_page_of_a_signed_in_customer_says_once_who_it_is(context: BrowserContext, server: FakeServer) -> None:
    widget = Widget(context.new_page(), server).load("/blank?identity=ada").open()
    widget.say("one")
    widget.server.drop_sockets()
    widget.say("two")
    widget.reload().open()
    widget.wait_for_bubble("You said: two")
    widget.say("three")
    assert (server.identities, server.sessions) == (["ada", "ada"], [False, True])
    assert server.said == ["one", "two", "three"]


def test_an_identity_token_that_has_expired_does_not_cost_the_conversation(
    context: BrowserContext, server: FakeServer
) -> None:
    widget = Widget(context.new_page(), server).load("/blank?identity=ada").open()
    widget.say("one")
    widget.load("/blank?identity=expired").open()
    widget.wait_for_bubble("You said: one")
    widget.say("two")
    assert server.identities == ["ada", "expired", None]
    assert server.said == ["one", "two"]


def test_the_language_of_the_page_is_told_in_two_parts_at_most(context: BrowserContext, server: FakeServer) -> None:
    widget = Widget(context.new_page(), server).load("/blank?lang=de-CH-1996").open()
    widget.say("eins")
    assert server.locales == ["de-CH"]
