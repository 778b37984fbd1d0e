"""What an evaluation of tasks prints and writes."""

from __future__ import annotations

import json
import re
from pathlib import Path

from bot.evaluation.report import ADAPTED, Figures, tasks_page, tasks_text, write_transcripts
from bot.evaluation.trials import Trial

TALK = "task 2, trial 1\n> <script>alert(1)</script>\n< All right.\n! order #W1 status is pending"
FIGURES = Figures(
    title="Tasks of tasks.json",
    seed=7,
    trials=2,
    outcomes=(
        Trial("1", 1, (), "> hi", 4, 1.0),
        Trial("1", 2, (), "> hi", 6, 1.0),
        Trial("2", 1, ("order #W1 status is pending", "more"), TALK, 5, 1.0),
        Trial("2", 2, (), "> hi", 5, 1.0),
    ),
    seconds=90.0,
    remarks=("task 9: something about it",),
)


def test_the_json_object_holds_all_figures() -> None:
    told = json.loads(json.dumps(FIGURES.as_json()))
    assert (told["tasks"], told["trials"]) == (2, 2)
    assert told["pass"] == {"1": 0.75, "2": 0.5}
    [failure] = told["failures"]
    assert failure == {"task": "2", "trial": 1, "why": "order #W1 status is pending; more", "transcript": TALK}
    assert "not comparable" in told["adapted"]


def test_the_table_has_a_line_for_each_failure_and_says_that_the_tasks_are_adapted(tmp_path: Path) -> None:
    files = write_transcripts(FIGURES, tmp_path / "talks")
    text = tasks_text(FIGURES, files)
    assert re.search(r"pass\^1 +75\.0 %\n +pass\^2 +50\.0 %", text)
    assert text.count("FAILED") == 1
    assert "FAILED task 2 trial 1: order #W1 status is pending" in text
    assert "not so: 2 (1/2)" in text
    assert "task 9: something about it" in text
    assert text.endswith(ADAPTED)
    [file] = files.values()
    assert file.read_text(encoding="utf-8") == TALK + "\n"


def test_transcripts_of_an_earlier_run_are_gone(tmp_path: Path) -> None:
    (tmp_path / "task-8-trial-1.txt").write_text("old")
    write_transcripts(FIGURES, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["task-2-trial-1.txt"]


def test_the_page_fetches_nothing_and_shows_what_was_said_as_text() -> None:
    page = tasks_page(FIGURES)
    assert not re.search(r"""(src)\s*=|@import|url\(|href="(?!#)""", page)
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "75.0 %" in page
    assert "not comparable" in page
