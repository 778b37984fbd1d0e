"""Texts as Telegram takes them: cleaned, measured in UTF-16 units, formatted beside the words, split where too long."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

LONGEST_TEXT = 4096  # UTF-16 units
LONGEST_CAPTION = 1024
MOST_ENTITIES = 100  # Telegram ignores what is beyond
NOTHING = "…"  # stands for a text that shows nothing, which Telegram refuses

_LONGEST_GAP = 100  # characters in a row that show nothing; without an end a whole part would show nothing
_LONGEST_CLUSTER = 200  # characters drawn as one (an emoji, a letter with its marks): more than a gap's
_SURROGATES = re.compile("[\ud800-\udfff]")
# https://github.com/tdlib/td, clean_input_string: control characters become blanks; marks that change the direction of
# what follows, and lines drawn over letters, are taken out. Line separators as well: they are ends of lines to us.
_REPLACED = dict.fromkeys((*range(32), *range(127, 160)), " ")
_REPLACED |= dict.fromkeys((*range(0x202A, 0x202F), 0x0333, 0x033F, 0x030A), "")
_REPLACED |= dict.fromkeys((0x0A, 0x85, 0x2028, 0x2029), "\n")
_LINE_ENDS = re.compile("\r\n?")
_MARKS_IN_A_ROW = re.compile("[\u200e\u200f]+([\u200e\u200f])")  # Telegram keeps the last as it is
_BLANKS = " \n\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000\ufeff"
_BEFORE = re.compile(f"^[{_BLANKS}]+")
_ATTACHED = re.compile("[\u200d\ufe00-\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
_SHOW_NOTHING = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc")
_SHOWN_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
# Where a long text may end for now, the best first: a paragraph, a line, a sentence, a word.
_ENDS = tuple(re.compile(end) for end in (r"\n[ \n]*\n", r"\n", r"[.!?…。！？][\"'”’»)\]]*\s|[。！？]", r"\s"))


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` to `end` of a text look like this: bold, italic, strikethrough, text_link …"""

    kind: str
    start: int
    end: int
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Rich:
    """A text with its formatting beside it, so that no word of it can be taken for markup."""

    text: str
    spans: tuple[Span, ...] = ()

    def __add__(self, other: Rich) -> Rich:
        by = len(self.text)
        moved = (replace(span, start=span.start + by, end=span.end + by) for span in other.spans)
        return Rich(self.text + other.text, (*self.spans, *moved))

    def __bool__(self) -> bool:
        return bool(self.text)


def styled(text: str, kind: str, url: str | None = None) -> Rich:
    """A text that looks like `kind` from end to end."""
    return Rich(text, (Span(kind, 0, len(text), url),) if text else ())


def joined(parts: Iterable[Rich], between: str) -> Rich:
    """All that are not empty, with `between` between them."""
    whole = Rich("")
    for part in parts:
        if part:
            whole = (whole + Rich(between) if whole else whole) + part
    return whole


def cleaned(text: str | None) -> str:
    """A text as Telegram would keep it, so that what we measure is what arrives; "" where it shows nothing.

    Nothing that can be seen is lost: what is no character becomes �, a control character a blank.
    """
    if not text:
        return ""
    if _SURROGATES.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if "\u030a" in text:
        text = unicodedata.normalize("NFC", text)  # else "å" in two characters would lose its ring
    text = _LINE_ENDS.sub("\n", text).translate(_REPLACED)
    text = _MARKS_IN_A_ROW.sub(r"\1", text)
    text = _BEFORE.sub("", _without_long_gaps(text))
    shown = next((at for at in range(len(text) - 1, -1, -1) if not shows_nothing(text[at])), None)
    if shown is None:
        return ""
    end = shown + 1
    while end < len(text) and _ATTACHED.match(text[end]):
        end += 1
    return text[:end]


def cleaned_line(text: str | None) -> str:
    """The same in one line, as on a button."""
    return " ".join(cleaned(text).split("\n")) if text else ""


def shows_nothing(character: str) -> bool:
    """Whether a character is none that can be seen: a blank, a joiner, a mark of direction."""
    if character in _SHOW_NOTHING or character.isspace():
        return True
    if character.isalnum():
        return False
    code = ord(character)
    if 0xFE00 <= code <= 0xFE0F or 0xE0000 <= code <= 0xE0FFF or 0x180B <= code <= 0x180F:
        return True
    kind = unicodedata.category(character)
    return kind in ("Zs", "Zl", "Zp", "Cc") or (kind == "Cf" and character not in _SHOWN_FORMATS)


