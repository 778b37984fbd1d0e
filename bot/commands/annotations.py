"""How accepted annotations and their export are told in the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bot.insights.learning.exporting import Left, Plan


def listed_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """A line each."""
    if not rows:
        return "No accepted message waits to be exported."
    return "\n".join(
        f"{row['language']:<3} {row['intent'] or '':<22} {row['text']}{'  (exported)' if row['exported_at'] else ''}"
        for row in rows
    )


def summary(made: Plan, *, dry_run: bool = False) -> str:
    """What was done, what was not, and what comes next."""
    lines: list[str] = []
    by_file = Counter(one.block.file for one in made.added)
    verb = "would get" if dry_run else "got"
    lines += [f"{file} {verb} {_examples(count)}." for file, count in sorted(by_file.items())]
    lines += [
        f"Against the rules: “{one.line}” is an example of {', '.join(one.against)} too; "
        "`bellhop train` refuses the files until one of them is removed."
        for one in made.added
        if one.against
    ]
    lines += _told("Skipped, there already", made.duplicates)
    lines += _told("In conflict, not written (--force writes it)", made.conflicts)
    lines += _told("Not written", made.refused)
    if not lines:
        return "There is nothing to export."
    if not made.added:
        lines.append("No file was changed.")
    elif not dry_run:
        lines.append("`git diff data/nlu` shows the change; `bellhop train` learns from it.")
    return "\n".join(lines)


def _told(heading: str, left: Sequence[Left]) -> list[str]:
    return [f"{heading}: “{one.text}” ({one.why})" for one in left]


def _examples(count: int) -> str:
    return "1 example" if count == 1 else f"{count} examples"
