"""Writing and choosing: the keyboard that fits the question, keys, input methods, focus, and the page's interface."""

from __future__ import annotations

from tests.e2e.widget.conftest import Widget
from tests.e2e.widget.scripted_bot import Reply

FOCUS = """(() => {
  const node = document.activeElement.shadowRoot?.activeElement;
  return node && (node.getAttribute('aria-label') || node.textContent);
})()"""


KEYBOARDS: dict[str, dict[str, str]] = {
    "order_number": {"tagName": "INPUT", "autocapitalize": "characters", "spellcheck": "false"},
    "email": {"tagName": "INPUT", "inputmode": "email", "autocomplete": "email", "autocapitalize": "off"},
    "postcode": {"tagName": "INPUT", "autocomplete": "postal-code", "autocapitalize": "characters"},
    "one_time_code": {"tagName": "INPUT", "inputmode": "numeric", "autocomplete": "one-time-code"},
    "address": {"tagName": "TEXTAREA", "autocomplete": "street-address", "autocapitalize": "words"},
    "reason": {"tagName": "TEXTAREA", "autocapitalize": "sentences"},
    "constructor": {"tagName": "TEXTAREA", "placeholder": "Write a message…"},
}


def test_the_keyboard_fits_what_is_asked_for(widget: Widget) -> None:
    attribute = "(node, name) => name === 'tagName' ? node.tagName : node.getAttribute(name)"
    for expects, attributes in KEYBOARDS.items():
        widget.say(f"ask {expects}")
        field = widget.find(".field")
        found = {name: field.evaluate(attribute, name) for name in attributes}
        assert (expects, found) == (expects, attributes)
        assert field.get_attribute("enterkeyhint") == "send"
        assert widget.page.evaluate(FOCUS) == "Your message"


def test_the_ordinary_keyboard_comes_back_after_the_answer(widget: Widget) -> None:
    widget.say("ask one_time_code")
    widget.say("123456")
    assert widget.find(".field").evaluate("n => n.tagName") == "TEXTAREA"


def test_a_question_does_not_disturb_what_is_being_written(widget: Widget) -> None:
    widget.say("hello")
    widget.find(".field").fill("I was just wr")
    widget.server.say(Reply("What is your e-mail?", expects="email"))
    widget.wait_for_bubble("What is your e-mail?")
    assert widget.find(".field").input_value() == "I was just wr"
    assert widget.find(".field").get_attribute("inputmode") is None


def test_enter_sends_and_shift_enter_begins_a_line(widget: Widget) -> None:
    field = widget.find(".field")
    field.press_sequentially("one")
    field.press("Shift+Enter")
    field.press_sequentially("two")
    field.press("Enter")
    widget.find(".customer .bubble").wait_for()
    widget.wait_until(lambda: bool(widget.server.visitors) and bool(widget.server.visitor.conversations))
    widget.wait_until(lambda: widget.server.said == ["one\ntwo"])


def test_enter_that_ends_a_composition_does_not_send(widget: Widget) -> None:
    field = widget.find(".field")
    field.fill("にほん")
    for event in ("{key: 'Enter', isComposing: true}", "{key: 'Enter', keyCode: 229}"):
        press = f"new KeyboardEvent('keydown', {{...{event}, bubbles: true, cancelable: true}})"
        field.evaluate(f"n => n.dispatchEvent({press})")
    assert field.input_value() == "にほん"
    assert widget.find(".customer").count() == 0


def test_an_empty_message_is_not_sent(widget: Widget) -> None:
    widget.type("   ")
    assert widget.find(".problem").inner_text() == "Write a message first."
    assert widget.server.received == []


def test_everything_can_be_done_from_the_keyboard(widget: Widget) -> None:
    page = widget.page
    page.keyboard.press("Escape")
    assert page.evaluate(FOCUS) == "Open chat"
    page.keyboard.press("Enter")
    assert page.evaluate(FOCUS) == "Your message"
    page.keyboard.type("cancel")
    page.keyboard.press("Enter")
    widget.find(".chip").get_by_text("Yes, cancel it").wait_for()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(FOCUS) == "Yes, cancel it"
    page.keyboard.press("Space")
    widget.wait_for_bubble("You said: Yes, cancel it")
    assert widget.find(".choices .chip").count() == 0
    assert page.evaluate(FOCUS) == "Your message"


def test_the_menu_says_ordinary_sentences_for_the_customer(widget: Widget) -> None:
    page = widget.page
    widget.find(".menu-holder > button").focus()
    page.keyboard.press("Enter")
    assert page.evaluate(FOCUS) == "Talk to a person"
    page.keyboard.press("Escape")
    assert widget.find(".menu").is_hidden()
    assert page.evaluate(FOCUS) == "Chat options"
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    widget.wait_for_bubble("I'd like to talk to a person")
    widget.find(".menu-holder > button").click()
    widget.find(".menu").get_by_text("End chat").click()
    widget.find(".rating").wait_for()
    assert [frame["type"] for frame in widget.server.received] == ["message", "message"]


def test_escape_closes_and_gives_the_focus_back(widget: Widget) -> None:
    widget.find(".field").press("Escape")
    assert widget.find(".panel").is_hidden()
    assert widget.page.evaluate(FOCUS) == "Open chat"


def test_typing_is_shown_until_the_message_is_there(widget: Widget) -> None:
    widget.say("hello")
    widget.server.broadcast({"type": "typing"})
    widget.find(".typing").wait_for()
    widget.server.say(Reply("Done."))
    widget.find(".typing").wait_for(state="hidden")


def test_the_page_can_open_send_and_listen(widget: Widget) -> None:
    page = widget.page
    page.evaluate(
        "window.heard = []; for (const n of ['opened', 'closed', 'message'])"
        " document.addEventListener('bellhop:' + n, ({detail: d}) => heard.push([n, d.author, d.unread]))"
    )
    page.evaluate("Bellhop.close()")
    page.evaluate("Bellhop.send('hello')")
    widget.wait_for_bubble("You said: hello")
    widget.wait_until(lambda: widget.server.visitor.seen == [2])
    page.evaluate("Bellhop.close()")
    widget.server.say(Reply("One more thing."))
    widget.wait_until(lambda: page.evaluate("window.heard.length") == 5)
    assert page.evaluate("window.heard") == [
        ["closed", None, None],
        ["opened", None, None],
        ["message", "bot", 0],
        ["closed", None, None],
        ["message", "bot", 1],
    ]


def test_a_suggestion_is_said_as_it_stands(widget: Widget) -> None:
    widget.find(".chip").get_by_text("Where is my order?").click()
    widget.find(".card").get_by_text("Order #W2507194").wait_for()
    assert widget.server.said == ["Where is my order?"]
