"""Formatted text: the entities that a bot may send, those that Telegram finds by itself, and how both are put right.

What is checked, and in which words, follows https://github.com/tdlib/td (MessageEntity.cpp). Overlapping entities are
kept as they are sent; Telegram would split them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from tests.telegram.links import checked_link
from tests.telegram.refusals import bad_request
from tests.telegram.strings import (
    byte_offset,
    check_utf8,
    cleaned,
    shows_nothing,
    units,
    utf16_length,
    utf16_slice,
)

FOUND_BY_TELEGRAM = frozenset({"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"})
FORMATTING = frozenset(
    {
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "blockquote",
        "expandable_blockquote",
        "code",
        "pre",
        "text_link",
        "text_mention",
        "custom_emoji",
    }
)
_CLOSED = frozenset({"code", "pre"})  # nothing else is formatted inside
_NEEDED = {"text_link": "url", "text_mention": "user", "custom_emoji": "custom_emoji_id"}
_PATTERNS = (
    ("url", re.compile(r"(?<![\w@./])(?:https?://|www\.|t\.me/)[^\s<>\"]*[^\s<>\".,:;!?)\]}']", re.IGNORECASE)),
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")),
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/@])")),
    ("mention", re.compile(r"(?<![\w@.])@[A-Za-z][A-Za-z0-9_]{3,31}(?!\w)")),
    ("hashtag", re.compile(r"(?<!\w)#\d*[^\W\d]\w*")),
)


@dataclass(frozen=True)
class Entity:
    """One stretch of a text; `offset` and `length` count UTF-16 code units."""

    type: str
    offset: int
    length: int
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def end(self) -> int:
        return self.offset + self.length

    def wire(self) -> dict[str, Any]:
        return {"type": self.type, "offset": self.offset, "length": self.length, **self.more}


@dataclass(frozen=True)
class Formatted:
    """A text with its entities."""

    text: str
    entities: tuple[Entity, ...] = ()

    def covered(self, entity: Entity) -> str:
        return utf16_slice(self.text, entity.offset, entity.length)


def read_entities(given: object) -> list[Entity]:
    """The `entities` argument. Raises Refused."""
    if given is None:
        return []
    if not isinstance(given, list):
        raise bad_request("can't parse entities: expected an Array of MessageEntity")
    return [_read(entity) for entity in given]


def _read(given: object) -> Entity:
    if not isinstance(given, dict):
        raise bad_request("can't parse MessageEntity: expected an Object")
    for name, kind in (("type", str), ("offset", int), ("length", int)):
        if not isinstance(given.get(name), kind) or isinstance(given[name], bool):
            raise bad_request(f"can't parse MessageEntity: Can't find field \"{name}\"")
    kind = given["type"]
    if kind not in FORMATTING | FOUND_BY_TELEGRAM:
        raise bad_request("can't parse MessageEntity: Unsupported type specified")
    if (needed := _NEEDED.get(kind)) and needed not in given:
        raise bad_request(f"can't parse MessageEntity: Can't find field \"{needed}\"")
    if kind == "text_link":
        given = given | {"url": _checked_url(given["url"])}
    more = {name: given[name] for name in ("url", "user", "language", "custom_emoji_id") if given.get(name)}
    return Entity(kind, given["offset"], given["length"], more)


def _checked_url(url: object) -> str:
    link = checked_link(url) if isinstance(url, str) else None
    if link is None:
        raise bad_request(f"entity URL '{url}' is invalid: Wrong HTTP URL")
    return link


def fixed(given: Formatted, *, empty: str | None) -> Formatted:
    """A text as Telegram keeps it: cleaned, trimmed, with the entities it finds by itself.

    Args:
        given: the text and the formatting that the bot asked for.
        empty: the refusal when nothing visible is left; None where a text may be empty.

    Raises:
        Refused: if it is not UTF-8, an entity lies outside or cuts a character in two, or nothing is left.
    """
    check_utf8(given.text)
    text, entities = _cleaned(given)
    text, entities = _trimmed(text, entities)
    if shows_nothing(text):
        if empty is not None:
            raise bad_request(empty)
        return Formatted("")
    entities = [entity for entity in entities if utf16_slice(text, entity.offset, entity.length).strip(" \n")]
    kept = _not_inside_code(in_order(entities))
    return Formatted(text, tuple(in_order([*kept, *_found(text, kept)])))


def _not_inside_code(entities: list[Entity]) -> list[Entity]:
    """Without formatting inside of code, which shows everything as it is."""
    closed: list[Entity] = []
    for entity in entities:
        if entity.type in _CLOSED and not any(other.offset <= entity.offset < other.end for other in closed):
            closed.append(entity)
    inside = {
        id(entity)
        for entity in entities
        for other in closed
        if other.offset <= entity.offset and entity.end <= other.end
    }
    return [entity for entity in entities if id(entity) not in inside or entity in closed]


def in_order(entities: Iterable[Entity]) -> list[Entity]:
    """Outer ones first, as Telegram lists them."""
    return sorted(entities, key=lambda entity: (entity.offset, -entity.length, "quote" not in entity.type))


def _cleaned(given: Formatted) -> tuple[str, list[Entity]]:
    """Take out what Telegram takes out, and move the entities along."""
    kept: list[str] = []
    places: dict[int, int] = {}  # an offset in what was sent → the offset in what is kept
    old = new = 0
    for character in given.text:
        places[old] = new
        kept.append(cleaned(character))
        old += units(character)
        new += utf16_length(kept[-1])
    places[old] = new
    entities = [_moved(entity, places, given.text) for entity in given.entities if entity.length != 0]
    formatting = [entity for entity in entities if entity.length and entity.type in FORMATTING]
    return "".join(kept), formatting


def _moved(entity: Entity, places: dict[int, int], text: str) -> Entity:
    end_of_text = max(places)
    for name, number in (("offset", entity.offset), ("length", entity.length)):
        if not 0 <= number <= 1_000_000:
            raise bad_request(f"receive an entity with incorrect {name} {number}")
    if entity.offset > end_of_text:
        raise bad_request(f"entity begins after the end of the text at UTF-16 offset {entity.offset}")
    beginning = f"entity beginning at UTF-16 offset {entity.offset}"
    if entity.end > end_of_text:
        raise bad_request(f"{beginning} ends after the end of the text at UTF-16 offset {entity.end}")
    if entity.offset not in places:
        where = _bytes_before(text, entity.offset)
        raise bad_request(f"entity begins in a middle of a UTF-16 symbol at byte offset {where}")
    if entity.end not in places:
        where = _bytes_before(text, entity.end)
        raise bad_request(f"{beginning} ends in a middle of a UTF-16 symbol at byte offset {where}")
    start = places[entity.offset]
    return replace(entity, offset=start, length=places[entity.end] - start)


def _bytes_before(text: str, offset: int) -> int:
    """The byte after the character that a UTF-16 offset lies in."""
    passed = 0
    for position, character in enumerate(text):
        if passed >= offset:
            return byte_offset(text, position)
        passed += units(character)
    return byte_offset(text, len(text))


def _trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Without blanks around; those at the beginning of an entity stay."""
    text = text.rstrip(" \n")
    first = min((entity.offset for entity in entities), default=len(text))
    ahead = len(text) - len(text.lstrip(" \n"))
    cut = min(ahead, first)
    text = text[cut:]
    end = utf16_length(text)
    moved = [
        replace(entity, offset=entity.offset - cut, length=min(entity.length, end - entity.offset + cut))
        for entity in entities
    ]
    return text, [entity for entity in moved if entity.length > 0]


def _found(text: str, formatting: list[Entity]) -> Iterator[Entity]:
    """What Telegram marks by itself, outside of code and links."""
    taken = [entity for entity in formatting if entity.type in _CLOSED | {"text_link", "text_mention"}]
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            offset = utf16_length(text[: match.start()])
            entity = Entity(kind, offset, utf16_length(match.group()))
            if not any(entity.offset < other.end and other.offset < entity.end for other in taken):
                taken.append(entity)
                yield entity
