"""Finds names of a list in a text, misspelt and shortened ones too; the value is the name as the list has it.

Knows nothing of Rasa. A part of a name will do where it leads to one name alone: "earbuds" for "Wireless Earbuds", if
there are no others. Where it leads to several, nothing is found: which is meant is for the search to ask.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process, utils

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
MOST_WORDS = 80  # of a text
REMEMBERED_WORDS = 5_000
LEAST_FUZZY_LETTERS = 4  # shorter words have to be right
LONGEST_GAP = 1  # words of another kind between those of a name: "the jacket in blue"


@dataclass(frozen=True)
class Named:
    """A name that was found in a text, and how well it fits, from 0 to 1."""

    entity: str
    value: str
    start: int
    end: int
    fit: float


@dataclass(frozen=True)
class _Spotted:
    """A word of the text that may stand for a word of names."""

    place: int
    start: int
    end: int
    word: str
    likeness: float


class Lookup:
    """The names of one entity.

    Args:
        least_fit: how much of a name must be there, weighed by how rare its words are.
        least_likeness: how alike two words must be, from 0 to 1.
    """

    def __init__(self, entity: str, names: Iterable[str], least_fit: float, least_likeness: float) -> None:
        self.entity = entity
        self._least_fit, self._least_likeness = least_fit, least_likeness
        self._words_of = {name: _words(name) for name in dict.fromkeys(names)}
        self._names_with: dict[str, list[str]] = {}
        for name, words in self._words_of.items():
            for word in dict.fromkeys(words):
                self._names_with.setdefault(word, []).append(name)
        self._rarity = {
            word: math.log(1 + len(self._words_of) / len(names)) for word, names in self._names_with.items()
        }
        self._vocabulary = list(self._names_with)
        # Most words of most messages are the same few hundred.
        self._like = lru_cache(maxsize=REMEMBERED_WORDS)(self._look_up)

    def find(self, text: str) -> list[Named]:
        """The names in `text`, from left to right, without overlaps."""
        spotted: dict[str, list[_Spotted]] = {}
        for one in self._spot(text):
            for name in self._names_with[one.word]:
                spotted.setdefault(name, []).append(one)
        fits = [fit for name, ones in spotted.items() if (fit := self._fit(name, ones))]
        return _best_of(fits)

    def _spot(self, text: str) -> Iterable[_Spotted]:
        for place, match in enumerate(_WORD.finditer(text)):
            if place == MOST_WORDS:
                return
            for word, likeness in self._like(_plain(match.group())):
                yield _Spotted(place, match.start(), match.end(), word, likeness)

    def _look_up(self, word: str) -> Sequence[tuple[str, float]]:
        exact = [(form, 1.0) for form in _forms(word) if form in self._names_with]
        if exact or len(word) < LEAST_FUZZY_LETTERS or word.isdigit():
            return exact[:1]
        found = process.extract(
            word, self._vocabulary, scorer=fuzz.ratio, score_cutoff=100 * self._least_likeness, limit=3
        )
        return [
            (known, score / 100)
            for known, score, _ in found
            if len(known) >= LEAST_FUZZY_LETTERS and known[0] == word[0]
        ]

    def _fit(self, name: str, spotted: Sequence[_Spotted]) -> Named | None:
        """How well the densest run of the words spotted fits `name`."""
        words = dict.fromkeys(self._words_of[name])
        whole = sum(self._rarity[word] for word in words)
        best: Named | None = None
        for run in _runs(spotted):
            likeness: dict[str, float] = {}
            for one in run:
                likeness[one.word] = max(likeness.get(one.word, 0.0), one.likeness)
            fit = sum(self._rarity[word] * share for word, share in likeness.items()) / whole
            alone = all(len(self._names_with[word]) > 1 for word in likeness) and len(likeness) < len(words)
            if fit >= self._least_fit and not alone and (best is None or fit > best.fit):
                best = Named(self.entity, name, run[0].start, run[-1].end, fit)
        return best


def _runs(spotted: Sequence[_Spotted]) -> Iterable[list[_Spotted]]:
    run: list[_Spotted] = []
    for one in spotted:
        if run and one.place - run[-1].place > 1 + LONGEST_GAP:
            yield run
            run = []
        run.append(one)
    if run:
        yield run


def _best_of(fits: Sequence[Named]) -> list[Named]:
    """Of names in the same place the one that fits best; none where two fit as well."""
    kept: list[Named] = []
    for one in sorted(fits, key=lambda fit: (-round(fit.fit, 3), fit.start - fit.end)):
        rivals = [other for other in fits if other is not one and _overlap(one, other)]
        tied = any(math.isclose(other.fit, one.fit, abs_tol=1e-3) for other in rivals if _same_place(one, other))
        if not tied and not any(_overlap(one, other) for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda named: named.start)


def _overlap(one: Named, other: Named) -> bool:
    return one.start < other.end and other.start < one.end


def _same_place(one: Named, other: Named) -> bool:
    return (one.start, one.end) == (other.start, other.end)


def _words(name: str) -> list[str]:
    return [_plain(word) for word in _WORD.findall(name)]


def _plain(word: str) -> str:
    return str(utils.default_process(word)).replace(" ", "")


def _forms(word: str) -> Sequence[str]:
    """The word, and in the other number: a customer asks for jackets where the catalogue has a jacket."""
    return (word, word[:-1], f"{word}s") if word.endswith("s") else (word, f"{word}s")


def lookups_of(tables: Iterable[Mapping[str, object]], entities: Sequence[str]) -> dict[str, list[str]]:
    """The names by entity, out of the lookup tables of the training data."""
    names: dict[str, list[str]] = {}
    for table in tables:
        elements = table.get("elements")
        if table.get("name") in entities and isinstance(elements, list):
            names.setdefault(str(table["name"]), []).extend(str(element) for element in elements)
    return names
