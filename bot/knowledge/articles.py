"""Help articles as typed values, parsed from Markdown with front matter; no search, and nothing of the network.

KnowledgeError
└── ArticleError    a file that is no article; says file, line and reason
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from bot.knowledge.passages import Passage, body_problem, passages_of

DEFAULT_LANGUAGE = "en"
TOPICS = (
    "shipping", "ordering", "changes", "cancellation", "returns", "refunds", "exchanges", "order_problems", "warranty",
    "payment", "invoices", "promotions", "gift_cards", "membership", "account", "privacy", "products", "sizes", "care",
    "reviews", "site", "contact",
)  # fmt: skip
LONGEST_TITLE = 80
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FENCE = re.compile(r"---\s*")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_KEYS = ("title", "topic", "languages", "updated", "questions")


class KnowledgeError(Exception):
    """Root of what this package raises."""


class ArticleError(KnowledgeError):
    """A file that is no article.

    Args:
        file: as people know it, below the project.
    """

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}")
        self.file = file
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Asked:
    """How people ask for something: `section` is the heading that answers it, or the title for the opening.

    None: whichever passage lies nearest.
    """

    text: str
    section: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One article in one language. A translation has `topic` and `languages` from the original; alone, None."""

    slug: str
    language: str
    title: str
    topic: str | None
    languages: tuple[str, ...] | None
    updated: date
    questions: tuple[Asked, ...]
    passages: tuple[Passage, ...]
    body: str  # Markdown
    file: str
    body_line: int  # of the file, for what is wrong further down


def parse_article(text: str, *, slug: str, language: str, file: str) -> Article:
    """Read one article.

    Args:
        file: the name that errors give.

    Raises:
        ArticleError: the first thing that is wrong.
    """
    return _Reader(text, slug, language, file).article()


