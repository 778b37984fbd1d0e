"""Takes out of a text what is no part of an address: markup, and places that are taken back; reads no address."""

from __future__ import annotations

import re
from functools import cache

from bot.languages.requests import words_of_all_languages
from bot.orders.word_forms import fold
from bot.self_service.reading.places import STATE_CODES
from bot.self_service.reading.tokens import LONGEST

_HIDDEN = re.compile(r"<(script|style)\b[^<>]*>.*?(?:</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"</?(?:br|p|div|li|tr)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z!][^<>]*>|[<>]")


def without_markup(text: str) -> str:
    """A text without the tags of a web page."""
    if "<" not in text and ">" not in text:
        return text
    plain = _TAG.sub("", _BREAK.sub("\n", _HIDDEN.sub(" ", text[:LONGEST])))
    return plain.strip()


def affirmed(segment: str) -> str:
    """What is said to be so: nothing of "no wait not Leeds", and "York" of "no, York" and of "York not Leeds"."""
    words = segment.split()
    plain = [fold(word).strip(".!:") for word in words]
    denied = next((at for at, word in enumerate(plain) if word in _denied()), len(words))
    first = 0
    while first < denied and plain[first] in _asides() and words[first].upper() not in STATE_CODES:
        first += 1
    return " ".join(words[first:denied]) if first or denied < len(words) else segment


@cache
def _asides() -> frozenset[str]:
    return frozenset(fold(word) for word in words_of_all_languages("address_asides"))


@cache
def _denied() -> frozenset[str]:
    return frozenset(fold(word) for word in words_of_all_languages("address_denied"))
