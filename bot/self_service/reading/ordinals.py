"""Reads a place in a list that was shown, where an answer says nothing else: "2", "the second one", "the last"."""

from __future__ import annotations

from bot.languages.requests import request_words
from bot.self_service.reading.pieces import words_in


def read_ordinal(text: str, language: str) -> int | None:
    """The place that `text` as a whole names, counted from 0; None where it says anything else."""
    words = request_words(language)
    beside = set(words_in(" ".join(str(word) for word in words["ordinal_beside"])))
    said = [word for word in words_in(text) if word not in beside]
    if len(said) != 1:
        return None
    places = [place for place, names in enumerate(words["ordinals"]) if said[0] in words_in(" ".join(map(str, names)))]
    return places[0] if places else None
