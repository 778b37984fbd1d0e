"""How well texts fit a question word by word: BM25, told as a share of what a perfect fit would have."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Callable, Sequence

import bm25s
import numpy as np
import numpy.typing as npt
from bm25s import stopwords

logging.getLogger("bm25s").setLevel(logging.WARNING)  # it wants to be heard at every index, whatever we set

Scores = npt.NDArray[np.float32]

_WORD = re.compile(r"\w+")
_STEM = 4  # letters: "deliveries" and "delivery", "returned" and "returns" share them, in all four languages
_LONGEST_QUESTION = 60  # words: the cost of a question does not grow with a long story
# Courtesies, and what every customer of a shop says: they tell no two articles apart.
_SAID_ANYWAY = {
    "en": "hi hello hey please thanks thank ok okay yes want need like would could get got tell know help question "
    "im id ive dont cant wont whats hows theres",
    "de": "hallo bitte danke möchte will kann könnte würde gerne frage hilfe gibt",
    "es": "hola gracias favor quiero quisiera puedo podría saber ayuda pregunta",
    "fr": "bonjour merci svp voudrais veux peux pourrais savoir aide question est-ce",
}
_STOPWORDS = {
    "en": stopwords.STOPWORDS_EN_PLUS,
    "de": stopwords.STOPWORDS_GERMAN,
    "es": stopwords.STOPWORDS_SPANISH,
    "fr": stopwords.STOPWORDS_FRENCH,
}


def words_of(text: str, language: str) -> list[str]:
    """The words that carry the meaning, without case and accents."""
    return [word for word in _plain_words(text) if word not in _passed_over(language)]


def tokens_of(text: str, language: str) -> list[str]:
    """What is compared: words, and the beginnings of words."""
    return [token for word in words_of(text, language) for token in _tokens(word)]


def shared_words(text: str, language: str) -> Callable[[str], float]:
    """Tells of another text how many of its words this one has."""
    own = set(tokens_of(text, language))
    return lambda other: float(len(own.intersection(tokens_of(other, language))))


class WordIndex:
    """BM25 over some texts of one language."""

    def __init__(self, texts: Sequence[str], language: str) -> None:
        self._language = language
        self._size = len(texts)
        corpus = [tokens_of(text, language) for text in texts]
        self._known = {token for tokens in corpus for token in tokens}
        self._bm25 = bm25s.BM25(k1=1.2, b=0.5)  # passages are of like length, so length says little
        if self._known:
            self._bm25.index(corpus, show_progress=False)
        # As much as a word is worth that stands in one text only: what no text knows is missing that much.
        self._unknown = float(np.log(1 + (self._size + 0.5) / 1.5)) if self._size else 1.0

    def scores(self, question: str) -> Scores:
        """For each text how much of the question it covers, from 0 to 1. A word that no text has counts as missing."""
        total = np.zeros(self._size, dtype=np.float32)
        best = 0.0
        for word in list(dict.fromkeys(words_of(question, self._language)))[:_LONGEST_QUESTION]:
            column = np.zeros(self._size, dtype=np.float32)
            for token in _tokens(word):
                if token in self._known:
                    column += self._bm25.get_scores([token])
            total += column
            best += float(column.max()) if column.any() else 2 * self._unknown
        return total / best if best else total


def _tokens(word: str) -> tuple[str, ...]:
    return (word, f"{word[:_STEM]}-")


def _plain_words(text: str) -> list[str]:
    joined = text.casefold().replace("'", "").replace("’", "")
    decomposed = unicodedata.normalize("NFKD", joined)
    return _WORD.findall("".join(sign for sign in decomposed if not unicodedata.combining(sign)))


def _passed_over(language: str) -> frozenset[str]:
    if language not in _PASSED_OVER:
        said = " ".join((*_STOPWORDS.get(language, ()), _SAID_ANYWAY.get(language, "")))
        _PASSED_OVER[language] = frozenset(_plain_words(said))
    return _PASSED_OVER[language]


_PASSED_OVER: dict[str, frozenset[str]] = {}
