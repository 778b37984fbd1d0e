"""Markdown becomes passages that read well in a chat, and HTML that can do no harm."""

from __future__ import annotations

import pytest

from bot.knowledge.passages import LONGEST_PASSAGE, as_html, links_in, passages_of


def only(body: str) -> str:
    (passage,) = passages_of(body, "Title")
    return passage.text


PLAIN = [
    ("**Bold**, *italics* and `code`.", "Bold, italics and code."),
    ("See [returns](/help/returns).", "See returns."),
    ("One line\nand the next.", "One line and the next."),
    ("- one\n- two", "• one\n• two"),
    ("1. one\n2. two", "1. one\n2. two"),
    ("- one\n  - deeper\n- two", "• one\n  • deeper\n• two"),
    ("| Service | Price |\n|---|---|\n| Standard | £3.95 |", "• Standard: £3.95"),
    ("| Service | Price | Days |\n|---|---|---|\n| Standard | £3.95 | 3–5 |", "• Standard: Price: £3.95; Days: 3–5"),
    ("### Small\n\nText.", "Small\n\nText."),
    ("> Quoted.", "Quoted."),
]


@pytest.mark.parametrize(("body", "text"), PLAIN)
def test_markdown_reads_as_plain_text(body: str, text: str) -> None:
    assert only(body) == text


def test_each_section_is_a_passage_with_its_address() -> None:
    found = passages_of("Before.\n\n## How long?\n\nShort.\n\n## Größe\n\nKlein.", "Title")
    assert [(passage.heading, passage.anchor) for passage in found] == [
        (None, ""),
        ("How long?", "how-long"),
        ("Größe", "größe"),
    ]


def test_a_long_section_is_cut_between_its_paragraphs() -> None:
    paragraph = "Words and more words. " * 20
    found = passages_of(f"## Long\n\n{paragraph}\n\n{paragraph}\n\n{paragraph}", "Title")
    assert [passage.heading for passage in found] == ["Long"] * 3
    assert all(len(passage.text) <= LONGEST_PASSAGE for passage in found)


def test_html_is_shown_and_never_obeyed() -> None:
    assert "<script>" not in as_html("<script>alert(1)</script>")


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "vbscript:x"])
def test_a_link_to_a_program_is_none(address: str) -> None:
    assert "href" not in as_html(f"[click]({address})")


def test_headings_have_the_addresses_of_their_passages() -> None:
    assert '<h2 id="what-it-costs">' in as_html("## What it *costs*\n\nNothing.")


def test_links_are_told_with_their_lines() -> None:
    assert list(links_in("One.\n\n[two](/help/two)")) == [(3, "/help/two")]