def read_article(path: Path, *, language: str, file: str) -> Article:
    """Read one article from its file.

    Raises:
        ArticleError: unreadable, or wrong.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ArticleError(file, 1, "is no UTF-8 text; save it as UTF-8") from error
    except OSError as error:
        raise ArticleError(file, 1, f"cannot be read: {error.strerror}") from error
    return parse_article(text, slug=path.stem, language=language, file=file)


class _Reader:
    """Reads one file; every check raises with its line."""

    def __init__(self, text: str, slug: str, language: str, file: str) -> None:
        self._lines = text.splitlines()
        self._slug = slug
        self._language = language
        self._file = file
        self._front: CommentedMap = CommentedMap()

    def article(self) -> Article:
        if not _SLUG.fullmatch(self._slug):
            raise self._wrong(1, f"{self._slug!r} is no slug; name the file with small letters, digits and hyphens")
        end = self._end_of_front_matter()
        self._front = self._parsed("\n".join(self._lines[1:end]))
        for key in self._front:
            if key not in _KEYS:
                raise self._wrong(self._line(key), f"{key!r} is no key of an article; there are {', '.join(_KEYS)}")
        body = "\n".join(self._lines[end + 1 :])
        title = self._title()
        if problem := body_problem(body):
            raise self._wrong(end + 1 + problem[0], problem[1])
        passages = passages_of(body, title)
        return Article(
            slug=self._slug,
            language=self._language,
            title=title,
            topic=self._topic(),
            languages=self._languages(),
            updated=self._updated(),
            questions=self._questions(title, passages),
            passages=passages,
            body=body,
            file=self._file,
            body_line=end + 2,
        )

    def _end_of_front_matter(self) -> int:
        if not self._lines or not _FENCE.fullmatch(self._lines[0]):
            raise self._wrong(1, "an article begins with front matter: a line ---, its keys, and a line ---")
        for number, line in enumerate(self._lines[1:], 1):
            if _FENCE.fullmatch(line):
                return number
        raise self._wrong(1, "the front matter has no end; close it with a line ---")

    def _parsed(self, front: str) -> CommentedMap:
        try:
            loaded = YAML(typ="rt").load(front)
        except MarkedYAMLError as error:
            # A quotation mark that is never closed is noticed at the end only.
            mark = error.context_mark if "end of stream" in str(error.problem) else error.problem_mark
            line = mark.line + 2 if mark else 1
            raise self._wrong(line, f"the front matter is no valid YAML: {error.problem or error}") from error
        except (YAMLError, ValueError) as error:  # a date like 2026-13-40 is a ValueError
            raise self._wrong(2, f"the front matter is no valid YAML: {error}") from error
        if not isinstance(loaded, CommentedMap):
            raise self._wrong(2, "the front matter has no keys; it needs title, topic, languages and updated")
        return loaded

    def _title(self) -> str:
        title = self._required("title")
        if not isinstance(title, str) or not title.strip():
            raise self._wrong(self._line("title"), "title must be words; put it in quotes if it looks like a number")
        if len(title) > LONGEST_TITLE:
            raise self._wrong(self._line("title"), f"title has {len(title)} characters; at most {LONGEST_TITLE}")
        return title.strip()

    def _topic(self) -> str | None:
        if self._is_translation:
            self._refuse_inherited("topic")
            return None
        topic = self._required("topic")
        if topic not in TOPICS:
            raise self._wrong(self._line("topic"), f"{topic!r} is no topic; there are {', '.join(TOPICS)}")
        return str(topic)

    def _languages(self) -> tuple[str, ...] | None:
        if self._is_translation:
            self._refuse_inherited("languages")
            return None
        languages, line = self._required("languages"), self._line("languages")
        if not isinstance(languages, list) or not all(_is_language(code) for code in languages):
            raise self._wrong(line, "languages must be a list of codes like [en, de]")
        if DEFAULT_LANGUAGE not in languages:
            raise self._wrong(line, f"languages must hold {DEFAULT_LANGUAGE}, in which this file is")
        return tuple(dict.fromkeys(str(code) for code in languages))

    def _updated(self) -> date:
        updated = self._required("updated")
        if not isinstance(updated, date):
            raise self._wrong(self._line("updated"), f"updated must be a day like 2026-03-31, not {updated!r}")
        return date(updated.year, updated.month, updated.day)

    def _questions(self, title: str, passages: Sequence[Passage]) -> tuple[Asked, ...]:
        questions = self._front.get("questions")
        if questions is None:
            return ()
        line, sections = self._line("questions"), {title, *(passage.heading for passage in passages)}
        if not isinstance(questions, CommentedSeq):
            raise self._wrong(line, "questions must be a list of sentences")
        found: list[Asked] = []
        for number, item in enumerate(questions):
            for section, texts in item.items() if isinstance(item, dict) else ((None, [item]),):
                if section is not None and section not in sections:
                    where = int(questions.lc.item(number)[0]) + 2
                    raise self._wrong(where, f"{section!r} is no heading of this article, and not its title")
                if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
                    raise self._wrong(line, "questions must be a list of sentences, or of lists under a heading")
                found += [Asked(text.strip(), section) for text in texts]
        return tuple(found)

    def _required(self, key: str) -> Any:
        value = self._front.get(key)
        if value is None:
            raise self._wrong(self._line(key) if key in self._front else 1, f"{key} is missing in the front matter")
        return value

    def _refuse_inherited(self, key: str) -> None:
        if key in self._front:
            raise self._wrong(self._line(key), f"{key} stands in the English file; leave it out of a translation")

    @property
    def _is_translation(self) -> bool:
        return self._language != DEFAULT_LANGUAGE

    def _line(self, key: str) -> int:
        return int(self._front.lc.key(key)[0]) + 2  # counted from 0, below the first ---

    def _wrong(self, line: int, reason: str) -> ArticleError:
        return ArticleError(self._file, line, reason)


def _is_language(code: object) -> bool:
    return isinstance(code, str) and _LANGUAGE.fullmatch(code) is not None
