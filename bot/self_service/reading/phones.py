"""Reads a telephone number that somebody gives as theirs; not one that stands for something else."""

from __future__ import annotations

import re

_PHONE = re.compile(r"(?<![\w@#.\-/])(?:\+|00)?\(?\d[\d\s().\-/]{5,22}\d(?![\w@])")
_FEWEST, _MOST = 7, 15  # digits; the most are those of ITU-T E.164


def read_phone(text: str) -> str | None:
    """The first telephone number in `text`, its digits with a leading + or 00 as typed, or None."""
    for match in _PHONE.finditer(text[:1000]):
        digits = re.sub(r"\D", "", match.group())
        international = match.group().lstrip().startswith("+")
        if _FEWEST <= len(digits) <= _MOST:
            return f"+{digits}" if international else digits
    return None
