"""Finds the places of a text where things of orders are named, by their names and what people call them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import OSA

from bot.self_service.reading.tokens import Token, joined
from bot.self_service.reading.vocabulary import Vocabulary

_LONGEST_NAME = 6  # words
_SHORTEST_MENDED, _TWO_SLIPS = 5, 8
_SHORTEST_PART = 4  # letters of a word that ends another: "watch" of a wristwatch


@dataclass(frozen=True, slots=True)
class Named:
    """Tokens from `start` to `end` that name one of `names`; `plural` says that several are spoken of.

    `is_weak` where it is no name of theirs, only near to one: "glass" could be sunglasses.
    """

    start: int
    end: int
    names: frozenset[str]
    plural: bool = False
    is_weak: bool = False


@dataclass(frozen=True, slots=True)
class _Name:
    name: str
    words: tuple[str, ...]  # keys of its words
    head: str  # the word that says what it is


class Names:
    """The names of some things.

    Args:
        names: as the catalogue has them.
        vocabulary: what customers call them.
    """

    def __init__(self, names: Sequence[str], vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._names = tuple(_parsed(name, vocabulary) for name in dict.fromkeys(names))
        self._by_run: dict[str, frozenset[str]] = {}
        for name in self._names:
            for run in _runs(name, vocabulary):
                self._by_run[run] = self._by_run.get(run, frozenset()) | {name.name}
        self._called = self._words("item_words")
        self._loosely = self._words("item_loose")
        self._starts = self._unique_starts()
        words = {word for name in self._names for word in name.words}
        self._mendable = {
            key for key in {*words, *self._by_run, *self._called} if key.isalpha() and len(key) >= _SHORTEST_MENDED - 1
        }

    def find(self, tokens: Sequence[Token]) -> list[Named]:
        """Every place where one or several of them are named."""
        tokens = [self._mended(token) for token in tokens]
        found: list[Named] = []
        place = 0
        while place < len(tokens):
            named = self._at(tokens, place)
            if named:
                found.append(named)
            place = named.end if named else place + 1
        return found

    def _at(self, tokens: Sequence[Token], place: int) -> Named | None:
        for table in (self._by_run, self._called):
            for size in range(min(_LONGEST_NAME, len(tokens) - place), 0, -1):
                run = tokens[place : place + size]
                if any(token.is_sign for token in run):
                    continue
                key = joined(run)
                names = table.get(key)
                if table is self._by_run and names and (also := self._called.get(key)):
                    names |= also  # "watch" is every kind of watch
                if names:
                    return Named(
                        place, place + size, names, _is_plural(run[-1]), is_weak=table is self._called and size == 1
                    )
        token = tokens[place]
        if token.is_sign or token.amount is not None:
            return None
        if names := self._starts.get(token.key):
            return Named(place, place + 1, names)
        names = self._ending(token) or self._loosely.get(token.key)
        return Named(place, place + 1, names, _is_plural(token), is_weak=True) if names else None

    def _ending(self, token: Token) -> frozenset[str]:
        if len(token.key) < _SHORTEST_PART or token.word in self._vocabulary.common:
            return frozenset()
        return frozenset(name.name for name in self._names if name.head.endswith(token.key))

    def _mended(self, token: Token) -> Token:
        words = {token.key, token.word}
        if (
            len(token.word) < _SHORTEST_MENDED
            or not token.word.isalpha()
            or words & (self._vocabulary.common | self._mendable)
        ):
            return token
        slips = 2 if len(token.word) >= _TWO_SLIPS else 1
        near = sorted(
            (min(OSA.distance(word, other, score_cutoff=slips) for word in words), other)
            for other in self._mendable
            if other[0] == token.word[0] and abs(len(other) - len(token.word)) <= slips + 1
        )
        best = [other for distance, other in near if distance <= slips and distance == near[0][0]]
        return replace(token, key=best[0]) if len(best) == 1 else token

    def _words(self, table: str) -> Mapping[str, frozenset[str]]:
        """What customers call these things, also in the words of the search."""
        found: dict[str, frozenset[str]] = {}
        runs: dict[str, set[str]] = {}
        for name in self._names:
            for run in _runs(name, self._vocabulary):
                runs.setdefault(run, set()).add(name.name)
        own = self._vocabulary.meanings[table]
        searched = self._vocabulary.searched if table == "item_words" else {}
        for source in (own, searched):
            for said, meant in source.items():
                names = frozenset(name for key in meant for name in runs.get(key, ()))
                adds = said not in self._by_run or (source is own and table == "item_words")
                if names and adds and (source is own or said not in found):
                    found[said] = found.get(said, frozenset()) | names
        return found

    def _unique_starts(self) -> Mapping[str, frozenset[str]]:
        """First words of long names that nothing else begins with: the "Alder" of "Alder desk lamp"."""
        counted: dict[str, list[str]] = {}
        for name in self._names:
            for word in set(name.words):
                counted.setdefault(word, []).append(name.name)
        return {
            name.words[0]: frozenset({name.name})
            for name in self._names
            if len(name.words) > 2
            and len(counted[name.words[0]]) == 1
            and len(name.words[0]) >= _SHORTEST_PART
            and name.words[0] not in self._vocabulary.common
        }


def _parsed(name: str, vocabulary: Vocabulary) -> _Name:
    main = name.partition(",")[0]
    tokens = [token for token in vocabulary.tokens(main) if not token.is_sign]
    ends = vocabulary.words("item_name_ends")
    end = next((place for place, token in enumerate(tokens) if place and token.word in ends), len(tokens))
    words = tuple(token.key for token in tokens[:end])
    return _Name(name, words or (name.casefold(),), words[-1] if words else name.casefold())


def _runs(name: _Name, vocabulary: Vocabulary) -> tuple[str, ...]:
    """What a thing is called by parts of its name: those with its last word, and others where that says little."""
    words, size = name.words, len(name.words)
    runs = ["".join(words[start:]) for start in range(size)]
    if size > 2:
        runs += ["".join(words[start : size - 1]) + words[-1] for start in range(size - 1)]
        runs += [words[0] + words[-1]]
    if size > 1 and words[-1] in vocabulary.words("item_generic"):
        runs += ["".join(words[:-1])] if len(words[-2]) >= _SHORTEST_PART and words[-2] not in vocabulary.common else []
    return tuple(dict.fromkeys(runs))


def _is_plural(token: Token) -> bool:
    return token.key != token.word
