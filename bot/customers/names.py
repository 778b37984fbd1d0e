"""First and last names: read from what a customer typed, and in the form in which they are compared."""

from __future__ import annotations

import re
from functools import cache

from bot.languages.languages import FOLDER
from bot.languages.reading import read_words
from bot.languages.requests import words_of_all_languages
from bot.orders.word_forms import fold

_LONGEST = 1000
_MOST_PARTS = 4
_EMAIL = re.compile(r"[(<]?\S+@\S+[)>]?")
_PART = re.compile(r"[^\W\d_]+(?:[’'\-.][^\W\d_]+)*\.?")
_GAP = re.compile(r"[ \t]+")
_THEN_POSTCODE = re.compile(r"[\s,;:]*(?:[^\W\d]\w{0,7}[ ,:]+){0,5}(?:\d{4}|[A-Za-z]{1,2}\d)")
_NUMBER = re.compile(r"\d")


def normal_name(first: str, last: str) -> str:
    """The form in which names are compared: letters alone, without accents and case, wherever the first name ends."""
    return "".join(character for character in fold(first + last) if character.isalpha())


def read_name(text: str, *, asked: bool = False) -> tuple[str, str] | None:
    """The first and last name that `text` says the customer has; None where it says none, or different ones.

    Args:
        asked: whether the name was asked for, so that a text of nothing but a name is one.
    """
    names = read_names(text, asked=asked)
    return names[0] if len({normal_name(*name) for name in names}) == 1 else None


def read_names(text: str, *, asked: bool = False) -> tuple[tuple[str, str], ...]:
    """All names that `text` says the customer has, in order.

    After "my name is" a name may be in any case. After "I'm", which may go on with anything, its parts begin with
    capitals, or a postcode follows: "im mei halasz 28202". What is not asked for and not said to be a name is one only
    beside a postcode: "Mei Halasz, 28202".
    """
    text = _EMAIL.sub(" , ", text[:_LONGEST]).replace("’", "'")
    found = [_parts(text, match.end(), sure=True) for match in _introduction("name_intro").finditer(text)]
    found += [_parts(text, match.end(), sure=asked) for match in _introduction("name_intro_weak").finditer(text)]
    if not any(found):
        found = [_alone(text, asked=asked)]
    return tuple(_split(parts) for parts in found if len(parts) > 1)


def _parts(text: str, start: int, *, sure: bool) -> list[str]:
    """The parts of the name that begins at `start`; empty where none does."""
    parts: list[str] = []
    at, ends = start, False
    while len(parts) < _MOST_PARTS and not ends:
        gap = _GAP.match(text, at)
        match = _PART.match(text, gap.end() if gap else at)
        if match is None or (parts and gap is None) or _is_word(match.group(), parts):
            break
        written, at = match.group(), match.end()
        if fold(written).strip(".") not in _titles():
            ends = written.endswith(".") and len(written) > len("J.")  # of a sentence, and not of an initial
            parts.append(written.rstrip(".") if ends else written)
    while parts and fold(parts[-1]) in words_of_all_languages("name_particles"):
        parts.pop()
    capitals = all(part[0].isupper() for part in parts)
    goes_on_with_postcode = _THEN_POSTCODE.match(text, at) is not None
    return parts if len(parts) > 1 and (sure or capitals or goes_on_with_postcode) else []


def _alone(text: str, *, asked: bool) -> list[str]:
    """The name where the text is nothing else, but for a postcode and words about it."""
    beside = "|".join(re.escape(word) for word in words_of_all_languages("name_beside"))
    rest = rf"[\s,.;:!()\-]*(?:(?:{beside})[\s,.;:]*)*(?:#?[A-Za-z]{{0,2}}\d[\w\- ]{{2,9}})?[\s.,!]*"
    match = re.match(r"\s*", text)
    start = match.end() if match else 0
    parts = _parts(text, start, sure=True)
    if not parts:
        return []
    end = start
    for part in parts:
        end = text.index(part, end) + len(part)
    fits = re.fullmatch(rest, text[end:], re.IGNORECASE) is not None
    return parts if fits and (asked or _NUMBER.search(text[end:])) else []


def _is_word(part: str, before: list[str]) -> bool:
    """Whether it is a common word rather than a part of a name: "Will" is a name, "del" part of one."""
    plain = fold(part).replace("'", "")
    particles = words_of_all_languages("name_particles")
    if plain in particles and before and (len(before) == 1 or fold(before[-1]) in particles):
        return False
    if plain in words_of_all_languages("name_ends"):
        return True
    return plain in _common() and not (part[0].isupper() and plain in words_of_all_languages("name_also"))


def _split(parts: list[str]) -> tuple[str, str]:
    """First and last name: "Jan", "van der Berg"."""
    at = len(parts) - 1
    while at > 1 and fold(parts[at - 1]) in words_of_all_languages("name_particles"):
        at -= 1
    return " ".join(parts[:at]), " ".join(parts[at:])


@cache
def _introduction(name: str) -> re.Pattern[str]:
    phrases = sorted(words_of_all_languages(name), key=len, reverse=True)
    joined = "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in phrases)
    return re.compile(rf"(?<![\w'])(?:{joined})(?![\w'])\s*[:=]?\s*", re.IGNORECASE)


@cache
def _titles() -> frozenset[str]:
    return frozenset(fold(title) for title in words_of_all_languages("name_titles"))


@cache
def _common() -> frozenset[str]:
    """The common words of all languages: none of them begins or continues a name."""
    folders = sorted(path for path in FOLDER.iterdir() if path.is_dir())
    lists = [read_words(folder / "words.yml").get("common") or () for folder in folders]
    return frozenset(fold(str(word)).replace("'", "") for words in lists for word in words)
