"""The library notices edits, and what is broken never takes down what was good."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.knowledge.library import Library
from tests.support.articles import write_article


def touched(path: Path) -> Path:
    """Make sure that the time of change differs, however fast the test is."""
    state = path.stat()
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns + 1_000_000))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_article(tmp_path, "returns", "Within 30 days.")
    return tmp_path


def titles(library: Library) -> dict[str, str]:
    return {f"{language}/{slug}": article.title for (language, slug), article in library.shelf.articles.items()}


def test_nothing_has_changed_until_something_has(folder: Path) -> None:
    library = Library(folder)
    assert [library.refresh(), library.refresh()] == [True, False]


def test_an_edit_an_addition_and_a_removal_are_noticed(folder: Path) -> None:
    library = Library(folder)
    library.refresh()
    touched(write_article(folder, "returns", "Within 60 days.", title="New title"))
    write_article(folder, "payment", "By card.")
    assert library.refresh()
    assert titles(library) == {"en/returns": "New title", "en/payment": "Payment"}
    (folder / "payment.md").unlink()
    assert library.refresh()
    assert titles(library) == {"en/returns": "New title"}


def test_a_broken_edit_keeps_the_last_good_version_and_is_logged_once(folder: Path) -> None:
    library = Library(folder)
    library.refresh()
    touched(write_article(folder, "returns", "Within 60 days.", topic="teapots"))
    with capture_logs() as logs:
        library.refresh()
        library.refresh()
        write_article(folder, "payment", "By card.")
        library.refresh()
    assert titles(library) == {"en/returns": "Returns", "en/payment": "Payment"}
    assert library.shelf.articles["en", "returns"].passages[0].text == "Within 30 days."
    broken = [entry for entry in logs if entry["event"] == "article_broken"]
    assert [(entry["file"], entry["line"]) for entry in broken] == [("data/articles/returns.md", 4)]


def test_a_new_article_that_is_broken_is_left_out(folder: Path) -> None:
    write_article(folder, "payment", "By card.", title="")
    library = Library(folder)
    library.refresh()
    assert titles(library) == {"en/returns": "Returns"}


def test_a_folder_that_is_missing_holds_no_articles(tmp_path: Path) -> None:
    library = Library(tmp_path / "none")
    library.refresh()
    assert (titles(library), library.problems()) == ({}, [])


def test_a_translation_comes_first_and_english_stands_in(folder: Path) -> None:
    write_article(folder, "returns", "Within 30 days.", languages="[en, de]")
    write_article(folder, "payment", "By card.")
    write_article(folder, "de/returns", "Innerhalb von 30 Tagen.", title="Rückgabe")
    library = Library(folder)
    library.refresh()
    assert sorted(article.title for article in library.shelf.in_language("de")) == ["Payment", "Rückgabe"]
    german = library.shelf.get("returns", "de")
    assert german is not None
    assert (german.language, german.topic, german.languages) == ("de", "returns", ("en", "de"))
    assert library.shelf.languages == ("en", "de")
    assert library.problems() == []


PROBLEMS = [
    (("returns", "x", {"languages": "[en, de]"}), "data/articles/returns.md:1: languages lists what is not there"),
    (("de/returns", "x", {}), "data/articles/returns.md:1: languages lacks de"),
    (("de/payment", "x", {}), "data/articles/de/payment.md:1: translates data/articles/payment.md, which is not there"),
    (("payment", "a\n\n[b](/help/teapots)", {}), "data/articles/payment.md:9: links to /help/teapots"),
    (("payment", "", {}), "data/articles/payment.md:7: the article has no text"),
]


@pytest.mark.parametrize(("article", "told"), PROBLEMS, ids=[told for _, told in PROBLEMS])
def test_what_does_not_fit_together_is_told(folder: Path, article: tuple[str, str, dict[str, str]], told: str) -> None:
    slug, body, front = article
    write_article(folder, slug, body, **front)
    (problem,) = Library(folder).problems()
    assert str(problem).startswith(told)


def test_a_file_that_is_no_text_is_told(folder: Path) -> None:
    (folder / "payment.md").write_bytes(b"---\n\xff\xfe")
    (problem,) = Library(folder).problems()
    assert "UTF-8" in str(problem)
