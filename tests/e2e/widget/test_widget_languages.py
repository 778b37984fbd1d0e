"""The widget's own words in the language of the page, and in English where it has no other."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from channels.web.widget.bundle import widget_script
from tests.e2e.widget.conftest import Widget
from tests.e2e.widget.fake_pages import WEB
from tests.e2e.widget.fake_server import FakeServer

LANGUAGES = WEB.parents[1] / "data" / "languages"


def shape(words: object) -> object:
    """Names and places of the values, without the words."""
    if isinstance(words, dict):
        return {name: shape(own) for name, own in words.items()}
    if isinstance(words, list):
        return [shape(own) for own in words]
    return sorted(set(re.findall(r"\{\d\}", str(words))))


def english() -> dict[str, object]:
    later = {"continue": literal("continue_words.js", "WAY"), "people": literal("people_words.js", "PEOPLE")}
    return literal("strings.js", "ENGLISH") | later


def literal(file: str, name: str) -> dict[str, object]:
    """An object of words in a module."""
    source = (WEB / "widget" / file).read_text(encoding="utf-8")
    literal = source.partition(f"{name} = ")[2].partition("};")[0] + "}"
    quoted = re.sub(r"^(\s*)(\w+):", r'\1"\2":', literal, flags=re.MULTILINE)
    return json.loads(re.sub(r",(\s*[}\]])", r"\1", quoted))  # type: ignore[no-any-return]


@pytest.mark.parametrize("file", sorted(LANGUAGES.glob("*/widget.json")), ids=lambda path: path.parent.name)
def test_every_language_has_all_words_with_the_same_places(file: Path) -> None:
    wanted, words = shape(english()), shape(json.loads(file.read_text(encoding="utf-8")))
    assert isinstance(words, dict)
    # A language may leave out the number where there is one of it.
    assert words.pop("launcherUnread") is not None
    assert isinstance(wanted, dict)
    wanted.pop("launcherUnread")
    assert words == wanted


def test_english_needs_no_second_file(widget: Widget) -> None:
    assert "/widget/strings/" in widget_script(WEB / "widget")
    loaded = widget.page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    assert not [name for name in loaded if "/strings/" in name]


@pytest.mark.parametrize(("language", "placeholder"), [("de-AT", "Nachricht"), ("es", "mensaje"), ("fr", "message")])
def test_a_page_in_another_language_gets_its_words(
    context, server: FakeServer, language: str, placeholder: str
) -> None:
    widget = Widget(context.new_page(), server).load(f"/blank?lang={language}").open()
    assert placeholder in (widget.find(".field").get_attribute("placeholder") or "")
    assert widget.find(".field").get_attribute("placeholder") != "Write a message…"
    widget.type("hallo")
    widget.find(".customer ~ .bot .bubble").first.wait_for()
    assert server.locales == [language]
    assert widget.errors == []


def test_a_language_without_words_is_english(context, server: FakeServer) -> None:
    widget = Widget(context.new_page(), server).load("/blank?lang=it").open()
    assert widget.find(".field").get_attribute("placeholder") == "Write a message…"


def test_the_page_may_use_the_widget_once_it_says_it_is_ready(context, server: FakeServer) -> None:
    page = context.new_page()
    page.add_init_script("addEventListener('bellhop:ready', () => Bellhop.open())")
    Widget(page, server).load("/blank?lang=de").find(".panel").wait_for()
