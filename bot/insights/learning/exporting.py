"""Accepted annotations as lines to add to the files under data/nlu: planned, checked, written whole or not at all."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bot.insights.learning.sentences import UnfitSentence, example_of, key_of, plain_of
from bot.insights.learning.training_files import Block, TrainingData

Row = Mapping[str, Any]


class CannotWrite(Exception):
    """The files cannot be changed so; nothing was. The text says why."""


@dataclass(frozen=True, slots=True)
class Added:
    """An example that goes into a file. `against`: other intents that have the sentence, where that was forced."""

    id: str
    line: str
    block: Block
    against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Left:
    """An annotation that goes into no file, and why, in words."""

    id: str
    text: str
    why: str


@dataclass(slots=True)
class Plan:
    """What an export does."""

    added: list[Added] = field(default_factory=list)
    duplicates: list[Left] = field(default_factory=list)  # there already: nothing is left to do for them
    conflicts: list[Left] = field(default_factory=list)
    refused: list[Left] = field(default_factory=list)

    @property
    def done(self) -> list[str]:
        """The annotations that need no further export."""
        return [*(one.id for one in self.added), *(one.id for one in self.duplicates)]


def plan(rows: Sequence[Row], data: TrainingData, *, force: bool = False) -> Plan:
    """What becomes of accepted annotations, in order.

    Args:
        rows: with `id`, `text`, `language`, `intent`, `entities`.
        force: write sentences that are an example of another intent too.
    """
    made = Plan()
    here: dict[tuple[str, str], tuple[str, str]] = {}  # (language, key) of what this export adds: its intent and id
    for row in rows:
        _place(row, data, made, here, force=force)
    return made


def _place(
    row: Row, data: TrainingData, made: Plan, here: dict[tuple[str, str], tuple[str, str]], *, force: bool
) -> None:
    intent, language = str(row["intent"] or ""), str(row["language"])
    try:
        line = example_of(row["text"], row["entities"])
    except UnfitSentence as error:
        made.refused.append(Left(row["id"], row["text"], str(error)))
        return
    text, key = plain_of(line), key_of(plain_of(line))
    if intent not in data.intents:
        made.refused.append(Left(row["id"], text, f"the domain has no intent {intent or 'of that name'}"))
        return
    if intent in data.buttons_only:
        made.refused.append(Left(row["id"], text, f"{intent} is of buttons only: it has no examples"))
        return
    block = data.place_of(intent, language)
    if block is None:
        made.refused.append(Left(row["id"], text, f"no file of data/nlu has examples of {intent} in {language}"))
        return
    same = [known for known in data.known.get(key, ()) if known.language == language]
    if mine := next((known for known in same if known.intent == intent), None):
        made.duplicates.append(Left(row["id"], text, f"{mine.file} has it"))
        return
    before = here.get((language, key))
    if before is not None and before[0] == intent:
        made.duplicates.append(Left(row["id"], text, "another annotation says the same"))
        return
    others = list(dict.fromkeys([*(known.intent for known in same), *([before[0]] if before else [])]))
    if others and not force:
        where = f" ({same[0].file})" if same else ", in another annotation"
        made.conflicts.append(Left(row["id"], text, f"it is to be {intent}, and is an example of {others[0]}{where}"))
        return
    here[(language, key)] = (intent, row["id"])
    made.added.append(Added(row["id"], line, block, tuple(others)))


def changed_files(root: Path, added: Sequence[Added]) -> dict[str, tuple[str, str]]:
    """By file, what it is and what it becomes: lines more, and nothing else.

    Raises:
        CannotWrite: a file cannot be read, or would not say what it should.
    """
    found: dict[str, tuple[str, str]] = {}
    for file in dict.fromkeys(one.block.file for one in added):
        try:
            before = (root / file).read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CannotWrite(f"{file} cannot be read: {error}") from error
        own = [one for one in added if one.block.file == file]
        after = with_lines(before, own)
        check(file, after, own)
        found[file] = (before, after)
    return found


def with_lines(before: str, added: Sequence[Added]) -> str:
    """The content of a file with its new examples, each below the last one of its intent."""
    lines = _lines(before)
    by_place: dict[int, list[Added]] = {}
    for one in added:
        assert one.block.last is not None
        by_place.setdefault(one.block.last, []).append(one)
    for place in sorted(by_place, reverse=True):
        ending = "\r\n" if lines[place].endswith("\r\n") else "\n"
        new = [f"{one.block.dash}{one.line}{ending}" for one in by_place[place]]
        if not lines[place].endswith("\n"):  # the file ended without one, and does again
            new = [ending + new[0], *new[1:]]
            new[-1] = new[-1].removesuffix(ending)
        lines[place + 1 : place + 1] = new
    return "".join(lines)


def _lines(text: str) -> list[str]:
    """The lines as `str.splitlines` numbers them, with their ends."""
    return text.splitlines(keepends=True)


def check(file: str, content: str, added: Sequence[Added]) -> None:
    """Read a content as Rasa would, and find every new example in it under its intent.

    Raises:
        CannotWrite: it is no YAML, or an example is not found.
    """
    try:
        entries = YAML(typ="safe").load(content)["nlu"]
        read: dict[str, set[str]] = {}
        for entry in entries:
            if "intent" in entry:
                lines = str(entry["examples"]).splitlines()
                texts = {line.strip()[1:].strip() for line in lines if line.strip().startswith("-")}
                read.setdefault(str(entry["intent"]).split("/")[0], set()).update(texts)
    except (YAMLError, KeyError, TypeError) as error:
        raise CannotWrite(f"{file} could not be read any more with the new examples: {error}") from error
    for one in added:
        if one.line not in read.get(one.block.intent, set()):
            raise CannotWrite(f"{file}: the example “{one.line}” would not be read as {one.block.intent}")


def write(root: Path, files: Mapping[str, tuple[str, str]]) -> None:
    """Replace files by what they become, unless one has changed since it was read.

    Raises:
        CannotWrite: then files before it may have been written; to export again does no harm.
    """
    for file, (before, after) in files.items():
        path = root / file
        try:
            if path.read_bytes().decode("utf-8") != before:
                raise CannotWrite(f"{file} was changed by somebody just now; export again")
            mode = path.stat().st_mode
            handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            with os.fdopen(handle, "wb") as out:
                out.write(after.encode("utf-8"))
            os.chmod(beside, mode)
            os.replace(beside, path)
        except OSError as error:
            raise CannotWrite(f"{file} cannot be written: {error.strerror or error}") from error


def diff_of(files: Mapping[str, tuple[str, str]]) -> str:
    """The change as a patch."""
    parts = []
    for file, (before, after) in sorted(files.items()):
        lines = difflib.unified_diff(_lines(before), _lines(after), f"a/{file}", f"b/{file}", n=2)
        parts += [line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines]
    return "".join(parts)
