"""The folder of articles: reads it, notices edits, and keeps the last good version of what is broken. No search.

Files below `data/articles`: `<slug>.md` is English, `<code>/<slug>.md` a translation of it.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.knowledge.articles import DEFAULT_LANGUAGE, Article, ArticleError, read_article
from bot.knowledge.passages import links_in

log = structlog.get_logger(__name__)

_LANGUAGE_FOLDER = re.compile(r"[a-z]{2,3}")
Key = tuple[str, str]  # language and slug


@dataclass(frozen=True, slots=True)
class Shelf:
    """All articles as they were at one moment; a translation has its topic and languages from the original."""

    articles: Mapping[Key, Article]

    def get(self, slug: str, language: str) -> Article | None:
        """The article in that language, or else in English."""
        return self.articles.get((language, slug)) or self.articles.get((DEFAULT_LANGUAGE, slug))

    def in_language(self, language: str) -> tuple[Article, ...]:
        """Every article once: in that language where it exists, otherwise in English."""
        slugs = dict.fromkeys(slug for _, slug in self.articles)
        return tuple(article for slug in slugs if (article := self.get(slug, language)) is not None)

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages in which there is at least one article, English first."""
        found = sorted({language for language, _ in self.articles} - {DEFAULT_LANGUAGE})
        return (DEFAULT_LANGUAGE, *found)


@dataclass(frozen=True, slots=True)
class _Kept:
    stamp: tuple[int, int]  # time of the last change, and size
    article: Article | None  # the last good version
    error: ArticleError | None


class Library:
    """Reads the folder again where files have changed. Not for two threads at once.

    Args:
        folder: usually `data/articles`; one that is missing holds no articles.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[Path, _Kept] = {}
        self._told: frozenset[str] = frozenset()
        self.shelf = Shelf({})

    def refresh(self) -> bool:
        """Look for edits; True where the shelf has changed. What is wrong is logged once."""
        found = dict(self._stamps())
        changed = {path for path, stamp in found.items() if path not in self._kept or self._kept[path].stamp != stamp}
        removed = self._kept.keys() - found.keys()
        if not changed and not removed:
            return False
        for path in removed:
            del self._kept[path]
        for path in changed:
            self._kept[path] = self._read(path, found[path])
        self.shelf, misplaced = _shelved([kept.article for kept in self._kept.values() if kept.article])
        self._tell([*(kept.error for kept in self._kept.values() if kept.error), *misplaced])
        return True

    def problems(self) -> list[ArticleError]:
        """Everything that is wrong with the articles, for those who can mend it: strict, unlike `refresh`."""
        found = [self._read(path, stamp) for path, stamp in self._stamps()]
        errors = [kept.error for kept in found if kept.error]
        articles = [kept.article for kept in found if kept.article and not kept.error]
        broken = {Path(error.file).stem for error in errors}
        shelf, misplaced = _shelved(articles)
        errors += [error for error in misplaced if Path(error.file).stem not in broken]
        errors += [error for error in _dead_links(shelf) if Path(error.file).stem not in broken]
        return sorted(errors, key=lambda error: (error.file, error.line))

    def _stamps(self) -> Iterator[tuple[Path, tuple[int, int]]]:
        for path in sorted([*self._folder.glob("*.md"), *self._folder.glob("*/*.md")]):
            if path.parent != self._folder and not _LANGUAGE_FOLDER.fullmatch(path.parent.name):
                continue
            try:
                state = path.stat()
            except OSError:  # gone since it was listed
                continue
            yield path, (state.st_mtime_ns, state.st_size)

    def _read(self, path: Path, stamp: tuple[int, int]) -> _Kept:
        language = DEFAULT_LANGUAGE if path.parent == self._folder else path.parent.name
        before = self._kept.get(path)
        try:
            return _Kept(stamp, read_article(path, language=language, file=self._shown(path)), None)
        except ArticleError as error:
            return _Kept(stamp, before.article if before else None, error)

    def _shown(self, path: Path) -> str:
        return f"data/articles/{path.relative_to(self._folder).as_posix()}"

    def _tell(self, errors: list[ArticleError]) -> None:
        told = {str(error): error for error in errors}
        for text in told.keys() - self._told:
            error = told[text]
            log.warning("article_broken", file=error.file, line=error.line, reason=error.reason)
        self._told = frozenset(told)


def _shelved(articles: list[Article]) -> tuple[Shelf, list[ArticleError]]:
    """Originals and translations put together, and what does not fit."""
    by_key = {(article.language, article.slug): article for article in articles}
    errors: list[ArticleError] = []
    for (language, slug), article in list(by_key.items()):
        if language == DEFAULT_LANGUAGE:
            missing = [code for code in article.languages or () if (code, slug) not in by_key]
            where = ", ".join(f"data/articles/{code}/{slug}.md" for code in missing)
            if missing:
                errors.append(ArticleError(article.file, 1, f"languages lists what is not there: {where}"))
            continue
        original = by_key.get((DEFAULT_LANGUAGE, slug))
        if original is None:
            errors.append(ArticleError(article.file, 1, f"translates data/articles/{slug}.md, which is not there"))
            del by_key[language, slug]
            continue
        if language not in (original.languages or ()):
            errors.append(
                ArticleError(original.file, 1, f"languages lacks {language}, of which there is {article.file}")
            )
        by_key[language, slug] = dataclasses.replace(article, topic=original.topic, languages=original.languages)
    return Shelf(by_key), errors


def _dead_links(shelf: Shelf) -> Iterator[ArticleError]:
    slugs = {slug for _, slug in shelf.articles}
    for article in shelf.articles.values():
        for line, address in links_in(article.body):
            target = address.partition("#")[0].partition("?")[0]
            if target.startswith("/help/") and target.removeprefix("/help/") not in slugs:
                reason = f"links to {address}, which is no article"
                yield ArticleError(article.file, article.body_line + line - 1, reason)
