"""The shapes of postcodes within an address, which countries they tell, and how they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SHAPES = (  # and the country that alone has it
    (re.compile(r"(?<![\w@.])[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}(?![\w@])", re.IGNORECASE), "GB"),
    (re.compile(r"(?<![\w@.])[A-Z]\d[A-Z]\s?\d[A-Z]\d(?![\w@])", re.IGNORECASE), "CA"),
    (re.compile(r"(?<![\w@.])[A-Z]\d[\dW]\s?(?=\d{0,3}[A-Z])[A-Z\d]{4}(?![\w@])", re.IGNORECASE), "IE"),
    (re.compile(r"(?<![\w@.+\-/])\d{5}-\d{4}(?![\w@\-/])"), "US"),
    (re.compile(r"(?<![\w@.+\-/])\d{5}(?![\w@\-/])"), ""),
    # Apart in capitals alone: "in 2025 we" has that shape.
    (re.compile(r"(?<![\w@.])\d{4}(?:(?!st|rd|th|nd)[A-Za-z]{2}|\s[A-Z]{2})(?![\w@])"), "NL"),
    (re.compile(r"(?<![\w@.])\d{2}-\d{3}(?![\w@\-])"), "PL"),
)
_FOUR_DIGITS = re.compile(r"(?<![\w@.])(?:[A-Z]{1,2}-)?\d{4}(?=\s+[^\W\d_]{3,}|[\s,.]*$)(?![\w@\-/])")
_HAVE_FOUR_DIGITS = frozenset({"AT", "CH", "BE", "DK", "NO", "AU", "NZ", "LU", "HU"})
_HALVES = {"GB": -3, "CA": -3, "NL": 4, "IE": 3}  # where the space stands


@dataclass(frozen=True, slots=True)
class Postcode:
    """A postcode as it is written, and where in a line it stands. `country` is empty where several have its shape."""

    code: str
    country: str
    start: int
    end: int


def find_postcodes(line: str, country: str) -> Iterator[Postcode]:
    """What has the shape of a postcode: the surest shapes first, and of one shape the last in the line.

    Args:
        country: the likely one; four digits are a postcode only where it has such.
    """
    shapes = (*_SHAPES, (_FOUR_DIGITS, "")) if country in _HAVE_FOUR_DIGITS else _SHAPES
    for shape, alone in shapes:
        for match in reversed(list(shape.finditer(line))):
            yield Postcode(_written(match.group(), alone), alone, match.start(), match.end())


def _written(code: str, country: str) -> str:
    if country not in _HALVES:
        return code.upper()
    plain, at = re.sub(r"\s", "", code).upper(), _HALVES[country]
    return f"{plain[:at]} {plain[at:]}"
