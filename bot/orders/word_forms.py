"""Brings words into a form in which they can be compared: no accents, no case, no plural; knows no meaning."""

from __future__ import annotations

import re
import unicodedata

Phrase = tuple[str, ...]

_LONGEST = 600  # nobody describes a product in more
_CONTRACTION = re.compile(r"['’`´](?:s|m|re|ve|ll|d|t)\b")  # what's, i'm, don't
_ELISION = re.compile(r"\b\w{1,2}['’`´](?=\w)")  # l'imperméable, d'été
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[£€$]|(?<=[\d£€$])\s?[-–](?=\s?[\d£€$])")
_KEEPS_S = ("ss", "us", "is")
_LOSES_ES = ("sses", "shes", "ches", "xes", "zes")


def fold(text: str) -> str:
    """The text in lower case without accents: "Größe" → "grosse"."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in apart if not unicodedata.combining(character))


def words_of(text: str) -> Phrase:
    """The words, numbers and currency signs of a text, folded; a dash only between numbers."""
    plain = fold(text[:_LONGEST])
    plain = _ELISION.sub("", _CONTRACTION.sub("", plain))
    return tuple("-" if found.strip() in "-–" else found for found in _WORD.findall(plain))


def stem(word: str) -> str:
    """The word without its plural: "knives" stays near "knife", "boxes" → "box". A number is itself."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(_KEEPS_S):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith("ves"):
        return word[:-3] + "f"
    return word[:-2] if word.endswith(_LOSES_ES) else word[:-1]


def stems_of(text: str) -> Phrase:
    """The stems of a text's words."""
    return tuple(stem(word) for word in words_of(text))


def places_of(phrase: Phrase, words: Phrase) -> list[int]:
    """Where `phrase` begins among `words`."""
    size = len(phrase)
    return [place for place in range(len(words) - size + 1) if words[place : place + size] == phrase]
