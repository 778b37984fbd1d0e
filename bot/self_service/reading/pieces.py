"""Takes a message apart into known phrases, so that what is left over shows; knows no meaning of any of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from rapidfuzz.distance import OSA

from bot.languages.requests import request_words
from bot.orders.word_forms import fold

UNKNOWN = "unknown"
_LONGEST = 1000
_ELISION = re.compile(r"\b(\w{1,2})'(?=\w{3})")  # l'autre → l autre; i'd, that's stay one word: id, thats
_WORD = re.compile(r"[^\W_]+|[👍👎✅❌]")
_STRETCHED = re.compile(r"(\w)\1{2,}")
_SHORTEST_WITH_A_TYPO = 6


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words in a row. `kind` is the list they are in; `stops` says that punctuation follows them."""

    kind: str
    text: str
    stops: bool


@dataclass(frozen=True, slots=True)
class _Token:
    word: str
    stops: bool


def words_in(text: str) -> list[str]:
    """The words of a text as the lists hold them: folded, apostrophes closed ("don't" → "dont")."""
    return [token.word for token in _tokens(text)]


def plain_text(text: str) -> str:
    """Those words with one space between them, and one at either end: " dont cancel it "."""
    return f" {' '.join(words_in(text))} "


def says_any(text: str, phrases: Sequence[str]) -> bool:
    """Whether one of the phrases stands in the text, whole words only."""
    said = plain_text(text)
    return any(plain_text(phrase) in said for phrase in phrases)


def take_apart(text: str, language: str, lists: Sequence[str], extra: Mapping[str, Sequence[str]]) -> list[Piece]:
    """The pieces of a message from its first word to its last, the longest phrase first at every place.

    Args:
        lists: names of lists in `requests.yml`; of two with the same phrase the first counts.
        extra: further lists, by name; they count before those.
    """
    known = _phrases(language, tuple(lists), tuple((name, tuple(words)) for name, words in extra.items()))
    longest = max((len(phrase) for phrase in known), default=1)
    vocabulary = {word for phrase in known for word in phrase}
    tokens = [_Token(_mended(token.word, vocabulary), token.stops) for token in _tokens(text)]
    pieces, place = [], 0
    while place < len(tokens):
        for size in range(min(longest, len(tokens) - place), 0, -1):
            run = tokens[place : place + size]
            kind = known.get(tuple(token.word for token in run))
            if kind is not None and not any(token.stops for token in run[:-1]):
                break
        else:
            run, kind = tokens[place : place + 1], UNKNOWN
        pieces.append(Piece(kind or UNKNOWN, " ".join(token.word for token in run), run[-1].stops))
        place += len(run)
    return pieces


def _tokens(text: str) -> list[_Token]:
    plain = fold(text[:_LONGEST]).replace("’", "'").replace("`", "'").replace("´", "'")
    plain = re.sub(r"(?<=\w)'(?=\w)", "", _ELISION.sub(r"\1 ", plain))
    found = list(_WORD.finditer(plain))
    ends = [*(match.start() for match in found[1:]), len(plain)][: len(found)]
    return [
        _Token(match.group(), bool(re.search(r"[.,;:!?\n–—()]|\s-\s", plain[match.end() : end])))
        for match, end in zip(found, ends, strict=True)
    ]


def _mended(word: str, vocabulary: set[str]) -> str:
    if word in vocabulary:
        return word
    for shorter in (_STRETCHED.sub(r"\1", word), _STRETCHED.sub(r"\1\1", word)):
        if shorter in vocabulary:
            return shorter
    if len(word) < _SHORTEST_WITH_A_TYPO or not word.isalpha():
        return word
    near = [other for other in vocabulary if other[0] == word[0] and OSA.distance(word, other, score_cutoff=1) == 1]
    # A word that is only longer by its plural is no typo, and of two that are near neither is meant for sure.
    return near[0] if len(near) == 1 and len(near[0]) >= _SHORTEST_WITH_A_TYPO - 1 else word


@cache
def _phrases(
    language: str, lists: tuple[str, ...], extra: tuple[tuple[str, tuple[str, ...]], ...]
) -> Mapping[tuple[str, ...], str]:
    words = request_words(language)
    found: dict[tuple[str, ...], str] = {}
    for name, phrases in (*extra, *((name, tuple(words.get(name) or ())) for name in lists)):
        for phrase in phrases:
            found.setdefault(tuple(words_in(str(phrase))), name)
    return found
