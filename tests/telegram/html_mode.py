"""`parse_mode=HTML`: Telegram's own reading of a few tags, with its complaints word for word.

After https://github.com/tdlib/td (parse_html). An end tag may be empty, attributes are not case sensitive in their
unquoted values, an unknown named character reference stays as it is written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from tests.telegram.entities import Entity, Formatted, in_order
from tests.telegram.links import checked_link, user_of
from tests.telegram.refusals import Refused, bad_request
from tests.telegram.strings import byte_offset, utf16_length

_PLAIN = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
_TAGS = frozenset(_PLAIN) | {"a", "tg-emoji", "pre", "code", "blockquote"}
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([A-Za-z]+));?")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_HALF_A_PAIR = (
    "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units"
)
_NAME = re.compile(r"[^\s>]*")
_ATTRIBUTE = re.compile(r"[^\s=>]*")
_TOKEN = re.compile(r"[A-Za-z0-9.-]*")
_SPACE = re.compile(r"\s*")


def complaint(why: str) -> Refused:
    return bad_request(f"can't parse entities: {why}")


@dataclass
class _Open:
    """A tag that was opened and not closed yet."""

    name: str
    argument: str
    offset: int
    position: int


def parse_html(source: str) -> Formatted:
    """Read a text with tags. Raises Refused."""
    return _Reader(source).read()


class _Reader:
    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._text = ""
        self._open: list[_Open] = []
        self._entities: list[Entity] = []

    def read(self) -> Formatted:
        while self._at < len(self._source):
            character = self._source[self._at]
            if character == "<":
                (self._end_tag if self._source.startswith("</", self._at) else self._start_tag)()
            elif character == "&":
                self._reference()
            else:
                self._text += character
                self._at += 1
        if any("\ud800" <= character <= "\udfff" for character in self._text):
            raise complaint(_HALF_A_PAIR)
        if self._open:
            raise complaint(f"Can't find end tag corresponding to start tag {self._open[-1].name}")
        found = (replace(entity, more={}) if entity.type == "code" else entity for entity in self._entities)
        return Formatted(self._text, tuple(in_order(found)))

    def _here(self, position: int) -> str:
        return f"at byte offset {byte_offset(self._source, position)}"

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._source, self._at)
        assert match
        self._at = match.end()
        return match.group()

    def _peek(self) -> str:
        return self._source[self._at : self._at + 1]

    def _reference(self) -> None:
        meant, length = _referred(self._source, self._at)
        self._text += meant
        self._at += length

    def _start_tag(self) -> None:
        begin = self._at
        self._at += 1
        name = self._skip(_NAME).lower()
        if not self._peek():
            raise complaint(f"Unclosed start tag {self._here(begin)}")
        if name not in _TAGS:
            raise complaint(f'Unsupported start tag "{name}" {self._here(begin)}')
        argument = self._attributes(name, begin)
        if name == "span" and argument != "spoiler":
            raise complaint(f'Tag "span" must have class "tg-spoiler" {self._here(begin)}')
        self._open.append(_Open(name, argument, utf16_length(self._text), len(self._text)))

    def _attributes(self, tag: str, begin: int) -> str:
        """Everything up to the closing bracket; what matters of it."""
        argument = ""
        while True:
            self._skip(_SPACE)
            if self._peek() == ">":
                self._at += 1
                return argument
            if not self._peek():
                raise complaint(f"Unclosed start tag {self._here(begin)}")
            name = self._skip(_ATTRIBUTE).lower()
            if not name:
                raise complaint(f'Empty attribute name in the tag "{tag}" {self._here(begin)}')
            self._skip(_SPACE)
            argument = _argument(tag, name, self._given(tag, name, begin)) or argument

    def _given(self, tag: str, name: str, begin: int) -> str:
        """An attribute's value; only one attribute goes without."""
        if self._peek() == "=":
            return self._value(tag, begin)
        if (tag, name) == ("blockquote", "expandable"):
            return ""
        declared = f'declaration of an attribute of the tag "{tag}"'
        raise complaint(f"Expected equal sign in {declared} {self._here(begin)}")

    def _value(self, tag: str, begin: int) -> str:
        self._at += 1
        self._skip(_SPACE)
        quote = self._peek()
        if not quote:
            raise complaint(f'Unclosed start tag "{tag}" {self._here(begin)}')
        if quote not in ("'", '"'):
            start = self._at
            value = self._skip(_TOKEN).lower()
            if self._peek() and not self._peek().isspace() and self._peek() != ">":
                raise complaint(f"Unexpected end of name token {self._here(start)}")
            return value
        end = self._source.find(quote, self._at + 1)
        if end < 0:
            raise complaint(f"Unclosed start tag {self._here(begin)}")
        value = self._source[self._at + 1 : end]
        self._at = end + 1
        return _REFERENCE.sub(lambda match: _referred(value, match.start())[0], value)

    def _end_tag(self) -> None:
        begin = self._at
        if not self._open:
            raise complaint(f"Unexpected end tag {self._here(begin)}")
        self._at += 2
        name = self._skip(_NAME).lower()
        self._skip(_SPACE)
        if self._peek() != ">":
            raise complaint(f"Unclosed end tag {self._here(begin)}")
        self._at += 1
        opened = self._open.pop()
        if name not in ("", opened.name):
            expected = f'expected "</{opened.name}>", found "</{name}>"'
            raise complaint(f"Unmatched end tag {self._here(begin)}, {expected}")
        self._close(opened)

    def _close(self, opened: _Open) -> None:
        length = utf16_length(self._text) - opened.offset
        if not length:
            return
        kind: str | None = _PLAIN.get(opened.name)
        more: dict[str, Any] = {}
        if opened.name == "a":
            kind, more = _link(opened.argument or self._text[opened.position :])
        elif opened.name == "tg-emoji":
            kind, more = "custom_emoji", {"custom_emoji_id": _emoji(opened.argument)}
        elif opened.name == "blockquote":
            kind = "expandable_blockquote" if opened.argument else "blockquote"
        elif opened.name in ("pre", "code"):
            kind, more = self._code(opened, length)
        if kind:
            self._entities.append(Entity(kind, opened.offset, length, more))

    def _code(self, opened: _Open, length: int) -> tuple[str, dict[str, Any]]:
        """`<pre>` and `<code class="language-…">` around the same text are one entity that knows its language."""
        language = {"language": opened.argument} if opened.argument else {}
        other = self._entities[-1] if self._entities else None
        if other and {other.type, opened.name} == {"pre", "code"}:
            known = other.more or language
            if known and (other.offset, other.length) == (opened.offset, length):
                self._entities.pop()
                return "pre", known
        return opened.name, language


