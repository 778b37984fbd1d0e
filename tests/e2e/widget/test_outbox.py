"""What the customer says is sent: in order, once, through outages, reloads and refusals."""

from __future__ import annotations

from playwright.sync_api import BrowserContext

from tests.e2e.widget.conftest import Widget


def go_offline(context: BrowserContext, widget: Widget) -> None:
    widget.server.refusing = True
    context.set_offline(True)
    widget.server.drop_sockets()


def come_back(context: BrowserContext, widget: Widget) -> None:
    widget.server.refusing = False
    context.set_offline(False)


def test_offline_messages_wait_and_go_out_in_order_once(context: BrowserContext, widget: Widget) -> None:
    widget.say("zero")
    go_offline(context, widget)
    for text in ("one", "two", "three"):
        widget.type(text)
    widget.find(".banner").get_by_text("Offline").wait_for()
    # The browser says "offline" at once; that the socket is gone, and all three wait, a moment later.
    widget.wait_until(lambda: widget.find('[data-state="waiting"]').count() == 3)
    come_back(context, widget)
    widget.wait_for_bubble("You said: three")
    assert widget.server.said == ["zero", "one", "two", "three"]
    assert widget.find(".banner").is_hidden()


def test_messages_written_before_a_reload_are_sent_after_it(widget: Widget) -> None:
    widget.say("zero")
    widget.server.refusing = True
    widget.server.drop_sockets()
    widget.type("one")
    widget.type("two")
    widget.reload().open()
    assert widget.bubbles()[-2:] == ["one", "two"]
    widget.server.refusing = False
    widget.wait_for_bubble("You said: two")
    assert widget.server.said == ["zero", "one", "two"]


def test_a_lost_acknowledgement_leads_to_one_message_not_two(widget: Widget) -> None:
    widget.say("zero")
    widget.server.lose_acks = 1
    widget.type("one")
    widget.wait_until(lambda: len(widget.server.received) == 2)
    widget.server.drop_sockets()
    widget.say("two")
    assert widget.server.said == ["zero", "one", "two"]
    assert widget.bubbles().count("one") == 1


def test_a_message_is_resent_with_its_id_after_an_interrupted_sending(widget: Widget) -> None:
    widget.say("zero")
    widget.server.swallow = 1
    widget.type("one")
    widget.wait_until(lambda: len(widget.server.received) == 2)
    widget.server.drop_sockets()
    widget.wait_for_bubble("You said: one")
    first, second = widget.server.received[1:]
    assert first["id"] == second["id"]
    assert widget.server.said == ["zero", "one"]


def test_being_too_fast_only_slows_it_down_and_keeps_the_order(widget: Widget) -> None:
    widget.say("zero")
    widget.server.refusals = [{"code": "rate_limited", "retryable": True}]
    widget.type("one")
    widget.type("two")
    widget.wait_for_bubble("You said: two")
    assert widget.server.said == ["zero", "one", "two"]


def test_a_delayed_message_says_so_and_is_sent_again(widget: Widget) -> None:
    widget.say("zero")
    widget.server.refusals = [{"code": "delayed", "retryable": True, "message": "This takes a moment."}]
    widget.type("one")
    widget.find(".banner").get_by_text("This takes a moment.").wait_for()
    assert widget.find('[data-state="slow"] .meta').inner_text() == "Still sending…"
    widget.wait_for_bubble("You said: one")
    assert widget.find(".banner").is_hidden()


def test_text_that_is_too_long_goes_back_into_the_box(widget: Widget) -> None:
    widget.server.refusals = [
        {"code": "too_long", "retryable": False, "message": "Please keep it under 4,000 characters."}
    ]
    widget.type("a long story")
    widget.find(".problem").get_by_text("Please keep it under 4,000 characters.").wait_for()
    assert widget.find(".field").input_value() == "a long story"
    assert widget.find(".customer").count() == 0


def test_a_frame_too_large_for_the_connection_is_not_sent_for_ever(widget: Widget) -> None:
    widget.say("zero")
    widget.type("x" * 70_000)
    widget.find(".problem").get_by_text("too long").wait_for()
    widget.find(".field").fill("")
    widget.say("one")
    assert widget.server.said == ["zero", "one"]


def test_a_refused_message_stays_and_can_be_tried_again(widget: Widget) -> None:
    widget.server.refusals = [{"code": "bad_frame", "retryable": False, "message": "That did not arrive whole."}]
    widget.type("one")
    widget.find('[data-state="failed"]').get_by_text("That did not arrive whole.").wait_for()
    widget.reload().open()
    widget.find('[data-state="failed"]').get_by_role("button", name="Try again").click()
    widget.wait_for_bubble("You said: one")
    assert widget.find('[data-state="failed"]').count() == 0


def test_a_refused_message_can_be_deleted_and_does_not_hold_up_the_next(widget: Widget) -> None:
    widget.server.refusals = [{"code": "bad_frame", "retryable": False, "message": "That did not arrive whole."}]
    widget.type("one")
    widget.say("two")
    widget.find('[data-state="failed"]').get_by_role("button", name="Delete").click()
    assert widget.bubbles() == ["two", "You said: two"]
    assert widget.server.said == ["two"]
