"""Rating a conversation: one tap, a change of mind, a typed number, a comment or none."""

from __future__ import annotations

from playwright.sync_api import Locator

from tests.e2e.widget.conftest import Widget


def face(widget: Widget, name: str) -> Locator:
    return widget.find(".rating").get_by_role("button", name=name)


def end(widget: Widget) -> None:
    widget.say("goodbye")
    face(widget, "5 of 5, Excellent").wait_for()


def chosen(widget: Widget) -> list[str | None]:
    pressed = widget.find('.mood[aria-pressed="true"]')
    return [node.get_attribute("aria-label") for node in pressed.all()]


def test_a_tap_rates_and_shows_what_was_chosen(widget: Widget) -> None:
    end(widget)
    assert chosen(widget) == []
    face(widget, "4 of 5, Good").click()
    widget.find(".rating-status").get_by_text("You chose “Good”").wait_for()
    assert chosen(widget) == ["4 of 5, Good"]
    assert widget.server.received[-1]["choice"] == "r4"


def test_another_tap_changes_the_rating_and_the_same_one_does_nothing(widget: Widget) -> None:
    end(widget)
    face(widget, "2 of 5, Poor").click()
    widget.find(".rating-status").get_by_text("You chose “Poor”").wait_for()
    face(widget, "5 of 5, Excellent").click()
    widget.find(".rating-status").get_by_text("You chose “Excellent”").wait_for()
    face(widget, "5 of 5, Excellent").click()
    assert chosen(widget) == ["5 of 5, Excellent"]
    assert [frame.get("choice") for frame in widget.server.received] == [None, "r2", "r5"]


def test_the_rating_is_still_shown_after_a_reload_and_can_still_be_changed(widget: Widget) -> None:
    end(widget)
    face(widget, "4 of 5, Good").click()
    widget.find(".rating-status").get_by_text("You chose").wait_for()
    widget.reload().open()
    assert chosen(widget) == ["4 of 5, Good"]
    widget.page.evaluate("sessionStorage.clear()")
    widget.reload().open()
    widget.find(".rating").wait_for()
    assert chosen(widget) == ["4 of 5, Good"]
    face(widget, "1 of 5, Very poor").click()
    widget.find(".rating-status").get_by_text("You chose “Very poor”").wait_for()


def test_a_typed_rating_shows_in_the_row_as_well(widget: Widget) -> None:
    end(widget)
    messages = widget.server.visitor.conversations[-1].messages
    messages.append({**messages[0], "seq": len(messages) + 1, "id": "typed", "text": " 3/5 "})
    widget.server.broadcast(messages[-1])
    widget.wait_until(lambda: chosen(widget) == ["3 of 5, Fair"])


def test_a_rating_given_offline_is_kept_and_sent_later(widget: Widget) -> None:
    end(widget)
    widget.server.refusing = True
    widget.server.drop_sockets()
    face(widget, "4 of 5, Good").click()
    assert widget.find(".rating-status").inner_text() == "Waiting to be sent"
    widget.server.refusing = False
    widget.find(".rating-status").get_by_text("You chose “Good”").wait_for(timeout=8_000)


def test_a_comment_box_follows_and_can_be_declined(widget: Widget) -> None:
    end(widget)
    face(widget, "4 of 5, Good").click()
    widget.find(".comment-head").get_by_role("button", name="No, thanks").click()
    widget.wait_for_bubble("All right. Thank you for your time!")
    assert widget.find(".comment-head").is_hidden()
    assert widget.server.received[-1]["choice"] == "no-thanks"


def test_changing_the_rating_keeps_the_comment_box(widget: Widget) -> None:
    end(widget)
    face(widget, "4 of 5, Good").click()
    widget.find(".comment-head").wait_for()
    face(widget, "3 of 5, Fair").click()
    widget.find(".rating-status").get_by_text("You chose “Fair”").wait_for()
    assert widget.find(".comment-head").is_visible()


def test_the_rating_of_an_earlier_conversation_is_shown_and_fixed(widget: Widget) -> None:
    end(widget)
    face(widget, "4 of 5, Good").click()
    widget.find(".comment-head").get_by_role("button", name="No, thanks").click()
    widget.wait_for_bubble("All right. Thank you for your time!")
    widget.say("something else")
    assert chosen(widget) == ["4 of 5, Good"]
    assert face(widget, "5 of 5, Excellent").is_disabled()
