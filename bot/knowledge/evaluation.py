"""Measures how well articles answer, by questions with the article that is right and questions that none answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bot.knowledge.answers import Articles
from bot.knowledge.articles import DEFAULT_LANGUAGE, KnowledgeError
from bot.knowledge.search import Found


class QuestionsError(KnowledgeError):
    """The file of questions cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `articles` are the slugs that are right; none: no article answers it.

    `topic` is what the question would be known to be about.
    """

    text: str
    language: str
    articles: tuple[str, ...]
    topic: str | None
    section: str | None = None  # the heading that is right, or the article's title for its opening; None: any


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found for a question."""

    question: Question
    slugs: tuple[str, ...]  # of the best articles, the best first
    score: float
    answered: bool
    section: str | None = None  # what was found first is from

    @property
    def first(self) -> bool:
        right = bool(self.slugs) and self.slugs[0] in self.question.articles
        return right and self.question.section in (None, self.section)

    @property
    def among_three(self) -> bool:
        return any(slug in self.question.articles for slug in self.slugs[:3])


@dataclass(frozen=True, slots=True)
class Figures:
    """How it went. Shares are of the questions that an article answers, but for `false_answers`."""

    questions: int
    recall_at_1: float
    recall_at_3: float
    answered_rightly: float
    answered_wrongly: float
    not_answered: float
    unanswerable: int
    false_answers: float  # share of the unanswerable that were answered all the same


def read_questions(path: Path, articles: Articles) -> list[Question]:
    """Read the file.

    Raises:
        QuestionsError: unreadable, or it names an article that is not there.
    """
    try:
        content = YAML(typ="safe").load(path)
        questions = [*_answered(content["answered"], articles), *_unanswered(content["unanswered"])]
    except (OSError, YAMLError) as error:
        raise QuestionsError(f"{path} cannot be read: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise QuestionsError(f"{path} is not written as docs/knowledge.md says ({error!r})") from error
    return questions


async def ask_all(articles: Articles, questions: Sequence[Question], *, with_topics: bool) -> list[Outcome]:
    """Ask every question, with the topic it would be known to be about or without."""
    outcomes = []
    for question in questions:
        topics = (question.topic,) if with_topics and question.topic else ()
        outcomes.append(_outcome(question, await articles.find(question.text, question.language, topics)))
    return outcomes


def figures(outcomes: Sequence[Outcome]) -> Figures:
    """Sum up."""
    known = [outcome for outcome in outcomes if outcome.question.articles]
    others = [outcome for outcome in outcomes if not outcome.question.articles]
    return Figures(
        questions=len(known),
        recall_at_1=_share(outcome.first for outcome in known),
        recall_at_3=_share(outcome.among_three for outcome in known),
        answered_rightly=_share(outcome.answered and outcome.first for outcome in known),
        answered_wrongly=_share(outcome.answered and not outcome.first for outcome in known),
        not_answered=_share(not outcome.answered for outcome in known),
        unanswerable=len(others),
        false_answers=_share(outcome.answered for outcome in others),
    )


def wrong(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """What went otherwise than it should, the surest first."""
    missed = [
        one for one in outcomes if one.answered != bool(one.question.articles) or (one.answered and not one.first)
    ]
    return sorted(missed, key=lambda outcome: -outcome.score)


def _outcome(question: Question, found: Sequence[Found]) -> Outcome:
    slugs = tuple(dict.fromkeys(one.article.slug for one in found))[:3]
    best = found[0] if found else None
    if best is None:
        return Outcome(question, slugs, 0.0, answered=False)
    return Outcome(question, slugs, best.score, best.answers, best.passage.heading or best.article.title)


def _answered(groups: Any, articles: Articles) -> Iterator[Question]:
    for group in groups:
        slugs = (group["article"], *group.get("or", ()))
        for slug in slugs:
            if articles.shelf.get(slug, DEFAULT_LANGUAGE) is None:
                raise QuestionsError(f"the questions name the article {slug!r}, which is not there")
        article = articles.shelf.get(slugs[0], DEFAULT_LANGUAGE)
        for text in group["questions"]:
            yield Question(
                str(text),
                group.get("language", DEFAULT_LANGUAGE),
                slugs,
                article.topic if article else None,
                group.get("section"),
            )


def _unanswered(groups: Any) -> Iterator[Question]:
    for group in groups:
        for text in group["questions"]:
            yield Question(str(text), group.get("language", DEFAULT_LANGUAGE), (), group.get("topic"))


def _share(hits: Iterator[bool]) -> float:
    counted = list(hits)
    return sum(counted) / len(counted) if counted else 0.0
