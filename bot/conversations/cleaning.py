"""Customers' texts at the door: without what no database or screen can take; what they mean is read elsewhere."""

from __future__ import annotations

import unicodedata

_KEPT_CONTROLS = "\n\t"
# Fillers and joiners that Unicode counts among letters, marks and symbols, and that show nothing by themselves.
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {chr(n) for n in range(0xFE00, 0xFE10)}


def clean_text(text: str) -> str:
    """The text without what no database or screen can take: control characters, lone surrogates, outer white space.

    Where nothing of it can be seen, as of a lone zero-width space, it is empty.
    """
    sound = encodable(unicodedata.normalize("NFC", text.replace("\r\n", "\n")))
    kept = (c for c in sound if c in _KEPT_CONTROLS or unicodedata.category(c) not in ("Cc", "Cs"))
    cleaned = "".join(kept).strip()
    return cleaned if any(_is_visible(c) for c in cleaned) else ""


def encodable(text: str) -> str:
    """The text with a question mark for each half of a character."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _is_visible(character: str) -> bool:
    return not (character.isspace() or character in _BLANKS or unicodedata.category(character) == "Cf")
