"""Answers questions from the articles: keeps library, vectors and indexes up to date, and asks them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import urlencode

import structlog

from bot.knowledge.articles import DEFAULT_LANGUAGE, Article
from bot.knowledge.encoding import (
    BATCH_SECONDS,
    Encoder,
    EncoderUnavailable,
    PatientOnce,
    VectorCache,
)
from bot.knowledge.library import Library, Shelf
from bot.knowledge.search import Found, PassageIndex

log = structlog.get_logger(__name__)

LOOK_EVERY_SECONDS = 1.0
RETRY_SECONDS = 10.0
# Turns are answered by the same engine: it gets passages in small portions, with room between them.
BATCH, BETWEEN_BATCHES_SECONDS = 4, 0.05
LONGEST_QUESTION = 1000  # characters
MOST_OTHERS = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """The passage that answers a question."""

    slug: str
    title: str
    heading: str | None
    passage: str
    url: str
    language: str  # of the text, which may be English though another was asked for
    score: float


class Articles:
    """The help articles as the rest of the product uses them.

    Args:
        encoder: makes vectors; without it words alone decide.
        base_url: the address customers use, without a final slash.
        languages: those of conversations, so that vectors are ready before the first question.
        clock: seconds that only go forward.
    """

    def __init__(
        self,
        library: Library,
        encoder: Encoder,
        vectors: VectorCache,
        base_url: str,
        *,
        languages: Collection[str] = (DEFAULT_LANGUAGE,),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._library = library
        self._encoder = encoder
        self._questions = PatientOnce(encoder, clock)
        self._vectors = vectors
        self._base_url = base_url
        self._languages = tuple(languages)
        self._clock = clock
        self._looked_at = float("-inf")
        self._looking = asyncio.Lock()
        self._indexes: dict[str, PassageIndex] = {}

    @property
    def shelf(self) -> Shelf:
        """All articles as of the last look."""
        return self._library.shelf

    async def answer(self, question: str, language: str, topics: Collection[str] = ()) -> Answer | None:
        """The passage that answers `question`, or None where none does.

        Args:
            language: in which it is asked; a passage that is not translated is found in English.
            topics: what the question is known to be about; articles on these come first.
        """
        found = await self.find(question, language, topics)
        return self._answer(found[0]) if found and found[0].answers else None

    async def certain_answer(self, question: str, language: str) -> Answer | None:
        """The passage that answers beyond doubt, for what was taken for none of the shop's business."""
        found = await self.find(question, language)
        return self._answer(found[0]) if found and found[0].certain else None

    async def others(self, question: str, language: str, slug: str | None = None) -> list[Answer]:
        """Where no answer was right: the articles that come closest, without `slug`, each with its best passage."""
        found: dict[str, Found] = {}
        for candidate in await self.find(question, language):
            if candidate.article.slug != slug and candidate.near:
                found.setdefault(candidate.article.slug, candidate)
        return [self._answer(candidate) for candidate in list(found.values())[:MOST_OTHERS]]

    async def find(self, question: str, language: str, topics: Collection[str] = ()) -> list[Found]:
        """All passages, the best first."""
        await self.look()
        asked = question[:LONGEST_QUESTION].strip()
        if not asked or not self.shelf.articles:
            return []
        index = self._index(language)
        vector = await self._questions.question(asked, index.encoder) if index.ready else None
        return index.find(asked, vector, topics)

    async def find_by_words(self, question: str, language: str) -> list[Found]:
        """As `find`, but without asking the engine for the question's vector: cheap, and a little less good."""
        await self.look()
        asked = question[:LONGEST_QUESTION].strip()
        return self._index(language).find(asked, None, ()) if asked and self.shelf.articles else []

    async def look(self) -> None:
        """Notice edits, at most once a second."""
        if self._clock() - self._looked_at < LOOK_EVERY_SECONDS:
            return
        async with self._looking:
            if self._clock() - self._looked_at < LOOK_EVERY_SECONDS:
                return
            changed = await asyncio.to_thread(self._library.refresh)
            self._looked_at = self._clock()
            if changed:
                self._indexes.clear()
                log.info("articles_read", articles=len(self.shelf.articles), languages=list(self.shelf.languages))

    async def run(self) -> None:
        """Notice edits and have new passages' vectors made, for ever."""
        while True:
            await self.look()
            ready = await self._make_vectors()
            await asyncio.sleep(LOOK_EVERY_SECONDS if ready else RETRY_SECONDS)

    async def make_vectors(self) -> bool:
        """Have all vectors made that are missing; False where the encoder is not to be had."""
        await self.look()
        return await self._make_vectors()

    def url(self, article: Article, anchor: str = "") -> str:
        """The address of an article's page, or of a section in it."""
        query = f"?{urlencode({'lang': article.language})}" if article.language != DEFAULT_LANGUAGE else ""
        return f"{self._base_url}/help/{article.slug}{query}{f'#{anchor}' if anchor else ''}"

    def _answer(self, found: Found) -> Answer:
        article, passage = found.article, found.passage
        return Answer(
            slug=article.slug,
            title=article.title,
            heading=passage.heading,
            passage=passage.text,
            url=self.url(article, passage.anchor),
            language=article.language,
            score=found.score,
        )

    def _index(self, language: str) -> PassageIndex:
        if language not in self._indexes:
            self._indexes[language] = PassageIndex(self.shelf.in_language(language), language, self._vectors.get)
        return self._indexes[language]

    async def _make_vectors(self) -> bool:
        needed: dict[str, list[str]] = {}
        for language in dict.fromkeys((*self._languages, *self.shelf.languages)):
            index = self._index(language)
            needed.setdefault(index.encoder, []).extend(index.texts)
        try:
            for encoder, texts in needed.items():
                await self._make(encoder, texts)
        except EncoderUnavailable as error:
            log.info("passages_wait_for_encoder", reason=str(error))
            return False
        return True

    async def _save(self, encoder: str, texts: list[str]) -> None:
        try:
            await asyncio.to_thread(self._vectors.save, encoder, texts)
        except OSError as error:  # a full disk: they are made again after the next start
            log.warning("vectors_not_kept", encoder=encoder, reason=str(error.strerror))

    async def _make(self, encoder: str, texts: list[str]) -> None:
        if not self._vectors.missing(encoder, texts):
            return
        (probe,) = await self._encoder.encode([VectorCache.PROBE], encoder, within=BATCH_SECONDS)
        self._vectors.fits(encoder, probe)
        missing = self._vectors.missing(encoder, texts)
        began = self._clock()
        try:
            for start in range(0, len(missing), BATCH):
                batch = missing[start : start + BATCH]
                rows = await self._encoder.encode(batch, encoder, within=BATCH_SECONDS)
                self._vectors.put(encoder, dict(zip(batch, rows, strict=True)))
                await asyncio.sleep(BETWEEN_BATCHES_SECONDS)
        finally:
            await self._save(encoder, texts)
        log.info("passages_encoded", encoder=encoder, texts=len(missing), seconds=round(self._clock() - began, 1))
