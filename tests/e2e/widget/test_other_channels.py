"""What was said on another channel: shown with where it was said, what came with it, and as it was changed."""

from __future__ import annotations

from tests.e2e.widget.conftest import Widget
from tests.e2e.widget.scripted_bot import Reply
from tests.e2e.widget.test_reading_aloud import announced, watch


def notes(widget: Widget) -> list[str]:
    """What stands below the customer's messages, without the time."""
    texts = widget.find(".customer .meta").evaluate_all("nodes => nodes.map(n => n.textContent)")
    return [text.partition(" · ")[2] for text in texts]


def test_a_message_from_another_channel_says_so(widget: Widget) -> None:
    widget.say("here")
    widget.server.say(Reply("over there"), author="customer", via="telegram")
    widget.server.say(Reply("An answer."), via="telegram")
    widget.wait_for_bubble("An answer.")
    assert notes(widget) == ["Sent", "telegram"]
    assert widget.find(".fact").last.evaluate("n => getComputedStyle(n).textTransform") == "capitalize"
    assert widget.find(".bot .fact").count() == 0


def test_what_came_with_a_message_is_named(widget: Widget) -> None:
    widget.say("here")
    photo, invoice = {"kind": "photo", "name": None}, {"kind": "document", "name": "invoice.pdf"}
    widget.server.say(Reply("Photo"), author="customer", via="telegram", attachments=[photo])
    widget.server.say(Reply("Look at this"), author="customer", via="telegram", attachments=[invoice])
    widget.find(".bubble").get_by_text("Look at this").wait_for()
    texts = widget.find(".customer .bubble:has(.icon)").evaluate_all("nodes => nodes.map(n => n.textContent)")
    assert texts == ["Attachment: Photo", "Attachment: invoice.pdf\nLook at this"]


def test_an_edit_changes_the_message_in_its_place_and_is_not_read_out(widget: Widget) -> None:
    watch(widget)
    widget.reload().open()
    widget.say("here")
    widget.server.say(Reply("the blue one"), author="customer", via="telegram")
    widget.server.say(Reply("Noted."), via="telegram")
    widget.wait_for_bubble("Noted.")
    widget.server.broadcast({"type": "edited", "seq": 3, "text": "the green one"})
    widget.wait_for_bubble("the green one")
    assert widget.bubbles()[-2:] == ["the green one", "Noted."]
    assert notes(widget)[-1] == "Edited · telegram"
    assert not any("the green one" in text for text in announced(widget))
    widget.reload().open()
    widget.wait_for_bubble("the green one")


def test_an_edit_of_a_message_that_is_not_known_is_passed_over(widget: Widget) -> None:
    widget.say("here")
    widget.server.broadcast({"type": "edited", "seq": 99, "text": "nothing"})
    widget.say("still here")
    assert widget.bubbles()[-1] == "You said: still here"
