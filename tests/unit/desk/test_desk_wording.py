"""How texts, days and places are written on a conversation's page."""

from __future__ import annotations

from datetime import date
from html.parser import HTMLParser

import pytest

from bot.desk.wording import day_words, linked, place_words
from tests.e2e.widget.hostile import ADDRESSES, SCRIPTS


class Tags(HTMLParser):
    """All tags and the addresses of links that a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.attributes: set[str] = set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value or "" for name, value in attrs if name == "href"]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("see https://shop.example/a?b=1&c=2.", "https://shop.example/a?b=1&c=2"),
        ("(http://shop.example/x)", "http://shop.example/x"),
        ("https://shop.example/a_(b)", "https://shop.example/a_(b)"),
        ("HTTPS://SHOP.example/!", "HTTPS://SHOP.example/"),
        ('http://x.example/"onmouseover=alert(1)', "http://x.example/"),
    ],
)
def test_a_web_address_becomes_a_link(text: str, address: str) -> None:
    found = Tags(linked(text))
    assert found.addresses == [address]
    assert found.attributes == {"href", "target", "rel"}


@pytest.mark.parametrize("before", ["", "https://shop.example/", "https://shop.example/?q=", "\" ' > ", "</div>", "a "])
@pytest.mark.parametrize("payload", [*SCRIPTS, *ADDRESSES])
def test_whatever_else_is_written_is_text(before: str, payload: str) -> None:
    found = Tags(linked(before + payload))
    assert set(found.tags) <= {"a"}
    assert found.attributes <= {"href", "target", "rel"}
    assert all(address.lower().startswith(("http://", "https://")) for address in found.addresses)


def test_a_link_shows_where_it_leads() -> None:
    assert ">https://shop.example/gpj.exe</a>" in linked("https://shop.example/\u202egpj.exe")


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 3, 4), "Today"),
        (date(2026, 3, 3), "Yesterday"),
        (date(2026, 3, 1), "Sunday 1 March"),
        (date(2025, 12, 24), "Wednesday 24 December 2025"),
    ],
)
def test_days_are_told_as_people_say_them(day: date, words: str) -> None:
    assert day_words(day, date(2026, 3, 4)) == words


def test_a_place_is_told_by_its_name_or_by_numbers() -> None:
    assert place_words({"latitude": 53.9, "longitude": -1.08, "title": "The Minster"}) == "The Minster"
    assert place_words({"latitude": 53.9, "longitude": -1.08}) == "53.90000, -1.08000"
