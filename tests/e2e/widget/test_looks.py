"""How it looks: readable in both themes and any brand colour, full screen on phones, still where motion is unwanted."""

from __future__ import annotations

from playwright.sync_api import BrowserContext

from tests.e2e.widget.conftest import Widget, problems
from tests.e2e.widget.scripted_bot import Reply

CONTRAST = """([front, back]) => {
  const size = {width: 1, height: 1};
  const canvas = Object.assign(document.createElement('canvas'), size).getContext('2d', {willReadFrequently: true});
  const luminance = (text) => {
    canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
    const parts = [...canvas.getImageData(0, 0, 1, 1).data].map(v => v / 255);
    const [r, g, b] = parts.map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const [low, high] = [luminance(front), luminance(back)].sort((a, b) => a - b);
  return (high + .05) / (low + .05);
}"""


def fill(widget: Widget) -> None:
    """One of everything on screen."""
    widget.say("Where is my order? https://shop.example/")
    badges = ("info", "good", "warn", "bad")
    for tone in badges:
        card = {"kind": "order", "title": tone, "badge": {"text": tone, "tone": tone}, "fields": [], "items": []}
        widget.server.say(Reply(f"A card that is {tone}", cards=(card,)))
    widget.server.say(Reply("Nadia joined."), author="system")
    widget.server.say(Reply("Hello!"), author="agent", name="Nadia")
    widget.say("cancel")
    widget.server.refusals = [{"code": "bad_frame", "retryable": False, "message": "That did not arrive."}]
    widget.type("refused")
    widget.find('[data-state="failed"]').wait_for()
    widget.server.broadcast({"type": "typing"})
    widget.find(".typing").wait_for()


def test_no_accessibility_problem_with_everything_on_screen(themed: Widget) -> None:
    fill(themed)
    assert problems(themed) == []


def test_no_accessibility_problem_in_rating_offline_and_menu(themed: Widget) -> None:
    themed.say("goodbye")
    themed.find(".mood").nth(3).click()
    themed.find(".comment-head").wait_for()
    themed.server.refusing = True
    themed.server.drop_sockets()
    themed.find(".banner").wait_for()
    themed.find(".menu-holder > button").click()
    assert problems(themed) == []


BRANDS = (
    *("#24574c", "#ffd400", "#ff5a5f", "#0057ff", "#f4f4f4", "#000000", "#7fdbca", "#777777"),
    *("#c026d3", "#757575", "#00ff00", "hsl(30 100% 50%)", "oklch(0.6 0.2 140)"),
)
COLOURS = """root => ['.head', '.chip'].map(query => {
  const style = getComputedStyle(root.querySelector(query));
  return [style.color, style.backgroundColor];
})"""


def test_any_brand_colour_can_be_read(widget: Widget) -> None:
    unreadable = []
    for theme in ("light", "dark"):
        for brand in BRANDS:
            widget.page.evaluate("([b, t]) => Object.assign(Bellhop.dataset, {color: b, theme: t})", [brand, theme])
            pairs = widget.page.evaluate(f"({COLOURS})(Bellhop.shadowRoot)")
            unreadable += [(theme, brand, pair) for pair in pairs if widget.page.evaluate(CONTRAST, pair) < 4.5]
    assert unreadable == []


def test_the_theme_follows_the_system_unless_it_is_set(context: BrowserContext, widget: Widget) -> None:
    root = widget.find(".root")
    widget.page.emulate_media(color_scheme="dark")
    widget.wait_until(lambda: root.get_attribute("data-theme") == "dark")
    widget.page.evaluate("Bellhop.dataset.theme = 'light'")
    assert root.get_attribute("data-theme") == "light"


def test_on_a_phone_the_panel_fills_the_screen_and_holds_the_page(phone: Widget) -> None:
    box = phone.find(".panel").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 844}
    assert phone.find(".panel").get_attribute("aria-modal") == "true"
    assert phone.find(".launcher").is_hidden()
    assert phone.page.evaluate("getComputedStyle(document.documentElement).overflow") == "hidden"
    phone.find(".head .close").click()
    assert phone.page.evaluate("document.documentElement.style.overflow") == ""


def test_on_a_phone_the_keyboard_does_not_jump_up_before_anything_was_read(phone: Widget) -> None:
    assert phone.page.evaluate("Bellhop.shadowRoot.activeElement.getAttribute('role')") == "log"


