"""The words of people who look for products, by language: read from `data/languages/<code>/search.yml`; no search."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.languages.reading import LanguageError, read_words
from bot.orders.word_forms import Phrase, stems_of, words_of

_LISTS = (
    *("under", "under_after", "over", "over_after", "between", "and", "around", "currency", "units", "cheap", "dear"),
    *("in_stock", "anything", "it", "compare", "compare_between", "either", "ignored"),
    *("without", "without_between", "near", "pronouns", "sized", "one", "for", "purposes"),
)
_MAPPINGS = ("facts", "words", "names", "currencies")


@dataclass(frozen=True, slots=True)
class SearchWords:
    """What the customers of one language say, the words of the catalogue's language included.

    `phrases` holds the lists of the file by name, each phrase a tuple of folded words, the longest first. `facts` are
    ways to ask for a fact, by its name. `meanings` leads from what is said to what it can be in the catalogue, both as
    stems. `names` are the catalogue's words as they are shown. `near` are words whose further meanings only come close:
    of "black", charcoal; `purposes` say what a thing is for. `currencies` are the names of currencies, by code.
    `is_catalogues` says whether it is the language of the catalogue itself.
    """

    phrases: Mapping[str, tuple[Phrase, ...]]
    facts: Mapping[str, tuple[Phrase, ...]]
    meanings: Mapping[Phrase, tuple[Phrase, ...]]
    names: Mapping[str, str]
    ignored: frozenset[str]
    compounds: bool
    is_catalogues: bool
    near: frozenset[Phrase]
    purposes: frozenset[Phrase]
    currencies: Mapping[str, tuple[Phrase, ...]]

    def shown(self, word: str) -> str:
        """A word of the catalogue as customers of this language read it."""
        return self.names.get(word.casefold(), word)


class SearchVocabulary:
    """The search words of all languages.

    Args:
        folder: the project's `data/languages`.
        catalogue_language: what names, kinds and facts of the catalogue are written in.

    Raises:
        LanguageError: a file cannot be used; the text says which, and why.
    """

    def __init__(self, folder: Path, catalogue_language: str) -> None:
        base = _checked(folder / catalogue_language / "search.yml")
        codes = [path.parent.name for path in folder.glob("*/search.yml")]
        self._base = _words(base)
        self._words = {
            code: _words(_checked(folder / code / "search.yml"), base) for code in codes if code != catalogue_language
        }

    def words(self, language: str) -> SearchWords:
        """Those of a language; of the catalogue's where there is no file for it."""
        return self._words.get(language, self._base)


def _checked(path: Path) -> dict[str, Any]:
    read = read_words(path)
    unknown = sorted(set(read) - {*_LISTS, *_MAPPINGS, "compounds"})
    if unknown:
        raise LanguageError(f"{path}: {unknown[0]} is none of {', '.join((*_LISTS, *_MAPPINGS, 'compounds'))}")
    lists = [(name, read.get(name, [])) for name in _LISTS]
    lists += [
        (f"{name}: {key}", value)
        for name in ("facts", "words", "currencies")
        for key, value in read.get(name, {}).items()
    ]
    for name, value in lists:
        wrong = not isinstance(value, list) or [entry for entry in value if not isinstance(entry, str)]
        if wrong:
            raise LanguageError(f"{path}: {name} must be a list of words; put quotes around yes, no, on and off")
    return read


def _words(own: Mapping[str, Any], base: Mapping[str, Any] | None = None) -> SearchWords:
    # A language's own way to say something comes first; the catalogue's language is understood beside it.
    both = [own] if base is None else [own, base]
    facts: dict[str, list[str]] = {}
    meanings: dict[Phrase, tuple[Phrase, ...]] = {}
    for words in both:
        for name, said in words.get("facts", {}).items():
            facts.setdefault(name, []).extend(said)
        for said, meant in words.get("words", {}).items():
            itself = (str(said),) if words is both[-1] else ()  # a word of the catalogue's language may be in it
            meanings.setdefault(stems_of(str(said)), tuple(stems_of(phrase) for phrase in (*itself, *meant)))
    ignored = frozenset(word for words in both for entry in words.get("ignored", []) for word in words_of(entry))
    if base is not None:
        further = {stems_of(str(said)): tuple(map(stems_of, meant)) for said, meant in base.get("words", {}).items()}
        meanings = {said: _through(meant, further) for said, meant in meanings.items()}
        for name, shown in own.get("names", {}).items():
            if not set(words_of(shown)) <= ignored:  # "size" is no thing to look for
                meanings.setdefault(stems_of(shown), (stems_of(name),))
    return SearchWords(
        phrases={name: _phrases(entry for words in both for entry in words.get(name, [])) for name in _LISTS},
        facts={name: _phrases(said) for name, said in facts.items()},
        meanings=meanings,
        names={name.casefold(): shown for name, shown in own.get("names", {}).items()},
        ignored=ignored,
        compounds=bool(own.get("compounds", False)),
        is_catalogues=base is None,
        near=frozenset(stems_of(entry) for words in both for entry in words.get("near", [])),
        purposes=frozenset(stems_of(entry) for words in both for entry in words.get("purposes", [])),
        currencies={
            code: _phrases(entry for words in both for entry in words.get("currencies", {}).get(code, []))
            for code in dict.fromkeys(code for words in both for code in words.get("currencies", {}))
        },
    )


def _phrases(said: Iterable[str]) -> tuple[Phrase, ...]:
    return tuple(sorted(dict.fromkeys(words_of(entry) for entry in said), key=lambda phrase: -len(phrase)))


def _through(meant: tuple[Phrase, ...], further: Mapping[Phrase, tuple[Phrase, ...]]) -> tuple[Phrase, ...]:
    """Meanings and the meanings of those: "blau" is "blue", which in the catalogue is "navy" or "ink"."""
    return tuple(dict.fromkeys([*meant, *(target for phrase in meant for target in further.get(phrase, []))]))
