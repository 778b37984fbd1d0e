"""Finds the passages that answer a question, by words and by meaning; pure, and says how sure it is.

A passage's score adds up how well its words fit (`lexical.WordIndex`), how near it lies in meaning (vectors of the
passage, of its headings, of the questions its article lists), and whether its article is on a topic that was asked for.
The weights and thresholds were chosen with `bellhop evaluate articles`; docs/knowledge.md has the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.knowledge.articles import Article
from bot.knowledge.encoding import ENGLISH, MULTILINGUAL, Vector, encoder_for
from bot.knowledge.lexical import Scores, WordIndex
from bot.knowledge.passages import Passage


@dataclass(frozen=True, slots=True)
class Weights:
    """What counts how much, and from which sum on a passage answers."""

    words: float
    passage: float  # its meaning
    nearest: float  # the meaning of that of its texts which lies nearest
    topic: float
    threshold: float


WITH_VECTORS = {
    ENGLISH: Weights(words=0.15, passage=0.45, nearest=0.4, topic=0.05, threshold=0.55),
    MULTILINGUAL: Weights(words=0.3, passage=0.35, nearest=0.35, topic=0.05, threshold=0.42),
}
WORDS_ALONE = Weights(words=1.0, passage=0.0, nearest=0.0, topic=0.1, threshold=0.68)
_NEAR = 0.8  # of the threshold: what comes so close may be what was looked for
_ENOUGH = 0.9  # of all vectors: a few that are still to be made do not put back all the others


@dataclass(frozen=True, slots=True)
class Found:
    """A passage with its score; `answers` says that it is good enough to be said, `near` to be named."""

    article: Article
    passage: Passage
    score: float
    answers: bool
    near: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    article: Article
    passage: Passage

    @property
    def text(self) -> str:
        """What the passage means, by itself."""
        return f"{self.headline}\n{self.passage.text}"

    @property
    def words(self) -> str:
        """What the passage says, headings twice, with the words people use for it."""
        return " ".join((self.headline, self.headline, self.passage.text, *self.article.questions))

    @property
    def headline(self) -> str:
        return f"{self.article.title}: {self.passage.heading}" if self.passage.heading else self.article.title


@dataclass(frozen=True, slots=True)
class _Vectors:
    passages: Vector
    near: Vector  # of all passages one after the other …
    starts: npt.NDArray[np.intp]  # … each from here on
    share: float  # of the texts that have a vector by now

    @property
    def complete(self) -> bool:
        return self.share == 1


class PassageIndex:
    """All passages, for questions in one language.

    Args:
        articles: each once; those that are not translated are in English.
        vector: the vector of a text by an encoder, or None where it is not made yet.
    """

    def __init__(self, articles: Sequence[Article], language: str, vector: Callable[[str, str], Vector | None]) -> None:
        self.encoder = encoder_for(language)
        self._entries = [_Entry(article, passage) for article in articles for passage in article.passages]
        self._words = WordIndex([entry.words for entry in self._entries], language)
        # Each passage has several texts that may lie near a question: itself, its headings, its article's questions.
        self._near = [[entry.headline, *entry.article.questions] for entry in self._entries]
        self._vector = vector
        self._vectors: _Vectors | None = None
        self._ready = False

    @property
    def texts(self) -> list[str]:
        """Every text whose vector is needed, each once."""
        own = (entry.text for entry in self._entries)
        return list(dict.fromkeys([*own, *(text for texts in self._near for text in texts)]))

    @property
    def ready(self) -> bool:
        """Whether there are vectors to compare a question's with."""
        if not self._ready:
            texts = self.texts
            known = sum(self._vector(self.encoder, text) is not None for text in texts)
            self._ready = known >= _ENOUGH * len(texts) > 0
        return self._ready

    def find(self, question: str, vector: Vector | None, topics: Collection[str] = ()) -> list[Found]:
        """All passages, the best first.

        Args:
            vector: of the question; None: words alone decide.
            topics: what the question is known to be about.
        """
        meaning = self._meaning(vector) if vector is not None else None
        weights = WORDS_ALONE if meaning is None else WITH_VECTORS[self.encoder]
        scores = weights.words * self._words.scores(question)
        if meaning is not None:
            scores = scores + weights.passage * meaning[0] + weights.nearest * meaning[1]
        if topics:
            scores = scores + weights.topic * np.array([entry.article.topic in topics for entry in self._entries])
        ranked = [(float(scores[place]), self._entries[place]) for place in np.argsort(-scores, kind="stable")]
        answers, near = weights.threshold, weights.threshold * _NEAR
        return [Found(entry.article, entry.passage, score, score >= answers, score >= near) for score, entry in ranked]

    def _meaning(self, vector: Vector) -> tuple[Scores, Scores] | None:
        """How near each passage lies, and its nearest text; None while most vectors are still to be made."""
        if self._vectors is None or not self._vectors.complete:
            self._vectors = self._gathered(vector.shape[0])
        known = self._vectors
        if known.share < _ENOUGH:
            return None
        passage, near = known.passages @ vector, known.near @ vector
        return passage, np.maximum(np.maximum.reduceat(near, known.starts), passage)

    def _gathered(self, size: int) -> _Vectors:
        found = {text: self._vector(self.encoder, text) for text in self.texts}
        usable = {text: row for text, row in found.items() if row is not None and row.shape == (size,)}
        nothing = np.zeros(size, dtype=np.float32)
        near = [text for texts in self._near for text in texts]
        return _Vectors(
            passages=np.array([usable.get(entry.text, nothing) for entry in self._entries]).reshape(-1, size),
            near=np.array([usable.get(text, nothing) for text in near]).reshape(-1, size),
            starts=np.cumsum([0, *(len(texts) for texts in self._near[:-1])]),
            share=len(usable) / max(len(found), 1),
        )
