"""Customers' texts at the door: without what no database or screen can take; what they mean is read elsewhere."""

from __future__ import annotations

import unicodedata

_KEPT_CONTROLS = "\n\t"


def clean_text(text: str) -> str:
    """The text without what no database or screen can take: control characters, lone surrogates, outer white space."""
    sound = encodable(unicodedata.normalize("NFC", text.replace("\r\n", "\n")))
    kept = (c for c in sound if c in _KEPT_CONTROLS or unicodedata.category(c) not in ("Cc", "Cs"))
    return "".join(kept).strip()


def encodable(text: str) -> str:
    """The text with a question mark for each half of a character."""
    return text.encode("utf-8", "replace").decode("utf-8")
