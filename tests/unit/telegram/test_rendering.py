"""What messages, cards and buttons look like on Telegram."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.languages.languages import shipped_languages
from bot.settings import ROOT
from channels.telegram.pictures import Pictures
from channels.telegram.rendering import FilePart, PhotoPart, TextPart, render
from channels.telegram.texts import entities, plain, styled, units
from tests.support.telegram_messages import WORDS, drawn, field, item, offered, scores, shown

SHOP = "https://shop.example"
NONE = Pictures(None, SHOP)
PNG = b"\x89PNG\r\n\x1a\n"

ORDER = drawn(
    title="Order W4827310",
    badge={"text": "On its way", "tone": "info"},
    fields=[
        field("Ordered", "24 February 2026"),
        field("Tracking", "RM 1234", "https://track.example/RM1234"),
        field("Delivery address", "14 Mill Lane\nLeeds LS1 4AB"),
    ],
    items=[item("Heron backpack", "colour: slate", "£86.00"), item("Wader wool socks", None, "£20.00")],
    total="£106.00",
)


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    (tmp_path / "images").mkdir()
    for name in ("lamp.svg", "lamp.png", "pan.svg", "a b.jpg"):
        (tmp_path / "images" / name).write_bytes(PNG)
    return Pictures(tmp_path, SHOP)


def only(parts: tuple[Any, ...]) -> Any:
    (part,) = parts
    return part


def marked(part: TextPart, kind: str) -> list[str]:
    """The words that look like `kind`."""
    return [part.words.text[span.start : span.end] for span in part.words.spans if span.kind == kind]


def test_an_order_is_a_short_letter_with_its_state_on_top() -> None:
    part = only(render(shown("Here it is.", cards=(ORDER,)), WORDS, NONE, SHOP))
    assert part.words.text == (
        "Here it is.\n"
        "\n"
        "Order W4827310\n"
        "🚚 On its way\n"
        "\n"
        "Ordered: 24 February 2026\n"
        "Tracking: RM 1234\n"
        "Delivery address: 14 Mill Lane\n"
        "Leeds LS1 4AB\n"
        "\n"
        "• Heron backpack · £86.00\n"
        "   colour: slate\n"
        "• Wader wool socks · £20.00\n"
        "Total: £106.00"
    )
    assert marked(part, "bold") == ["Order W4827310", "£86.00", "£20.00", "Total: £106.00"]
    assert marked(part, "text_link") == ["RM 1234"]
    assert "https://track.example/RM1234" in [entity.get("url") for entity in entities(part.words)]


def test_a_product_says_what_it_comes_in_before_its_facts() -> None:
    card = drawn(
        "product",
        title="Hush headphones",
        badge={"text": "In stock", "tone": "good"},
        items=[item("graphite, cream", None, "£149.00")],
        fields=[field("Product page", "See it in the shop", "/products/mf-301")],
    )
    part = only(render(shown(cards=(card,)), WORDS, NONE, SHOP))
    assert part.words.text == (
        "Hush headphones\n✅ In stock\ngraphite, cream · £149.00\n\nProduct page: See it in the shop"
    )
    assert [entity["url"] for entity in entities(part.words) if "url" in entity] == [f"{SHOP}/products/mf-301"]


def test_a_summary_strikes_out_what_was_and_stresses_what_will_be() -> None:
    card = drawn("summary", title="Exchange", items=[item("Jumper", "navy, M → navy, L", "£64.00")])
    part = only(render(shown("Shall I?", cards=(card,)), WORDS, NONE, SHOP))
    assert marked(part, "strikethrough") == ["navy, M"]
    assert "navy, L" in marked(part, "bold")


@pytest.mark.parametrize(
    ("kind", "tone", "fields", "mark"),
    [
        ("order", "good", [], "✅"),
        ("order", "info", [], "📦"),
        ("order", "info", [field("Tracking", "RM 1", "https://track.example/1")], "🚚"),
        ("order", "warn", [], "🔄"),
        ("order", "bad", [], "❌"),
        ("order", "new", [], "📦"),
        ("product", "good", [], "✅"),
        ("product", "info", [], "🔹"),
        ("product", "warn", [], "⏳"),
        ("other", None, [], "🔹"),
    ],
)
def test_the_sign_before_a_state_has_its_tone(kind: str, tone: str | None, fields: list[Any], mark: str) -> None:
    card = drawn(kind, badge={"text": "Somehow", "tone": tone}, fields=fields)
    assert f"{mark} Somehow" in only(render(shown(cards=(card,)), WORDS, NONE, SHOP)).words.text


def test_an_order_that_is_on_its_way_has_the_same_sign_in_a_list() -> None:
    card = drawn(badge={"text": "On its way", "tone": "info"})
    assert "🚚 On its way" in only(render(shown(cards=(card,)), WORDS, NONE, SHOP)).words.text


def test_articles_that_come_close_are_a_list_of_links() -> None:
    near = [field("", "Delivery times", "/help/a"), field("Holidays", "Storms: do we deliver?", "/help/b")]
    card = drawn("article", title="These come closest", fields=near)
    part = only(render(shown(cards=(card,)), WORDS, NONE, SHOP))
    assert part.words.text == "These come closest\n\n• Delivery times\n• Storms: do we deliver? · Holidays"
    assert marked(part, "text_link") == ["Delivery times", "Storms: do we deliver?"]


def test_several_cards_are_one_message_and_closer_together() -> None:
    cards = [drawn(title=f"Order {n}", fields=[field("Ordered", "Monday")], total="£1.00") for n in (1, 2)]
    part = only(render(shown("Two orders:", cards=tuple(cards)), WORDS, NONE, SHOP))
    assert part.words.text == (
        "Two orders:\n\nOrder 1\nOrdered: Monday\nTotal: £1.00\n\nOrder 2\nOrdered: Monday\nTotal: £1.00"
    )


@pytest.mark.parametrize(
    ("href", "shown_as"),
    [
        ("http://localhost:8080/help/returns", "See (http://localhost:8080/help/returns)"),
        ("javascript:alert(1)", "See"),
        ("//elsewhere.example", "See"),
        (7, "See"),
    ],
)
def test_what_cannot_be_a_link_is_written_out_or_left_out(href: Any, shown_as: str) -> None:
    part = only(render(shown(cards=(drawn(fields=[field("", "See", href)]),)), WORDS, NONE, SHOP))
    assert part.words.text.endswith(f"\n{shown_as}")
    assert not marked(part, "text_link")


def test_a_card_full_of_nothing_is_shown_all_the_same() -> None:
    empty = {"kind": None, "title": None, "fields": [None, {}], "items": None, "badge": None, "total": None}
    assert only(render(shown(cards=(empty,)), WORDS, NONE, SHOP)).words.text == "…"


@pytest.mark.parametrize(("text", "stands_for_it"), [("", "…"), ("\u200b", "…"), ("Hi", "Hi")])
def test_a_message_always_says_something(text: str, stands_for_it: str) -> None:
    assert only(render(shown(text), WORDS, NONE, SHOP)).words.text == stands_for_it


def test_buttons_without_words_get_some() -> None:
    part = only(render(shown("", choices=offered("Yes")), WORDS, NONE, SHOP))
    assert part.words.text == "👇"


def test_a_colleague_is_named() -> None:
    part = only(render(shown("Hello!", author_kind="agent", author_name="Maya"), WORDS, NONE, SHOP))
    assert part.words.text == "Maya\nHello!"
    assert marked(part, "bold") == ["Maya"]


def test_what_the_customer_wrote_elsewhere_is_quoted_without_a_sound() -> None:
    part = only(render(shown("where is it", author_kind="customer"), WORDS, NONE, SHOP, copy=True))
    assert part.words.text == "You, on our website: “where is it”"
    assert part.arguments()["disable_notification"] is True


@pytest.mark.parametrize("response", ["utter_app_linked", "utter_app_linked_only", "utter_app_unlinked"])
def test_who_reads_along_from_now_on_is_heard_though_the_customer_wrote_elsewhere(response: str) -> None:
    said = replace(shown("Wasn't that you?", author_kind="system"), kind="notice", response=response)
    assert only(render(said, WORDS, NONE, SHOP, copy=True)).silent is False
    other = replace(said, response="utter_app_edit_unread")
    assert only(render(other, WORDS, NONE, SHOP, copy=True)).silent is True


def test_every_language_has_the_words_that_are_added() -> None:
    for code in shipped_languages().codes:
        labels = shipped_languages().labels(code)
        for name in ("total", "you_on_the_website", "share_my_number"):
            assert labels.say(name)


# -- pictures ---------------------------------------------------------------------------------------------------


def with_image(image: str | None, *, kind: str = "product", detail: str | None = None) -> dict[str, Any]:
    return drawn(kind, title="Lamp", items=[item("sand", detail, "£68.00", image)])


@pytest.mark.parametrize(
    ("image", "file", "url"),
    [
        ("/images/lamp.svg", "lamp.png", None),
        (f"{SHOP}/images/lamp.svg?v=2", "lamp.png", None),
        ("/images/a%20b.jpg", "a b.jpg", None),
        ("https://cdn.example/lamp.webp?w=600", None, "https://cdn.example/lamp.webp?w=600"),
        ("/images/other.png", None, f"{SHOP}/images/other.png"),
    ],
)
def test_a_thing_is_shown_with_its_picture(pictures: Pictures, image: str, file: str | None, url: str | None) -> None:
    part = only(render(shown("Look:", cards=(with_image(image),)), WORDS, pictures, SHOP))
    assert isinstance(part, PhotoPart)
    assert part.words.text == "Look:\n\nLamp\nsand · £68.00"
    assert (part.picture.file.name if part.picture.file else None, part.picture.url) == (file, url)


@pytest.mark.parametrize(
    "image",
    [
        None,
        "",
        "/images/pan.svg",
        "/images/../../etc/passwd.png.svg",
        "http://cdn.example/lamp.png",
        "https://cdn.example/lamp.svg",
        "https://cdn.example/la mp.png",
        "https://[::1",
        "//cdn.example/lamp.gif",
        "data:image/png;base64,AAAA",
        "images/lamp.png",
    ],
)
def test_what_telegram_takes_for_no_picture_is_text(pictures: Pictures, image: str | None) -> None:
    assert isinstance(only(render(shown(cards=(with_image(image),)), WORDS, pictures, SHOP)), TextPart)


def test_one_picture_does_not_stand_for_several_things(pictures: Pictures) -> None:
    two = drawn(items=[item("Lamp", image="/images/lamp.svg"), item("Pan", image="/images/lamp.svg")])
    lamp = with_image("/images/lamp.svg")
    assert isinstance(only(render(shown(cards=(two,)), WORDS, pictures, SHOP)), TextPart)
    assert isinstance(only(render(shown(cards=(lamp, lamp)), WORDS, pictures, SHOP)), TextPart)
    assert isinstance(
        only(render(shown(cards=(with_image("/images/lamp.svg", kind="summary"),)), WORDS, pictures, SHOP)), TextPart
    )


def test_long_words_before_a_picture_come_first(pictures: Pictures) -> None:
    parts = render(shown("word " * 300, cards=(with_image("/images/lamp.svg"),)), WORDS, pictures, SHOP)
    assert [type(part) for part in parts] == [TextPart, PhotoPart]


def test_a_long_card_follows_its_picture_and_bears_the_buttons(pictures: Pictures) -> None:
    card = with_image("/images/lamp.svg", detail="word " * 300)
    parts = render(shown("Look:", cards=(card,), choices=offered("Yes")), WORDS, pictures, SHOP)
    assert [type(part) for part in parts] == [PhotoPart, TextPart]
    assert [part.keyboard is not None for part in parts] == [False, True]


# -- buttons ----------------------------------------------------------------------------------------------------


def rows(*titles: str) -> list[list[str]]:
    part = only(render(shown("?", choices=offered(*titles)), WORDS, NONE, SHOP))
    return [[key["text"] for key in row] for row in part.keyboard["inline_keyboard"]]


@pytest.mark.parametrize(
    ("titles", "laid_out"),
    [
        (["Yes", "No"], [["Yes", "No"]]),
        (["S", "M", "L", "XL", "XXL"], [["S", "M", "L"], ["XL", "XXL"]]),
        (["Yes, do it", "No"], [["Yes, do it", "No"]]),
        (["Where is my order?", "Something else"], [["Where is my order?"], ["Something else"]]),
        (
            ["navy", "A title that fills the row", "red", "blue"],
            [["navy"], ["A title that fills the row"], ["red", "blue"]],
        ),
        (["日本語の長い題名", "二"], [["日本語の長い題名"], ["二"]]),
    ],
)
def test_short_titles_stand_side_by_side(titles: list[str], laid_out: list[list[str]]) -> None:
    assert rows(*titles) == laid_out


def test_the_scores_of_a_rating_are_one_row() -> None:
    part = only(render(shown("How was it?", kind="rating", choices=scores()), WORDS, NONE, SHOP))
    assert [[key["text"] for key in row] for row in part.keyboard["inline_keyboard"]] == [["1", "2", "3", "4", "5"]]


def test_a_title_that_shows_nothing_is_its_value_or_a_mark() -> None:
    choices = ({"id": "a", "title": "\u200b", "value": "mf-101"}, {"id": "b", "title": ""})
    part = only(render(shown("?", choices=choices), WORDS, NONE, SHOP))
    assert [key["text"] for row in part.keyboard["inline_keyboard"] for key in row] == ["mf-101", "…"]


@pytest.mark.parametrize("titles", [["x"] * 250, ["a long title " * 15] * 90])
def test_what_is_too_much_for_one_keyboard_makes_another(titles: list[str]) -> None:
    parts = render(shown("Which?", choices=offered(*titles)), WORDS, NONE, SHOP)
    keys = [[key for row in part.keyboard["inline_keyboard"] for key in row] for part in parts]
    assert [key["text"] for some in keys for key in some] == [title.strip() for title in titles]
    assert all(len(some) <= 100 and sum(len(key["text"]) for key in some) <= 6000 for some in keys)
    assert [part.words.text for part in parts] == ["Which?", *["👇"] * (len(parts) - 1)]


def test_buttons_stand_under_the_last_part_of_a_long_text() -> None:
    parts = render(shown("A sentence. " * 800, choices=offered("Yes")), WORDS, NONE, SHOP)
    assert [part.keyboard is not None for part in parts] == [False, False, True]
    assert all(units(part.words.text) <= 4096 for part in parts)


def test_without_formatting_links_are_written_out() -> None:
    text = styled("Order", "bold") + styled(" page", "text_link", "https://x.example") + styled("!", "bold")
    assert plain(text).text == "Order page (https://x.example)!"


def test_every_product_of_the_demo_has_a_small_picture() -> None:
    demo = Pictures(ROOT / "channels" / "web" / "pages", SHOP)
    for product in json.loads((ROOT / "data" / "shop" / "catalogue.json").read_text(encoding="utf-8")):
        picture = demo.find(product["image"])
        assert picture is not None, product["name"]
        assert picture.file is not None, product["name"]
        assert picture.file.read_bytes().startswith(PNG)
        assert picture.file.stat().st_size < 15_000


def file_card(name: str = "label.pdf", media_type: str = "application/pdf", size: int = 2048) -> dict[str, Any]:
    return {"kind": "file", "attachment": f"id of {name}", "title": name, "media_type": media_type, "size": size}


def test_a_file_goes_with_the_words_of_the_person_who_sends_it() -> None:
    said = shown("Here it is.", author_kind="agent", author_name="Robin", cards=(file_card(),))
    (part,) = render(said, WORDS, NONE, SHOP)
    assert isinstance(part, FilePart)
    assert (part.method, part.field, part.attachment_id, part.name) == (
        "sendDocument",
        "document",
        "id of label.pdf",
        "label.pdf",
    )
    assert part.arguments()["caption"] == "Robin\nHere it is."
    assert marked(part, "bold") == ["Robin"]


def test_each_file_is_a_part_and_words_too_long_for_a_caption_come_first() -> None:
    cards = tuple(file_card(name) for name in ("a.pdf", "b.pdf"))
    first, *files = render(shown("word " * 300, cards=cards), WORDS, NONE, SHOP)
    assert isinstance(first, TextPart)
    assert [part.arguments()["caption"] for part in files] == [None, None]
    assert len(render(shown("short", cards=cards), WORDS, NONE, SHOP)) == 2


@pytest.mark.parametrize(
    ("media_type", "size", "method"),
    [
        ("image/png", 10 * 2**20, "sendPhoto"),
        ("image/png", 10 * 2**20 + 1, "sendDocument"),
        ("image/gif", 100, "sendDocument"),
        ("image/svg+xml", 100, "sendDocument"),
        ("application/pdf", 100, "sendDocument"),
    ],
)
def test_a_picture_that_telegram_takes_as_one_is_shown_as_one(media_type: str, size: int, method: str) -> None:
    (part,) = render(shown("", cards=(file_card("x", media_type, size),)), WORDS, NONE, SHOP)
    assert part.method == method


def test_buttons_and_silence_go_with_the_last_file() -> None:
    said = shown("Look", cards=(file_card("a"), file_card("b")), choices=offered("Yes"))
    first, last = render(said, WORDS, NONE, SHOP, copy=True)
    assert (first.keyboard, bool(last.keyboard)) == (None, True)
    assert first.silent
    assert last.silent


def test_several_products_are_names_that_lead_to_their_pages() -> None:
    page = [field("Product page", "Open", "/shop/lamp"), field("Delivery", "2 days")]
    cards = [drawn("product", title=name, items=[item(name, None, "£68.00")], fields=page) for name in ("Lamp", "Rug")]
    part = only(render(shown("Two:", cards=tuple(cards)), WORDS, NONE, SHOP))
    assert "Product page" not in part.words.text
    assert part.words.text.count("Delivery: 2 days") == 2
    assert marked(part, "text_link") == ["Lamp", "Rug"]
    alone = only(render(shown("One:", cards=(cards[0],)), WORDS, NONE, SHOP))
    assert "Product page: Open" in alone.words.text
