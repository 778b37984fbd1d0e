"""A training example as text: entities marked in Rasa's way, the same words recognised as the same; no files."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MARKED = re.compile(r"\[(?P<text>[^\]]*)\](?:\((?P<entity>[^)]*)\)|\{(?P<more>[^}]*)\})")
# What masking leaves behind and what is written for it: the demo shop's, which the patterns recognise.
STAND_INS: Mapping[str, tuple[str, str]] = {
    "[order number]": ("W4193620", "order_number"),
    "[e-mail]": ("ada@mail.example", "email"),
    "[postcode]": ("LS2 8PP", "postcode"),
    "[phone]": ("07700 900123", "phone"),
    "[code]": ("482917", "one_time_code"),
}
MASKED = re.compile(r"\[(?:e-mail|phone|card|IBAN|order number|postcode|code|link|name|address|number|contact)\]")
_EDGES = " \t.,;:!?…¿¡\"'„“”‚‘’«»()-–—"
LONGEST = 400  # characters of an example
_NOT_IN_YAML = re.compile("[^\\t\\n\\r\\x20-\\x7e\\x85\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]|\\ufeff")


class UnfitSentence(ValueError):
    """It cannot be an example; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class Marked:
    """An entity in a sentence. `value`, where it is not simply the words."""

    start: int
    end: int
    entity: str
    value: str | None = None


def key_of(text: str) -> str:
    """What is the same sentence to a reader: without case, marks at its edges, and sorts of spaces and quotes."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("`", "'")
    return " ".join(plain.split()).strip(_EDGES)


def plain_of(example: str) -> str:
    """An example without its marks."""
    return MARKED.sub(lambda found: found["text"], example)


def entities_of(example: str) -> list[Marked]:
    """What is marked in an example; places are those in `plain_of` it."""
    found, shift = [], 0
    for match in MARKED.finditer(example):
        name, value = match["entity"], None
        if name is None:
            try:
                more = json.loads("{" + match["more"] + "}")
            except ValueError:
                more = {}
            name, value = str(more.get("entity", "")), more.get("value")
        start = match.start() - shift
        end = start + len(match["text"])
        found.append(Marked(start, end, name.split(":")[0], value))
        shift += len(match.group()) - len(match["text"])
    return found


def marked(text: str, entities: Iterable[Marked]) -> str:
    """The text with its entities in Rasa's markup; those that overlap an earlier one are left out."""
    parts, at = [], 0
    for entity in sorted(entities, key=lambda found: (found.start, -found.end)):
        if entity.start < at or entity.end > len(text) or entity.start >= entity.end:
            continue
        words = text[entity.start : entity.end]
        mark = f"({entity.entity})"
        if entity.value is not None and entity.value != words:
            mark = json.dumps({"entity": entity.entity, "value": entity.value}, ensure_ascii=False)
        parts += [_unbracketed(text[at : entity.start]), f"[{_unbracketed(words)}]{mark}"]
        at = entity.end
    return "".join((*parts, _unbracketed(text[at:])))


def example_of(text: str, entities: Sequence[Mapping[str, Any]] | None) -> str:
    """The example line (without its dash) of an annotated text: stand-ins where something was masked.

    Raises:
        UnfitSentence: it is empty, too long, or has something masked that nothing can stand for.
    """
    marks = [Marked(int(one["start"]), int(one["end"]), str(one["entity"])) for one in entities or ()]
    if left := next((found for found in MASKED.finditer(text) if found.group() not in STAND_INS), None):
        raise UnfitSentence(f"Write ordinary words in place of {left.group()}.")
    words, marks = _with_stand_ins(text, marks)
    line = " ".join(_NOT_IN_YAML.sub("", marked(words, marks)).split()).lstrip("-# ")
    bare = plain_of(line)
    if not key_of(bare):
        raise UnfitSentence("There are no words in it.")
    if len(bare) > LONGEST:
        raise UnfitSentence(f"It is longer than {LONGEST} characters; keep the part that says what is wanted.")
    if bare.startswith("/"):
        raise UnfitSentence("An example may not begin with a slash.")
    return line


def _with_stand_ins(text: str, marks: Sequence[Marked]) -> tuple[str, list[Marked]]:
    parts: list[str] = []
    placed: list[Marked] = []
    at = shift = 0
    moved = {}  # where a place of `text` is afterwards
    for match in MASKED.finditer(text):
        words, entity = STAND_INS[match.group()]
        parts += [text[at : match.start()], words]
        placed.append(Marked(match.start() + shift, match.start() + shift + len(words), entity))
        shift += len(words) - len(match.group())
        moved[match.end()] = shift
        at = match.end()
    parts.append(text[at:])

    def place(index: int) -> int:
        return index + max(((end, by) for end, by in moved.items() if end <= index), default=(0, 0))[1]

    kept = [Marked(place(one.start), place(one.end), one.entity, one.value) for one in marks]
    kept = [one for one in kept if not any(one.start < new.end and new.start < one.end for new in placed)]
    return "".join(parts), [*placed, *kept]


def _unbracketed(text: str) -> str:
    """Without signs that Rasa reads as marks."""
    return text.translate(_NO_BRACKETS)


_NO_BRACKETS = str.maketrans({"[": "(", "]": ")", "{": "(", "}": ")"})
