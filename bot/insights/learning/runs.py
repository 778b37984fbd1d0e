"""How test dialogues went, release by release: kept, and compared with the release before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.insight_tables import evaluation_runs

KIND = "dialogues"
MOST_RUNS = 200  # read at once: the latest

Key = tuple[str, str]  # file and name


@dataclass(frozen=True, slots=True)
class Run:
    """One run of all dialogues against one release."""

    id: str
    release: str
    passed: int
    failed: int
    results: Sequence[Mapping[str, Any]]
    at: datetime

    @property
    def by_test(self) -> dict[Key, Mapping[str, Any]]:
        """The results, by file and name."""
        return {(str(one.get("file", "")), str(one["name"])): one for one in self.results}


@dataclass(frozen=True, slots=True)
class Change:
    """A test that went otherwise than in the run before."""

    file: str
    name: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is different from the run before."""

    before: str  # that release
    fixed: tuple[Change, ...]
    broken: tuple[Change, ...]
    new: tuple[Change, ...]
    new_failing: tuple[Change, ...]
    gone: tuple[Change, ...]


def keep_run(
    connection: Connection, *, id: str, release: str, results: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    """Keep a run."""
    passed = sum(1 for result in results if result["passed"])
    connection.execute(
        sa.insert(evaluation_runs).values(
            id=id,
            kind=KIND,
            release=release[:64],
            passed=passed,
            failed=len(results) - passed,
            results=list(results),
            at=now,
        )
    )


def latest_runs(connection: Connection) -> list[Run]:
    """The latest run of each release, the newest first."""
    c = evaluation_runs.c
    query = sa.select(evaluation_runs).where(c.kind == KIND).order_by(c.at.desc(), c.id.desc()).limit(MOST_RUNS)
    found: dict[str, Run] = {}
    for row in connection.execute(query):
        run = Run(row.id, row.release, row.passed, row.failed, row.results or [], row.at)
        found.setdefault(row.release, run)
    return list(found.values())


def compared(now: Run, before: Run) -> Comparison:
    """What has changed from one run to the next."""
    here, there = now.by_test, before.by_test

    def changes(keys: Sequence[Key], results: Mapping[Key, Mapping[str, Any]]) -> tuple[Change, ...]:
        return tuple(Change(file, name, str(results[(file, name)].get("why") or "")) for file, name in sorted(keys))

    both = [key for key in here if key in there]
    new = [key for key in here if key not in there]
    return Comparison(
        before.release,
        fixed=changes([key for key in both if here[key]["passed"] and not there[key]["passed"]], here),
        broken=changes([key for key in both if there[key]["passed"] and not here[key]["passed"]], here),
        new=changes([key for key in new if here[key]["passed"]], here),
        new_failing=changes([key for key in new if not here[key]["passed"]], here),
        gone=changes([key for key in there if key not in here], there),
    )