def units(text: str) -> int:
    """The length of a text as Telegram counts."""
    return len(text) + sum(character > "\uffff" for character in text)


def split(whole: Rich, longest: int = LONGEST_TEXT) -> list[Rich]:
    """Parts of at most `longest` units that joined are the whole: at paragraphs, else at sentences, else at words.

    Formatting is cut in two only where a single stretch of it is longer than half a part.
    """
    parts = []
    while units(whole.text) > longest:
        at = _break(whole, longest)
        parts.append(_cut(whole, 0, at))
        whole = _cut(whole, at, len(whole.text))
    return [*parts, whole]


def entities(part: Rich) -> list[dict[str, Any]]:
    """The formatting of a part as the Bot API takes it."""
    found = []
    for span in part.spans[:MOST_ENTITIES]:
        length = units(part.text[span.start : span.end])
        entity = {"type": span.kind, "offset": units(part.text[: span.start]), "length": length}
        found.append(entity if span.url is None else {**entity, "url": span.url})
    return found


def plain(part: Rich) -> Rich:
    """A part without formatting: links are written out behind their words, if there is room."""
    written, at = "", 0
    for span in sorted(part.spans, key=lambda span: span.end):
        written += part.text[at : span.end] + (f" ({span.url})" if span.url else "")
        at = span.end
    written += part.text[at:]
    return Rich(written if units(written) <= LONGEST_TEXT else part.text)


def web_address(url: str | None) -> str | None:
    """An address that Telegram takes for a link, or None: http or https, a host with a dot in it, no blanks."""
    if not url or re.search(r"[\s\x00-\x1f\ud800-\udfff]", url):
        return None
    try:
        parts = urlsplit(url)
        named = re.fullmatch(r"[\w-]+(\.[\w-]+)+", parts.hostname or "")
        _ = parts.port
    except ValueError:
        return None
    return url if named and parts.scheme in ("http", "https") and "@" not in parts.netloc else None


def _without_long_gaps(text: str) -> str:
    if len(text) <= _LONGEST_GAP:
        return text
    kept, gap = [], 0
    for character in text:
        gap = gap + 1 if shows_nothing(character) else 0
        if gap <= _LONGEST_GAP:
            kept.append(character)
    return "".join(kept)


def _break(whole: Rich, longest: int) -> int:
    """Where to end a part: as late as may be, in the second half."""
    most = _fitting(whole.text, longest)
    least = most // 2
    for apart in (whole.spans, ()):
        for end in _ENDS:
            places = [found.end() for found in end.finditer(whole.text, least, most)]
            for place in reversed(places):
                if not any(span.start < place < span.end for span in apart):
                    return place
    return _between_clusters(whole.text, most)


def _fitting(text: str, longest: int) -> int:
    """How many characters fit into so many units."""
    wide = 0
    for at, character in enumerate(text):
        wide += 2 if character > "\uffff" else 1
        if wide > longest:
            return at
    return len(text)


def _between_clusters(text: str, most: int) -> int:
    """The last place up to `most` that does not cut an emoji or a letter from what belongs to it."""
    for at in range(most, max(most - _LONGEST_CLUSTER, 0), -1):
        if not _belongs_to(text[at], text[at - 1]):
            return at
    return most


def _belongs_to(character: str, previous: str) -> bool:
    flag = "\U0001f1e6" <= character <= "\U0001f1ff" and "\U0001f1e6" <= previous <= "\U0001f1ff"
    joined_to = previous == "\u200d" or _ATTACHED.match(character) is not None
    return flag or joined_to or unicodedata.category(character) in ("Mn", "Mc", "Me")


def _cut(whole: Rich, start: int, end: int) -> Rich:
    return Rich(whole.text[start:end], tuple(_clipped(whole, start, end)))


def _clipped(whole: Rich, start: int, end: int) -> Iterator[Span]:
    for span in whole.spans:
        first, last = max(span.start, start), min(span.end, end)
        if first < last and not all(map(shows_nothing, whole.text[first:last])):
            yield replace(span, start=first - start, end=last - start)
