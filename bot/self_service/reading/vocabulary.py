"""The words for things and their versions, from `data/languages/<code>/items.yml`; reads, decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from bot.languages.languages import BASE, FOLDER
from bot.languages.reading import LanguageError, read_words
from bot.orders.search_words import SearchVocabulary, SearchWords
from bot.self_service.reading.tokens import Token, joined, tokens_of, words_of_phrase

Phrase = tuple[str, ...]
_DEGREES = ("variant_more", "variant_less", "variant_most", "variant_least")
_MEANINGS = ("item_words", "item_loose", "variant_values", "variant_names", *_DEGREES)  # said → what it leads to
_GROUPS = ("variant_known", "variant_units")  # what it leads to → all that is said
_COUNTS = ("item_ordinals", "item_counts", "variant_numbers")
_TABLES = (*_MEANINGS, *_GROUPS, *_COUNTS)
_ABOUT_VERSIONS = (
    *("variant_ignored", "variant_same_item", "variant_rest_same", "variant_step_up", "variant_step_down"),
    *("variant_cheapest", "variant_dearest", "variant_cheaper", "variant_dearer", *_DEGREES, "variant_else"),
    *("variant_free", "variant_free_after", "variant_any", "variant_rest", "variant_not", "variant_except"),
    *("variant_no", "variant_instead_of", "variant_instead", "variant_from", "variant_same", "variant_prefer"),
    *("variant_slightly", "variant_at_least", "variant_at_most", "variant_above", "variant_below"),
    *("variant_or_more", "variant_or_less", "variant_over", "variant_or", "variant_if", "variant_but"),
    *("variant_to", "variant_and"),
)


@dataclass(frozen=True, slots=True)
class Said:
    """A phrase of a list, found in a text: the list's name, how many tokens it takes, and what it leads to."""

    kind: str
    size: int
    leads_to: tuple[str, ...] = ()


class Phrases:
    """Phrases of several lists, to be looked for at a place of a text; the longest wins, then the list named first.

    Args:
        lists: phrases by the name of their list; where they are a mapping, with what each leads to.
    """

    def __init__(self, lists: Mapping[str, Iterable[str] | Mapping[str, Sequence[str]]]) -> None:
        self._by_first: dict[str, list[tuple[Phrase, str, tuple[str, ...]]]] = {}
        for kind, phrases in lists.items():
            leads = phrases if isinstance(phrases, Mapping) else dict.fromkeys(phrases, ())
            for said, leads_to in leads.items():
                if phrase := words_of_phrase(said):
                    self._by_first.setdefault(phrase[0], []).append((phrase, kind, tuple(leads_to)))
        for found in self._by_first.values():
            found.sort(key=lambda entry: -len(entry[0]))  # stable: the lists keep their order

    def at(self, tokens: Sequence[Token], place: int) -> Said | None:
        """What stands at `place`; nothing where none of the phrases begins there."""
        for phrase, kind, leads_to in self._by_first.get(tokens[place].word, ()):
            if tuple(token.word for token in tokens[place : place + len(phrase)]) == phrase:
                return Said(kind, len(phrase), leads_to)
        return None


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """What customers of one language say. English is in it as well: it is what catalogues and many customers speak.

    `lists` are the lists of the file by name, `meanings` its tables from what is said to what it means, `counts` those
    to numbers; tables have their keys as they are compared. `scales` are values in order, `known` words by the options
    they can be values of. `search` are the words that products are searched by, `searched` their meanings as
    they are compared, `common` those that are never a
    misspelt other one.
    """

    lists: Mapping[str, tuple[str, ...]]
    meanings: Mapping[str, Mapping[str, tuple[str, ...]]]
    counts: Mapping[str, Mapping[str, int]]
    known: Mapping[str, frozenset[str]]
    scales: tuple[tuple[str, ...], ...]
    units: Mapping[str, str]
    search: SearchWords
    searched: Mapping[str, tuple[str, ...]]
    phrases: Phrases
    common: frozenset[str]
    single: Mapping[str, frozenset[str]]
    steps: Mapping[str, Mapping[str, tuple[str, ...]]]

    def tokens(self, text: str) -> tuple[Token, ...]:
        """The tokens of a text, with the units and numbers of this language."""
        return tokens_of(text, self.units, self.counts["variant_numbers"])

    def key(self, phrase: str) -> str:
        """What a phrase of a catalogue or a list is compared by."""
        return _key(self, phrase)

    def words(self, name: str) -> frozenset[str]:
        """The single words of a list."""
        return self.single[name]

    def degrees(self, name: str) -> Mapping[str, tuple[str, ...]]:
        """The words of a degree, such as variant_more, as they are said, and the options each is about."""
        return self.steps[name]