def _referred(text: str, position: int) -> tuple[str, int]:
    """What a character reference stands for and how long it is; the `&` itself where it is none."""
    match = _REFERENCE.match(text, position)
    if match is None:
        return "&", 1
    hexadecimal, decimal, name = match.groups()
    if name:
        return (_NAMED[name], len(match.group())) if name in _NAMED else ("&", 1)
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    if not 0 < code < 0x10FFFF or len(match.group().rstrip(";")) >= 10:
        return "&", 1
    return chr(code), len(match.group())


def _argument(tag: str, name: str, value: str) -> str:
    wanted = {("a", "href"): value, ("tg-emoji", "emoji-id"): value, ("blockquote", "expandable"): "1"}
    if (tag, name) == ("code", "class"):
        return value.removeprefix("language-") if value.startswith("language-") else ""
    if (tag, name) == ("span", "class"):
        return value.removeprefix("tg-") if value.startswith("tg-") else ""
    return wanted.get((tag, name), "")


def _link(url: str) -> tuple[str | None, dict[str, Any]]:
    """A link; one that leads nowhere is no entity, and no error either."""
    if user := user_of(url):
        return "text_mention", {"user": {"id": user, "is_bot": False, "first_name": ""}}
    link = checked_link(url)
    return ("text_link", {"url": link}) if link else (None, {})


def _emoji(identifier: str) -> str:
    if not identifier.isdecimal() or int(identifier) == 0:
        raise complaint("Invalid custom emoji identifier specified")
    return identifier
