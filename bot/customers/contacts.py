"""E-mail addresses, postcodes and codes: read from what a customer typed, in the form in which they are compared."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LONGEST = 1000
# The length limits are those of RFC 5321; they also keep the expressions from wandering over long input.
_EMAIL = re.compile(r"[A-Za-z0-9._%+'\-]{1,64}@(?:[A-Za-z0-9\-]{1,63}\.){1,6}[A-Za-z]{2,24}")
_UNMISTAKABLE = (
    re.compile(r"(?<![\w@.])[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}(?![\w@])", re.IGNORECASE),  # United Kingdom
    re.compile(r"(?<![\w@.])[A-Z]\d[A-Z]\s?\d[A-Z]\d(?![\w@])", re.IGNORECASE),  # Canada
    # Ireland; its last four hold a letter, or an order number of one letter and six digits would be one
    re.compile(r"(?<![\w@.])[A-Z]\d[\dW]\s?(?=\d{0,3}[A-Z])[A-Z\d]{4}(?![\w@])", re.IGNORECASE),
    # said to be one: "zip 19103", "PLZ: 22085"
    re.compile(
        r"\b(?:zip(?:\s?code)?|post\s?code|postal\s?code|plz|postleitzahl|code\s?postal|c[oó]digo\s?postal)\W{0,3}"
        r"(?:(?:is|ist|est|es)\s)?(?P<digits>\d{5})(?:[\s\-]\d{4})?(?![\w@\-/])",
        re.IGNORECASE,
    ),
)
_POSTCODES = (
    *_UNMISTAKABLE,
    re.compile(r"(?<![\w@.+\-/])\d{5}(?:[\s\-]\d{4})?(?![\w@\-/])"),  # United States, and plain five digits
    re.compile(r"(?<![\w@.])\d{4}\s?[A-Z]{2}(?![\w@])", re.IGNORECASE),  # Netherlands: "in 2025 we" has that shape
)
_CODE = re.compile(r"(?<![\w@.+\-/])(\d{3})[\s\-.]?(\d{3})(?![\w@\-/])")
_ZIP_PLUS_FOUR = re.compile(r"(\d{5})[\s\-]?\d{4}")


@dataclass(frozen=True, slots=True)
class Contact:
    """What a customer says is on their order: an e-mail address, a postcode, or both; as compared, not as typed."""

    email: str | None = None
    postcode: str | None = None

    def __bool__(self) -> bool:
        return self.email is not None or self.postcode is not None


def normal_email(text: str) -> str:
    """The form in which addresses are compared."""
    return text.strip().casefold()


def normal_postcode(text: str) -> str:
    """The form in which postcodes are compared: capitals and digits only, a ZIP+4 without its four."""
    text = text.strip()
    plus_four = _ZIP_PLUS_FOUR.fullmatch(text)
    return plus_four.group(1) if plus_four else re.sub(r"[^0-9A-Z]", "", text.upper())


def find_email(text: str) -> str | None:
    """The first e-mail address in `text`, in the form for comparing."""
    match = _EMAIL.search(text[:_LONGEST])
    return normal_email(match.group().strip("'.")) if match else None


def find_postcode(text: str) -> str | None:
    """The first thing in `text` that has the shape of a postcode, in the form for comparing: where one is asked for."""
    return _first_of(_POSTCODES, text)


def find_unmistakable_postcode(text: str) -> str | None:
    """The first thing in `text` that is a postcode whether or not one was asked for, in the form for comparing."""
    return _first_of(_UNMISTAKABLE, text)


def find_code(text: str) -> str | None:
    """The first six digits that stand alone in `text`."""
    match = _CODE.search(_EMAIL.sub(" ", text[:_LONGEST]))
    return match.group(1) + match.group(2) if match else None


def _first_of(expressions: tuple[re.Pattern[str], ...], text: str) -> str | None:
    without_email = _EMAIL.sub(" ", text[:_LONGEST])
    for expression in expressions:
        if match := expression.search(without_email):
            return normal_postcode(match.groupdict().get("digits") or match.group())
    return None
