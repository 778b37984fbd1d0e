"""Turns a text into weighted words, pairs of words and pieces of words; knows nothing of Rasa or of intents."""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Counts = dict[str, int]

# Words, and single signs that are no punctuation: an emoji is a word of its own.
_TOKEN = re.compile(r"[^\W_]+|[^\w\s!-/:-@\[-`{-~]")
_APOSTROPHE = re.compile(r"['’`´]")  # "where's" is "wheres"
_DIGIT = re.compile(r"\d")  # which digits does not matter, how many may

WORDS, PIECES, PATTERNS = "w:", "c:", "r:"


@dataclass(frozen=True)
class Shape:
    """Which features a text has."""

    word_ngrams: int  # up to so many words in a row
    min_piece: int  # pieces of words, with a blank at either end: characters
    max_piece: int


def tokens_of(text: str) -> list[str]:
    """The words of `text`, without case, apostrophes and punctuation; every digit is a 0."""
    plain = _APOSTROPHE.sub("", unicodedata.normalize("NFKC", text).casefold())
    return _TOKEN.findall(_DIGIT.sub("0", plain))


def count_features(text: str, shape: Shape, patterns: Mapping[str, "re.Pattern[str]"]) -> Counts:
    """How often each feature occurs in `text`; a pattern found anywhere counts once."""
    counts: Counts = {}
    tokens = tokens_of(text)
    for length in range(1, shape.word_ngrams + 1):
        for start in range(len(tokens) - length + 1):
            key = WORDS + " ".join(tokens[start : start + length])
            counts[key] = counts.get(key, 0) + 1
    for token in tokens:
        padded = f" {token} "
        for length in range(shape.min_piece, shape.max_piece + 1):
            for start in range(len(padded) - length + 1):
                key = PIECES + padded[start : start + length]
                counts[key] = counts.get(key, 0) + 1
    for name, pattern in patterns.items():
        if pattern.search(text):
            counts[PATTERNS + name] = 1
    return counts


class Vocabulary:
    """The features seen in training, each with a place in the vector and a weight: the rarer the heavier."""

    def __init__(self, features: Sequence[str], weights: Sequence[float], weight_of_unknown: float) -> None:
        self.features = features
        self.weights = weights
        self.weight_of_unknown = weight_of_unknown
        self._known = {
            feature: (place, weight) for place, (feature, weight) in enumerate(zip(features, weights, strict=True))
        }

    @classmethod
    def of(cls, texts: Iterable[Counts], least: int = 1) -> "Vocabulary":
        """The vocabulary of the training texts; the weights are smoothed inverse document frequencies.

        Features that fewer than `least` of the texts have are left out, and so count as unknown.
        """
        number, found = 0, dict[str, int]()
        for counts in texts:
            number += 1
            for feature in counts:
                found[feature] = found.get(feature, 0) + 1
        kept = {feature: times for feature, times in found.items() if times >= least}
        weights = [math.log((1 + number) / (1 + times)) + 1 for times in kept.values()]
        return cls(list(kept), weights, math.log(1 + number) + 1)

    def vector_of(self, counts: Counts) -> tuple[list[int], list[float]]:
        """Places and values of a vector that is at most one long.

        What is unknown takes part in the length. A text of which little is known so has a short vector, whose intents
        are all about as likely, where without that its few known pieces would decide.
        """
        places: list[int] = []
        values: list[float] = []
        square = 0.0
        for feature, count in counts.items():
            known = self._known.get(feature)
            if known is None:
                square += (count * self.weight_of_unknown) ** 2
                continue
            value = count * known[1]
            square += value * value
            places.append(known[0])
            values.append(value)
        length = math.sqrt(square) or 1.0
        return places, [value / length for value in values]
