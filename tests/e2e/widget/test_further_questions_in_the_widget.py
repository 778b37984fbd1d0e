"""A question with many numbers after the rating: rows that can be read and hit, apart from the rating's faces."""

from __future__ import annotations

import pytest

from tests.e2e.widget.conftest import Widget
from tests.e2e.widget.test_rating import chosen, end, face


def asks_nps(widget: Widget) -> None:
    """The server asks how likely it is that they recommend the shop."""
    messages = widget.server.visitor.conversations[-1].messages
    choices = [{"id": f"n{n}", "title": str(n), "value": str(n)} for n in range(11)]
    frame = {
        **messages[-1],
        "seq": len(messages) + 1,
        "author": {"kind": "system", "name": None},
        "text": "How likely are you to recommend us to a friend? 0 is not at all, 10 is very likely.",
        "choices": choices,
        "expects": "recommendation",
    }
    messages.append(frame)
    widget.server.broadcast(frame)
    widget.find(".choices").get_by_role("button", name="10", exact=True).wait_for()


@pytest.mark.parametrize(("width", "rows"), [(1280, 2), (320, 3)])
def test_eleven_numbers_stand_in_few_rows_and_each_can_be_hit(widget: Widget, width: int, rows: int) -> None:
    widget.page.set_viewport_size({"width": width, "height": 700})
    end(widget)
    face(widget, "5 of 5, Excellent").click()
    asks_nps(widget)
    boxes = [node.bounding_box() for node in widget.find(".choices .chip").all()]
    assert len(boxes) == 11
    assert len({round(box["y"]) for box in boxes if box}) <= rows
    assert all(box and box["width"] >= 40 and box["height"] >= 40 for box in boxes)
    widget.find(".choices").get_by_role("button", name="9", exact=True).click()
    widget.wait_until(lambda: widget.server.received[-1].get("choice") == "n9")


def test_a_number_typed_for_it_leaves_the_faces_alone_and_a_tap_still_moves_them(widget: Widget) -> None:
    end(widget)
    face(widget, "5 of 5, Excellent").click()
    widget.find(".rating-status").get_by_text("You chose").wait_for()
    asks_nps(widget)
    messages = widget.server.visitor.conversations[-1].messages
    messages.append({**messages[0], "seq": len(messages) + 1, "id": "typed", "text": "3"})
    widget.server.broadcast(messages[-1])
    widget.wait_for_bubble("3")
    assert chosen(widget) == ["5 of 5, Excellent"]
    face(widget, "4 of 5, Good").click()
    widget.wait_until(lambda: chosen(widget) == ["4 of 5, Good"])
