"""Checks the examples under data/nlu before anything is trained: what contradicts itself, and what is too little.

Reads the files itself, because Rasa's reader forgets where a line stood. Knows nothing of Rasa's components.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.engine.errors import StartError

FEW_EXAMPLES = 10  # fewer teach an intent badly
MOST_SHOWN = 10  # of one kind of problem
BUILT_IN_INTENTS = {"back", "restart", "session_start", "nlu_fallback"}

_ENTITY = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")
_LANGUAGE_FOLDER = re.compile(r"[a-z]{2,3}")


@dataclass(frozen=True)
class Place:
    """Where something stands, as editors understand it."""

    file: Path
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Example:
    """One thing a customer may say, without marks of entities."""

    text: str
    intent: str
    place: Place
    language: str | None  # as its metadata says

    @property
    def key(self) -> tuple[str | None, str]:
        """What is the same example to whoever reads it; in another language the same word may mean something else."""
        return self.language, " ".join(self.text.casefold().split())


def check_training_data(files: Iterable[Path], domain: Path) -> list[str]:
    """Warnings about the examples in `files`, a line each.

    Raises:
        StartError: a file is not of the form that Rasa reads, an intent is not in the domain, or the same words are
            an example of two intents.
    """
    examples = [example for file in files for example in read_examples(file)]
    intents = _intents_of(domain)
    _refuse_unknown_intents(examples, intents, domain)
    _refuse_contradictions(examples)
    return [*_repeated(examples), *_thin(examples, intents), *_without_language(examples)]


def read_examples(file: Path) -> Iterator[Example]:
    """The examples of intents in one file, in order.

    Raises:
        StartError: with file, line and what is wrong.
    """
    root = _composed(file)
    if root is None:
        return
    for entry in _items(_value(root, "nlu", file), file, "nlu"):
        if not isinstance(entry, yaml.MappingNode):
            raise StartError(f"{_place(file, entry)}: an entry of nlu must be like `- intent: greet`")
        intent = _value(entry, "intent", file)
        if intent is None:
            continue
        if not isinstance(intent, yaml.ScalarNode) or not intent.value:
            raise StartError(f"{_place(file, intent)}: the name of an intent is missing")
        examples = _value(entry, "examples", file)
        if examples is None:
            raise StartError(f"{_place(file, intent)}: the intent {intent.value} has no `examples:`")
        language = _language_of(entry, file)
        for text, place, own in _texts(examples, file, intent.value):
            yield Example(_ENTITY.sub(r"\1", text).strip(), str(intent.value).split("/")[0], place, own or language)


def _texts(examples: Any, file: Path, intent: str) -> Iterator[tuple[str, Place, str | None]]:
    if isinstance(examples, yaml.SequenceNode):
        for entry in examples.value:
            text = _value(entry, "text", file) if isinstance(entry, yaml.MappingNode) else None
            if not isinstance(text, yaml.ScalarNode):
                raise StartError(f"{_place(file, entry)}: an example of {intent} must have a `text:`")
            yield text.value.strip().removeprefix("- "), _place(file, text), _language_of(entry, file)
        return
    if not isinstance(examples, yaml.ScalarNode) or examples.style not in ("|", ">"):
        raise StartError(f"{_place(file, examples)}: write the examples of {intent} below `examples: |`, a line each")
    for number, line in enumerate(examples.value.splitlines(), examples.start_mark.line + 2):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not line.startswith("-"):
            raise StartError(f"{file}:{number}: an example of {intent} must begin with `- `: {line.strip()[:60]}")
        if line[1:].strip():
            yield line[1:].strip(), Place(file, number), None


def _language_of(entry: Any, file: Path) -> str | None:
    metadata = _value(entry, "metadata", file)
    language = _value(metadata, "language", file) if isinstance(metadata, yaml.MappingNode) else None
    return str(language.value) if isinstance(language, yaml.ScalarNode) else None


def _composed(file: Path) -> Any:
    try:
        root = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise StartError(f"{file}:{line}: {error.problem or error.context}") from None
    if root is not None and not isinstance(root, yaml.MappingNode):
        raise StartError(f"{_place(file, root)}: the file must begin with `version:` and `nlu:`")
    return root


def _value(node: Any, key: str, file: Path) -> Any:
    if not isinstance(node, yaml.MappingNode):
        raise StartError(f"{_place(file, node)}: here `{key}: …` was expected")
    found = [value for name, value in node.value if name.value == key]
    if len(found) > 1:
        raise StartError(f"{_place(file, found[1])}: `{key}:` stands here twice")
    return found[0] if found else None


def _items(node: Any, file: Path, key: str) -> Sequence[Any]:
    if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
        return ()
    if not isinstance(node, yaml.SequenceNode):
        raise StartError(f"{_place(file, node)}: `{key}:` must be a list")
    return list(node.value)


def _place(file: Path, node: Any) -> Place:
    return Place(file, node.start_mark.line + 1 if node is not None else 1)


def _intents_of(domain: Path) -> set[str]:
    document = yaml.safe_load(domain.read_text(encoding="utf-8"))
    listed = document.get("intents") if isinstance(document, dict) else None
    return {str(next(iter(intent)) if isinstance(intent, dict) else intent) for intent in listed or []}


def _refuse_unknown_intents(examples: Sequence[Example], intents: set[str], domain: Path) -> None:
    first = {example.intent: example for example in reversed(examples)}
    unknown = [example for intent, example in sorted(first.items()) if intent not in intents]
    if unknown:
        more = f" (and {len(unknown) - 1} more intents)" if len(unknown) > 1 else ""
        raise StartError(
            f"{unknown[0].place}: the intent {unknown[0].intent} is not in {domain}; add it there or rename it{more}"
        )


def _refuse_contradictions(examples: Sequence[Example]) -> None:
    first: dict[tuple[str | None, str], Example] = {}
    clashes = []
    for example in examples:
        other = first.setdefault(example.key, example)
        if other.intent != example.intent:
            clashes.append(
                f"{example.place}: “{example.text}” is {example.intent} here, but {other.intent} at {other.place}"
            )
    if clashes:
        raise StartError("\n".join(_shown([*clashes, ""])).rstrip() + "\nthe same words cannot mean both")


def _repeated(examples: Sequence[Example]) -> Iterator[str]:
    first: dict[tuple[str | None, str], Example] = {}
    found = []
    for example in examples:
        other = first.setdefault(example.key, example)
        if other is not example:
            found.append(
                f"{example.place}: “{example.text}” is an example of {example.intent} already at {other.place}"
            )
    yield from _shown(found)


def _thin(examples: Sequence[Example], intents: set[str]) -> Iterator[str]:
    counts = dict.fromkeys(sorted(intents - BUILT_IN_INTENTS), 0)
    for example in examples:
        counts[example.intent] = counts.get(example.intent, 0) + 1
    without = [intent for intent, count in counts.items() if not count]
    if without:
        yield f"no examples: {', '.join(without)} (right for what only buttons mean)"
    thin = [f"{intent} ({count})" for intent, count in counts.items() if 0 < count < FEW_EXAMPLES]
    if thin:
        yield f"fewer than {FEW_EXAMPLES} examples: {', '.join(thin)}"


def _without_language(examples: Sequence[Example]) -> Iterator[str]:
    """Examples in a folder named after a language say which it is, for a word or two cannot be told by themselves."""
    told = set()
    for example in examples:
        folder = example.place.file.parent.name
        if _LANGUAGE_FOLDER.fullmatch(folder) and folder != "nlu" and example.language != folder:
            if example.place.file not in told:
                needed = f"`metadata: {{language: {folder}}}`"
                yield f"{example.place}: examples in {folder}/ need {needed} beside their intent"
            told.add(example.place.file)


def _shown(lines: Sequence[str]) -> list[str]:
    lines = [line for line in lines if line]
    more = len(lines) - MOST_SHOWN
    return [*lines[:MOST_SHOWN], *([f"… and {more} more like this"] if more > 0 else [])]
