"""What a thing that is spoken of is named for: as what is wanted, or only to say which order is meant."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.languages.requests import request_words
from bot.orders.word_forms import stem, words_of
from bot.self_service.reading.items import Mention
from bot.self_service.reading.pieces import plain_text

_REACH = 40  # characters around a thing that say whether it only tells the order


def tells_order(mention: Mention, text: str, language: str) -> bool:
    """Whether a thing is named to say which order is meant: "my order with the grill", "the grill order"."""
    words = request_words(language)
    before = plain_text(text[max(0, mention.start - _REACH) : mention.start])
    after = plain_text(text[mention.end : mention.end + _REACH])
    ends = (f" {phrase}{link}" for phrase in words["request_order_with"] for link in _links(words))
    return before.endswith(tuple(ends)) or after.startswith(tuple(f" {word} " for word in words["request_order_after"]))


def without_number(text: str, number: str | None) -> str:
    """The text without the order it is about anyway: "yes, cancel #W1234567" is as clear as "yes, cancel it"."""
    digits = "".join(character for character in number or "" if character.isdigit())
    return re.sub(rf"(?:\border\s)?#?\s?[A-Za-z]?{digits}", " it", text) if digits else text


def is_named(mention: Mention, text: str) -> bool:
    """Whether a thing is called by its name, not by what it is like alone ("the red one")."""
    said = {stem(word) for word in words_of(text[mention.start : mention.end])}
    return any(said & {stem(word) for word in words_of(line.item.name)} for line in mention.lines)


def _links(words: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """What may stand between "order with" and the thing."""
    return (" ", *(f" {link} " for link in words["request_links"]))
