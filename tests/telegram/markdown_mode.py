"""`parse_mode=MarkdownV2`: Telegram's strict Markdown, with its complaints word for word.

After https://github.com/tdlib/td (parse_markdown_v2). Expandable quotations (`**>`) are not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.telegram.entities import Entity, Formatted, in_order
from tests.telegram.html_mode import complaint
from tests.telegram.links import checked_link, user_of
from tests.telegram.strings import byte_offset, utf16_length

_RESERVED = frozenset("_*[]()~`>#+-=|{}.!\n")
_CODE = ("Code", "Pre", "PreCode")
# What ends each entity.
_ENDS = {
    "Bold": "*",
    "Italic": "_",
    "Underline": "__",
    "Strikethrough": "~",
    "Spoiler": "||",
    "Code": "`",
    "Pre": "```",
    "PreCode": "```",
    "TextUrl": "]",
    "CustomEmoji": "]",
}
# What begins one, longer signs first.
_BEGINNINGS = (
    ("__", "Underline"),
    ("_", "Italic"),
    ("*", "Bold"),
    ("~", "Strikethrough"),
    ("||", "Spoiler"),
    ("![", "CustomEmoji"),
    ("[", "TextUrl"),
    ("```", "Pre"),
    ("`", "Code"),
)
_NAMES = {"TextUrl": "text_link", "CustomEmoji": "custom_emoji", "PreCode": "pre", "BlockQuote": "blockquote"}
_LANGUAGE = re.compile(r"[^\s`]+(?=\s)")
_EMOJI = re.compile(r"tg://emoji\?id=(\d+)")


@dataclass
class _Open:
    """An entity that has begun and not ended yet."""

    kind: str
    offset: int
    began: int  # in the source
    position: int  # in the text
    language: str = ""


def parse_markdown(source: str) -> Formatted:
    """Read a text in MarkdownV2. Raises Refused."""
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
            self._step()
        if self._open and self._open[-1].kind == "BlockQuote":
            self._close(self._open.pop(), {})
        if self._open:
            raise self._unended(self._open[-1])
        return Formatted(self._text, tuple(in_order(self._entities)))

    def _step(self) -> None:
        character = self._source[self._at]
        following = self._source[self._at + 1 : self._at + 2]
        if character == "\\" and following and 0 < ord(following) <= 126:
            self._text += following
            self._at += 2
        elif character not in self._reserved():
            self._text += character
            self._at += 1
        elif self._quotation_ends(character):
            self._end_quotation()
        elif self._open and self._ends():
            self._end()
        else:
            self._begin(character)

    def _reserved(self) -> frozenset[str]:
        return frozenset("`") if self._open and self._open[-1].kind in _CODE else _RESERVED

    def _starts(self, sign: str) -> bool:
        return self._source.startswith(sign, self._at)

    def _ends(self) -> bool:
        kind = self._open[-1].kind
        if kind == "Italic" and self._starts("__"):
            return False  # always an underline
        return kind in _ENDS and self._starts(_ENDS[kind])

    def _unended(self, opened: _Open) -> Exception:
        where = byte_offset(self._source, opened.began)
        return complaint(f"Can't find end of {opened.kind} entity at byte offset {where}")

    def _quotation_ends(self, character: str) -> bool:
        in_one = any(opened.kind == "BlockQuote" for opened in self._open)
        return in_one and character == "\n" and not self._starts("\n>")

    def _end_quotation(self) -> None:
        opened = self._open.pop()
        if opened.kind != "BlockQuote":
            raise self._unended(opened)
        self._text += "\n"
        self._at += 1
        self._close(opened, {})

    def _begin(self, character: str) -> None:
        if character == "\n" or (character == ">" and self._at == 0):
            self._begin_line(character)
            return
        for sign, kind in _BEGINNINGS:
            if self._starts(sign):
                opened = _Open(kind, utf16_length(self._text), self._at, len(self._text))
                self._at += len(sign)
                self._open.append(self._with_language(opened) if kind == "Pre" else opened)
                return
        raise complaint(f"Character '{character}' is reserved and must be escaped with the preceding '\\'")

    def _begin_line(self, character: str) -> None:
        """A new line, and the quotation that may begin or go on there."""
        began = self._at
        if character == "\n":
            self._text += "\n"
            self._at += 1
        if self._starts(">"):
            self._at += 1
            if not any(opened.kind == "BlockQuote" for opened in self._open):
                self._open.append(_Open("BlockQuote", utf16_length(self._text), began, len(self._text)))

    def _with_language(self, opened: _Open) -> _Open:
        if match := _LANGUAGE.match(self._source, self._at):
            opened.kind, opened.language = "PreCode", match.group()
            self._at = match.end()
        if match := re.compile(r"\r\n|\n\r|\n|\r").match(self._source, self._at):
            self._at = match.end()
        return opened

    def _end(self) -> None:
        opened = self._open.pop()
        self._at += len(_ENDS[opened.kind])
        if opened.kind == "TextUrl":
            self._end_link(opened)
        elif opened.kind == "CustomEmoji":
            self._end_emoji(opened)
        else:
            self._close(opened, {"language": opened.language} if opened.language else {})

    def _close(self, opened: _Open, more: dict[str, object], kind: str | None = None) -> None:
        length = utf16_length(self._text) - opened.offset
        if length:
            name = kind or _NAMES.get(opened.kind, opened.kind.lower())
            self._entities.append(Entity(name, opened.offset, length, more))

    def _end_link(self, opened: _Open) -> None:
        url = self._address("a URL") if self._starts("(") else self._text[opened.position :]
        if user := user_of(url):
            self._close(opened, {"user": {"id": user, "is_bot": False, "first_name": ""}}, "text_mention")
        elif link := checked_link(url):
            self._close(opened, {"url": link})

    def _end_emoji(self, opened: _Open) -> None:
        if not self._starts("("):
            raise complaint("Custom emoji entity must contain a tg://emoji URL")
        match = _EMOJI.fullmatch(self._address("a custom emoji URL"))
        if match is None:
            raise complaint("Custom emoji URL must have an emoji identifier")
        self._close(opened, {"custom_emoji_id": match.group(1)})

    def _address(self, what: str) -> str:
        """What stands in the brackets behind a link's text."""
        self._at += 1
        began, url = self._at, ""
        while self._at < len(self._source) and self._source[self._at] != ")":
            escaped = self._source[self._at] == "\\" and self._at + 1 < len(self._source)
            self._at += 1 if escaped else 0
            url += self._source[self._at]
            self._at += 1
        if self._at == len(self._source):
            raise complaint(f"Can't find end of {what} at byte offset {byte_offset(self._source, began)}")
        self._at += 1
        return url