@lru_cache(maxsize=8192)  # no customer's text comes here
def _key(vocabulary: Vocabulary, phrase: str) -> str:
    return joined([token for token in vocabulary.tokens(phrase) if not token.is_sign])


@cache
def vocabulary_of(language: str) -> Vocabulary:
    """The words of a language, read once; those of English where it has none.

    Raises:
        LanguageError: a file cannot be used.
    """
    has_own = language != BASE and (FOLDER / language / "items.yml").is_file()
    files = [_checked(code) for code in ([language, BASE] if has_own else [BASE])]
    units = {str(form): str(unit) for unit, forms in _table(files, "variant_units").items() for form in forms}
    counts = {name: {str(said): int(n) for said, n in _counts(files, name).items()} for name in _COUNTS}

    def key(phrase: str) -> str:
        return joined([token for token in tokens_of(phrase, units, counts["variant_numbers"]) if not token.is_sign])

    lists = {
        name: tuple(dict.fromkeys(str(phrase) for file in files for phrase in file.get(name) or ()))
        for name in files[-1].keys() - {*_TABLES, "variant_scales"}
    }
    meanings = {name: _keyed(_table(files, name), key) for name in _MEANINGS if name not in _DEGREES}
    about_versions = {name: _table(files, name) if name in _DEGREES else lists[name] for name in _ABOUT_VERSIONS}
    search = SearchVocabulary(FOLDER, BASE).words(language)
    phrases = [
        *(phrase for name in lists for phrase in lists[name]),
        *(p for name in _DEGREES for p in about_versions[name]),
    ]
    return Vocabulary(
        lists=lists,
        meanings=meanings,
        counts=counts,
        known={name: frozenset(map(key, said)) for name, said in _table(files, "variant_known").items()},
        scales=tuple(tuple(key(str(value)) for value in scale) for scale in files[-1]["variant_scales"]),
        units=units,
        search=search,
        searched={"".join(said): tuple("".join(sense) for sense in senses) for said, senses in search.meanings.items()},
        phrases=Phrases(about_versions),
        single={name: _single(phrases) for name, phrases in lists.items()},
        steps={name: _table(files, name) for name in _DEGREES},
        common=search.ignored | {word for phrase in phrases for word in words_of_phrase(phrase)},
    )


def _checked(code: str) -> dict[str, Any]:
    path = FOLDER / code / "items.yml"
    read = read_words(path)
    for name, value in read.items():
        if not isinstance(value, dict if name in _TABLES else list):
            raise LanguageError(f"{path}: {name} must be a {'table' if name in _TABLES else 'list'} of words")
        entries = (
            value
            if isinstance(value, list)
            else [*value, *(e for v in value.values() if isinstance(v, list) for e in v)]
        )
        if name != "variant_scales" and [entry for entry in entries if isinstance(entry, bool | None)]:
            raise LanguageError(f"{path}: {name}: put quotes around yes, no, on and off")
    return read


def _table(files: Sequence[Mapping[str, Any]], name: str) -> dict[str, tuple[str, ...]]:
    """A table of all files; what several say of the same is taken together."""
    found: dict[str, tuple[str, ...]] = {}
    for file in files:
        for said, meant in (file.get(name) or {}).items():
            found[str(said)] = tuple(dict.fromkeys([*found.get(str(said), ()), *map(str, meant)]))
    return found


def _counts(files: Sequence[Mapping[str, Any]], name: str) -> dict[str, int]:
    return {str(said): count for file in reversed(files) for said, count in (file.get(name) or {}).items()}


def _keyed(table: Mapping[str, tuple[str, ...]], key: Any) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for said, meant in table.items():
        found[key(said)] = tuple(dict.fromkeys([*found.get(key(said), ()), *map(key, meant)]))
    return found


def _single(phrases: Iterable[str]) -> frozenset[str]:
    return frozenset(words[0] for words in map(words_of_phrase, phrases) if len(words) == 1)
