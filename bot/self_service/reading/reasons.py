"""Reads why somebody cancels, in any wording; which reasons are accepted is the shop's own affair."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.languages.requests import request_words
from bot.self_service.reading.ordinals import read_ordinal
from bot.self_service.reading.pieces import says_any, words_in

_CLAUSES = re.compile(r"[.,;:!?\n()]+|\s[-–—]\s")
_BEFORE = 3  # words in which a "not" takes a reason back: "it's not that I …"


def read_reason(text: str, reasons: Sequence[str], language: str) -> str | None:
    """The accepted reason that `text` gives, by its stored name; the first said of several.

    Args:
        reasons: those accepted ("no longer needed"), in the order in which they were shown: "the second one".
    """
    place = read_ordinal(text, language)
    if place is not None:
        return reasons[place] if place < len(reasons) else None
    for clause in _CLAUSES.split(text):
        words = words_in(clause)
        found = {reason: _first_place(reason, words, language) for reason in reasons}
        said = sorted((at, reason) for reason, at in found.items() if at is not None)
        if said:
            return said[0][1]
    return None


def names_a_reason(text: str, language: str) -> bool:
    """Whether `text` gives some reason; where `read_reason` reads none, it is one that is not accepted."""
    words = request_words(language)
    return any(says_any(text, words.get(name) or ()) for name in ("reason_unaccepted", "reason_because")) or any(
        says_any(text, phrases) for phrases in words["reasons"].values()
    )


def _first_place(reason: str, words: list[str], language: str) -> int | None:
    """Where a reason begins among the words of a clause; None where it is not given."""
    known = request_words(language)
    phrases = [reason, *(known["reasons"].get(reason) or ())]
    places = [place for phrase in phrases for place in _places(words_in(str(phrase)), words, known)]
    by_mistake = reason == "ordered by mistake"
    if by_mistake and says_any(" ".join(words), known["reason_other_mistakes"]):
        return None  # a mistake it was, but in the address or the like
    return min(places, default=None)


def _places(phrase: list[str], words: list[str], known: object) -> list[int]:
    assert isinstance(known, dict)
    size, denials, onward = len(phrase), _all_words(known, "reason_not"), _all_words(known, "reason_not_after")
    return [
        at
        for at in range(len(words) - size + 1)
        if words[at : at + size] == phrase
        and not denials & set(words[max(0, at - _BEFORE) : at])
        and not onward & set(words[at + size : at + size + 1])
    ]


def _all_words(known: dict[str, list[str]], name: str) -> set[str]:
    return set(words_in(" ".join(str(word) for word in known.get(name) or ())))
