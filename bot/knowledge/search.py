"""Finds the passages that answer a question, by words and by meaning; pure, and says how sure it is.

A passage's score adds up how well its words fit (`lexical.WordIndex`), how near it lies in meaning (vectors of the
passage, of its headings, of the questions it answers), and whether its article is on a topic that was asked for.
The weights and thresholds were chosen with `bellhop evaluate articles`; docs/knowledge.md has the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.knowledge.articles import Article
from bot.knowledge.encoding import ENGLISH, MULTILINGUAL, Vector, encoder_for
from bot.knowledge.lexical import Scores, WordIndex, shared_words
from bot.knowledge.passages import Passage
from bot.knowledge.places import places_in

Likeness = Callable[[str], float]  # of a question to a passage
_PLACED = ("shipping",)  # topics whose figures hold for the places that the passage names


@dataclass(frozen=True, slots=True)
class Weights:
    """What counts how much, and from which sum on a passage answers."""

    words: float
    passage: float  # its meaning
    nearest: float  # the meaning of that of its texts which lies nearest
    topic: float
    threshold: float
    certain: float  # from here on a passage answers even what was taken for none of the shop's business


WITH_VECTORS = {
    ENGLISH: Weights(words=0.15, passage=0.45, nearest=0.4, topic=0.05, threshold=0.55, certain=0.66),
    MULTILINGUAL: Weights(words=0.3, passage=0.35, nearest=0.35, topic=0.05, threshold=0.42, certain=0.58),
}
WORDS_ALONE = Weights(words=1.0, passage=0.0, nearest=0.0, topic=0.1, threshold=0.68, certain=0.9)
_NEAR = 0.8  # of the threshold: what comes so close may be what was looked for
_NAMED, _ELSEWHERE = 0.1, 0.3  # for the place that is asked about; against prices and times of other places
_ENOUGH = 0.9  # of all vectors: a few that are still to be made do not put back all the others


@dataclass(frozen=True, slots=True)
class Found:
    """A passage with its score; `answers` says that it is good enough to be said, `near` to be named.

    `certain`: good enough to be said to what was not understood as a question about the shop.
    """

    article: Article
    passage: Passage
    score: float
    answers: bool
    near: bool
    certain: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    article: Article
    passage: Passage

    @property
    def text(self) -> str:
        """What the passage means, by itself."""
        return f"{self.headline}\n{self.passage.text}"

    def words(self, asked: Sequence[str]) -> str:
        """What the passage says, headings twice, with the words people use for it."""
        return " ".join((self.headline, self.headline, self.passage.text, *asked))

    @property
    def headline(self) -> str:
        return f"{self.article.title}: {self.passage.heading}" if self.passage.heading else self.article.title

    @property
    def places(self) -> frozenset[str]:
        return places_in(self.text, self.article.language)

    @property
    def tells_figures(self) -> bool:
        """Whether it says how much or how long, which holds for the places it is about and for no others."""
        return any(sign.isdigit() for sign in self.passage.text)


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
        self._language = language
        self._entries = [_Entry(article, passage) for article in articles for passage in article.passages]
        self._places = [entry.places for entry in self._entries]
        self._credit([shared_words(entry.text, language) for entry in self._entries])
        self._vector = vector
        self._vectors: _Vectors | None = None
        self._ready = False

    @property
    def texts(self) -> list[str]:
        """Every text whose vector is needed, each once."""
        own = (text for entry in self._entries for text in (entry.text, entry.headline))
        asked = (asked.text for entry in self._entries for asked in entry.article.questions)
        return list(dict.fromkeys([*own, *asked]))

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
        if places := places_in(question, self._language):
            scores = scores + np.array([self._place(number, places) for number in range(len(self._entries))])
        ranked = [(float(scores[place]), self._entries[place]) for place in np.argsort(-scores, kind="stable")]
        answers, near, certain = weights.threshold, weights.threshold * _NEAR, weights.certain
        return [
            Found(entry.article, entry.passage, score, score >= answers, score >= near, score >= certain)
            for score, entry in ranked
        ]

    def _place(self, number: int, places: frozenset[str]) -> float:
        """What a passage gets for the places that a question names: one about others has the wrong figures."""
        if places & self._places[number]:
            return _NAMED
        entry = self._entries[number]
        elsewhere = entry.article.topic in _PLACED and (self._places[number] or entry.tells_figures)
        return -_ELSEWHERE if elsewhere else 0.0

    def _credit(self, likeness: Sequence[Likeness]) -> None:
        """Give each question to the passages it is written under, or else to the one of its article most like it."""
        asked: list[list[str]] = [[] for _ in self._entries]
        of_article: dict[int, list[int]] = {}
        for number, entry in enumerate(self._entries):
            of_article.setdefault(id(entry.article), []).append(number)
        for numbers in of_article.values():
            article = self._entries[numbers[0]].article
            for question in article.questions:
                section = None if question.section == article.title else question.section
                under = [one for one in numbers if self._entries[one].passage.heading == section]
                if question.section is None:
                    under = [max(numbers, key=lambda one: likeness[one](question.text))]
                for number in under:
                    asked[number].append(question.text)
        self._words = WordIndex(
            [entry.words(own) for entry, own in zip(self._entries, asked, strict=True)], self._language
        )
        # Each passage has several texts that may lie near a question: itself, its headings, the questions it answers.
        self._near = [[entry.headline, *own] for entry, own in zip(self._entries, asked, strict=True)]

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
        if len(usable) == len(found):  # only then: words that are credited anew for every vector would cost a lot
            self._credit([_likeness(entry, usable) for entry in self._entries])
        near = [text for texts in self._near for text in texts]
        return _Vectors(
            passages=np.array([usable.get(entry.text, nothing) for entry in self._entries]).reshape(-1, size),
            near=np.array([usable.get(text, nothing) for text in near]).reshape(-1, size),
            starts=np.cumsum([0, *(len(texts) for texts in self._near[:-1])]),
            share=len(usable) / max(len(found), 1),
        )


def _likeness(entry: _Entry, vectors: Mapping[str, Vector]) -> Likeness:
    meant = vectors[entry.text] + vectors[entry.headline]
    return lambda question: float(meant @ vectors[question])