def test_on_a_phone_what_is_tapped_is_large_enough_and_nothing_is_cut_off(phone: Widget) -> None:
    phone.say("Where is my order?")
    phone.say("goodbye")
    phone.find(".rating").wait_for()
    small = """nodes => nodes.filter(n => n.getClientRects().length)
      .map(n => [n.className, n.offsetWidth, n.offsetHeight]).filter(([, w, h]) => w < 38 || h < 38)"""
    assert phone.find("button").evaluate_all(small) == []
    assert phone.find(".field").evaluate("n => getComputedStyle(n).fontSize") == "16px"
    assert phone.find(".log").evaluate("n => n.scrollWidth - n.clientWidth") == 0


YES_OR_NO = ({"id": "y", "title": "Yes, do it", "value": "yes"}, {"id": "n", "title": "No", "value": "no"})
LONG = "Flat 7, The Old Lighthouse Keepers Cottage, 214 Llanfairpwllgwyngyll Road, Newcastle upon Tyne, NE1 3DX"
SUMMARY = {
    "kind": "summary",
    "title": "Exchange",
    "fields": [{"label": "New address", "value": LONG}, {"label": "E-mail", "value": "fiona.macrae@house.example"}],
    "items": [{"title": "Marlow crew jumper", "detail": "navy, M → navy, L", "price": "£74.00"}],
}


def test_a_summary_says_what_was_and_what_will_be_and_yes_stands_out(themed: Widget) -> None:
    themed.say("hello")
    themed.server.say(Reply("I'll do this. Shall I?", cards=(SUMMARY,), choices=YES_OR_NO, expects="confirmation"))
    card = themed.find(".card.summary")
    card.wait_for()
    assert (card.locator("s").inner_text(), card.locator("b").inner_text()) == ("navy, M", "navy, L")
    assert themed.find(".chip.strong").all_inner_texts() == ["Yes, do it"]
    assert problems(themed) == []


def test_on_a_phone_many_choices_and_long_ones_fit_and_can_be_tapped(phone: Widget) -> None:
    phone.say("hello")
    versions = [f"oatmeal, {size}L · £74.00" for size in range(9)]
    for titles in (versions, [LONG, "Marlow crew jumper (navy, M) · £74.00"]):
        choices = tuple({"id": title, "title": title, "value": title} for title in titles)
        phone.server.say(Reply("Which one?", choices=choices, cards=(SUMMARY,)))
        phone.find(".chip").get_by_text(titles[-1].split(" · ")[0]).wait_for()
    heights = phone.find(".choices .chip").evaluate_all("nodes => nodes.map(node => node.offsetHeight)")
    assert len(heights) == 11
    assert min(heights) >= 44
    cut_off = "nodes => nodes.filter(n => n.scrollWidth > n.clientWidth).length"
    assert phone.find(".log, .card, .choices .chip").evaluate_all(cut_off) == 0


def test_on_a_phone_tab_stays_inside_the_panel(phone: Widget) -> None:
    for _ in range(12):
        phone.page.keyboard.press("Tab")
        assert phone.page.evaluate("document.activeElement.tagName") == "BELLHOP-CHAT"


def test_nothing_moves_where_motion_is_unwanted(themed: Widget) -> None:
    moving = (
        "[...Bellhop.shadowRoot.querySelectorAll('*')].filter(n => getComputedStyle(n).animationName !== 'none').length"
    )
    assert themed.page.evaluate(moving) == 0
    assert themed.page.evaluate("Bellhop.shadowRoot.getAnimations().length") == 0


def test_the_newest_message_stays_in_view_when_the_box_grows(widget: Widget) -> None:
    for number in range(8):
        widget.say(f"message {number}")
    widget.find(".field").fill("one\ntwo\nthree\nfour\nfive")
    widget.page.wait_for_timeout(150)
    assert widget.find(".log").evaluate("n => n.scrollHeight - n.scrollTop - n.clientHeight") < 5


def test_a_reader_who_has_scrolled_up_is_not_pulled_down(widget: Widget) -> None:
    for number in range(10):
        widget.say(f"message {number}")
    widget.find(".log").evaluate("n => n.scrollTop = 0")
    widget.page.wait_for_timeout(100)
    widget.server.say(Reply("Down here."))
    widget.find(".jump").click()
    assert widget.find(".log").evaluate("n => n.scrollHeight - n.scrollTop - n.clientHeight") < 5
    assert widget.find(".jump").is_hidden()
