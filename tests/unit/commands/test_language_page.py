"""The page of figures stands by itself and shows what customers wrote without becoming part of the page."""

from __future__ import annotations

import re

from bot.commands.language_figures import Line, Understood, figures
from bot.commands.language_page import language_page, language_text

MEASURED = figures(
    [
        Understood(Line("<script>alert(1)</script>", ("invoice",), "shop:bill"), "greet", 0.9),
        Understood(Line("hello", ("greet",), "shop:hello"), "greet", 0.9),
        Understood(Line("who won the cup", ("out_of_scope",), "other:oos"), "out_of_scope", 0.9),
    ]
)


def test_the_page_fetches_nothing() -> None:
    page = language_page(MEASURED, "Title")
    assert not re.search(r"""(src|href)\s*=|@import|url\(""", page)


def test_what_customers_wrote_stays_text() -> None:
    page = language_page(MEASURED, "Title & more")
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "Title &amp; more" in page


def test_the_picture_has_a_square_for_every_pair_that_occurs() -> None:
    page = language_page(MEASURED, "Title")
    assert page.count("<title>") == 1 + len(MEASURED.matrix)
    assert "invoice → greet: 1 of 1" in page


def test_the_table_names_every_figure_asked_for() -> None:
    text = language_text(MEASURED, "Title")
    assert re.search(r"^macro +50\.0 %", text, re.MULTILINE)
    assert "out of scope: 100.0 % refused; of the others 0.0 % refused" in text
    assert "1 × invoice → greet" in text
