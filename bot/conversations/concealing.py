"""What of a stored message is for its customer alone: hidden from whoever else reads it; changes nothing stored."""

from __future__ import annotations

import re

# Whoever reads a transcript must not be able to take part in it: while it is fresh, the token of a link to the website
# lets anybody in.
_TOKEN = re.compile(r"(#bellhop=)[\w-]+")


def concealed(text: str) -> str:
    """The text as others than its customer may read it."""
    return _TOKEN.sub(r"\1…", text)
