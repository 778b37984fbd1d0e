"""Articles are parsed into typed values; what is wrong is told with file, line and reason."""

from __future__ import annotations

from datetime import date

import pytest

from bot.knowledge.articles import Article, ArticleError, Asked, parse_article

GOOD = """---
title: Returning something
topic: returns
languages: [en, de]
updated: 2026-10-05
questions:
  - How do I send it back?
---
Send it back within 30 days.

## What it costs

Nothing.
"""


def parsed(text: str, slug: str = "returns", language: str = "en") -> Article:
    return parse_article(text, slug=slug, language=language, file=f"data/articles/{slug}.md")


def test_an_article_is_read_whole() -> None:
    article = parsed(GOOD)
    assert (article.slug, article.language, article.title) == ("returns", "en", "Returning something")
    assert (article.topic, article.languages, article.updated) == ("returns", ("en", "de"), date(2026, 10, 5))
    assert article.questions == (Asked("How do I send it back?"),)
    assert [(passage.heading, passage.text) for passage in article.passages] == [
        (None, "Send it back within 30 days."),
        ("What it costs", "Nothing."),
    ]


def test_a_translation_has_topic_and_languages_from_the_original() -> None:
    text = GOOD.replace("topic: returns\nlanguages: [en, de]\n", "")
    assert parsed(text, language="de").topic is None


WRONG = [
    ("", 1, "begins with front matter"),
    ("# Returns\n", 1, "begins with front matter"),
    ("---\ntitle: x\n", 1, "has no end"),
    ("---\n---\ntext", 2, "has no keys"),
    (GOOD.replace("title: Returning something\n", ""), 1, "title is missing"),
    (GOOD.replace("Returning something", "123"), 2, "title must be words"),
    (GOOD.replace("Returning something", "x" * 81), 2, "at most 80"),
    (GOOD.replace("topic: returns", "topic: teapots"), 3, "'teapots' is no topic"),
    (GOOD.replace("[en, de]", "en"), 4, "list of codes"),
    (GOOD.replace("[en, de]", "[English]"), 4, "list of codes"),
    (GOOD.replace("[en, de]", "[de]"), 4, "must hold en"),
    (GOOD.replace("2026-10-05", "last week"), 5, "a day like 2026-03-31"),
    (GOOD.replace("2026-10-05", "2026-13-40"), 2, "no valid YAML"),
    (GOOD.replace("updated:", "update:"), 5, "'update' is no key"),
    (GOOD.replace("title: Returning", 'title: "Returning'), 2, "no valid YAML"),
    (GOOD.replace("  - How do I send it back?", "  - 3"), 6, "list of sentences"),
    (GOOD.replace("## What", "# What"), 11, "a heading is ## or ###"),
    (GOOD.replace("Nothing.", "<b>Nothing</b>."), 13, "HTML is not allowed"),
    (GOOD.replace("Nothing.", "![a parcel](parcel.png)"), 13, "pictures are not allowed"),
    (GOOD.replace("Nothing.", ""), 11, "no text under this heading"),
    (GOOD + "\n## What it costs\n\nStill nothing.\n", 15, "twice"),
    (GOOD.partition("Send")[0], 9, "the article has no text"),
]


@pytest.mark.parametrize(("text", "line", "reason"), WRONG, ids=[reason for _, _, reason in WRONG])
def test_what_is_wrong_is_told_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(ArticleError, match=reason) as error:
        parsed(text)
    assert str(error.value).startswith(f"data/articles/returns.md:{line}: ")


def test_a_translation_that_repeats_the_topic_is_refused() -> None:
    with pytest.raises(ArticleError, match="stands in the English file"):
        parsed(GOOD, language="de")


def test_a_name_that_is_no_address_is_refused() -> None:
    with pytest.raises(ArticleError, match="no slug"):
        parsed(GOOD, slug="Returns & co")
