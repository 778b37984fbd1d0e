"""Finds what has a form of its own in a text: order numbers, e-mail addresses, phones, postcodes, money, dates, codes.

Knows nothing of Rasa. No pattern takes more than time in proportion to the text: what repeats is bounded.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

DEFAULT_ORDER_NUMBER = r"#?\s*[Ww]\s*\d{7}"
MOST_CHARACTERS, MOST_FOUND = 4_000, 50

EMAIL, MONEY, DATE, ORDER_NUMBER = "email", "money", "date", "order_number"
ONE_TIME_CODE, POSTCODE, PHONE = "one_time_code", "postcode", "phone"

# What stands where another claims the same place: the first here wins.
PRIORITY = (EMAIL, ORDER_NUMBER, MONEY, DATE, ONE_TIME_CODE, POSTCODE, PHONE)

_AMOUNT = r"\d{1,3}(?:[., ]\d{3}){0,3}(?:[.,]\d{1,2})?|\d{1,9}(?:[.,]\d{1,2})?"
_CURRENCY = r"£|€|\$|(?:GBP|EUR|USD|CHF)\b|(?:euros?|pounds?|dollars?|quid|bucks|pfund|libras?|livres?|dólares)\b"
_MONTH = (
    r"jan(?:uary|uar|vier)?|feb(?:ruary|ruar)?|février|mar(?:ch|s|zo)?|märz|apr(?:il)?|avril|abril|may|mai|mayo|june?|"
    r"juni|juin|junio|july?|juli|juillet|julio|aug(?:ust)?|août|agosto|sep(?:t|tember|tembre|tiembre)?|"
    r"oct(?:ober|obre|ubre)?|okt(?:ober)?|nov(?:ember|embre|iembre)?|dec(?:ember)?|dez(?:ember)?|décembre|diciembre|enero"
)
# Months whose short name is a word ("may", "mar") need a day beside them, so a day is never optional.
_DATES = (
    r"\d{4}-\d{1,2}-\d{1,2}",
    r"\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})",
    rf"\d{{1,2}}(?:st|nd|rd|th|\.)?\s(?:of\s|de\s)?(?:{_MONTH})\b\.?(?:\s(?:de\s)?\d{{4}})?",
    rf"(?:{_MONTH})\.?\s\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s\d{{4}})?",
)
_BUILT_IN: Mapping[str, tuple[str, ...]] = {
    EMAIL: (r"[a-z0-9._%+\-]{1,64}@[a-z0-9\-]{1,63}(?:\.[a-z0-9\-]{1,63}){1,5}",),
    MONEY: (rf"(?:{_CURRENCY})\s?(?:{_AMOUNT})(?!\d)", rf"(?<![\w.,])(?:{_AMOUNT})\s?(?:{_CURRENCY})"),
    DATE: tuple(rf"(?<![\w.,/\-]){date}(?![\w/])" for date in _DATES),
    ONE_TIME_CODE: (r"(?<![\w@.+\-])\d{3}[ \-]?\d{3}(?![\w@\-])",),
    POSTCODE: (
        r"(?<![\w@.])[a-z]{1,2}\d[a-z\d]?\s?\d[a-z]{2}(?![\w@])",
        r"(?<![\w@.+\-])\d{5}(?:-\d{4})?(?![\w@\-])",
    ),
    PHONE: (r"(?<![\w@.#])(?:\+|00|\()?\d{1,4}\)?(?:[ ./\-]?\(?\d{1,5}\)?){1,6}(?![\w@])",),
}
LEAST_PHONE_DIGITS, MOST_PHONE_DIGITS = 8, 15


class WrongPattern(ValueError):
    """A pattern is no regular expression; the message names it."""


@dataclass(frozen=True)
class Found:
    """One piece of a text: what it is, where, and as it was typed."""

    entity: str
    start: int
    end: int
    value: str


class Patterns:
    """The patterns of one shop.

    Args:
        order_number: regular expression of an order number as customers type it.
        more: further patterns by entity, in addition to those built in.

    Raises:
        WrongPattern: one of them is no regular expression.
    """

    def __init__(
        self, order_number: str = DEFAULT_ORDER_NUMBER, more: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.more = {entity: tuple(patterns) for entity, patterns in (more or {}).items()}
        own = rf"(?<![\w@.])(?:{order_number})(?![\w@])"
        names = (*PRIORITY, *(entity for entity in self.more if entity not in PRIORITY))
        self._patterns = {
            entity: [
                _compiled(entity, pattern)
                for pattern in (
                    *((own,) if entity == ORDER_NUMBER else ()),
                    *self.more.get(entity, ()),
                    *_BUILT_IN.get(entity, ()),
                )
            ]
            for entity in names
        }

    def with_order_number(self, pattern: str) -> "Patterns":
        """The same with another form of order numbers."""
        return Patterns(pattern, self.more)

    def find(self, text: str) -> list[Found]:
        """All that is found in `text`, from left to right, without overlaps."""
        taken: list[Found] = []
        for found in self._all(text[:MOST_CHARACTERS]):
            if len(taken) == MOST_FOUND:
                break
            if all(found.end <= other.start or found.start >= other.end for other in taken):
                taken.append(found)
        return sorted(taken, key=lambda found: found.start)

    def _all(self, text: str) -> Iterator[Found]:
        if not any(character.isdigit() or character == "@" for character in text):
            return
        for entity, patterns in self._patterns.items():
            for pattern in patterns:
                for match in pattern.finditer(text):
                    start, end = _trimmed(text, *match.span())
                    if start < end and (entity != PHONE or _is_phone(text[start:end])):
                        yield Found(entity, start, end, text[start:end])


def masked(text: str, patterns: Patterns) -> str:
    """`text` with one and the same stand-in for every e-mail address, order number and so on.

    To a sentence encoder each number is another word; which number it is does not matter for what is wanted.
    """
    pieces, at = [], 0
    for found in patterns.find(text):
        if found.entity in STAND_INS:
            pieces += [text[at : found.start], STAND_INS[found.entity]]
            at = found.end
    return "".join([*pieces, text[at:]])


STAND_INS = {EMAIL: "me@mail.com", ORDER_NUMBER: "#W123", PHONE: "0123 456789", ONE_TIME_CODE: "123456"}


def _compiled(entity: str, pattern: str) -> "re.Pattern[str]":
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise WrongPattern(f"the pattern of {entity} is no regular expression: {error}") from None


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def _is_phone(text: str) -> bool:
    digits = sum(character.isdigit() for character in text)
    return LEAST_PHONE_DIGITS <= digits <= MOST_PHONE_DIGITS
