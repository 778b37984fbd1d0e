"""What was said stays: over reloads, lost connections, gaps, and the beginning of a new conversation."""

from __future__ import annotations

from playwright.sync_api import BrowserContext

from tests.e2e.widget.conftest import Widget
from tests.e2e.widget.fake_server import FakeServer
from tests.e2e.widget.scripted_bot import Reply


def test_a_reload_keeps_the_history(widget: Widget) -> None:
    widget.say("one")
    widget.say("two")
    shown = widget.bubbles()
    widget.reload().open()
    assert shown == ["one", "You said: one", "two", "You said: two"]
    assert widget.bubbles() == shown


def test_a_new_tab_without_memory_gets_the_history_from_the_server(widget: Widget) -> None:
    widget.say("one")
    widget.page.evaluate("sessionStorage.clear()")
    widget.reload().open()
    widget.wait_for_bubble("You said: one")
    assert widget.bubbles() == ["one", "You said: one"]
    assert widget.server.hellos[-1]["after"] == 0


def test_only_what_is_missing_is_asked_for_after_a_reload(widget: Widget) -> None:
    widget.say("one")
    widget.reload().open()
    widget.say("two")
    assert widget.server.hellos[-1]["after"] == 2
    assert widget.server.hellos[-1]["conversation"] == widget.server.visitor.conversations[0].id


def test_what_was_said_while_the_connection_was_lost_arrives_once(widget: Widget) -> None:
    widget.say("one")
    widget.server.refusing = True
    widget.server.drop_sockets()
    widget.server.say(Reply("I looked it up."))
    widget.server.refusing = False
    widget.wait_for_bubble("I looked it up.")
    assert widget.bubbles() == ["one", "You said: one", "I looked it up."]


def test_a_gap_in_the_numbers_makes_it_fetch_what_is_missing(widget: Widget) -> None:
    widget.say("one")
    widget.server.skip_next = True
    widget.server.say(Reply("This one is lost on the way."))
    widget.server.say(Reply("This one shows the gap."))
    widget.wait_for_bubble("This one shows the gap.")
    assert widget.bubbles()[2:] == ["This one is lost on the way.", "This one shows the gap."]
    assert widget.server.hellos[-1]["after"] == 2


def test_an_earlier_conversation_stays_above_a_divider(widget: Widget) -> None:
    widget.say("goodbye")
    widget.wait_for_bubble("How was this conversation?")
    widget.say("something new")
    widget.find(".divider").wait_for()
    expected = [
        "goodbye",
        "Glad I could help. Goodbye!",
        "How was this conversation?",
        "something new",
        "You said: something new",
    ]
    assert widget.bubbles() == expected
    widget.reload().open()
    assert widget.bubbles() == expected
    assert len(widget.server.visitor.conversations) == 2


def test_the_server_that_lost_its_memory_is_believed(widget: Widget) -> None:
    widget.say("one")
    widget.say("two")
    del widget.server.visitor.conversations[-1].messages[2:]
    widget.server.drop_sockets()
    widget.wait_until(lambda: widget.bubbles() == ["one", "You said: one"])


def test_messages_that_wait_for_the_reader_are_counted_on_the_launcher(widget: Widget) -> None:
    widget.say("one")
    widget.wait_until(lambda: widget.server.visitor.seen == [2])
    widget.find(".head .close").click()
    widget.server.say(Reply("Still there?"))
    widget.server.say(Reply("I found something."))
    widget.find(".unread").get_by_text("2").wait_for()
    assert widget.server.visitor.seen == [2]
    widget.open()
    assert widget.find(".unread").is_hidden()
    widget.wait_until(lambda: widget.server.visitor.seen == [2, 4])


def test_nobody_is_connected_who_has_not_opened_the_chat(context: BrowserContext, server: FakeServer) -> None:
    widget = Widget(context.new_page(), server).load()
    widget.page.wait_for_timeout(300)
    assert (server.sessions, server.hellos) == ([], [])
