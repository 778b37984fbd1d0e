"""The examples under data/nlu as they stand in their files, and where another one goes; writes nothing.

Read line by line, since what is added must leave everything else of a file as it is, byte by byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bot.insights.learning.sentences import entities_of, key_of, plain_of

FOLDER = "data/nlu"
_INTENT = re.compile(r"^(?P<indent>\s*)-\s+intent:\s*['\"]?(?P<name>[^\s'\"#]+)['\"]?\s*(?:#.*)?$")
_ENTRY = re.compile(r"^(?P<indent>\s*)-\s+\w+:")
_EXAMPLES = re.compile(r"^(?P<indent>\s+)examples:\s*\|[-+]?\s*(?:#.*)?$")
_METADATA = re.compile(r"^\s+metadata:\s*\{.*\blanguage:\s*['\"]?(?P<code>[A-Za-z-]+)")
_EXAMPLE = re.compile(r"^(?P<indent>\s+)-\s(?P<text>.*\S)\s*$")
_LISTED = re.compile(r"^  (?:- )?(?P<name>[\w/]+)\s*:?\s*(?:#.*)?$")


@dataclass(frozen=True, slots=True)
class Block:
    """One `- intent:` of a file with its examples; `last` is the line of the last one, `dash` how it begins."""

    file: str  # within the project
    intent: str
    language: str
    examples: tuple[str, ...]
    last: int | None = None
    dash: str = "      - "


@dataclass(frozen=True)
class TrainingData:
    """All examples, and what the domain knows.

    Attributes:
        intents: that the domain has, in its order.
        entities: likewise.
        forms: likewise.
    """

    blocks: Sequence[Block]
    intents: Sequence[str]
    entities: Sequence[str]
    base: str = "en"
    buttons_only: frozenset[str] = field(default_factory=frozenset)  # intents that nobody types
    forms: Sequence[str] = ()

    @cached_property
    def known(self) -> Mapping[str, Sequence[Block]]:
        """By the sentence's key, the blocks that have it."""
        found: dict[str, list[Block]] = {}
        for block in self.blocks:
            for example in block.examples:
                found.setdefault(key_of(plain_of(example)), []).append(block)
        return found

    def examples(self, intent: str, language: str, most: int = 8) -> list[str]:
        """Some examples of an intent without their marks, spread over all of them."""
        own = [plain_of(one) for block in self._of(intent, language) for one in block.examples]
        step = max(1, len(own) // most)
        return own[::step][:most]

    def place_of(self, intent: str, language: str) -> Block | None:
        """Where an example of that intent in that language goes: the block that has most of them."""
        fitting = [block for block in self._of(intent, language) if block.last is not None]
        return max(fitting, key=lambda block: len(block.examples), default=None)

    def count(self, intent: str, language: str) -> int:
        """How many examples there are."""
        return sum(len(block.examples) for block in self._of(intent, language))

    def _of(self, intent: str, language: str) -> list[Block]:
        return [block for block in self.blocks if block.intent == intent and block.language == language]

    @cached_property
    def _words(self) -> Mapping[str, Sequence[tuple[frozenset[str], str]]]:
        """By language, the words of each example and its intent."""
        found: dict[str, list[tuple[frozenset[str], str]]] = {}
        for block in self.blocks:
            own = found.setdefault(block.language, [])
            own += [(frozenset(key_of(plain_of(example)).split()), block.intent) for example in block.examples]
        return found

    def like(self, text: str, language: str, most: int = 3) -> list[str]:
        """The intents with the examples that share most words with a text, the likest first."""
        words = frozenset(key_of(text).split())
        best: dict[str, float] = {}
        for other, intent in self._words.get(language, ()):
            if shared := len(words & other):
                best[intent] = max(best.get(intent, 0.0), shared / len(words | other))
        return sorted(best, key=lambda intent: -best[intent])[:most]

    @cached_property
    def marked(self) -> frozenset[str]:
        """The entities that examples mark."""
        all_examples = (example for block in self.blocks for example in block.examples)
        return frozenset(mark.entity for example in all_examples for mark in entities_of(example))


class TrainingFiles:
    """Reads data/nlu of a project, and again when a file of it has changed.

    Args:
        root: the project.
        base: the language of the files that are in no folder of a language.
    """

    def __init__(self, root: Path, base: str = "en") -> None:
        self.root = root
        self._base = base
        self._read: tuple[object, TrainingData] | None = None

    def read(self) -> TrainingData:
        """All of it. A file that cannot be read is as if it were not there."""
        files = [self.root / "domain.yml", *sorted((self.root / FOLDER).rglob("*.yml"))]
        signature = tuple((str(file), *_stamp(file)) for file in files)
        if self._read is None or self._read[0] != signature:
            domain, *nlu = files
            listed = _listed(domain)
            blocks = [block for file in nlu for block in read_blocks(self.root, file, self._base)]
            taught = {block.intent for block in blocks}
            data = TrainingData(
                blocks,
                listed.get("intents", []),
                listed.get("entities", []),
                self._base,
                frozenset(name for name in listed.get("intents", []) if name not in taught),
                listed.get("forms", []),
            )
            self._read = (signature, data)
        return self._read[1]


def read_blocks(root: Path, file: Path, base: str = "en") -> Iterator[Block]:
    """The intents' blocks of one file."""
    path = file.relative_to(root)
    folders = path.parts[len(Path(FOLDER).parts) : -1]
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return
    yield from blocks_in(lines, path.as_posix(), folders[0] if folders else base)


def blocks_in(lines: Sequence[str], file: str, language: str) -> Iterator[Block]:
    """The intents' blocks in the lines of a file."""
    starts = [number for number, line in enumerate(lines) if _ENTRY.match(line) and _is_entry(line, lines, number)]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        if not (match := _INTENT.match(lines[start])):
            continue
        yield _block(lines, start, end, match["name"].split("/")[0], file, language)


def _is_entry(line: str, lines: Sequence[str], number: int) -> bool:
    """An example may look like an entry ("- intent: what"), but stands deeper than the first entry does."""
    first = next((one for one in lines if _ENTRY.match(one)), line)
    return len(line) - len(line.lstrip()) == len(first) - len(first.lstrip())


def _block(lines: Sequence[str], start: int, end: int, intent: str, file: str, language: str) -> Block:
    examples: list[str] = []
    last, dash, inside = None, "      - ", None
    for number in range(start + 1, end):
        line = lines[number]
        if inside is None:
            if found := _METADATA.match(line):
                language = found["code"]
            if found := _EXAMPLES.match(line):
                inside = len(found["indent"])
            continue
        if line.strip() and len(line) - len(line.lstrip()) <= inside:
            break
        if found := _EXAMPLE.match(line):
            examples.append(found["text"])
            last, dash = number, found["indent"] + "- "
    return Block(file, intent, language, tuple(examples), last, dash)


def _listed(domain: Path) -> dict[str, list[str]]:
    """Names that the domain has: `intents`, `entities`, `forms`."""
    found: dict[str, list[str]] = {}
    part = ""
    try:
        lines = domain.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return found
    for line in lines:
        if line[:1].isalpha():
            part = line.split(":")[0]
        elif part in ("intents", "entities", "forms") and (match := _LISTED.match(line)):
            found.setdefault(part, []).append(match["name"])
    return found


def _stamp(file: Path) -> tuple[int, int]:
    try:
        told = file.stat()
    except OSError:
        return (0, 0)
    return (told.st_mtime_ns, told.st_size)
