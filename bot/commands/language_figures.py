"""Figures of how well customers' words are understood, from what they wanted and what was answered; pure arithmetic."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.commands.answers import ASKS_BACK, OUT_OF_SCOPE, answer_of

EXAMPLES = 5  # of each confusion


class BadLines(Exception):
    """The file cannot be measured against; the text says which line and why."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing a customer said, and the answers that would be right."""

    text: str
    wants: tuple[str, ...]
    source: str

    @property
    def collection(self) -> str:
        """The set the line comes from: what its source begins with."""
        return self.source.partition(":")[0]

    @property
    def in_scope(self) -> bool:
        """Whether an assistant of a shop should answer it."""
        return OUT_OF_SCOPE not in self.wants


@dataclass(frozen=True, slots=True)
class Understood:
    """What the assistant made of a line."""

    line: Line
    intent: str | None
    confidence: float

    @property
    def answer(self) -> str:
        """The answer its intent leads to."""
        return answer_of(self.intent)

    @property
    def right(self) -> bool:
        """Whether that answer is acceptable."""
        return self.answer in self.line.wants


@dataclass(frozen=True, slots=True)
class PerAnswer:
    """How one answer does.

    `precision`: of the lines answered with it, the share where it is acceptable. `recall`: of the lines that accept
    nothing else, the share answered with it. None where there are no such lines.
    """

    answer: str
    answered: int
    wanted: int
    precision: float | None
    recall: float | None


@dataclass(frozen=True, slots=True)
class Confusion:
    """Lines that wanted one thing and were answered with another."""

    wanted: str
    answered: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of one measurement; shares are between 0 and 1.

    `macro` is the mean accuracy over the sources that hold lines in scope: each counts alike, whatever its size. What
    is out of scope is told by its own two figures: `recall` is the share of those lines that were refused,
    `false_refusals` the share of all others that were. A refusal is an answer "not our business", or a question back
    with guesses; how much of each figure is the latter, `asked_back` tells (of the lines out of scope, of the others).
    """

    lines: int
    macro: float
    sources: dict[str, float]
    sizes: dict[str, int]
    groups: dict[str, tuple[int, float]]
    recall: float | None
    false_refusals: float | None
    asked_back: tuple[float | None, float | None]
    answers: tuple[PerAnswer, ...]
    confusions: tuple[Confusion, ...]
    matrix: dict[tuple[str, str], int]

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "lines": self.lines,
            "macro": _rounded(self.macro),
            "sources": {name: _rounded(share) for name, share in self.sources.items()},
            "sizes": self.sizes,
            "out_of_scope": {
                "recall": _rounded(self.recall),
                "false_refusals": _rounded(self.false_refusals),
                "recall_by_asking_back": _rounded(self.asked_back[0]),
                "false_refusals_by_asking_back": _rounded(self.asked_back[1]),
            },
            "answers": {
                one.answer: {
                    "precision": _rounded(one.precision),
                    "recall": _rounded(one.recall),
                    "answered": one.answered,
                    "wanted": one.wanted,
                }
                for one in self.answers
            },
            "groups": {
                name: {"lines": size, "accuracy": _rounded(share)} for name, (size, share) in self.groups.items()
            },
            "confusions": [
                {"wanted": one.wanted, "answered": one.answered, "count": one.count, "examples": list(one.examples)}
                for one in self.confusions
            ],
        }


def read_lines(path: Path) -> list[Line]:
    """The lines of a file of JSON objects `{"text", "wants": [answers], "source"}`, one a line.

    Raises:
        BadLines: the file is empty or cannot be read, or a line is none of these.
    """
    try:
        raw = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadLines(f"{path} cannot be read as UTF-8 text: {error}") from error
    lines = [_line(path, number, text) for number, text in enumerate(raw, start=1) if text.strip()]
    if not lines:
        raise BadLines(f"{path} holds no lines")
    return lines


def figures(understood: Sequence[Understood]) -> Figures:
    """Sum up a measurement of at least one line."""
    collections = _shares((one.line.collection, one) for one in understood)
    groups = _shares((one.line.source, one) for one in understood)
    in_scope = {one.line.collection for one in understood if one.line.in_scope}
    measured = [share for name, (_, share) in collections.items() if name in in_scope] or [
        share for _, share in collections.values()
    ]
    ours = [one for one in understood if one.line.in_scope]
    others = [one for one in understood if not one.line.in_scope]
    return Figures(
        lines=len(understood),
        macro=sum(measured) / len(measured),
        sources={name: share for name, (_, share) in collections.items()},
        sizes={name: size for name, (size, _) in collections.items()},
        groups=dict(sorted(groups.items(), key=lambda item: item[1][1])),
        recall=_share(one.answer == OUT_OF_SCOPE for one in others),
        false_refusals=_share(one.answer == OUT_OF_SCOPE for one in ours),
        asked_back=(_share(_asks_back(one) for one in others), _share(_asks_back(one) for one in ours)),
        answers=tuple(_per_answer(understood)),
        confusions=tuple(_confusions(understood)),
        matrix=dict(Counter((one.answer if one.right else one.line.wants[0], one.answer) for one in understood)),
    )


def _asks_back(one: Understood) -> bool:
    return one.intent in (None, ASKS_BACK)


def _line(path: Path, number: int, text: str) -> Line:
    try:
        found = json.loads(text)
        said, wants, source = found["text"], found["wants"], found["source"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadLines(f'{path}:{number}: no object like {{"text": …, "wants": […], "source": …}}') from None
    if not (isinstance(said, str) and isinstance(source, str) and isinstance(wants, list) and wants):
        raise BadLines(f"{path}:{number}: text and source must be texts, wants a list of at least one answer")
    if not all(isinstance(answer, str) for answer in wants):
        raise BadLines(f"{path}:{number}: every one of wants must be the name of an answer")
    return Line(said, tuple(wants), source)


def _shares(named: Iterable[tuple[str, Understood]]) -> dict[str, tuple[int, float]]:
    found: dict[str, list[bool]] = defaultdict(list)
    for name, one in named:
        found[name].append(one.right)
    return {name: (len(right), sum(right) / len(right)) for name, right in sorted(found.items())}


def _share(what: Iterable[bool]) -> float | None:
    found = list(what)
    return sum(found) / len(found) if found else None


def _per_answer(understood: Sequence[Understood]) -> Iterable[PerAnswer]:
    names = {one.answer for one in understood} | {answer for one in understood for answer in one.line.wants}
    for name in sorted(names):
        answered = [one for one in understood if one.answer == name]
        wanted = [one for one in understood if one.line.wants == (name,)]
        yield PerAnswer(
            name,
            len(answered),
            len(wanted),
            _share(one.right for one in answered),
            _share(one.answer == name for one in wanted),
        )


def _confusions(understood: Sequence[Understood]) -> Iterable[Confusion]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in sorted(understood, key=lambda one: -one.confidence):
        if not one.right:
            found[" / ".join(one.line.wants), one.answer].append(one.line.text)
    for (wanted, answered), texts in sorted(found.items(), key=lambda item: (-len(item[1]), item[0])):
        yield Confusion(wanted, answered, len(texts), tuple(texts[:EXAMPLES]))


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
