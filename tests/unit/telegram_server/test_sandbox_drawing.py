"""Messages as lines for a terminal."""

from __future__ import annotations

from typing import Any

from tests.telegram.drawing import Pen
from tests.telegram.seen import Button, Popup, SeenMessage

PLAIN = Pen(colours=False)


def message(text: str = "Hello", **given: Any) -> SeenMessage:
    usual: dict[str, Any] = {
        "id": 7,
        "from_bot": True,
        "kind": "text",
        "entities": (),
        "keyboard": (),
        "edits": 0,
        "silent": False,
        "reply_to": None,
        "date": 0,
    }
    return SeenMessage(text=text, **(usual | given))


def test_a_message_has_its_number_and_keeps_its_lines_together() -> None:
    assert PLAIN.message(message("one\ntwo"), "Shop") == ["Shop #7  one", "         two"]


def test_buttons_are_numbered_over_all_rows() -> None:
    keyboard = ((Button("Yes", "y"), Button("No", "n")), (Button("Shop", url="https://shop.example/"),))
    drawn = PLAIN.message(message(keyboard=keyboard), "Shop")
    assert [line.strip() for line in drawn[1:]] == ["[:1 Yes]  [:2 No]", "[:3 Shop] <https://shop.example/>"]


def test_an_edit_says_so() -> None:
    assert PLAIN.message(message(edits=1), "Shop") == ["Shop #7  (edited) Hello"]


def test_a_picture_shows_its_caption() -> None:
    assert PLAIN.message(message("A mug", kind="photo"), "Shop") == ["Shop #7  [picture: A mug]"]
    assert PLAIN.message(message("", kind="photo"), "Shop") == ["Shop #7  [picture]"]


def test_a_silent_message_says_so() -> None:
    assert PLAIN.message(message(silent=True), "Shop") == ["Shop #7 (silent)  Hello"]


def test_a_link_shows_where_it_leads_even_without_colours() -> None:
    link = {"type": "text_link", "offset": 3, "length": 4, "url": "https://shop.example/"}
    assert PLAIN.text(message("😀 here!", entities=(link,))) == "😀 here <https://shop.example/>!"


def test_formatting_is_drawn_with_colours_alone() -> None:
    entities = ({"type": "bold", "offset": 0, "length": 5}, {"type": "italic", "offset": 3, "length": 4})
    assert PLAIN.text(message("bold italic", entities=entities)) == "bold italic"
    drawn = Pen(colours=True).text(message("bo\nld it", entities=entities))
    assert drawn == "\x1b[1mbo\x1b[0m\n\x1b[1m\x1b[3mld\x1b[0m\x1b[3m i\x1b[0mt"


def test_a_popup_says_whether_it_must_be_closed() -> None:
    assert [PLAIN.popup(Popup("Saved", alert)) for alert in (False, True)] == ["(notice) Saved", "(alert) Saved"]
