"""Whatever a message, a card, a choice or a name says, it is shown as text, and links lead only to the web."""

from __future__ import annotations

from tests.e2e.widget.conftest import Widget
from tests.e2e.widget.hostile import ADDRESSES, SCRIPTS
from tests.e2e.widget.scripted_bot import Reply

MARKUP_IN_TEXT = """(root => [...root.querySelectorAll('.bubble *, .card script, .chip *, .name *')]
  .filter(node => node.tagName !== 'A').length)"""


def test_hostile_text_from_the_customer_is_shown_as_it_was_typed(widget: Widget) -> None:
    widget.say("hello")
    for text in SCRIPTS[:10]:
        widget.type(text)
    widget.wait_for_bubble(f"You said: {SCRIPTS[9]}")
    assert [text for text in SCRIPTS[:10] if text not in widget.bubbles()] == []
    assert widget.page.evaluate("window.hit") is None


def test_hostile_text_from_the_server_stays_text_everywhere(widget: Widget) -> None:
    widget.say("hello")
    for text in SCRIPTS:
        card = {
            "kind": text,
            "title": text,
            "subtitle": text,
            "badge": {"text": text, "tone": text},
            "fields": [{"label": text, "value": text, "href": text}],
            "items": [{"title": text, "detail": text, "price": text, "image": None}],
            "total": text,
        }
        widget.server.say(Reply(text, choices=({"id": text, "title": text},), cards=(card,), expects=text), name=text)
    widget.server.say(Reply("The end."))
    widget.wait_for_bubble("The end.")
    shown = widget.find(".bubble").evaluate_all("nodes => nodes.map(node => node.textContent)")
    assert [text for text in SCRIPTS if text not in shown] == []
    assert widget.page.evaluate(f"{MARKUP_IN_TEXT}(document.querySelector('bellhop-chat').shadowRoot)") == 0
    assert widget.page.evaluate("window.hit") is None


def test_only_web_addresses_become_links_or_pictures(widget: Widget) -> None:
    widget.say("hello")
    for address in ADDRESSES:
        field = {"label": "Tracking", "value": "Follow it", "href": address}
        item = {"title": "Lamp", "detail": None, "price": None, "image": address}
        card = {"kind": "order", "title": "Order", "badge": None, "fields": [field], "items": [item], "total": None}
        widget.server.say(Reply(f"See {address}", cards=(card,)))
    widget.find(".card").nth(len(ADDRESSES) - 1).wait_for()
    assert widget.find(".card a, img").count() == 0
    # "blob:https://…" holds an ordinary address, which may be a link; the whole of it may not.
    hrefs = widget.find(".bubble a").evaluate_all("nodes => nodes.map(a => a.getAttribute('href'))")
    assert [href for href in hrefs if not href.startswith("https://")] == []


def test_web_addresses_in_text_become_links_that_tell_the_other_side_nothing(widget: Widget) -> None:
    widget.say("hello")
    widget.server.say(Reply("Read https://shop.example/a_(b)?c=1&d=2. Or (http://shop.example/x)!"))
    widget.find(".bubble a").nth(1).wait_for()
    links = widget.find(".bubble a").evaluate_all("nodes => nodes.map(a => [a.textContent, a.href, a.target, a.rel])")
    assert links == [
        ["https://shop.example/a_(b)?c=1&d=2", "https://shop.example/a_(b)?c=1&d=2", "_blank", "noopener noreferrer"],
        ["http://shop.example/x", "http://shop.example/x", "_blank", "noopener noreferrer"],
    ]


def test_frames_that_make_no_sense_are_passed_over(widget: Widget) -> None:
    widget.say("hello")
    nonsense: tuple[dict[str, object], ...] = (
        {"type": "message"},
        {"type": "message", "seq": 3, "author": 7, "text": ["x"], "choices": "yes", "cards": [1, None], "at": "soon"},
        {"type": "__proto__"},
        {"type": "status", "status": {"x": 1}},
        {"type": "of a later version", "seq": 99},
        {"type": "error", "code": None, "id": 5},
    )
    for frame in nonsense:
        widget.server.broadcast(frame)
    widget.server.visitor.conversations[-1].messages.append({"seq": 3})
    widget.server.say(Reply("Still here."))
    widget.wait_for_bubble("Still here.")
