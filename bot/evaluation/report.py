"""Writes what an evaluation of tasks found: a table, one JSON object, an HTML page and a file for each failure."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.evaluation.judge import by_task, pass_hat
from bot.evaluation.trials import Trial

TEMPLATES = Path(__file__).parent / "templates"
ADAPTED = (
    "Adapted tasks: a scripted customer speaks, not a language model as on the benchmark's leaderboard, "
    "so these figures are not comparable with those there."
)


@dataclass(frozen=True, slots=True)
class Figures:
    """The outcome of a run."""

    title: str
    seed: int
    trials: int
    outcomes: tuple[Trial, ...]
    seconds: float
    remarks: tuple[str, ...] = ()

    @property
    def passes(self) -> Mapping[str, int]:
        """How often each task passed."""
        return by_task([(trial.task, trial.passed) for trial in self.outcomes])

    @property
    def hat(self) -> Mapping[int, float]:
        """pass^k for each k."""
        return pass_hat(list(self.passes.values()), self.trials)

    @property
    def failures(self) -> tuple[Trial, ...]:
        """The trials that did not pass."""
        return tuple(trial for trial in self.outcomes if not trial.passed)

    @property
    def mean_turns(self) -> float:
        """Messages of the customer in a trial."""
        return sum(trial.turns for trial in self.outcomes) / max(len(self.outcomes), 1)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "tasks": len(self.passes),
            "trials": self.trials,
            "pass": {str(k): round(share, 4) for k, share in self.hat.items()},
            "failures": [
                {"task": one.task, "trial": one.number, "why": "; ".join(one.why), "transcript": one.transcript}
                for one in self.failures
            ],
            "seed": self.seed,
            "seconds": round(self.seconds, 1),
            "turns": round(self.mean_turns, 1),
            "remarks": list(self.remarks),
            "adapted": ADAPTED,
        }


def write_transcripts(figures: Figures, folder: Path) -> Mapping[tuple[str, int], Path]:
    """A file for each trial that failed, in a folder emptied before; returns where they are."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    files = {}
    for trial in figures.failures:
        file = folder / f"task-{trial.task}-trial-{trial.number}.txt".replace("/", "_")
        file.write_text(trial.transcript + "\n", encoding="utf-8")
        files[trial.task, trial.number] = file
    return files


def tasks_text(figures: Figures, files: Mapping[tuple[str, int], Path]) -> str:
    """The table for people."""
    passes = figures.passes
    always = sum(count == figures.trials for count in passes.values())
    lines = [
        figures.title,
        "",
        f"{len(passes)} tasks, {figures.trials} trials each, seed {figures.seed}: "
        f"{len(figures.outcomes) - len(figures.failures)} of {len(figures.outcomes)} passed "
        f"({figures.seconds / 60:.1f} minutes, {figures.mean_turns:.1f} messages a conversation)",
        "",
        *(f"  pass^{k}  {100 * share:5.1f} %" for k, share in figures.hat.items()),
        "",
        f"{always} tasks passed every time; " + _unsteady(passes, figures.trials),
        *figures.remarks,
    ]
    for trial in figures.failures:
        lines.append(f"FAILED task {trial.task} trial {trial.number}: {trial.why[0]}")
        lines.append(f"       {files[trial.task, trial.number]}")
    return "\n".join([*lines, "", ADAPTED])


def _unsteady(passes: Mapping[str, int], trials: int) -> str:
    worst = sorted((count, task) for task, count in passes.items() if count < trials)
    if not worst:
        return "none failed"
    return "not so: " + ", ".join(f"{task} ({count}/{trials})" for count, task in worst)


def tasks_page(figures: Figures) -> str:
    """The same as an HTML page that needs nothing but itself."""
    templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    tries: dict[str, list[Trial]] = {}
    for trial in figures.outcomes:
        tries.setdefault(trial.task, []).append(trial)
    return templates.get_template("tasks.html").render(
        figures=figures, tries=tries, adapted=ADAPTED, lines=_lines, anchor=_anchor
    )


def _lines(trial: Trial) -> Sequence[tuple[str, str]]:
    """A transcript's lines, each with who it is of."""
    of = {">": "customer", "<": "bot", "!": "why"}
    return [(of.get(line[:1], "note"), line[2:] if line[:1] in of else line) for line in trial.transcript.splitlines()]


def _anchor(trial: Trial) -> str:
    return f"t{trial.task}-{trial.number}"
