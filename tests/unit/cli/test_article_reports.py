"""What `bellhop articles` and `bellhop evaluate articles` print."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.commands.articles import articles_json, articles_text, measure, measured_json, measured_text
from bot.insights.articles import ArticleReport, ArticleUse, Gap
from bot.knowledge.encoding import EncoderUnavailable
from bot.knowledge.evaluation import QuestionsError
from bot.knowledge.library import Library
from tests.support.articles import FakeEncoder, write_article

ASKED = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
REPORT = ArticleReport(
    (ArticleUse("returns-policy", 12, 7, 2), ArticleUse("payment", 3, 0, 0)),
    (Gap(ASKED, "en", "to the\nmoon?\x1b[2J", "shipping_question", "c1"),),
)
QUESTIONS = """
answered:
  - article: returns
    questions: [how long can I return things]
unanswered:
  - topic: returns
    questions: [who won the match]
"""


def test_articles_and_gaps_are_a_table() -> None:
    assert articles_text(REPORT, ZoneInfo("Europe/London")).splitlines() == [
        "article         shown  helpful  not helpful",
        "returns-policy     12        7            2",
        "payment             3        0            0",
        "",
        "Questions that no article answered, the newest first:",
        "  2026-07-01 23:30  en   to the moon?[2J",
    ]


def test_nothing_yet_is_said() -> None:
    text = articles_text(ArticleReport((), ()), ZoneInfo("UTC"))
    assert "No article has been shown yet." in text
    assert "No unanswered questions." in text


def test_programs_get_the_same() -> None:
    told = json.loads(articles_json(REPORT))
    assert told["articles"][0] == {"slug": "returns-policy", "shown": 12, "helpful": 7, "not_helpful": 2}
    assert told["unanswered"][0]["asked_at"] == "2026-07-01T22:30:00+00:00"


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    write_article(tmp_path / "articles", "returns", "How long you can return things: 30 days.")
    path = tmp_path / "questions.yml"
    path.write_text(QUESTIONS)
    return path


async def test_questions_are_asked_and_summed_up(questions: Path, tmp_path: Path) -> None:
    rounds = await measure(Library(tmp_path / "articles"), FakeEncoder(), questions)
    told = json.loads(measured_json(rounds))["topic_known"]
    assert (told["questions"], told["unanswerable"]) == (1, 1)
    assert (told["recall_at_1"], told["false_answers"]) == (1.0, 0.0)
    assert "1 questions that an article answers, 1 that none does" in measured_text(rounds)


async def test_without_encoders_nothing_is_measured(questions: Path, tmp_path: Path) -> None:
    encoder = FakeEncoder()
    encoder.up = False
    with pytest.raises(EncoderUnavailable):
        await measure(Library(tmp_path / "articles"), encoder, questions)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (QUESTIONS.replace("article: returns", "article: teapots"), "'teapots', which is not there"),
        ("answered: []", "is not written as"),
        ("answered: [", "cannot be read"),
    ],
)
async def test_a_broken_file_of_questions_is_told(questions: Path, tmp_path: Path, text: str, told: str) -> None:
    questions.write_text(text)  # noqa: ASYNC240  # a test may wait for its own file
    with pytest.raises(QuestionsError, match=told):
        await measure(Library(tmp_path / "articles"), FakeEncoder(), questions)
