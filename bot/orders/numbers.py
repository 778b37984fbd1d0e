"""How an order number is read from what a customer typed; nothing about the order itself."""

from __future__ import annotations

import re

_LOOKS_LIKE_DIGIT = str.maketrans({"O": "0", "Q": "0", "I": "1", "L": "1"})
_LONGEST = 1000


class OrderNumbers:
    """Reads order numbers in the shop's form and brings them into the stored one.

    Understood besides the exact form: spaces, dots and hyphens inside, any case, O for 0, l for 1, and the number
    without its prefix where it stands alone as digits: "w-2507194", "W 250 7194", "W250719O", "2507194".

    Args:
        pattern: regular expression of a number as customers type it (`settings.order_number_pattern`).
        prefix: what a stored number begins with (`settings.order_number_prefix`).
    """

    def __init__(self, pattern: str, prefix: str) -> None:
        self.prefix = prefix
        self._pattern = re.compile(pattern)
        self._exact = re.compile(rf"(?<![\w@.])(?:{pattern})(?![\w@])")
        letters = re.sub(r"[^A-Za-z]", "", prefix)
        marked = rf"#?\s?{re.escape(letters)}[\s.\-_:#]*" if letters else r"#\s?"
        self._marked = re.compile(rf"(?<![\w@.])(?:{marked})([0-9OQIL](?:[\s.\-]?[0-9OQIL])+)(?![\w@])", re.IGNORECASE)
        lettered = rf"(?<![\w@.])(?:#\s?)?{re.escape(letters)}[\-_:#]?\d{{3,12}}(?![\w@])|" if letters else ""
        # The last: a run of digits that stands alone and is no telephone number.
        self._near = re.compile(
            lettered + r"(?<![\w@.])#\s?\d{3,12}(?![\w@])"
            r"|(?<![\w@.+\-/(])(?<!\d\s)(?!0\d{9})\d{5,12}(?!\s?\d)(?![\w@\-/])",
            re.IGNORECASE,
        )
        self._bare = re.compile(r"(?<![\w@.+\-/])#?\s?(\d(?:[\dOoIl]*\d)?)(?![\w@\-/])")

    def find(self, text: str) -> tuple[str, ...]:
        """All order numbers in `text`, in their stored form, in order, each once."""
        text = text[:_LONGEST]
        found: list[tuple[int, str]] = []
        for expression in (self._exact, self._marked, self._bare):
            for match in expression.finditer(text):
                body = match.group(0 if expression is self._exact else 1)
                number = self._stored(body)
                if number is not None:
                    found.append((match.start(), number))
        return tuple(dict.fromkeys(number for _, number in sorted(found)))

    def read(self, text: str) -> str | None:
        """The order number that `text` as a whole stands for, or None."""
        numbers = self.find(text)
        return numbers[0] if len(numbers) == 1 else None

    def near(self, text: str) -> str | None:
        """The first thing in `text` that looks like an order number and has not the form of one, as it was typed.

        "W482731", "#12345", "1406989672": too few digits, or too many.
        """
        for match in self._near.finditer(text[:_LONGEST]):
            if self._stored(match.group()) is None:
                return match.group()
        return None

    @property
    def example(self) -> str:
        """A number in the right form, to show what one looks like."""
        for length in range(4, 13):
            candidate = self.prefix + "1234567890123"[:length]
            if self._pattern.fullmatch(candidate):
                return candidate
        return self.prefix + "1234567"

    def _stored(self, body: str) -> str | None:
        letters = re.sub(r"[^A-Za-z]", "", self.prefix).upper()
        plain = re.sub(r"[\s.\-_:#]", "", body).upper().removeprefix(letters)
        as_typed = re.sub(r"\s", "", body).upper()  # a form with hyphens of its own: "ORD-12345-A"
        for number in (self.prefix + plain.translate(_LOOKS_LIKE_DIGIT), as_typed):
            if number.startswith(self.prefix) and self._pattern.fullmatch(number):
                return number
        return None
